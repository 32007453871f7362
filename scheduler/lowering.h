// What the accelerator runs for each layer of the graph: convolutions with what is fused into them,
// and pools.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "network/graph.h"

namespace msd::scheduler {

enum class StepKind {
    kDense,      // every output channel reads a range of input channel blocks
    kDepthwise,  // output channel k reads input channel k
    kPool,       // no execution: maximum or average over windows
};

// A pool computed on a convolution's output before it is stored.
struct FusedPool {
    network::LayerId layer = 0;
    network::Window window;
    network::Shape out;
    bool average = false;
};

struct Step {
    StepKind kind = StepKind::kDense;
    std::string name;             // of the layer whose tensor is stored
    std::string label;            // LayerPlan::kind: conv, depthwise, fc, pool, add, clamp
    network::LayerId layer = 0;   // whose tensor is stored
    network::LayerId conv = 0;    // whose weights run; == layer unless something is fused
    network::LayerId post = 0;    // whose numbers post-processing makes: conv, or the fused Add
    network::LayerId source = 0;  // the tensor read
    std::optional<network::LayerId> residual;
    network::Shape in, out;  // out: before a fused pool
    network::Window window;
    std::optional<FusedPool> pool;
    int groups = 1;         // of a kDense convolution
    bool identity = false;  // kDepthwise with weights of 1: an Add or Clamp of its own
    bool average = false;   // kPool
    int images = 1;         // of a batch: each tensor is so many maps, one behind the other
    bool stacked = false;   // the images are rows of in and out, which are `images` maps high
    int64_t macs = 0;       // of all images

    int in_blocks() const { return (in.c + 15) / 16; }
    int out_blocks() const { return (out.c + 15) / 16; }
    const network::Shape& stored() const { return pool ? pool->out : out; }
    int maps() const { return stacked ? 1 : images; }  // tiled one by one
};

// Pools, by id: those computed in their producer's step.
using PoolSet = std::set<network::LayerId>;

// The pools that lower() may fuse: of a convolution's output (with the Add fused into it) that
// nothing else reads; an average only if all its windows have one divisor.
PoolSet fusible_pools(const network::Graph& graph);

// The steps in the order they run. An Add is fused into the later of its producers if that is a
// convolution that nothing else reads and that does not clamp; a pool of `fused` into its producer
// (those that cannot be are left alone). images: of a batch; a fully connected layer takes
// them as rows of one map. kInput and kSoftmax (computed on the
// host) give no step. Throws ScheduleError for a layer that the accelerator's numbers cannot
// express.
std::vector<Step> lower(const network::Graph& graph, const PoolSet& fused = {}, int images = 1);

// The layer whose tensor a reader of `id` finds in DRAM: the producer of a Softmax, else `id`.
network::LayerId stored_layer(const network::Graph& graph, network::LayerId id);

}  // namespace msd::scheduler
