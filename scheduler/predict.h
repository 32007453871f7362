// Predicted cycles: the accelerator's own recurrences (docs/timing.md) over a list of tiles, above
// a simple memory.
#pragma once

#include <cstdint>
#include <vector>

#include "ip/msd_pe/core/config.h"
#include "scheduler/tiles.h"

namespace msd::scheduler {

// Every transfer waits `latency_cycles` for its first beat; then the active DMA masters share
// `bytes_per_cycle`, none faster than a beat a cycle or than its bursts in flight allow.
struct MemoryModel {
    double bytes_per_cycle = 16;
    double latency_cycles = 40;
};

struct LayerPrediction {
    uint64_t start = 0;   // the first tile's load starts
    uint64_t end = 0;     // the last tile is stored
    uint64_t cycles = 0;  // end - the end of the layer before: these sum to the whole
    uint64_t compute = 0, load = 0,
             store = 0;         // cycles that Exec or Post, the busier load master, Store were busy
    const char* bound() const;  // compute | load | store: the busiest
};

struct Prediction {
    uint64_t cycles = 0;
    std::vector<LayerPrediction> layers;
};

// layers: pointers, in the order they run; wait_store must be set (link_stores) if there is more
// than one.
Prediction predict(const pe::AcceleratorConfig& config,
                   const std::vector<const LayerTiles*>& layers, const MemoryModel& memory);

}  // namespace msd::scheduler
