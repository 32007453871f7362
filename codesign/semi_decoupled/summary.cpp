// Means and extremes of a study; see summary.h.
#include "codesign/semi_decoupled/summary.h"

#include <algorithm>
#include <cmath>

namespace msd::semi_decoupled {
namespace {

using Json = nlohmann::ordered_json;

// Least and mean of values that are numbers.
struct Spread {
    double least = NAN, sum = 0;
    std::size_t count = 0, a = 0, b = 0;  // a, b: where the least is

    void add(double value, std::size_t at = 0, std::size_t with = 0) {
        if (!std::isfinite(value)) return;
        sum += value;
        ++count;
        if (!(value >= least)) least = value, a = at, b = with;
    }
    void write(Json& j, const std::string& name) const {
        if (count == 0) return;
        j[name + "_least"] = least;
        j[name + "_mean"] = sum / static_cast<double>(count);
    }
};

Json least_of(const Study& study, const std::vector<double>& matrix, std::size_t n) {
    Spread spread;
    for (std::size_t a = 0; a < n; ++a)
        for (std::size_t b = a + 1; b < n; ++b) spread.add(matrix[a * n + b], a, b);
    Json j = Json::object();
    if (spread.count == 0) return j;
    j["value"] = spread.least;
    j["between"] = {study.points()[spread.a].name, study.points()[spread.b].name};
    j["mean"] = spread.sum / static_cast<double>(spread.count);
    return j;
}

Json rank_groups(const Study& study, const RankTable& r) {
    std::vector<std::string> group, names;
    for (std::size_t p = 0; p < r.points; ++p) {
        group.push_back(group_of(study, p));
        if (std::find(names.begin(), names.end(), group.back()) == names.end())
            names.push_back(group.back());
    }
    Json result = Json::array();
    for (std::size_t i = 0; i < names.size(); ++i)
        for (std::size_t k = i; k < names.size(); ++k) {
            Spread cycles, energy, tenths, energy_tenths;
            for (std::size_t a = 0; a < r.points; ++a)
                for (std::size_t b = 0; b < r.points; ++b) {
                    if (group[a] != names[i] || group[b] != names[k] || (i == k && a >= b))
                        continue;
                    const std::size_t at = a * r.points + b;
                    cycles.add(r.cycles[at]);
                    energy.add(r.energy[at]);
                    tenths.add(r.band_cycles[at]);
                    energy_tenths.add(r.band_energy[at]);
                }
            if (cycles.count == 0) continue;
            Json j{{"a", names[i]}, {"b", names[k]}};
            cycles.write(j, "cycles");
            energy.write(j, "energy");
            tenths.write(j, "cycles_in_tenths");
            energy_tenths.write(j, "energy_in_tenths");
            result.push_back(std::move(j));
        }
    for (const std::string& name : names) {
        Spread cycles, energy;
        for (std::size_t p = 0; p < r.points; ++p) {
            if (group[p] != name) continue;
            cycles.add(r.macs_cycles[p]);
            energy.add(r.macs_energy[p]);
        }
        Json j{{"a", name}, {"b", "MACs"}};
        cycles.write(j, "cycles");
        energy.write(j, "energy");
        if (cycles.count > 0) result.push_back(std::move(j));
    }
    return result;
}

// Means over all results added; the worst gap is the worst of them.
void accumulate(Json& o, const MethodResult& m) {
    if (o.is_null()) o = Json::object();
    const auto share = [&](std::size_t n) {
        return m.limits == 0 ? 0 : static_cast<double>(n) / static_cast<double>(m.limits);
    };
    const double count = o.value("results", 0.0);
    const auto mean = [&](const char* key, double value) {
        o[key] = (o.value(key, 0.0) * count + value) / (count + 1);
    };
    mean("networks_kept", static_cast<double>(m.kept));
    mean("evaluations", static_cast<double>(m.evaluations));
    mean("limits", static_cast<double>(m.limits));
    mean("equal", share(m.equal));
    mean("missed", share(m.missed));
    mean("mean_gap", m.mean_gap);
    o["worst_gap"] = std::max(o.value("worst_gap", 0.0), m.worst_gap);
    o["results"] = count + 1;
}

Json methods_of(const Study& study, const std::vector<MethodResult>& results) {
    Json out = Json::object();
    for (const MethodResult& m : results) {
        accumulate(out[m.method], m);
        if (m.proxy < 0) continue;
        const std::string group = group_of(study, static_cast<std::size_t>(m.proxy));
        accumulate(out[m.method]["by_proxy"][group], m);
    }
    return out;
}

}  // namespace

std::string group_of(const Study& study, std::size_t point) {
    const Point& p = study.points()[point];
    return p.platform() ? "platform" : std::get<MaestroPoint>(p.hardware).dataflow.name;
}

Json summary(const Findings& f) {
    const Study& study = *f.study;
    const Table& table = *f.table;
    Json j;
    std::size_t rows = 0;
    for (std::size_t p = 0; p < table.points(); ++p)
        for (std::size_t n = 0; n < table.networks(); ++n) rows += table.has(p, n);
    j["networks"] = study.networks().size();
    j["points"] = study.points().size();
    j["rows"] = rows;
    j["layers"] = study.layers();
    j["distinct_shapes"] = study.distinct_shapes();
    j["score"] = f.score_name;
    double least = INFINITY, most = -INFINITY;
    for (const NetworkEntry& n : study.networks()) {
        least = std::min(least, n.score);
        most = std::max(most, n.score);
    }
    j["score_range"] = {least, most};
    if (f.rank.points > 1) {
        j["rank"]["least_cycles"] = least_of(study, f.rank.cycles, f.rank.points);
        j["rank"]["least_energy"] = least_of(study, f.rank.energy, f.rank.points);
        j["rank"]["groups"] = rank_groups(study, f.rank);
    }
    for (const auto& [group, results] : f.groups) j["methods"][group] = methods_of(study, results);
    return j;
}

}  // namespace msd::semi_decoupled
