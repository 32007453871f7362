// Rewrites a network's first convolution so that an image word's 16 channels are used: exact, and
// the host writes the image in the new order.
#pragma once

#include <cstdint>
#include <vector>

#include "network/graph.h"

namespace msd::network {

// How an input tensor [c][h][w] is written instead: element i of the new tensor is element
// source[i] of the old one, or `zero` (the input's zero point) where source[i] is -1.
struct InputFold {
    Shape from, to;
    int8_t zero = 0;
    std::vector<int32_t> source;  // empty: nothing was folded

    bool folded() const { return !source.empty(); }
    std::vector<int8_t> apply(const std::vector<int8_t>& tensor) const;  // unfolded: a copy
};

// Folds the input of a quantised network in place, if one convolution alone reads it and gains:
// - stride s > 1: the s x s space-to-depth image, at stride 1 (7x7 stride 2 on 3 channels becomes
//   4x4 on 12);
// - stride 1: the taps of a kernel row side by side as channels (3x3 on 3 becomes 3x1 on 9).
// What it computes does not change, products with zero are added. Ids of layers stay.
InputFold fold_input(Graph& graph);

}  // namespace msd::network
