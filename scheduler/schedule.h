// The schedule: how every layer is tiled, split between the LUT and DSP cores, and laid out in
// DRAM.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "ip/msd_pe/core/config.h"
#include "network/graph.h"
#include "scheduler/memory_model.h"

namespace msd::scheduler {

// A layer that cannot be scheduled: what() names the layer, the limit and what would help.
struct ScheduleError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

enum class Objective {
    kLatency,    // predicted cycles
    kDramBytes,  // bytes moved to and from DRAM; of equals the fastest
    kEnergy,     // energy_pj of work.h, of equals the fastest
};
const char* to_string(Objective objective);
Objective objective_of(const std::string& name);  // throws ScheduleError listing the names

// A row of schedule.csv, which binds the search: how often each dimension is cut, the order and the
// split. Tile sizes are the best that cut so often.
struct FixedLayer {
    int line = 0;  // of the file
    std::string kind, order;
    int k_tiles = 1, c_tiles = 1, h_tiles = 1, w_tiles = 1;
    int lut_channels = 0, effective_bits = 2;
};
using FixedSchedule = std::map<std::string, FixedLayer>;  // by layer name as the file has it

struct Options {
    int effective_bits = 2;                           // 1..3
    std::map<std::string, int> layer_effective_bits;  // by the convolution's name; others as above
    Objective objective = Objective::kLatency;
    int batch = 1;           // images that run together, layer by layer
    bool fuse_pools = true;  // where that is faster
    bool hand_over = true;   // maps that the output buffer holds go to the next layer without DRAM
    bool certificate = false;       // search every layer to the end, however long that takes
    uint64_t visit_tiles = 12'000;  // otherwise a layer's search ends after recurrences of so many
    std::optional<double>
        lut_share;  // 0..1 of each layer's channels on the LUT core; default: balanced
    std::map<std::string, double> layer_lut_share;  // by the convolution's name; others as above
    const FixedSchedule* fixed = nullptr;           // of read_schedule(); outlives the call
    std::string fixed_path;                         // for messages
    MemoryModel memory;                             // for the prediction
};

// How the search for one layer ended. It minimises the layer's own cost (predicted as if it ran
// alone); candidates are all tiles, splits and orders of docs/scheduler.md that the buffers hold.
struct SearchStats {
    uint64_t candidates = 0;  // that the space holds
    uint64_t bounded = 0;     // whose lower bound was computed, one by one
    uint64_t visited = 0;     // whose recurrences were run to the end or past the best
    double best = 0;          // cost found: cycles, bytes or pJ
    double bound = 0;         // no candidate costs less; equal to best if the search is closed
    bool closed() const { return bound >= best; }
};

// One step of the accelerator: a graph layer with what is fused into it.
struct LayerPlan {
    network::LayerId layer;  // the layer whose tensor is stored (the last of those fused)
    network::LayerId conv;   // the convolution executed, == layer if nothing is fused
    std::optional<network::LayerId> residual;  // tensor added in post-processing
    std::optional<network::LayerId> pool;      // computed on the output before it is stored
    std::string name, kind;                    // kind: conv, depthwise, fc, pool, add, clamp
    int k_tile = 0, c_tile = 0, h_tile = 0,
        w_tile = 0;                // sizes of a full tile (output rows and columns)
    int kh_tile = 0, kw_tile = 0;  // kernel rows and columns summed by one tile; 0: all (cut only
                                   // where weights do not fit)
    int k_tiles = 1, c_tiles = 1, h_tiles = 1, w_tiles = 1;
    std::string order =
        "activation";  // loops, scheduler/grid.h: activation | weight, each also with _snake
    std::vector<uint8_t> on_lut;  // per output channel: 1 = LUT core (RSD), 0 = DSP core (int8)
    int effective_bits = 2;
    uint64_t predicted_cycles = 0;
    std::string bound;  // compute | load | store
    int64_t macs = 0;
    uint64_t dram_bytes = 0;
    SearchStats search;
};

struct Schedule {
    std::vector<LayerPlan> layers;   // in the order they run
    int images = 1;                  // of a batch
    uint64_t predicted_cycles = 0;   // of the batch
    uint64_t dram_bytes = 0;         // descriptors included
    uint64_t peak_bytes = 0;         // of DRAM for feature maps
    uint64_t peak_bound = 0;         // most that is alive at once: no allocation needs less
    bool hand_over = true;           // of the options it was made with
    uint64_t handed_over_bytes = 0;  // loaded from the output buffer instead of DRAM
    int kept_maps = 0;               // handed over whole: never stored
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

// Reads such a file. Throws ScheduleError "file:line: what is wrong; what would be right".
FixedSchedule read_schedule(const std::string& path);

// A name as schedule.csv has it: without what would shift its columns.
std::string csv_name(std::string name);

// What the searches looked at, layer by layer, and by which bound each is closed.
std::string certificate(const Schedule& schedule);

}  // namespace msd::scheduler
