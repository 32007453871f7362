// Dense tiles with AVX-512 VNNI, without patches: the input is laid out once as planes of four
// channels, in which the operands of 16 neighbouring pixels are neighbours for every tap. No sum
// saturates, so it is exact; nothing is generated at run time, so the first tile costs no more than
// the second.
#include <algorithm>
#include <cstring>

#include "ip/msd_pe/core/kernel_impl.h"
#include "ip/msd_pe/core/tile_shape.h"

#if defined(__x86_64__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // GCC 12's own intrinsics
#pragma GCC diagnostic ignored "-Wuninitialized"
#include <immintrin.h>

#define MSD_VNNI __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,popcnt")))

namespace msd::pe {
namespace {

constexpr std::size_t kLanes = 16;         // positions in a vector
constexpr std::size_t kVectorsAtOnce = 4;  // 4 vectors x 6 channels = 24 of the 32 registers
constexpr std::size_t kWordsAtOnce =
    128;  // words of depth whose operands stay in the first-level cache
constexpr std::size_t kStripBytes = 4u
                                    << 20;  // planes of a strip of output rows: second-level cache
constexpr std::size_t kLargestRow =
    64u << 20;  // planes of one output row; more is left to the other kernels

// Planes of rows x cols positions of 4 bytes (128 added, as unsigned). With stride s, tap i reads
// plane i % s at position + i / s: a tap's operands of neighbouring outputs are neighbours whatever
// the stride. Outputs are computed at all `cols` positions of a row; the surplus ones are dropped
// when stored.
struct Planes {
    std::size_t rows, cols, phases_y, phases_x, words;  // words: of 4 channels

    Planes(const msd_tile& t, std::size_t out_rows)
        : rows(out_rows + (t.kernel_h - 1u) / t.stride_y),
          cols(t.tw + (t.kernel_w - 1u) / t.stride_x),
          phases_y(std::min(t.kernel_h, t.stride_y)),
          phases_x(std::min(t.kernel_w, t.stride_x)),
          words(lanes(t) / 4) {}

    std::size_t plane_bytes() const { return rows * cols * 4; }
    std::size_t bytes() const { return phases_y * phases_x * words * plane_bytes(); }
    std::size_t plane(std::size_t fy, std::size_t fx, std::size_t word) const {
        return ((fy * phases_x + fx) * words + word) * plane_bytes();
    }
    // Byte offsets of all operands of an output in feed order.
    void offsets(const msd_tile& t, std::vector<std::size_t>& out) const {
        out.clear();
        for (std::size_t i = 0; i < t.kernel_h; ++i)
            for (std::size_t j = 0; j < t.kernel_w; ++j)
                for (std::size_t w = 0; w < words; ++w)
                    out.push_back(plane(i % t.stride_y, j % t.stride_x, w) +
                                  (i / t.stride_y * cols + j / t.stride_x) * 4);
    }
};

void fill(uint8_t* out, std::size_t count, int32_t word) {
    for (std::size_t x = 0; x < count; ++x) std::memcpy(out + x * 4, &word, 4);
}

// count words of 16 channels, `step` bytes apart, to `used` planes.
void split(const int8_t* in, std::size_t step, std::size_t count, uint8_t* out, std::size_t plane,
           std::size_t used) {
    const __m128i flip = _mm_set1_epi8(-128);
    const auto load = [&](std::size_t x) {
        return _mm_xor_si128(flip,
                             _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + x * step)));
    };
    std::size_t x = 0;
    for (; x + 4 <= count; x += 4) {
        const __m128i a = load(x), b = load(x + 1), c = load(x + 2), d = load(x + 3);
        const __m128i ab = _mm_unpacklo_epi32(a, b), cd = _mm_unpacklo_epi32(c, d);
        const __m128i ab2 = _mm_unpackhi_epi32(a, b), cd2 = _mm_unpackhi_epi32(c, d);
        const __m128i words[4] = {_mm_unpacklo_epi64(ab, cd), _mm_unpackhi_epi64(ab, cd),
                                  _mm_unpacklo_epi64(ab2, cd2), _mm_unpackhi_epi64(ab2, cd2)};
        for (std::size_t w = 0; w < used; ++w)
            _mm_storeu_si128(reinterpret_cast<__m128i*>(out + w * plane + x * 4), words[w]);
    }
    for (; x < count; ++x) {
        alignas(16) uint8_t word[16];
        _mm_store_si128(reinterpret_cast<__m128i*>(word), load(x));
        for (std::size_t w = 0; w < used; ++w)
            std::memcpy(out + w * plane + x * 4, word + w * 4, 4);
    }
}

// The planes of output rows from `first_row` on.
void fill_planes(const msd_tile& t, const int8_t* act, std::size_t first_row, const Planes& planes,
                 uint8_t* out) {
    int32_t pad;
    std::memset(&pad, t.pad_value ^ -128, sizeof pad);
    for (std::size_t fy = 0; fy < planes.phases_y; ++fy) {
        for (std::size_t fx = 0; fx < planes.phases_x; ++fx) {
            // Positions x whose column x * stride + fx - pad lies inside the loaded ones.
            const int origin = static_cast<int>(fx) - t.pad_x, stride = t.stride_x;
            const int all = static_cast<int>(planes.cols);
            const int begin = std::clamp(origin < 0 ? (-origin + stride - 1) / stride : 0, 0, all);
            const int inside = t.in_cols - origin;  // x * stride < inside
            const int end = std::clamp(inside > 0 ? (inside + stride - 1) / stride : 0, begin, all);
            for (unsigned b = 0; b < t.c_blocks; ++b) {
                const std::size_t used = std::min<std::size_t>(planes.words - b * 4, 4);
                for (std::size_t y = 0; y < planes.rows; ++y) {
                    const int iy = static_cast<int>((first_row + y) * t.stride_y + fy) - t.pad_y;
                    uint8_t* row = out + planes.plane(fy, fx, b * 4) + y * planes.cols * 4;
                    const bool outside = iy < 0 || iy >= t.in_rows;
                    const int from = outside ? all : begin, to = outside ? all : end;
                    for (std::size_t w = 0; w < used; ++w) {
                        uint8_t* words = row + w * planes.plane_bytes();
                        fill(words, static_cast<std::size_t>(from), pad);
                        fill(words + to * 4, static_cast<std::size_t>(all - to), pad);
                    }
                    if (from == to) continue;
                    const std::size_t at =
                        (std::size_t{b} * t.in_rows + static_cast<std::size_t>(iy)) * t.in_cols +
                        static_cast<std::size_t>(from * stride + origin);
                    split(act + at * 16, std::size_t{t.stride_x} * 16,
                          static_cast<std::size_t>(to - from), row + from * 4, planes.plane_bytes(),
                          used);
                }
            }
        }
    }
}

// A strip of output rows: what the inner loops need.
struct Strip {
    std::size_t channels, depth;  // depth: bytes of a weight row
    const int8_t* weights;
    const int32_t* start;  // per channel, what undoes the 128 added to the operands
    const uint8_t* planes;
    const std::size_t* offsets;
    std::size_t rows, cols, width;  // outputs: rows x width of cols positions each
    int32_t* acc;                   // first output of channel 0
    std::size_t acc_stride;
    bool add;
};

// Which of 16 positions from `position` on are outputs, and where the first of them is stored.
struct Lanes {
    __mmask16 valid, stored;
    std::size_t at;

    Lanes() = default;
    MSD_VNNI Lanes(const Strip& s, std::size_t position) {
        unsigned mask = 0;
        std::size_t row = position / s.cols, col = position % s.cols;
        at = row * s.width + std::min(col, s.width);
        for (unsigned lane = 0; lane < kLanes; ++lane) {
            if (row < s.rows && col < s.width) mask |= 1u << lane;
            if (++col == s.cols) col = 0, ++row;
        }
        valid = static_cast<__mmask16>(mask);
        stored = static_cast<__mmask16>((1u << _mm_popcnt_u32(mask)) - 1);
    }
};

// Sums of kChannels channels at kVectors * 16 positions over words [first, last) of depth.
template <std::size_t kVectors, std::size_t kChannels>
MSD_VNNI inline void block(const Strip& s, const Lanes* where, std::size_t channel,
                           std::size_t position, std::size_t first, std::size_t last) {
    const std::size_t count = std::min(kChannels, s.channels - channel);
    const int8_t* weights[kChannels];
#pragma GCC unroll 16
    for (std::size_t i = 0; i < kChannels; ++i)
        weights[i] = s.weights + (channel + std::min(i, count - 1)) * s.depth;
    __m512i sums[kChannels][kVectors];
#pragma GCC unroll 16  // all loops over sums, or they live in memory
    for (std::size_t i = 0; i < kChannels; ++i)
#pragma GCC unroll 4
        for (std::size_t v = 0; v < kVectors; ++v) sums[i][v] = _mm512_setzero_si512();
    const uint8_t* operands = s.planes + position * 4;
    for (std::size_t word = first; word < last; ++word) {
        const uint8_t* at = operands + s.offsets[word];
        __m512i a[kVectors];
#pragma GCC unroll 4
        for (std::size_t v = 0; v < kVectors; ++v) a[v] = _mm512_loadu_si512(at + v * 64);
#pragma GCC unroll 16
        for (std::size_t i = 0; i < kChannels; ++i) {
            int32_t four;
            std::memcpy(&four, weights[i] + word * 4, 4);
            const __m512i w = _mm512_set1_epi32(four);
#pragma GCC unroll 4
            for (std::size_t v = 0; v < kVectors; ++v)
                sums[i][v] = _mm512_dpbusd_epi32(sums[i][v], a[v], w);
        }
    }
    const bool add = s.add || first != 0;
#pragma GCC unroll 16
    for (std::size_t i = 0; i < kChannels; ++i) {
        if (i >= count) break;
        const __m512i start = _mm512_set1_epi32(first == 0 ? s.start[channel + i] : 0);
        int32_t* acc = s.acc + (channel + i) * s.acc_stride;
#pragma GCC unroll 4
        for (std::size_t v = 0; v < kVectors; ++v) {
            const Lanes& l = where[v];
            __m512i sum = _mm512_maskz_compress_epi32(l.valid, _mm512_add_epi32(sums[i][v], start));
            if (add) sum = _mm512_add_epi32(sum, _mm512_maskz_loadu_epi32(l.stored, acc + l.at));
            _mm512_mask_storeu_epi32(acc + l.at, l.stored, sum);
        }
    }
}

template <std::size_t kVectors, std::size_t kChannels>
MSD_VNNI void blocks(const Strip& s, std::size_t position) {
    Lanes where[kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) where[v] = Lanes(s, position + v * kLanes);
    const std::size_t words = s.depth / 4;
    for (std::size_t first = 0; first < words; first += kWordsAtOnce)
        for (std::size_t channel = 0; channel < s.channels; channel += kChannels)
            block<kVectors, kChannels>(s, where, channel, position, first,
                                       std::min(first + kWordsAtOnce, words));
}

MSD_VNNI void run(const Strip& s) {
    const std::size_t positions = (s.rows - 1) * s.cols + s.width;
    for (std::size_t position = 0; position < positions; position += kVectorsAtOnce * kLanes) {
        switch (std::min(ceil_div(positions - position, kLanes), uint64_t{kVectorsAtOnce})) {
            case 1:
                blocks<1, 16>(s, position);
                break;
            case 2:
                blocks<2, 12>(s, position);
                break;
            case 3:
                blocks<3, 8>(s, position);
                break;
            default:
                blocks<4, 6>(s, position);
        }
    }
}

// -128 * sum of a channel's weights.
MSD_VNNI int32_t start_of(const int8_t* weights, std::size_t depth) {
    const __m512i ones = _mm512_set1_epi8(1);
    __m512i sum = _mm512_setzero_si512();
    for (std::size_t d = 0; d < depth; d += 64) {
        const std::size_t words = std::min<std::size_t>(depth - d, 64) / 4;
        const auto mask = static_cast<__mmask16>((1u << words) - 1);
        sum = _mm512_dpbusd_epi32(sum, ones, _mm512_maskz_loadu_epi32(mask, weights + d));
    }
    return -128 * _mm512_reduce_add_epi32(sum);
}

}  // namespace

bool have_vnni() {
    return __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

bool convolve_vnni(const msd_tile& tile, const int8_t* act, const int8_t* weights,
                   std::size_t row_bytes, bool add, int32_t* acc) {
    const std::size_t row_size = Planes(tile, 1).bytes();
    if (row_size > kLargestRow) return false;
    thread_local std::vector<uint8_t> planes;
    thread_local std::vector<std::size_t> offsets;
    thread_local std::vector<int32_t> start;
    start.resize(channels(tile));
    for (std::size_t k = 0; k < start.size(); ++k)
        start[k] = start_of(weights + k * row_bytes, row_bytes);
    std::size_t step = tile.th;
    while (step > 1 && Planes(tile, step).bytes() > kStripBytes) step = (step + 1) / 2;
    for (std::size_t first = 0; first < tile.th; first += step) {
        const std::size_t rows = std::min<std::size_t>(step, tile.th - first);
        const Planes layout(tile, rows);
        planes.resize(layout.bytes() +
                      (kVectorsAtOnce + 1) * 64);  // the last vectors read past the end
        layout.offsets(tile, offsets);
        fill_planes(tile, act, first, layout, planes.data());
        run({start.size(), row_bytes, weights, start.data(), planes.data(), offsets.data(), rows,
             layout.cols, tile.tw, acc + first * tile.tw, pixels(tile), add});
    }
    return true;
}

}  // namespace msd::pe

#else

namespace msd::pe {
bool have_vnni() {
    return false;
}
bool convolve_vnni(const msd_tile&, const int8_t*, const int8_t*, std::size_t, bool, int32_t*) {
    return false;
}
}  // namespace msd::pe

#endif
