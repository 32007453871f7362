// Which weights a schedule wants on the RSD grid, for whoever quantises a network for it.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "quant/rsd.h"
#include "scheduler/schedule.h"

namespace msd::scheduler {

// Digits of every output channel (0: DSP core, int8) of each convolution. encode_weights() makes
// the same choice for weights that are int8 already.
std::map<network::LayerId, std::vector<uint8_t>> assigned_digits(const network::Graph& graph,
                                                                 const Schedule& schedule);

// encode_weights() with the scales searched in another way.
void encode_weights(network::Graph& graph, const Schedule& schedule, quant::ScaleSearch scales);

}  // namespace msd::scheduler
