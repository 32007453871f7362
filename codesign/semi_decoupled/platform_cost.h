// What a layer costs on this project's own accelerator: the scheduler's predicted cycles.
#pragma once

#include <cstdint>

#include "codesign/maestro/types.h"
#include "scheduler/schedule.h"

namespace msd::semi_decoupled {

struct Device {
    pe::AcceleratorConfig config;
    int effective_bits = 2;            // digits a weight on the LUT array
    double dram_bytes_per_cycle = 16;  // all ports together
    double dram_latency_cycles = 40;
    uint64_t visit_tiles = 2000;  // a layer's search ends after recurrences of so many
};

struct LayerCycles {
    int64_t cycles = 0;
    double energy_nj = 0;  // the proxy of scheduler/work.h
    bool ok = false;
};

// The layer alone, with the tiles and the LUT | DSP split that the scheduler finds. A dilated
// kernel runs as a larger one with zero taps, which is what the hardware can do. Not ok: TRCONV,
// and what fits no buffer.
LayerCycles platform_cost(const Device& device, const maestro::Shape& shape);

}  // namespace msd::semi_decoupled
