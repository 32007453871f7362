// One layer through both levels, timed.
#include "platform/cli/crosscheck_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "platform/cli/cpu_time.h"
#include "platform/cli/session.h"
#include "platform/crosscheck/campaign.h"

namespace msd::platform {
namespace {

double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
    return values[values.size() / 2];
}

}  // namespace

std::vector<std::pair<std::string, double>> bench_crosscheck(int repeats) {
    const Scenario scenario =
        parse_scenario("", "bench", {"network.file=zoo:resnet18", "device.preset=ultra96"});
    network::Graph graph = load_network(scenario);
    const auto schedule =
        scheduler::make_schedule(graph, scenario.device, schedule_options(scenario));
    scheduler::encode_weights(graph, schedule);
    const auto program = scheduler::make_program(graph, schedule, scenario.device);
    // The longest layer of 256 channels or more: a 3x3 convolution of the third or fourth stage.
    uint32_t layer = 0;
    for (uint32_t l = 0; l < program.layers.size(); ++l)
        if (program.layers[l].output.shape.c >= 256 &&
            program.layers[l].predicted_cycles > program.layers[layer].predicted_cycles)
            layer = l;
    const crosscheck::Program alone =
        crosscheck::layer_program(program, scenario.device, layer, scenario.dram.preset, 1);
    rtl_library(scenario.device, {},
                [](const std::string& line) { fmt::print(stderr, "{}\n", line); });
    crosscheck::Bench tlm("tlm", Level::kTlm), rtl("rtl", Level::kRtl);
    if (const auto difference = check(tlm, rtl, alone))
        throw std::logic_error("bench: " + difference->text());
    const auto rate = [&](crosscheck::Bench& bench, int times) {
        std::vector<double> rates;
        for (int i = 0; i < times; ++i) {
            const double start = thread_cpu_seconds();
            const crosscheck::Recording r = bench.run(alone);
            rates.push_back(static_cast<double>(r.cycles) / (thread_cpu_seconds() - start));
        }
        return median(rates);
    };
    const double tlm_rate = rate(tlm, repeats), rtl_rate = rate(rtl, std::min(repeats, 3));
    const uint64_t cycles = tlm.run(alone).cycles;
    return {{"ratio", tlm_rate / rtl_rate},
            {"tlm_cycles_per_s", tlm_rate},
            {"rtl_cycles_per_s", rtl_rate},
            {"cycles", static_cast<double>(cycles)}};
}

}  // namespace msd::platform
