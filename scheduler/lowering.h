// What the accelerator runs for each layer of the graph: convolutions with what is fused into them,
// and pools.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "network/graph.h"

namespace msd::scheduler {

enum class StepKind {
    kDense,      // every output channel reads a range of input channel blocks
    kDepthwise,  // output channel k reads input channel k
    kPool,       // no execution: maximum or average over windows
};

struct Step {
    StepKind kind = StepKind::kDense;
    std::string name;             // of the layer whose tensor is stored
    std::string label;            // LayerPlan::kind: conv, depthwise, fc, pool, add, clamp
    network::LayerId layer = 0;   // whose tensor is stored
    network::LayerId conv = 0;    // whose weights run; == layer unless an Add is fused
    network::LayerId source = 0;  // the tensor read
    std::optional<network::LayerId> residual;
    network::Shape in, out;
    network::Window window;
    int groups = 1;         // of a kDense convolution
    bool identity = false;  // kDepthwise with weights of 1: an Add or Clamp of its own
    bool average = false;   // kPool
    int64_t macs = 0;

    int in_blocks() const { return (in.c + 15) / 16; }
    int out_blocks() const { return (out.c + 15) / 16; }
};

// The steps in the order they run. An Add is fused into the later of its producers if that is a
// convolution that nothing else reads and that does not clamp; kInput and kSoftmax (computed on the
// host) give no step. Throws ScheduleError for a layer that the accelerator's numbers cannot
// express.
std::vector<Step> lower(const network::Graph& graph);

// The layer whose tensor a reader of `id` finds in DRAM: the producer of a Softmax, else `id`.
network::LayerId stored_layer(const network::Graph& graph, network::LayerId id);

}  // namespace msd::scheduler
