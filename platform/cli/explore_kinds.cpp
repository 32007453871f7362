// The kinds of specs that spread over threads and ranks: sweep and semi_decoupled.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "codesign/explore/store.h"
#include "codesign/semi_decoupled/report.h"
#include "network/write_file.h"
#include "platform/cli/explore_command.h"
#include "platform/cli/explore_space.h"
#include "platform/cli/progress.h"

namespace msd::platform {
namespace {

using namespace semi_decoupled;

struct Search {
    bool wanted = false;  // semi_decoupled
    bool coupled = true;  // evaluate every network on every point
    std::string proxy;    // of stage 1, where not every point takes its turn, nor a sample chooses
    int limits = 10;      // of cycles and of energy each
    int runs = 20;        // of stage 1, where it does not find the whole Pareto set
    int sample = 8;       // networks that choose the proxy and the points of stage 2
};

// Evaluates what is missing of the table, as tasks of at most `chunk` networks on a point.
class Evaluation {
public:
    Evaluation(const Study& study, explore::Store& store, const ExploreRun& run, int64_t chunk)
        : study_(study),
          store_(store),
          run_(run),
          chunk_(static_cast<std::size_t>(chunk)),
          table_(study.points().size(), study.networks().size()) {
        store_.read([&](uint32_t point, uint32_t network, const explore::Row& row) {
            if (point >= table_.points() || network >= table_.networks()) return;
            table_.set(point, network, row);
            ++found_;
        });
    }

    const Table& table() const { return table_; }
    std::size_t found() const { return found_; }  // in the file

    void run(const std::vector<uint32_t>& points, const std::vector<uint32_t>& networks) {
        std::vector<std::string> tasks;
        double wanted = 0;
        // A row of the platform takes so much longer that it alone is progress; those come first.
        const auto weight = [&](uint32_t point) {
            return study_.points()[point].platform() ? 1000.0 : 1.0;
        };
        std::vector<uint32_t> order = points;
        std::stable_sort(order.begin(), order.end(),
                         [&](uint32_t a, uint32_t b) { return weight(a) > weight(b); });
        for (const uint32_t point : order) {
            std::vector<uint32_t> missing;
            const auto flush = [&] {
                if (!missing.empty()) tasks.push_back(Study::task(point, missing));
                wanted += weight(point) * static_cast<double>(missing.size());
                missing.clear();
            };
            for (const uint32_t network : networks) {
                if (!table_.has(point, network)) missing.push_back(network);
                if (missing.size() == chunk_) flush();
            }
            flush();
        }
        if (tasks.empty()) return;
        Progress progress("explore", wanted, !run_.quiet, true);
        double done = 0;
        run_.pool->run(
            tasks, [&](const std::string& task) { return study_.compute(task); },
            [&](std::size_t task, const std::string& result) {
                uint32_t point = 0;
                std::vector<uint32_t> of;
                Study::parse(tasks[task], point, of);
                const auto rows = Study::rows(result);
                for (std::size_t i = 0; i < of.size(); ++i) {
                    store_.add(point, of[i], rows.at(i));
                    table_.set(point, of[i], rows[i]);
                }
                done += weight(point) * static_cast<double>(of.size());
                evaluated_ += of.size();
                progress.at(done);
            });
        store_.commit();
    }

    std::size_t evaluated() const { return evaluated_; }

private:
    const Study& study_;
    explore::Store& store_;
    const ExploreRun& run_;
    std::size_t chunk_;
    Table table_;
    std::size_t found_ = 0, evaluated_ = 0;
};

std::vector<uint32_t> count_to(std::size_t n) {
    std::vector<uint32_t> result(n);
    std::iota(result.begin(), result.end(), 0u);
    return result;
}

uint32_t point_named(const Spec& spec, const Study& study, const std::string& name) {
    for (std::size_t i = 0; i < study.points().size(); ++i)
        if (study.points()[i].name == name) return static_cast<uint32_t>(i);
    spec.fail("search.proxy", fmt::format("there is no point '{}'; the first is '{}'", name,
                                          study.points().empty() ? "" : study.points()[0].name));
}

// Points by model, as designs are compared within one.
std::vector<std::pair<std::string, std::vector<uint32_t>>> groups_of(const Study& study) {
    std::vector<std::pair<std::string, std::vector<uint32_t>>> groups{{"maestro", {}},
                                                                      {"platform", {}}};
    for (std::size_t i = 0; i < study.points().size(); ++i)
        groups[study.points()[i].platform()].second.push_back(static_cast<uint32_t>(i));
    return groups;
}

// Stage 2 over what stage 1 kept; the table holds nothing else.
MethodResult two_stages(const Study& study, const Table& table, const std::vector<double>& score,
                        const std::vector<uint32_t>& kept, const std::vector<uint32_t>& points,
                        uint32_t proxy, int limits) {
    MethodResult result;
    result.method = "semi_decoupled";
    result.proxy = static_cast<int>(proxy);
    result.kept = kept.size();
    result.points = points.size();
    result.tried = spread_limits(table, score, points, limits);
    for (const Limits& l : result.tried)
        result.designs.push_back(best_design(table, score, kept, points, l));
    result.limits = result.tried.size();
    result.evaluations = study.networks().size() + kept.size() * (points.size() - 1);
    return result;
}

// A sample on all points, then stage 1 on the points it chooses and stage 2 on those it leaves.
MethodResult from_sample(const Spec& spec, Evaluation& evaluation, const Study& study,
                         const std::vector<double>& score, const std::vector<double>& macs,
                         const std::vector<uint32_t>& points, const Search& search) {
    const std::vector<uint32_t> sample = spread_sample(macs, search.sample);
    evaluation.run(points, sample);
    const Table& table = evaluation.table();
    const Sampled sampled = sample_points(table, sample, points);
    if (sampled.proxies.empty())
        spec.fail("search.proxy",
                  "is missing, and no point runs all networks of the sample; name the point of "
                  "stage 1");
    evaluation.run(sampled.proxies, count_to(study.networks().size()));
    const auto kept = pareto_of(table, score, sampled.proxies);
    evaluation.run(sampled.points, kept);
    return sampled_stages(table, score, spread_limits(table, score, sampled.points, search.limits),
                          sampled, sampled.proxies, kept, points.size());
}

int run_study(Spec& spec, const ExploreRun& run, Search search) {
    const ExploreSpace space = read_space(spec);
    const Study& study = *space.study;
    const bool platform = std::any_of(study.points().begin(), study.points().end(),
                                      [](const Point& point) { return point.platform(); });
    const int64_t chunk = spec.integer("run.chunk", 1, 1'000'000, platform ? 16 : 4096);
    if (search.wanted) {
        search.coupled = spec.flag("search.coupled", true);
        search.proxy = spec.text("search.proxy");
        search.limits = static_cast<int>(spec.integer("search.limits", 1, 100, search.limits));
        search.runs = static_cast<int>(spec.integer("search.runs", 1, 10'000, search.runs));
        search.sample = static_cast<int>(spec.integer("search.sample", 1, 10'000, search.sample));
    }
    const bool rank = spec.flag("report.rank", true);
    spec.finish();
    if (study.points().empty()) spec.fail("maestro", "the spec declares no hardware");
    std::vector<uint32_t> proxies = count_to(study.points().size());
    if (!search.proxy.empty()) proxies = {point_named(spec, study, search.proxy)};

    if (!run.pool->leads()) {
        run.pool->serve([&](const std::string& task) { return study.compute(task); });
        return 0;
    }
    explore::Store store((run.out / "results.db").string(), study.fingerprint());
    std::vector<std::string> names;
    for (const Point& point : study.points()) names.push_back(point.name);
    store.name_points(names);
    names.clear();
    std::vector<double> score, macs;
    for (const NetworkEntry& network : study.networks()) {
        names.push_back(network.name);
        score.push_back(network.score);
        macs.push_back(static_cast<double>(network.macs));
    }
    store.name_items(names);
    store.commit();

    Evaluation evaluation(study, store, run, chunk);
    if (evaluation.found() > 0 && !run.quiet)
        fmt::print("{} rows are there already\n", evaluation.found());
    const auto points = count_to(study.points().size()), all = count_to(names.size());
    Findings findings{&study, &evaluation.table(), space.score_name, {}, {}};
    if (search.coupled) {
        evaluation.run(points, all);
        for (const auto& [name, group] : groups_of(study))
            if (search.wanted && !group.empty())
                findings.groups.emplace_back(
                    name, compare_methods(evaluation.table(), score, macs, group, proxies,
                                          search.limits, search.runs, search.sample));
        if (rank && points.size() > 1) findings.rank = rank_table(evaluation.table(), macs);
    } else if (search.proxy.empty()) {
        for (const auto& [name, group] : groups_of(study))
            if (!group.empty())
                findings.groups.push_back(
                    {name, {from_sample(spec, evaluation, study, score, macs, group, search)}});
    } else {
        const uint32_t proxy = proxies[0];
        evaluation.run({proxy}, all);
        const Table& table = evaluation.table();
        const auto kept = pareto(score, table.cycles(proxy), table.energy(proxy));
        evaluation.run(points, kept);
        for (const auto& [name, group] : groups_of(study))
            if (!group.empty())
                findings.groups.push_back(
                    {name, {two_stages(study, table, score, kept, group, proxy, search.limits)}});
    }
    store.close();
    for (const auto& [name, content] : report_files(findings))
        network::write_file((run.out / name).string(), content);
    if (!run.quiet)
        fmt::print("{} networks, {} points, {} rows evaluated; {}\n", names.size(), points.size(),
                   evaluation.evaluated(), (run.out / "report.html").string());
    return 0;
}

}  // namespace

std::vector<ExploreKind> spreading_kinds() {
    return {{"sweep", [](Spec& spec, const ExploreRun& run) { return run_study(spec, run, {}); }},
            {"semi_decoupled", [](Spec& spec, const ExploreRun& run) {
                 Search search;
                 search.wanted = true;
                 return run_study(spec, run, search);
             }}};
}

}  // namespace msd::platform
