// Sums of products of a tile: dense tiles by the kernel in use, depthwise tiles directly.
#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "ip/msd_pe/core/kernel.h"
#include "ip/msd_pe/core/tile.h"
#include "ip/msd_pe/core/tile_shape.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace msd::pe {
namespace {

constexpr std::size_t kChunk = 64;  // pixels summed before they go to their channels' rows

// The 16 channels of one block: taps are words of the loaded input, or the pad word outside it.
struct DepthwiseBlock {
    const msd_tile& tile;
    const int8_t* act = nullptr;  // [in_rows][in_cols][16]
    std::vector<int32_t>
        weights;  // [tap][16], in the low 16 bits, the upper ones zero; zero in unused lanes
    int8_t pad[kWordBytes];

    explicit DepthwiseBlock(const msd_tile& t) : tile(t) {
        std::memset(pad, t.pad_value, sizeof pad);
    }

    int first_row(std::size_t pixel) const {
        return static_cast<int>(pixel / tile.tw) * tile.stride_y - tile.pad_y;
    }
    int first_col(std::size_t pixel) const {
        return static_cast<int>(pixel % tile.tw) * tile.stride_x - tile.pad_x;
    }
    const int8_t* word(int iy, int ix) const {
        const bool inside = iy >= 0 && iy < tile.in_rows && ix >= 0 && ix < tile.in_cols;
        return inside ? act + (std::ptrdiff_t{iy} * tile.in_cols + ix) * 16 : pad;
    }
};

using SumsOf = void (*)(const DepthwiseBlock&, std::size_t pixel, int32_t* sums);

void sums_portable(const DepthwiseBlock& block, std::size_t pixel, int32_t* sums) {
    const int y0 = block.first_row(pixel), x0 = block.first_col(pixel);
    const int32_t* w = block.weights.data();
    uint32_t total[16] = {};  // wraps like the accumulators
    for (int iy = y0; iy < y0 + block.tile.kernel_h; ++iy) {
        for (int ix = x0; ix < x0 + block.tile.kernel_w; ++ix, w += 16) {
            const int8_t* word = block.word(iy, ix);
            for (int n = 0; n < 16; ++n)
                total[n] += static_cast<uint32_t>(word[n] * static_cast<int16_t>(w[n]));
        }
    }
    std::memcpy(sums, total, sizeof total);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) void sums_avx2(const DepthwiseBlock& block, std::size_t pixel,
                                               int32_t* sums) {
    const int y0 = block.first_row(pixel), x0 = block.first_col(pixel);
    const auto* w = reinterpret_cast<const __m256i*>(block.weights.data());
    __m256i low = _mm256_setzero_si256(), high = low;
    for (int iy = y0; iy < y0 + block.tile.kernel_h; ++iy) {
        for (int ix = x0; ix < x0 + block.tile.kernel_w; ++ix, w += 2) {
            const __m128i word =
                _mm_loadu_si128(reinterpret_cast<const __m128i*>(block.word(iy, ix)));
            const __m256i a = _mm256_cvtepi8_epi32(word);
            const __m256i b = _mm256_cvtepi8_epi32(_mm_unpackhi_epi64(word, word));
            // 16 x 16 bits: the operand's low half by the weight, its sign half by zero
            low = _mm256_add_epi32(low, _mm256_madd_epi16(a, _mm256_loadu_si256(w)));
            high = _mm256_add_epi32(high, _mm256_madd_epi16(b, _mm256_loadu_si256(w + 1)));
        }
    }
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(sums), low);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(sums + 8), high);
}
#endif

SumsOf sums_in_use() {
#if defined(__x86_64__)
    if (kernel_in_use() != Kernel::kPortable && __builtin_cpu_supports("avx2")) return sums_avx2;
#endif
    return sums_portable;
}

// weights[tap][16] of the block whose first channel is `first`.
void gather_weights(const TileWeights& weights, unsigned first, unsigned used,
                    std::vector<int32_t>& out) {
    out.assign(weights.row_bytes * 16, 0);
    for (unsigned n = 0; n < used; ++n) {
        for (std::size_t tap = 0; tap < weights.row_bytes; ++tap) {
            const std::size_t at = (first + n) * weights.row_bytes + tap;
            const int high = weights.high.empty() ? 0 : weights.high[at];
            out[tap * 16 + n] = static_cast<uint16_t>(weights.values[at] + 256 * high);
        }
    }
}

void depthwise(const msd_tile& tile, const int8_t* act, const TileWeights& weights, int32_t* acc) {
    const std::size_t count = pixels(tile);
    const std::size_t plane = std::size_t{tile.in_rows} * tile.in_cols * kWordBytes;
    const uint32_t keep = has(tile, MSD_TILE_FIRST_C) ? 0 : ~0u;
    alignas(64) int32_t sums[kChunk][16];
    DepthwiseBlock block(tile);
    const SumsOf sums_of = sums_in_use();
    for (unsigned first = 0; first < weights.channels; first += 16) {
        const unsigned used = std::min(16u, weights.channels - first);
        block.act = act + first / 16 * plane;
        gather_weights(weights, first, used, block.weights);
        for (std::size_t p0 = 0; p0 < count; p0 += kChunk) {
            const std::size_t step = std::min(kChunk, count - p0);
            for (std::size_t p = 0; p < step; ++p) sums_of(block, p0 + p, sums[p]);
            for (unsigned n = 0; n < used; ++n) {
                int32_t* row = acc + (first + n) * count + p0;
                for (std::size_t p = 0; p < step; ++p)
                    row[p] = static_cast<int32_t>((static_cast<uint32_t>(row[p]) & keep) +
                                                  static_cast<uint32_t>(sums[p][n]));
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
