// One choice a layer, costs and losses that add up: the sums that no other sum beats in both.
#pragma once

#include <cstdint>
#include <vector>

namespace msd::mixed_eb {

struct Choice {
    double cycles = 0, loss = 0;
};

struct FrontPoint {
    double cycles = 0, loss = 0;
    std::vector<uint8_t> choices;  // index into each layer's list
};

// The Pareto front over all combinations, by ascending cycles, losses descending strictly.
//
// slack = 0: exact; for every combination the front has a point that is at least as good in both.
// slack > 0: for every combination there is a point of no more loss and at most (1 + slack) times
// the cycles; the number of points kept then grows with 1 / slack and not with the combinations.
// Dynamic programming over layers with dominance pruning. Throws std::invalid_argument if a layer
// has no choice, a negative cost or a number that is not finite, std::runtime_error beyond `most`
// points (a larger slack helps).
std::vector<FrontPoint> pareto_front(const std::vector<std::vector<Choice>>& layers,
                                     double slack = 0, std::size_t most = 2'000'000);

}  // namespace msd::mixed_eb
