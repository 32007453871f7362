// A schedule says how many of a layer's channels are on the RSD grid, and at which places; here is
// decided which channels take those places: those that lose least by it.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "network/channel_order.h"
#include "network/graph.h"
#include "quant/rsd.h"

namespace msd::quant {

// Digits of each output channel (0: int8) of the convolutions that have any.
using Digits = std::map<network::LayerId, std::vector<uint8_t>>;

// What each channel of a convolution loses by being on the grid instead of in int8: the mean square
// by which its sums change, over that of the layer's sums.
using ChannelLosses = std::map<network::LayerId, std::vector<double>>;

// Of the convolutions in `digits` (how many: their most). Measured on the images of a float
// network.
ChannelLosses measured_losses(const network::Graph& real,
                              const std::vector<std::vector<float>>& images,
                              const std::map<network::LayerId, int>& digits, ScaleSearch search);

// The same of a network in int8, expected without any image: inputs are taken to be independent,
// with a mean square of as much above their variance as the middle of their tensor's range lies off
// zero: mean^2 / variance = ((lo + hi) / (hi - lo))^2, 1 behind a Relu.
ChannelLosses expected_losses(const network::Graph& integer,
                              const std::map<network::LayerId, int>& digits,
                              ScaleSearch search = ScaleSearch::kBest);

// Where channels may change places (network::channel_classes) and places differ, the order of least
// loss, summed over the convolutions of a class; exact. Channels move for a gain only. `places`:
// digits by place.
network::ChannelOrder best_order(const network::Graph& graph, const Digits& places,
                                 const ChannelLosses& losses);

// The convolutions whose losses best_order() looks at, with the most digits of any of their places.
std::map<network::LayerId, int> ordered_layers(const network::Graph& graph, const Digits& places);

// Digits by place as those of the channels that `order` puts there.
Digits by_channel(const Digits& places, const network::ChannelOrder& order);

}  // namespace msd::quant
