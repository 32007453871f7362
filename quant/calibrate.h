// Post-training quantisation: a float network and some of its images become a network of integers.
#pragma once

#include <vector>

#include "network/graph.h"

namespace msd::quant {

// Activations: int8, one scale and zero point a tensor, from the least and largest value over all
// images (0 is always inside). Weights: int8, one scale an output channel, of least squared error
// (encode_channel). Biases: int32 in units of input scale * weight scale. Maximum pooling and
// Softmax keep their operand's parameters. All scales are floats' values, so a network written as
// ONNX and read back is the same. Images are [c][h][w] in real values, as the network's input
// expects them. Throws network::ImportError if there is none, one has the wrong size, or the
// network is quantised already or cannot be.
network::Graph quantise(const network::Graph& float_graph,
                        const std::vector<std::vector<float>>& images);

}  // namespace msd::quant
