// Convolution sums in plain integers: the one part of the reference where time goes.
#pragma once

#include <cstdint>
#include <vector>

#include "network/graph.h"

namespace msd::network {

// sums[k][y][x] = bias_q[k] + sum over taps of (q - zero_in) * w; a tap outside the image adds
// nothing.
std::vector<int32_t> convolve(const Layer& layer, const Layer& in,
                              const std::vector<int8_t>& input);

// The same in float: real bias and weights.
std::vector<float> convolve_float(const Layer& layer, const Layer& in,
                                  const std::vector<float>& input,
                                  const std::vector<float>& weights,
                                  const std::vector<float>& bias);

}  // namespace msd::network
