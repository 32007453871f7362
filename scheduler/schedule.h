// The schedule: how every layer is tiled, split between the LUT and DSP cores, and laid out in
// DRAM.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "ip/msd_pe/core/config.h"
#include "network/graph.h"

namespace msd::scheduler {

// A layer that cannot be scheduled: what() names the layer, the limit and what would help.
struct ScheduleError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Options {
    int effective_bits = 2;  // 1..3
    std::optional<double>
        lut_share;  // 0..1 of each layer's channels on the LUT core; default: balanced
    double dram_bytes_per_cycle = 16;  // all ports together, for the prediction
    double dram_latency_cycles = 40;
};

// One step of the accelerator: a graph layer with what is fused into it.
struct LayerPlan {
    network::LayerId layer;  // the layer whose tensor is stored (the Add if one is fused)
    network::LayerId conv;   // the convolution executed, == layer if nothing is fused
    std::optional<network::LayerId> residual;  // tensor added in post-processing
    std::string name, kind;                    // kind: conv, depthwise, fc, pool, add, clamp
    int k_tile = 0, c_tile = 0, h_tile = 0,
        w_tile = 0;                // sizes of a full tile (output rows and columns)
    int kh_tile = 0, kw_tile = 0;  // kernel rows and columns summed by one tile; 0: all (cut only
                                   // where weights do not fit)
    int k_tiles = 1, c_tiles = 1, h_tiles = 1, w_tiles = 1;
    std::string order =
        "activation";  // which operand stays on chip across neighbouring tiles: weight | activation
    std::vector<uint8_t> on_lut;  // per output channel: 1 = LUT core (RSD), 0 = DSP core (int8)
    int effective_bits = 2;
    uint64_t predicted_cycles = 0;
    std::string bound;  // compute | load | store
    int64_t macs = 0;
};

struct Schedule {
    std::vector<LayerPlan> layers;  // in the order they run
    uint64_t predicted_cycles = 0;
};

// Chooses tiles and split for every layer; needs shapes only, no weights.
Schedule make_schedule(const network::Graph& graph, const pe::AcceleratorConfig& config,
                       const Options& options);

// Puts the channels that the schedule gives to the LUT core on the RSD grid (weights, scales,
// biases), in place.
void encode_weights(network::Graph& graph, const Schedule& schedule);

// schedule.csv:
// layer,kind,k,c,h,w,k_tiles,c_tiles,h_tiles,w_tiles,order,lut_channels,dsp_channels,effective_bits,bound,predicted_cycles
std::string to_csv(const network::Graph& graph, const Schedule& schedule);

}  // namespace msd::scheduler
