// The oracle: evaluates a quantised network in plain integers, and a float one in double. Shares no code with ip/.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "network/graph.h"

namespace msd::network {

// Multiplier and shift of docs/numbers.md: real ~ m * 2^-s, m in [2^15, 2^16), s in 1..62.
struct Requant {
    uint16_t m = 0;
    int s = 0;
};
Requant requant_of(double real);  // throws std::invalid_argument if real is not positive or out of range

using Tensor8 = std::vector<int8_t>;  // [c][h][w]

// Every layer's output by LayerId (kSoftmax: its input). input is [c][h][w] in the input tensor's int8 grid.
std::vector<Tensor8> evaluate(const Graph& graph, const Tensor8& input);

// The same for float networks (calibration, tests); also accepts quantised ones (dequantised weights).
std::vector<std::vector<float>> evaluate_float(const Graph& graph, const std::vector<float>& input);

}  // namespace msd::network
