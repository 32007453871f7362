// One layer through both levels.
#include "platform/cli/crosscheck_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "platform/cli/session.h"
#include "platform/crosscheck/campaign.h"

namespace msd::platform {
namespace {

double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
    return values[values.size() / 2];
}

// Long layers of many channels: 3x3 convolutions of the last stages.
std::pair<bool, uint64_t> rank(const scheduler::ProgramLayer& layer) {
    return {layer.output.shape.c >= 256, layer.predicted_cycles};
}

}  // namespace

crosscheck::Program network_layer(const std::string& network, const std::string& preset,
                                  std::string& layer) {
    const Scenario scenario = parse_scenario(
        "", "layer",
        {"network.file=" + network, "device.preset=" + preset,
         "schedule.hand_over=false"});  // its input must be in DRAM where the layer runs alone
    const Prepared p = prepare(scenario);
    const auto& layers = p.program.layers;
    std::size_t chosen = layers.size();
    for (std::size_t l = 0; l < layers.size(); ++l) {
        if (layer.empty() ? chosen == layers.size() || rank(layers[l]) > rank(layers[chosen])
                          : layers[l].name == layer)
            chosen = l;
    }
    if (chosen == layers.size()) {
        std::string names;
        for (const auto& l : layers) names += (names.empty() ? "" : ", ") + l.name;
        throw std::invalid_argument(
            fmt::format("{} has no layer '{}'; it has {}", network, layer, names));
    }
    layer = layers[chosen].name;
    return crosscheck::layer_program(p.program, scenario.device, static_cast<uint32_t>(chosen),
                                     scenario.dram.preset, 1);
}

std::vector<std::pair<std::string, double>> bench_crosscheck(int repeats) {
    std::string layer;
    const crosscheck::Program alone = network_layer("zoo:resnet18", "ultra96", layer);
    rtl_library(alone.device, {},
                [](const std::string& line) { fmt::print(stderr, "{}\n", line); });
    crosscheck::Bench tlm("tlm", Level::kTlm), rtl("rtl", Level::kRtl);
    if (const auto difference = check(tlm, rtl, alone))
        throw std::logic_error("bench: " + difference->text());
    const auto rate = [&](crosscheck::Bench& bench, int times) {
        std::vector<double> rates;
        for (int i = 0; i < times; ++i) {
            const crosscheck::Recording r = bench.run(alone);
            rates.push_back(static_cast<double>(r.cycles) / bench.simulation_cpu_s());
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
