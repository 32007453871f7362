// Times the cost model; see cost_bench.h.
#include "platform/cli/cost_bench.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <set>
#include <stdexcept>

#include "codesign/maestro/batch.h"
#include "codesign/maestro/network_cost.h"
#include "codesign/semi_decoupled/darts.h"
#include "network/random.h"
#include "platform/cli/cpu_time.h"

namespace msd::platform {
namespace {

using namespace maestro;

// 50 points of the published grid: 512..16 PEs x NoC 300..1000 x off-chip 50..350 elements a cycle.
std::vector<Hardware> grid_points(std::size_t count, uint64_t seed) {
    std::vector<Hardware> grid;
    for (const int pes : {512, 256, 128, 64, 32, 16})
        for (int noc = 300; noc <= 1000; noc += 100)
            for (const int offchip : {50, 100, 150, 200, 250, 275, 300, 325, 350}) {
                Hardware hw;
                hw.num_pes = pes;
                hw.noc_bw.fill(noc);
                hw.offchip_bw = offchip;
                grid.push_back(hw);
            }
    network::Random random(seed, 0);
    for (std::size_t i = 0; i < count; ++i)
        std::swap(
            grid[i],
            grid[i + static_cast<std::size_t>(random.below(static_cast<int>(grid.size() - i)))]);
    grid.resize(count);
    return grid;
}

double best_rate(const std::vector<Network>& networks, const Hardware& hw, Mode mode, int repeats,
                 double& count) {
    double best = 0;
    volatile int64_t sink = 0;
    for (int r = 0; r < repeats; ++r) {
        count = 0;
        const double start = thread_cpu_seconds();
        for (int pass = 0; pass < 100; ++pass) {
            for (const Network& network : networks) {
                for (const Layer& layer : network.layers) {
                    sink = sink + evaluate(layer.shape, layer.dataflow, hw, mode).runtime;
                    ++count;
                }
            }
        }
        best = std::max(best, count / (thread_cpu_seconds() - start));
    }
    count /= 100;
    return best;
}

}  // namespace

std::vector<std::pair<std::string, double>> bench_cost(const std::string& data, int repeats) {
    const Hardware hw = read_hardware_file(data + "/maestro/hw/accelerator_1.m");
    std::set<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(data + "/maestro/mapping"))
        files.insert(entry.path().string());
    std::vector<Network> networks;
    for (const std::string& file : files) {
        Network network = read_network_file(file);
        const auto no_cost = [&](const Layer& layer) {
            return !layer.problem.empty() ||
                   !evaluate(layer.shape, layer.dataflow, hw, Mode::kOriginal).ok();
        };
        network.layers.erase(std::remove_if(network.layers.begin(), network.layers.end(), no_cost),
                             network.layers.end());
        networks.push_back(std::move(network));
    }
    double layers = 0, file_layers = 0;
    const double original = best_rate(networks, hw, Mode::kOriginal, repeats, layers);
    const double corrected = best_rate(networks, hw, Mode::kCorrected, repeats, layers);

    double files_rate = 0;
    for (int r = 0; r < repeats; ++r) {
        file_layers = 0;
        const double start = thread_cpu_seconds();
        std::size_t bytes = 0;
        for (const std::string& file : files) {
            const Network network = read_network_file(file);
            bytes += cost_csv(network, hw, cost_of(network, hw, Mode::kOriginal)).size();
            file_layers += static_cast<double>(network.layers.size());
        }
        if (bytes == 0) throw std::logic_error("bench: no CSV");
        files_rate = std::max(files_rate, file_layers / (thread_cpu_seconds() - start));
    }

    const auto start = std::chrono::steady_clock::now();
    Sweep sweep(Mode::kOriginal);
    for (const auto& genotype : semi_decoupled::read_genotypes(data + "/nasbench/genotypes.json"))
        sweep.add(semi_decoupled::darts_network(genotype, {}));
    const std::vector<Template> templates{built_in_template("kcp_ws"), built_in_template("rs"),
                                          built_in_template("xp_ws")};
    const std::vector<Hardware> points = grid_points(50, 1);
    std::vector<std::string> parts(points.size() * templates.size());
    sweep.run(templates, points, 2,
              [&](std::size_t point, std::size_t t, const std::vector<Totals>& totals) {
                  std::string& part = parts[point * templates.size() + t];
                  for (std::size_t n = 0; n < totals.size(); ++n)
                      fmt::format_to(std::back_inserter(part), "{},{},{},{},{:.10g},{}\n", n, point,
                                     templates[t].name, totals[n].runtime, totals[n].energy_nj,
                                     totals[n].faults);
              });
    std::size_t bytes = 0;
    for (const std::string& part : parts) bytes += part.size();
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const double runs = static_cast<double>(points.size() * templates.size());
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return {{"evaluations_per_s", original},
            {"corrected_evaluations_per_s", corrected},
            {"files_evaluations_per_s", files_rate},
            {"ratio", original / files_rate},
            {"layers", layers},
            {"sweep_seconds", seconds},
            {"sweep_evaluations", runs * static_cast<double>(sweep.layers())},
            {"sweep_distinct", runs * static_cast<double>(sweep.shapes())},
            {"sweep_csv_bytes", static_cast<double>(bytes)},
            {"peak_rss_bytes", static_cast<double>(usage.ru_maxrss) * 1024}};
}

}  // namespace msd::platform
