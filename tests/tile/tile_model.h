// A random tile with its operands, and what it computes by plain loops straight from
// docs/numbers.md. Shares nothing with ip/msd_pe/core but the descriptor.
#pragma once

#include <cstdint>
#include <vector>

#include "firmware/program.h"
#include "ip/msd_pe/core/config.h"
#include "tests/tile/random.h"

namespace msd::test {

struct TileModel {
    pe::AcceleratorConfig config;
    msd_tile tile{};
    int channels_in = 0;  // valid input channels
    std::vector<std::vector<uint8_t>>
        digits;  // per output channel of the LUT core: codes in feed order
    std::vector<std::vector<int>> weights;  // per output channel in feed order (tap, channel)
    std::vector<int8_t> act;  // [c_blocks][in_rows][in_cols][16], garbage in unused lanes
    std::vector<msd_channel> params;
    std::vector<int8_t> residual;  // [blocks][th*tw][16]

    int channels() const { return tile.k_lut + tile.k_dsp; }
    int blocks() const { return (channels() + 15) / 16; }
    int pixels() const { return tile.th * tile.tw; }
    int taps() const { return tile.kernel_h * tile.kernel_w; }
    bool depthwise() const { return (tile.flags & MSD_TILE_DEPTHWISE) != 0; }
    bool residual_added() const { return (tile.flags & MSD_TILE_RESIDUAL) != 0; }

    std::vector<uint8_t> stream() const;       // LUT then DSP words
    int64_t sum(int k, int oy, int ox) const;  // of this tile alone
    std::vector<int32_t> sums(
        const std::vector<int32_t>& before) const;  // [k][pixel]; before is empty if FIRST_C
    std::vector<int8_t> posted(const std::vector<int32_t>& sums) const;  // [block][pixel][16]
    std::vector<int8_t> pooled(const std::vector<int8_t>& map) const;
};

struct ModelLimits {
    int max_side = 9, max_kernel = 4, max_blocks = 3, max_channels = 40;
    bool wild_digits = false;  // digits that sum to more than an int8
};

// A device whose buffers hold any tile of the limits, with odd numbers of rows and columns.
pe::AcceleratorConfig roomy_device(Random& random);

// A tile that check_tile accepts on a roomy device; all kinds, ugly sizes included.
TileModel random_tile(Random& random, const pe::AcceleratorConfig& config,
                      const ModelLimits& limits);

// The three blocks of a descriptor, contiguous, for its sizes.
void place_blocks(msd_tile& tile);

// Random operands for the descriptor in model.tile.
void fill_operands(TileModel& model, Random& random, bool wild_digits);

}  // namespace msd::test
