// Random networks on random devices, run on one system on chip and compared with the reference.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>

#include "network/reference.h"
#include "platform/soc/soc.h"
#include "scheduler/program.h"
#include "tests/scheduler/random_device.h"
#include "tests/scheduler/random_network.h"

namespace msd::test {

struct RandomProgram {
    network::Graph graph;
    scheduler::Program program;
    pe::AcceleratorConfig device;
    network::Tensor8 input;
};

// Throws scheduler::ScheduleError for a network that does not fit the device.
inline RandomProgram random_program(uint64_t seed, const RandomNetworkOptions& options = {},
                                    bool hand_over = true) {
    RandomProgram p;
    p.graph = random_network(seed, options);
    p.device = random_device(seed);
    scheduler::Options schedule_options;
    network::Random random(seed, 0x706f);
    schedule_options.effective_bits = 1 + random.below(3);
    if (random.below(3) != 0)
        schedule_options.lut_share = random.below(3) == 0 ? random.below(2) : random.uniform(0, 1);
    schedule_options.hand_over = hand_over;
    const auto schedule = scheduler::make_schedule(p.graph, p.device, schedule_options);
    scheduler::encode_weights(p.graph, schedule);
    p.program = scheduler::make_program(p.graph, schedule, p.device);
    p.input = random_tensor(p.graph[p.graph.input()].shape, seed);
    return p;
}

inline platform::SocConfig soc_config(const std::string& dram) {
    platform::SocConfig config;
    config.accelerator = pe::preset("ultra96");
    config.dram_preset = dram;
    config.dram_bytes = 256 << 20;
    return config;
}

// Runs one image; compares every layer's tensor. Returns the number of layers compared, or fails
// with a message.
inline std::size_t run_and_compare(platform::Soc& soc, const RandomProgram& p, std::string& failure,
                                   uint64_t* cycles = nullptr) {
    const auto tensors = network::evaluate(p.graph, p.input);
    std::size_t compared = 0;
    platform::RunHooks hooks;
    hooks.layer_done = [&](uint32_t, uint32_t layer) {
        const auto& l = p.program.layers[layer];
        if (soc.read_layer(p.program, layer) != tensors[l.id]) {
            failure = fmt::format("layer {} ({}) differs", l.name, l.kind);
            return false;
        }
        ++compared;
        return true;
    };
    hooks.warning = [&](const std::string& text) { failure = "warning: " + text; };
    soc.configure(p.device);
    const auto result = soc.run(p.program, {p.input}, 100'000'000, hooks);
    if (failure.empty() && result.ending != platform::Ending::kFinished) failure = result.message;
    if (failure.empty() && compared != p.program.layers.size())
        failure = fmt::format("{} of {} layers completed", compared, p.program.layers.size());
    if (failure.empty() && result.images.at(0).output != tensors[p.program.layers.back().id])
        failure = "the output handed over differs";
    if (cycles && !result.images.empty())
        *cycles = result.images[0].end_cycle - result.images[0].start_cycle;
    return compared;
}

}  // namespace msd::test
