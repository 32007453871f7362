// The methods side by side; see search.h.
#include "codesign/semi_decoupled/search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <tuple>

namespace msd::semi_decoupled {

Table::Table(std::size_t points, std::size_t networks)
    : networks_(networks),
      cycles_(points, std::vector<double>(networks, INFINITY)),
      energy_(cycles_),
      known_(points, std::vector<bool>(networks)) {}

void Table::set(uint32_t point, uint32_t network, const explore::Row& row) {
    known_[point][network] = true;
    if (row.faults > 0) return;
    cycles_[point][network] = static_cast<double>(row.cycles);
    energy_[point][network] = row.energy_nj;
}

Design best_design(const Table& table, const std::vector<double>& score,
                   const std::vector<uint32_t>& networks, const std::vector<uint32_t>& points,
                   const Limits& limits) {
    Design best;
    double cycles = INFINITY, energy = INFINITY;
    for (const uint32_t p : points) {
        const auto &c = table.cycles(p), &e = table.energy(p);
        for (const uint32_t n : networks) {
            if (!(c[n] <= limits.cycles && e[n] <= limits.energy_nj)) continue;
            if (best.network >= 0 && std::make_tuple(-score[n], c[n], e[n]) >=
                                         std::make_tuple(-best.score, cycles, energy))
                continue;
            best = {static_cast<int>(n), static_cast<int>(p), score[n]};
            cycles = c[n];
            energy = e[n];
        }
    }
    return best;
}

namespace {

std::vector<uint32_t> all_networks(const Table& table) {
    std::vector<uint32_t> all(table.networks());
    std::iota(all.begin(), all.end(), 0u);
    return all;
}

double quantile(const std::vector<double>& sorted, double share) {
    return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size()))];
}

// Best design of each limit.
std::vector<Design> solve(const Table& table, const std::vector<double>& score,
                          const std::vector<uint32_t>& networks,
                          const std::vector<uint32_t>& points, const std::vector<Limits>& limits) {
    std::vector<Design> result;
    for (const Limits& l : limits) result.push_back(best_design(table, score, networks, points, l));
    return result;
}

void judge(const std::vector<Design>& coupled, const std::vector<Design>& found,
           MethodResult& result) {
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t i = 0; i < coupled.size(); ++i) {
        ++result.limits;
        if (found[i].network < 0) {
            ++result.missed;
            continue;
        }
        const double gap = coupled[i].score - found[i].score;
        if (gap == 0) ++result.equal;
        sum += gap;
        ++count;
        result.worst_gap = std::max(result.worst_gap, gap);
    }
    result.mean_gap = count == 0 ? 0 : sum / static_cast<double>(count);
}

}  // namespace

std::vector<Limits> spread_limits(const Table& table, const std::vector<double>& score,
                                  const std::vector<uint32_t>& points, int count) {
    std::vector<double> cycles, energy;
    for (std::size_t n = 0; n < table.networks(); ++n) {
        double least_cycles = INFINITY, least_energy = INFINITY;
        for (const uint32_t p : points) {
            least_cycles = std::min(least_cycles, table.cycles(p)[n]);
            least_energy = std::min(least_energy, table.energy(p)[n]);
        }
        if (!std::isfinite(least_cycles)) continue;
        cycles.push_back(least_cycles);
        energy.push_back(least_energy);
    }
    std::vector<Limits> result;
    if (cycles.empty()) return result;
    std::sort(cycles.begin(), cycles.end());
    std::sort(energy.begin(), energy.end());
    const auto networks = all_networks(table);
    for (int i = 0; i < count; ++i)
        for (int k = 0; k < count; ++k) {
            const Limits limits{quantile(cycles, (i + 0.5) / count),
                                quantile(energy, (k + 0.5) / count)};
            if (best_design(table, score, networks, points, limits).network >= 0)
                result.push_back(limits);
        }
    return result;
}

std::vector<uint32_t> stage_one(const Table& table, const std::vector<double>& score,
                                uint32_t proxy, int runs) {
    std::vector<double> cycles, energy;
    for (std::size_t n = 0; n < table.networks(); ++n) {
        if (!std::isfinite(table.cycles(proxy)[n])) continue;
        cycles.push_back(table.cycles(proxy)[n]);
        energy.push_back(table.energy(proxy)[n]);
    }
    if (cycles.empty()) return {};
    std::sort(cycles.begin(), cycles.end());
    std::sort(energy.begin(), energy.end());
    std::set<uint32_t> kept;
    const auto all = all_networks(table);
    const auto last = static_cast<double>(cycles.size() - 1);
    for (int i = 0; i < runs; ++i) {
        const auto at = static_cast<std::size_t>(std::lround(last * (i + 1) / runs));
        const Design d = best_design(table, score, all, {proxy}, {cycles[at], energy[at]});
        if (d.network >= 0) kept.insert(static_cast<uint32_t>(d.network));
    }
    return {kept.begin(), kept.end()};
}

std::vector<uint32_t> spread_sample(const std::vector<double>& macs, int count) {
    std::vector<uint32_t> order(macs.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(),
              [&](uint32_t a, uint32_t b) { return std::tie(macs[a], a) < std::tie(macs[b], b); });
    std::set<uint32_t> sample;
    for (int i = 0; i < count && !order.empty(); ++i)
        sample.insert(
            order[static_cast<std::size_t>((i + 0.5) / count * static_cast<double>(order.size()))]);
    return {sample.begin(), sample.end()};
}

Sampled sample_points(const Table& table, const std::vector<uint32_t>& networks,
                      const std::vector<uint32_t>& points) {
    Sampled result;
    result.networks = networks;
    // Whether a is no worse than b everywhere, and better somewhere or, if equal, before it.
    const auto beats = [&](uint32_t a, uint32_t b) {
        bool better = a < b;
        for (const uint32_t n : networks) {
            const double ac = table.cycles(a)[n], bc = table.cycles(b)[n];
            const double ae = table.energy(a)[n], be = table.energy(b)[n];
            if (ac > bc || ae > be) return false;
            better |= ac < bc || ae < be;
        }
        return better;
    };
    for (const uint32_t p : points)
        if (std::none_of(points.begin(), points.end(), [&](uint32_t a) { return beats(a, p); }))
            result.points.push_back(p);
    std::sort(result.points.begin(), result.points.end());
    const auto add_best = [&](const auto& cost_of) {  // by the product over the sample
        double least = INFINITY;
        std::ptrdiff_t best = -1;
        for (const uint32_t p : result.points) {
            double product = 0;
            for (const uint32_t n : networks) product += std::log(cost_of(p)[n]);
            if (product < least) least = product, best = p;
        }
        const auto point = static_cast<uint32_t>(best);
        if (best >= 0 && (result.proxies.empty() || result.proxies[0] != point))
            result.proxies.push_back(point);
    };
    add_best([&](uint32_t p) { return table.cycles(p); });
    add_best([&](uint32_t p) { return table.energy(p); });
    return result;
}

std::vector<uint32_t> pareto_of(const Table& table, const std::vector<double>& score,
                                const std::vector<uint32_t>& proxies) {
    std::set<uint32_t> kept;
    for (const uint32_t p : proxies)
        for (const uint32_t n : pareto(score, table.cycles(p), table.energy(p))) kept.insert(n);
    return {kept.begin(), kept.end()};
}

MethodResult sampled_stages(const Table& table, const std::vector<double>& score,
                            const std::vector<Limits>& limits, const Sampled& sampled,
                            const std::vector<uint32_t>& proxies, const std::vector<uint32_t>& kept,
                            std::size_t all_points) {
    MethodResult result;
    result.method = proxies.empty() ? "flops_sampled" : "semi_decoupled_sampled";
    if (!proxies.empty()) result.proxy = static_cast<int>(proxies[0]);
    if (proxies.size() > 1) result.second_proxy = static_cast<int>(proxies[1]);
    result.kept = kept.size();
    result.points = sampled.points.size();
    // The sample on all points, the other networks on the proxies, the rest of those kept on the
    // rest of the points.
    const std::size_t fresh =
        static_cast<std::size_t>(std::count_if(kept.begin(), kept.end(), [&](uint32_t n) {
            return !std::binary_search(sampled.networks.begin(), sampled.networks.end(), n);
        }));
    const std::size_t sample = sampled.networks.size();
    result.evaluations = sample * all_points + proxies.size() * (table.networks() - sample) +
                         fresh * (sampled.points.size() - proxies.size());
    result.tried = limits;
    result.designs = solve(table, score, kept, sampled.points, limits);
    result.limits = limits.size();
    return result;
}

std::vector<MethodResult> compare_methods(const Table& table, const std::vector<double>& score,
                                          const std::vector<double>& macs,
                                          const std::vector<uint32_t>& points,
                                          const std::vector<uint32_t>& proxies, int limit_count,
                                          int runs, int sample) {
    const auto all = all_networks(table);
    const auto limits = spread_limits(table, score, points, limit_count);
    std::vector<MethodResult> results;
    if (limits.empty()) return results;
    const auto coupled = solve(table, score, all, points, limits);
    const auto add = [&](const char* method, int proxy, const std::vector<uint32_t>& kept,
                         std::size_t first_stage) {
        MethodResult result;
        result.method = method;
        result.proxy = proxy;
        result.kept = kept.size();
        result.points = points.size();
        // The proxy's own costs are known from stage 1.
        const bool inside =
            std::find(points.begin(), points.end(), static_cast<uint32_t>(proxy)) != points.end();
        result.evaluations =
            first_stage + kept.size() * (points.size() - (proxy >= 0 && inside ? 1 : 0));
        result.designs = solve(table, score, kept, points, limits);
        result.tried = limits;
        judge(coupled, result.designs, result);
        results.push_back(result);
    };
    add("coupled", -1, all, 0);
    const Sampled sampled = sample_points(table, spread_sample(macs, sample), points);
    const auto add_sampled = [&](const std::vector<uint32_t>& stage_one_on,
                                 const std::vector<uint32_t>& kept) {
        MethodResult result =
            sampled_stages(table, score, limits, sampled, stage_one_on, kept, points.size());
        result.limits = 0;
        judge(coupled, result.designs, result);
        results.push_back(result);
    };
    if (!sampled.proxies.empty())
        add_sampled(sampled.proxies, pareto_of(table, score, sampled.proxies));
    add_sampled({}, pareto(score, macs, macs));
    for (const uint32_t proxy : proxies) {
        const auto kept = pareto(score, table.cycles(proxy), table.energy(proxy));
        if (!kept.empty()) add("semi_decoupled", static_cast<int>(proxy), kept, all.size());
    }
    for (const uint32_t proxy : proxies) {
        const auto kept = stage_one(table, score, proxy, runs);
        if (!kept.empty()) add("semi_decoupled_runs", static_cast<int>(proxy), kept, all.size());
    }
    add("flops", -1, pareto(score, macs, macs), 0);
    const auto best = std::max_element(score.begin(), score.end()) - score.begin();
    add("decoupled", -1, {static_cast<uint32_t>(best)}, 0);
    return results;
}

}  // namespace msd::semi_decoupled
