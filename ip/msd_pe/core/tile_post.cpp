// Post-processing of a tile: docs/numbers.md in code, 16 channels of a few pixels at a time.
#include <algorithm>
#include <cstring>

#include "ip/msd_pe/core/kernel.h"
#include "ip/msd_pe/core/tile.h"
#include "ip/msd_pe/core/tile_shape.h"

#if defined(__x86_64__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // GCC 12's own intrinsics
#include <immintrin.h>
#define MSD_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#endif

namespace msd::pe {
namespace {

constexpr std::size_t kChunk =
    64;  // pixels at a time: their results stay in registers and first-level cache

// One channel. The two roundings of docs/numbers.md, 24 bits half up, then the rest half away from
// zero, are one shift: below a negative result of the first, the half of the second is 1 smaller.
// With v = acc * multiplier + offset, offset = bias * multiplier + 2^23 (s > 24),
//     t = clamp8(zero + asr(v + half - (v < 0 ? tie : 0), s)), half = 2^(s-1), tie = 2^24;
// for s <= 24 there is one rounding: no 2^23, tie = 0.
struct Channel {
    int64_t multiplier, offset, half, tie;
    unsigned shift;
    int zero;
};

Channel channel_of(const msd_channel& c, int zero) {
    const unsigned shift = c.shift & 63u;
    const auto half = static_cast<int64_t>((uint64_t{1} << shift) >> 1);
    const int64_t product = int64_t{c.bias} * c.multiplier;
    if (shift <= 24) return {c.multiplier, product, half, 0, shift, zero};
    return {c.multiplier, product + (int64_t{1} << 23), half, int64_t{1} << 24, shift, zero};
}

using Requantise = void (*)(const Channel&, const int32_t* acc, std::size_t count, int8_t* out);

void requantise_portable(const Channel& c, const int32_t* acc, std::size_t count, int8_t* out) {
    for (std::size_t p = 0; p < count; ++p) {
        const int64_t first = acc[p] * c.multiplier + c.offset;
        const int64_t v = c.zero + ((first + c.half - (first < 0 ? c.tie : 0)) >> c.shift);
        out[p] = static_cast<int8_t>(std::clamp<int64_t>(v, -128, 127));
    }
}

#if defined(__x86_64__)
MSD_AVX512 void requantise_avx512(const Channel& c, const int32_t* acc, std::size_t count,
                                  int8_t* out) {
    const __m512i multiplier = _mm512_set1_epi64(c.multiplier);
    const __m512i offset = _mm512_set1_epi64(c.offset), zero = _mm512_set1_epi64(c.zero);
    const __m512i half = _mm512_set1_epi64(c.half), tie = _mm512_set1_epi64(c.tie);
    const __m128i shift = _mm_cvtsi32_si128(static_cast<int>(c.shift));
    for (std::size_t p = 0; p < count; p += 8) {
        const auto mask = static_cast<__mmask8>(count - p < 8 ? (1u << (count - p)) - 1 : 255);
        const __m512i sum = _mm512_cvtepi32_epi64(_mm256_maskz_loadu_epi32(mask, acc + p));
        const __m512i first = _mm512_add_epi64(_mm512_mul_epi32(sum, multiplier), offset);
        const __m512i rounded = _mm512_add_epi64(first, half);
        const __m512i value =
            _mm512_mask_sub_epi64(rounded, _mm512_movepi64_mask(first), rounded, tie);
        const __m512i v = _mm512_add_epi64(_mm512_sra_epi64(value, shift), zero);
        _mm512_mask_cvtsepi64_storeu_epi8(out + p, mask, v);  // saturates: the clamp to int8
    }
}
#endif

Requantise best_requantise() {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw"))
        return requantise_avx512;
#endif
    return requantise_portable;
}

// words[p][lane] = lanes[lane][p] for p < count; lanes are kChunk bytes long.
void transpose(const int8_t (*lanes)[kChunk], std::size_t count, int8_t* words) {
    std::size_t p = 0;
#if defined(__x86_64__)
    for (; p + 16 <= count; p += 16) {
        __m128i a[16], b[16];
        for (int i = 0; i < 16; ++i)
            a[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(lanes[i] + p));
        for (int round = 0; round < 4; ++round) {  // each pairs row i with row i + 8
            for (int i = 0; i < 8; ++i) {
                b[2 * i] = _mm_unpacklo_epi8(a[i], a[i + 8]);
                b[2 * i + 1] = _mm_unpackhi_epi8(a[i], a[i + 8]);
            }
            std::memcpy(a, b, sizeof a);
        }
        for (int i = 0; i < 16; ++i)
            _mm_storeu_si128(reinterpret_cast<__m128i*>(words + (p + i) * 16), a[i]);
    }
#endif
    for (; p < count; ++p)
        for (int lane = 0; lane < 16; ++lane) words[p * 16 + lane] = lanes[lane][p];
}

// t = words, residual and result = out.
void add_residual(const msd_tile& tile, const int8_t* words, std::size_t bytes, int8_t* out) {
    const int shift = tile.shift_res;
    const int64_t mul_conv = tile.mul_conv, mul_res = tile.mul_res,
                  half = int64_t{1} << (shift - 1);
    const int64_t zeros = tile.zero_conv * mul_conv + tile.zero_res * mul_res;
    const int64_t lo = tile.clamp_lo, hi = tile.clamp_hi;
    for (std::size_t i = 0; i < bytes; ++i) {
        const int64_t sum = words[i] * mul_conv + out[i] * mul_res - zeros;
        const int64_t v = tile.zero_out + ((sum + half - (sum < 0)) >> shift);
        out[i] = static_cast<int8_t>(std::min(std::max(v, lo), hi));
    }
}

void clamp_only(const msd_tile& tile, const int8_t* words, std::size_t bytes, int8_t* out) {
    const int8_t lo = tile.clamp_lo, hi = tile.clamp_hi;
    for (std::size_t i = 0; i < bytes; ++i) out[i] = std::min(std::max(words[i], lo), hi);
}

}  // namespace

void post_process(const msd_tile& tile, const int32_t* acc, const msd_channel* params,
                  int8_t* out) {
    static const Requantise best = best_requantise();
    const Requantise requantise = kernel_in_use() == Kernel::kPortable ? requantise_portable : best;
    const std::size_t count = pixels(tile);
    alignas(64) int8_t lanes[16][kChunk];
    alignas(64) int8_t words[kChunk * 16];
    for (unsigned b = 0; b < blocks(tile); ++b) {
        const unsigned used = std::min(16u, channels(tile) - b * 16);
        Channel constants[16];
        for (unsigned n = 0; n < used; ++n)
            constants[n] = channel_of(params[b * 16 + n], tile.zero_conv);
        for (std::size_t n = used; n < 16; ++n) std::memset(lanes[n], 0, kChunk);
        for (std::size_t p = 0; p < count; p += kChunk) {
            const std::size_t step = std::min(kChunk, count - p);
            for (unsigned n = 0; n < used; ++n)
                requantise(constants[n], acc + (b * 16 + n) * count + p, step, lanes[n]);
            transpose(lanes, step, words);
            int8_t* bytes = out + (b * count + p) * 16;
            if (has(tile, MSD_TILE_RESIDUAL))
                add_residual(tile, words, step * 16, bytes);
            else
                clamp_only(tile, words, step * 16, bytes);
            if (used == 16) continue;
            for (std::size_t i = 0; i < step; ++i)
                std::memset(bytes + i * 16 + used, tile.zero_out, 16 - used);
        }
    }
}

}  // namespace msd::pe
