// The oracle: evaluates a quantised network in plain integers, and a float one in double. Shares no code with ip/.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "network/graph.h"

namespace msd::network {

// Multiplier and shift of docs/numbers.md: real ~ m * 2^-s.
struct Requant {
    uint32_t m = 0;
    int s = 0;
};
// m in [2^23, 2^24), s in 1..62. Throws std::invalid_argument if real is not positive or out of range.
Requant requant_of(double real);
// Of an average pool: m in [2^15, 2^16), s in 1..46. Throws likewise.
Requant pool_requant_of(double real);

// Multipliers of an addition's two operands over one shift: fa ~ ma * 2^-s, fb ~ mb * 2^-s, the larger in [2^23, 2^24).
struct AddRequant {
    uint32_t ma = 0, mb = 0;
    int s = 0;
};
AddRequant add_requant_of(double fa, double fb);  // throws std::invalid_argument likewise

using Tensor8 = std::vector<int8_t>;  // [c][h][w]

// Every layer's output by LayerId (kSoftmax: its input). input is [c][h][w] in the input tensor's int8 grid.
// Throws std::invalid_argument naming the layer if the graph is not consistent (network/check.h).
std::vector<Tensor8> evaluate(const Graph& graph, const Tensor8& input);

// The same for float networks (calibration, tests); also accepts quantised ones (dequantised weights).
std::vector<std::vector<float>> evaluate_float(const Graph& graph, const std::vector<float>& input);

}  // namespace msd::network
