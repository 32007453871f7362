// The weight image of a slice: digit codes and bytes in the order the row feeders read them, then
// the parameters.
#pragma once

#include <cstdint>
#include <vector>

#include "ip/msd_pe/core/config.h"
#include "network/graph.h"
#include "scheduler/lowering.h"
#include "scheduler/tiles.h"

namespace msd::scheduler {

// What a layer's output channels compute with: bias and multiplier of each, docs/numbers.md.
std::vector<msd_channel> channel_parameters(const network::Graph& graph, const Step& step);

// LUT stream, DSP stream ([K pass][word][row], docs/timing.md) and, behind the last part, the
// channels' parameters. Throws ScheduleError if a LUT channel has a weight that its digits cannot
// form.
std::vector<uint8_t> encode_slice(const pe::AcceleratorConfig& config, const network::Graph& graph,
                                  const Step& step, const Slice& slice,
                                  const std::vector<msd_channel>& channels);

}  // namespace msd::scheduler
