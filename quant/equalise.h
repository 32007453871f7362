// Cross-layer equalisation: moves a channel's magnitude between a layer and the one that reads it,
// so that a scale shared by all channels of a tensor suits each of them.
#pragma once

#include <vector>

#include "network/graph.h"

namespace msd::quant {

// Of two convolutions A, B in a row (pools may lie between; each tensor has one reader, A's output
// is unbounded or only bounded below by 0), output channel c of A is divided by s[c] and input
// channel c of B multiplied by it: the network computes the same, up to float rounding. s[c] =
// sqrt(a / w), a the largest value of the channel over the images, w B's largest weight that reads
// it, which makes both the same (Nagel et al., ICCV 2019, section 4.1, with activations in place of
// A's weights: those have a scale a channel here, so their magnitude does not matter). Channels
// that are always zero or not read stay. Networks without such a pair come back unchanged.
network::Graph equalise(const network::Graph& real, const std::vector<std::vector<float>>& images);

}  // namespace msd::quant
