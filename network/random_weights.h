// Random weights, biases and scales for networks that come as shapes only, such that activations
// stay lively.
#pragma once

#include <cstdint>

#include "network/graph.h"
#include "network/random.h"

namespace msd::network {

// Makes `graph` a quantised network: int8 weights (per channel, summing to about zero), biases and
// all scales. The scales follow from fan-in: docs/topology_csv.md. Layers need op, window, shape
// and bounds.
void draw_weights(Graph& graph, uint64_t seed);

}  // namespace msd::network
