// The functional floor of a network: oneDNN's int8 convolutions of its layers, nothing else.
#pragma once

#include "network/graph.h"

namespace msd::platform {

// CPU seconds that all convolutions of the graph take on one thread: median of `repeats` passes
// after a warm-up.
double onednn_seconds(const network::Graph& graph, int repeats);

}  // namespace msd::platform
