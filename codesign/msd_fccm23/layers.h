// A network as the published scheduler sees it: a list of square layers without padding.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace msd::fccm23 {

struct LayerShape {
    std::string name;
    int k = 0;  // output channels
    int o = 0;  // height and width of the output
    int c = 0;  // input channels; 1: depthwise over k channels
    int kernel_h = 0, kernel_w = 0;
    int stride = 1;
    int repeats = 1;  // rows of the schedule; more than 1: name_0, name_1, …

    bool depthwise() const { return c == 1; }
    // Of one of the repeats; of a depthwise layer one input channel an output channel.
    int64_t macs() const { return int64_t{k} * c * o * o * kernel_h * kernel_w; }
    void check()
        const;  // throws InputError: nonsense, or so large that cycles would not fit 53 bits
};

// A layer table (.csv: name, input height and width, filter height and width, channels, filters,
// stride). Output side = ceil((input - filter + stride) / stride); a row called Encoder_0… stands
// for twelve; one whose name holds DP is one layer of one channel for each of its channels. Throws
// InputError or network::ImportError "file:line: …".
std::vector<LayerShape> read_layers(const std::string& path);

}  // namespace msd::fccm23
