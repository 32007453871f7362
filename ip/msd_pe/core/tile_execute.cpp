// Sums of products of a tile: dense tiles as patches times weights, depthwise tiles directly.
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

// Patches [pixel][tap][lanes] of output pixels [first, last).
void patches(const msd_tile& tile, const int8_t* act, std::size_t first, std::size_t last,
             int8_t* out) {
    const Window window{tile, act};
    const unsigned tail = (tile.c_last + 3u) / 4 * 4;
    int8_t pad[kWordBytes];
    std::memset(pad, tile.pad_value, sizeof pad);
    for (std::size_t p = first; p < last; ++p) {
        const int y0 = static_cast<int>(p / tile.tw) * tile.stride_y - tile.pad_y;
        const int x0 = static_cast<int>(p % tile.tw) * tile.stride_x - tile.pad_x;
        for (int i = 0; i < tile.kernel_h; ++i) {
            for (int j = 0; j < tile.kernel_w; ++j) {
                for (unsigned b = 0; b < tile.c_blocks; ++b) {
                    const int8_t* word = window.word(b, y0 + i, x0 + j);
                    const unsigned bytes = b + 1u == tile.c_blocks ? tail : kWordBytes;
                    std::memcpy(out, word ? word : pad, bytes);
                    out += bytes;
                }
            }
        }
    }
}

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

    constexpr std::size_t kPatchBytes = 512 * 1024;  // patches stay in the second-level cache
    thread_local std::vector<int8_t> buffer;
    thread_local std::vector<int32_t> extra;
    const std::size_t count = pixels(tile), depth = weights.row_bytes;
    const std::size_t step = std::clamp<std::size_t>(kPatchBytes / depth / 16 * 16, 16, count + 16);
    for (std::size_t first = 0; first < count; first += step) {
        const std::size_t last = std::min(count, first + step);
        buffer.resize((last - first) * depth);
        patches(tile, act, first, last, buffer.data());
        Gemm g;
        g.m = weights.channels;
        g.n = last - first;
        g.depth = depth;
        g.a = weights.values.data();
        g.b = buffer.data();
        g.c = acc + first;
        g.ldc = count;
        g.add = !has(tile, MSD_TILE_FIRST_C);
        gemm(g);
        if (weights.high.empty()) continue;
        extra.resize(g.m * g.n);
        g.a = weights.high.data();
        g.c = extra.data();
        g.ldc = g.n;
        g.add = false;
        gemm(g);
        for (std::size_t m = 0; m < g.m; ++m) {
            for (std::size_t n = 0; n < g.n; ++n) {
                int32_t& sum = acc[m * count + first + n];
                sum = static_cast<int32_t>(static_cast<uint32_t>(sum) +
                                           256u * static_cast<uint32_t>(extra[m * g.n + n]));
            }
        }
    }
}

}  // namespace msd::pe
