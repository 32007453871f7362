// What of a network the CPU computes beside the arrays, and in how many cycles.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "network/graph.h"
#include "platform/soc/soc.h"

namespace msd::platform {

struct CpuWork {
    std::string name;  // softmax, layer_norm, gelu, keys, values
    uint32_t times = 0, rows = 0,
             channels = 0;  // so often on a map of so many rows, of `channels` each
    uint64_t cycles = 0;    // of all times, one after the other
};

// Of the graph's metadata "msd.cpu:NAME" = "TIMESxROWSxCHANNELS" (network/zoo.h). Throws
// std::invalid_argument naming the entry that cannot be read.
std::vector<CpuWork> cpu_work_of(const network::Graph& graph);

// Runs each of them once, on drawn values, by firmware on the system's CPU and memory
// (firmware/cpu_ops.h), and multiplies. Between two programs; throws std::runtime_error if firmware
// cannot do one.
void measure(Soc& soc, std::vector<CpuWork>& work);

}  // namespace msd::platform
