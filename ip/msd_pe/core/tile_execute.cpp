// Sums of products of a tile: dense tiles by the kernel in use, depthwise tiles directly.
#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "ip/msd_pe/core/kernel.h"
#include "ip/msd_pe/core/tile.h"
#include "ip/msd_pe/core/tile_shape.h"

namespace msd::pe {
namespace {

// One operand word (16 channels) of every tap: nullptr where the tap lies outside the loaded rows
// and columns.
struct Window {
    const msd_tile& tile;
    const int8_t* act;

    const int8_t* word(unsigned block, int iy, int ix) const {
        if (iy < 0 || iy >= tile.in_rows || ix < 0 || ix >= tile.in_cols) return nullptr;
        const std::size_t at = (std::size_t{block} * tile.in_rows + iy) * tile.in_cols + ix;
        return act + at * kWordBytes;
    }
};

// sums[pixel][16] of the 16 channels of one block, then into the channels' rows of acc.
void depthwise(const msd_tile& tile, const int8_t* act, const TileWeights& weights, int32_t* acc) {
    const Window window{tile, act};
    const std::size_t count = pixels(tile);
    int8_t pad[kWordBytes];
    std::memset(pad, tile.pad_value, sizeof pad);
    for (unsigned first = 0; first < weights.channels; first += 16) {
        const unsigned used = std::min(16u, weights.channels - first);
        const int8_t* values = weights.values.data() + first * weights.row_bytes;
        const int8_t* high =
            weights.high.empty() ? nullptr : weights.high.data() + first * weights.row_bytes;
        for (std::size_t p = 0; p < count; ++p) {
            const int y0 = static_cast<int>(p / tile.tw) * tile.stride_y - tile.pad_y;
            const int x0 = static_cast<int>(p % tile.tw) * tile.stride_x - tile.pad_x;
            uint32_t sums[16] = {};
            for (unsigned tap = 0; tap < weights.row_bytes; ++tap) {
                const int i = static_cast<int>(tap / tile.kernel_w);
                const int j = static_cast<int>(tap % tile.kernel_w);
                const int8_t* word = window.word(first / 16, y0 + i, x0 + j);
                if (!word) word = pad;
                for (unsigned n = 0; n < used; ++n) {
                    const std::size_t at = n * weights.row_bytes + tap;
                    const int weight = values[at] + (high ? 256 * high[at] : 0);
                    sums[n] += static_cast<uint32_t>(word[n] * weight);
                }
            }
            for (unsigned n = 0; n < used; ++n) {
                int32_t& sum = acc[(first + n) * count + p];
                const uint32_t before =
                    has(tile, MSD_TILE_FIRST_C) ? 0 : static_cast<uint32_t>(sum);
                sum = static_cast<int32_t>(before + sums[n]);
            }
        }
    }
}

}  // namespace

void execute(const msd_tile& tile, const int8_t* act, const TileWeights& weights, int32_t* acc) {
    if (!fits(tile, weights))
        throw std::invalid_argument(
            "execute: the weights were decoded for a tile of another shape");
    if (weights.depthwise) return depthwise(tile, act, weights, acc);

    const bool add = !has(tile, MSD_TILE_FIRST_C);
    convolve(tile, act, weights.values.data(), weights.row_bytes, add, acc);
    if (weights.high.empty()) return;
    thread_local std::vector<int32_t> high;
    high.resize(weights.channels * pixels(tile));
    convolve(tile, act, weights.high.data(), weights.row_bytes, false, high.data());
    for (std::size_t i = 0; i < high.size(); ++i)
        acc[i] = static_cast<int32_t>(static_cast<uint32_t>(acc[i]) +
                                      256u * static_cast<uint32_t>(high[i]));
}

}  // namespace msd::pe
