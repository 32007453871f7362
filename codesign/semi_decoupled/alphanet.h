// The space of AttentiveNAS (Wang et al., CVPR 2021, table of the search space) and AlphaNet (Wang
// et al., ICML 2021): MobileNetV3-like networks of seven stages. The generator is our own; nothing
// of their data is used.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "codesign/maestro/reader.h"
#include "network/random.h"

namespace msd::semi_decoupled {

struct AlphaNetConfig {
    int resolution = 224;  // rows and columns of the image
    std::array<int, 9>
        width{};  // channels: first convolution, seven stages, the layer before the classifier
    std::array<int, 7> depth{};   // blocks of a stage
    std::array<int, 7> kernel{};  // of its depthwise convolutions
    std::array<int, 7> expand{};  // channels inside a block over those before it
};

// What each number may be. resolution: 192, 224, 256, 288.
struct AlphaNetChoices {
    std::vector<int> resolution;
    std::array<std::vector<int>, 9> width;
    std::array<std::vector<int>, 7> depth, kernel, expand;
};
const AlphaNetChoices& alphanet_choices();

// Every number drawn evenly from its choices.
AlphaNetConfig sample_alphanet(network::Random& random);

// A JSON list of {"resolution", "width" [9], "depth" [7], "kernel_size" [7], "expand_ratio" [7]};
// further keys are ignored. Numbers need not be the space's choices, but sensible (check()). Throws
// maestro::InputError "file: entry N: what; what would be right".
std::vector<AlphaNetConfig> read_alphanet(const std::string& path);
std::vector<AlphaNetConfig> parse_alphanet(const std::string& text, const std::string& name);

// Inverted residuals: 1x1 to the expanded channels (none where `expand` is 1), depthwise, squeeze
// and excitation in stages 3, 5, 6 and 7 (two 1x1 on a 1x1 map, by way of a quarter of the block's
// input channels), 1x1. Then 1x1 to six times the last stage's channels, a pool, 1x1 to width[8],
// and 1,000 classes. Channels are rounded to multiples of 8.
maestro::Network alphanet_network(const AlphaNetConfig& config);

std::string alphanet_name(const AlphaNetConfig& config);

}  // namespace msd::semi_decoupled
