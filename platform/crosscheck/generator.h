// Random programs for the cross-check: the same seed and number give the same program on every
// machine.
#pragma once

#include <string>

#include "platform/crosscheck/program.h"
#include "scheduler/program.h"

namespace msd::crosscheck {

struct GeneratorOptions {
    pe::AcceleratorConfig device;  // arrays and bus; buffers: the most a program may be given
    int max_steps = 3;             // layers or so of a network
    int max_channels = 36;
    int max_side = 9;  // rows and columns of a network's input
    int max_kernel = 4;
    std::string kind;  // only programs of this kind; empty: all
};

// Kinds: "network" (several layers through the scheduler, with any limits it can work with),
// "tiles" (lists of tiles of any legal shape, whose flags keep operands and sums over tiles),
// "damaged" (descriptors with flipped bits, or a
// limit one too small), "outside" (addresses without memory),
// "abuse" (a network, and registers accessed at any moment). Only if asked for: "extreme" (tiles
// whose numbers are as large as they may be, addresses anywhere), for coverage.
Program random_program(uint64_t seed, uint64_t number, const GeneratorOptions& options);

// One layer of a scheduled network alone, on random feature maps.
Program layer_program(const scheduler::Program& network, const pe::AcceleratorConfig& device,
                      uint32_t layer, const std::string& dram_preset, uint64_t seed);

}  // namespace msd::crosscheck
