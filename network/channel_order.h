// The order of a network's channels: which tensors must share one, and the same network with its
// channels in another.
#pragma once

#include <map>
#include <vector>

#include "network/graph.h"

namespace msd::network {

// Tensors whose channels come in one order: an addition's operands and sum, and what pools, clamps,
// depthwise convolutions and Softmax read and make.
struct ChannelClass {
    std::vector<LayerId> layers;  // ascending
    int channels = 0;
    // Channels may change places within [cuts[i], cuts[i + 1]) only: a grouped convolution's groups
    // stay where they are, and of the network's input and output every channel does.
    std::vector<int> cuts;  // from 0 to channels
};
std::vector<ChannelClass> channel_classes(const Graph& graph);

// Of each layer whose channels change places: its channel i is the one that was order[i].
using ChannelOrder = std::map<LayerId, std::vector<int>>;

// The network with its channels in another order: weights, scales, biases and digits move. Its
// output is the same, of integers in every bit. Metadata "msd.order:<convolution>" then hold, for
// each channel, which one it is of the network as it was before any such change: numbers with
// commas between. Throws std::invalid_argument unless the tensors of a class have one order, within
// its cuts.
void reorder_channels(Graph& graph, const ChannelOrder& order);

// What those metadata say, for all tensors: reorder_channels() with it makes of the network as it
// was what `graph` is. Throws ImportError "path: metadata 'msd.order:...': what is wrong".
ChannelOrder recorded_order(const Graph& graph, const std::string& path);

}  // namespace msd::network
