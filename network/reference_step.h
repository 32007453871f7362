// One layer of the integer reference at a time, for whoever evaluates parts of a network again.
#pragma once

#include <cstdint>
#include <vector>

#include "network/graph.h"

namespace msd::network {

// What evaluate() (network/reference.h) gives for layer `id`, from its operands' tensors in order;
// not for kInput. The graph is consistent (check()): it is not checked again.
std::vector<int8_t> evaluate_layer(const Graph& graph, LayerId id,
                                   const std::vector<const std::vector<int8_t>*>& operands);

}  // namespace msd::network
