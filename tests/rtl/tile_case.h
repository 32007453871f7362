// A random tile for the tiny core, with its operands as loaded and its sums by plain loops.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "firmware/program.h"
#include "ip/msd_pe/core/config.h"
#include "rtl/core_rtl.h"

namespace msd::test {

struct TileCase {
    msd_tile tile{};
    std::vector<int8_t> act;  // [c_blocks][in_rows][in_cols][16], lanes above c_last are noise
    std::vector<uint8_t> lut_stream;  // [K pass][word][used row], 32 digits a word
    std::vector<uint8_t> dsp_stream;  // 16 int8 a word
    std::vector<int> weights;         // [k][tap][input channel], depthwise [k][tap]

    int valid_channels() const { return (tile.c_blocks - 1) * 16 + tile.c_last; }
    int channels() const { return tile.k_lut + tile.k_dsp; }
    bool depthwise() const { return (tile.flags & MSD_TILE_DEPTHWISE) != 0; }
    // Adds this tile's products to sums [k][th * tw], modulo 2^32.
    void add_to(std::vector<int32_t>& sums) const;
};

// What the random tiles are drawn from; ranges include both ends.
struct Ranges {
    unsigned kernel_max = 5, stride_max = 3, channels_max = 12, size_max = 6;
    bool extremes = true;
};

// Sizes of a Verilated core, with buffers as built.
pe::AcceleratorConfig core_config(rtl::CoreSize size);

TileCase random_case(std::mt19937& rng, const pe::AcceleratorConfig& config,
                     const Ranges& ranges = {});
// Another tile that may be added to the sums of `first`: same outputs, other inputs.
TileCase random_continuation(std::mt19937& rng, const pe::AcceleratorConfig& config,
                             const TileCase& first);
// Draws activations and weights for c.tile, whose shape is complete but for passes and groups.
void fill(TileCase& c, std::mt19937& rng, const pe::AcceleratorConfig& config, bool extremes);
// True if passes, strips, streams and sums fit the buffers.
bool fits(const TileCase& c, const pe::AcceleratorConfig& config);

}  // namespace msd::test
