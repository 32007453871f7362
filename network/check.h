// Consistency of a graph: what every reader promises and every evaluator and scheduler may rely on.
#pragma once

#include "network/graph.h"

namespace msd::network {

// Throws std::invalid_argument "layer 'name': …" unless operands, shapes, windows, weights and, if
// the graph is quantised, scales, zero points and multipliers fit each other and no sum can leave
// int32 (docs/numbers.md).
void check(const Graph& graph);

}  // namespace msd::network
