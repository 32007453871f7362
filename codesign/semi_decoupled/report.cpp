// Tables, plots and the page of a study; see report.h.
#include "codesign/semi_decoupled/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "codesign/explore/plot.h"
#include "codesign/explore/svg.h"
#include "codesign/semi_decoupled/summary.h"

namespace msd::semi_decoupled {
namespace {

using explore::escaped;

std::string number(double value, const char* format = "{:.4f}") {
    return std::isfinite(value) ? fmt::format(fmt::runtime(format), value) : "";
}

// Commas would shift columns.
std::string cell(std::string text) {
    std::replace(text.begin(), text.end(), ',', ';');
    return text;
}

class Report {
public:
    explicit Report(const Findings& findings)
        : f_(findings),
          study_(*findings.study),
          table_(*findings.table),
          summary_(summary(findings)) {}

    std::vector<std::pair<std::string, std::string>> files() {
        add("networks.csv", networks());
        add("points.csv", points());
        add("results.csv", results());
        add("pareto.svg", pareto_plot());
        if (f_.rank.points > 1) {
            add("rank.csv", rank());
            add("rank_pairs.csv", rank_pairs());
            add("rank_cycles.svg", heat_map("latency", f_.rank.cycles));
            add("rank_energy.svg", heat_map("energy", f_.rank.energy));
        }
        if (!f_.groups.empty()) {
            add("methods.csv", methods());
            add("designs.csv", designs());
        }
        add("report.json", summary_.dump(1) + "\n");
        add("report.html", page());
        return std::move(files_);
    }

private:
    void add(const char* name, std::string content) {
        files_.emplace_back(name, std::move(content));
    }

    std::string networks() const {
        std::string csv = "network,name,macs,weights,score\n";
        for (std::size_t i = 0; i < study_.networks().size(); ++i) {
            const NetworkEntry& n = study_.networks()[i];
            csv +=
                fmt::format("{},{},{},{},{:.10g}\n", i, cell(n.name), n.macs, n.weights, n.score);
        }
        return csv;
    }

    std::string points() const {
        std::string csv = "point,name,model\n";
        for (std::size_t i = 0; i < study_.points().size(); ++i)
            csv += fmt::format("{},{},{}\n", i, cell(study_.points()[i].name),
                               study_.points()[i].platform() ? "platform" : "maestro");
        return csv;
    }

    // A pair without a cost has empty cells; one that was not evaluated no row.
    std::string results() const {
        fmt::memory_buffer csv;
        fmt::format_to(std::back_inserter(csv), "point,network,cycles,energy_nj\n");
        for (std::size_t p = 0; p < table_.points(); ++p)
            for (std::size_t n = 0; n < table_.networks(); ++n) {
                if (!table_.has(p, n)) continue;
                const double cycles = table_.cycles(p)[n];
                if (std::isfinite(cycles))
                    fmt::format_to(std::back_inserter(csv), "{},{},{},{:.10g}\n", p, n,
                                   static_cast<int64_t>(cycles), table_.energy(p)[n]);
                else
                    fmt::format_to(std::back_inserter(csv), "{},{},,\n", p, n);
            }
        return fmt::to_string(csv);
    }

    std::string rank() const {
        const RankTable& r = f_.rank;
        std::string csv =
            "point,name,macs_cycles,macs_energy,least_cycles,mean_cycles,least_energy,mean_energy,"
            "mean_cycles_in_tenths,mean_energy_in_tenths\n";
        const auto row = [&](const std::vector<double>& matrix, std::size_t p, double& least) {
            double sum = 0, count = 0;
            least = NAN;
            for (std::size_t k = 0; k < r.points; ++k) {
                const double v = matrix[p * r.points + k];
                if (k == p || !std::isfinite(v)) continue;
                sum += v;
                ++count;
                if (!(v >= least)) least = v;
            }
            return count > 0 ? sum / count : NAN;
        };
        for (std::size_t p = 0; p < r.points; ++p) {
            double lc, le, ignored;
            const double mc = row(r.cycles, p, lc), me = row(r.energy, p, le);
            csv += fmt::format("{},{},{},{},{},{},{},{},{},{}\n", p, cell(study_.points()[p].name),
                               number(r.macs_cycles[p]), number(r.macs_energy[p]), number(lc),
                               number(mc), number(le), number(me),
                               number(row(r.band_cycles, p, ignored)),
                               number(row(r.band_energy, p, ignored)));
        }
        return csv;
    }

    std::string rank_pairs() const {
        const RankTable& r = f_.rank;
        std::string csv = "point_a,point_b,cycles,energy,cycles_in_tenths,energy_in_tenths\n";
        for (std::size_t a = 0; a < r.points; ++a)
            for (std::size_t b = a + 1; b < r.points; ++b) {
                const std::size_t i = a * r.points + b;
                csv += fmt::format("{},{},{},{},{},{}\n", a, b, number(r.cycles[i]),
                                   number(r.energy[i]), number(r.band_cycles[i]),
                                   number(r.band_energy[i]));
            }
        return csv;
    }

    std::string heat_map(const std::string& what, const std::vector<double>& matrix) const {
        explore::HeatMap map;
        map.title = "Rank correlation of " + what + " between hardware points";
        map.unit = "Spearman";
        map.values = matrix;
        for (std::size_t p = 0; p < study_.points().size(); ++p) {
            map.names.push_back(study_.points()[p].name);
            if (p == 0 || group_of(study_, p) != group_of(study_, p - 1))
                map.groups.emplace_back(p, group_of(study_, p));
        }
        return heat_map_svg(map);
    }

    std::vector<double> scores() const {
        std::vector<double> result;
        for (const NetworkEntry& n : study_.networks()) result.push_back(n.score);
        return result;
    }

    // Cycles and scores of the first point of each kind that has costs, with its Pareto front.
    std::string pareto_plot() const {
        static const char* const colours[] = {"#3b528b", "#5ec962", "#d95f02",
                                              "#7570b3", "#e7298a", "#666666"};
        explore::ScatterPlot plot{"Networks and Pareto fronts (score, latency, energy)",
                                  "cycles",
                                  f_.score_name,
                                  true,
                                  {}};
        const auto score = scores();
        std::set<std::string> seen;
        for (std::size_t p = 0; p < table_.points() && seen.size() < std::size(colours); ++p) {
            const auto front = pareto(score, table_.cycles(p), table_.energy(p));
            if (front.empty() || !seen.insert(group_of(study_, p)).second) continue;
            const char* colour = colours[seen.size() - 1];
            explore::Series all{study_.points()[p].name, colour, {}, false, 2};
            for (std::size_t n = 0; n < score.size(); ++n)
                all.points.emplace_back(table_.cycles(p)[n], score[n]);
            explore::Series line{
                fmt::format("front, {} networks", front.size()), colour, {}, true, 3};
            double best = -INFINITY;  // of the plane shown; energy makes more of them
            std::vector<std::pair<double, double>> sorted;
            for (const uint32_t n : front) sorted.emplace_back(table_.cycles(p)[n], score[n]);
            std::sort(sorted.begin(), sorted.end());
            for (const auto& point : sorted)
                if (point.second > best) line.points.push_back(point), best = point.second;
            plot.series.push_back(std::move(all));
            plot.series.push_back(std::move(line));
        }
        return scatter_svg(plot);
    }

    std::string proxy_name(const MethodResult& m) const {
        if (m.proxy < 0) return "";
        const std::string name = study_.points()[static_cast<std::size_t>(m.proxy)].name;
        return m.second_proxy < 0
                   ? name
                   : name + " and " +
                         study_.points()[static_cast<std::size_t>(m.second_proxy)].name;
    }

    std::string methods() const {
        std::string csv =
            "points,method,proxy,networks_kept,evaluations,limits,equal,missed,mean_gap,worst_gap,"
            "points_kept\n";
        for (const auto& [group, results] : f_.groups)
            for (const MethodResult& m : results)
                csv += fmt::format("{},{},{},{},{},{},{},{},{:.6g},{:.6g},{}\n", group, m.method,
                                   cell(proxy_name(m)), m.kept, m.evaluations, m.limits, m.equal,
                                   m.missed, m.mean_gap, m.worst_gap, m.points);
        return csv;
    }

    // The answer: a network and its hardware under each limit, by every method's first proxy.
    std::string designs() const {
        std::string csv =
            "points,method,limit_cycles,limit_energy_nj,network,point,score,cycles,energy_nj\n";
        for (const auto& [group, results] : f_.groups) {
            std::set<std::string> seen;
            for (const MethodResult& m : results) {
                if (!seen.insert(m.method).second) continue;
                for (std::size_t i = 0; i < m.designs.size(); ++i) {
                    const Design& d = m.designs[i];
                    csv += fmt::format("{},{},{:.0f},{:.10g},", group, m.method, m.tried[i].cycles,
                                       m.tried[i].energy_nj);
                    if (d.network < 0) {
                        csv += ",,,,\n";
                        continue;
                    }
                    const auto n = static_cast<std::size_t>(d.network),
                               p = static_cast<std::size_t>(d.point);
                    csv +=
                        fmt::format("{},{},{:.10g},{:.0f},{:.10g}\n",
                                    cell(study_.networks()[n].name), cell(study_.points()[p].name),
                                    d.score, table_.cycles(p)[n], table_.energy(p)[n]);
                }
            }
        }
        return csv;
    }

    std::string page() const {
        std::string html =
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>msd "
            "explore</title><style>body{font:14px sans-serif;margin:2em;max-width:70em}"
            "table{border-collapse:collapse}td,th{padding:2px 10px;text-align:right;border-bottom:"
            "1px solid #ddd}td:first-child,th:first-child{text-align:left}</style></head><body>\n";
        html += fmt::format(
            "<h1>{} networks on {} hardware points</h1>\n<p>Score: {}. {} layers, {} distinct "
            "shapes.</p>\n",
            study_.networks().size(), study_.points().size(), escaped(f_.score_name),
            study_.layers(), study_.distinct_shapes());
        if (f_.rank.points > 1) html += rank_section();
        for (const auto& [group, results] : f_.groups) html += method_section(group);
        for (const auto& [name, content] : files_)
            if (name.size() > 4 && name.compare(name.size() - 4, 4, ".svg") == 0) html += content;
        return html + "</body></html>\n";
    }

    static std::string row_of(const std::vector<std::string>& cells) {
        std::string html = "<tr>";
        for (const std::string& text : cells) html += "<td>" + escaped(text) + "</td>";
        return html + "</tr>\n";
    }

    std::string rank_section() const {
        std::string html =
            "<h2>Does the order of the networks hold?</h2>\n<table><tr><th>Spearman between points "
            "of</th><th>latency, least</th><th>mean</th><th>within tenths of equal MACs, mean</th>"
            "<th>energy, least</th><th>mean</th></tr>\n";
        const auto text = [](const nlohmann::ordered_json& j, const char* key) {
            return j.contains(key) ? number(j.at(key).get<double>()) : "";
        };
        for (const auto& g : summary_.at("rank").at("groups"))
            html += row_of({g.at("a").get<std::string>() + " and " + g.at("b").get<std::string>(),
                            text(g, "cycles_least"), text(g, "cycles_mean"),
                            text(g, "cycles_in_tenths_mean"), text(g, "energy_least"),
                            text(g, "energy_mean")});
        const auto& least = summary_.at("rank").at("least_cycles");
        html += "</table>\n";
        if (least.contains("between"))
            html += fmt::format("<p>Least for latency: {}, between {} and {}.</p>\n",
                                text(least, "value"),
                                escaped(least.at("between")[0].get<std::string>()),
                                escaped(least.at("between")[1].get<std::string>()));
        return html;
    }

    std::string method_section(const std::string& group) const {
        std::string html = fmt::format(
            "<h2>Designs on the {} points</h2>\n<table><tr><th>method</th><th>networks kept</th>"
            "<th>evaluations</th><th>limits as good as coupled</th><th>no design found</th>"
            "<th>mean gap</th><th>worst gap</th></tr>\n",
            escaped(group));
        const auto add = [&](const std::string& name, const nlohmann::ordered_json& m) {
            const auto value = [&](const char* key) { return m.at(key).get<double>(); };
            html += row_of({name, fmt::format("{:.0f}", value("networks_kept")),
                            fmt::format("{:.0f}", value("evaluations")),
                            fmt::format("{:.1f} %", 100 * value("equal")),
                            fmt::format("{:.1f} %", 100 * value("missed")),
                            fmt::format("{:.4g}", value("mean_gap")),
                            fmt::format("{:.4g}", value("worst_gap"))});
        };
        for (const auto& [name, m] : summary_.at("methods").at(group).items()) {
            if (!m.contains("by_proxy")) {
                add(name, m);
                continue;
            }
            for (const auto& [proxy, of] : m.at("by_proxy").items())
                add(name + ", proxy " + proxy, of);
        }
        return html +
               "</table>\n<p>Means over the proxies of a kind, and the worst of them; "
               "methods.csv has each.</p>\n";
    }

    const Findings& f_;
    const Study& study_;
    const Table& table_;
    const nlohmann::ordered_json summary_;
    std::vector<std::pair<std::string, std::string>> files_;
};

}  // namespace

std::vector<std::pair<std::string, std::string>> report_files(const Findings& findings) {
    return Report(findings).files();
}

}  // namespace msd::semi_decoupled
