// Where feature maps lie in DRAM: allocation by liveness, with reuse.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "network/graph.h"
#include "scheduler/lowering.h"

namespace msd::scheduler {

// Bytes of a feature map [ceil(c/16)][h][w][16].
inline uint64_t tensor_bytes(const network::Shape& shape) {
    return uint64_t(shape.c + 15) / 16 * shape.h * shape.w * 16;
}

struct MemoryPlan {
    std::map<network::LayerId, uint64_t>
        offset;               // of each tensor, 256-byte aligned, from the first free byte
    uint64_t bytes = 0;       // of all
    uint64_t live_bytes = 0;  // most that is live at once: no plan can need less
};

// The best of three ways to place one tensor after the other. A tensor's memory is free for the
// output of the first step after its last reader: stores complete in the order of tiles, and a
// step's loads precede its last store, so when a later step stores its first tile nobody reads the
// old tensor any more. A step's own operands are never overwritten. Tensors that nothing reads live
// on. Maps that are handed over on chip (`kept`) have no place.
MemoryPlan plan_memory(const network::Graph& graph, const std::vector<Step>& steps,
                       const std::set<network::LayerId>& kept = {});

}  // namespace msd::scheduler
