// The matrix product with AVX-512 VNNI: four products a lane and step, pixels in the lanes. No sum
// saturates, so it is exact; nothing is generated at run time, so the first product costs no more
// than the second.
#include <algorithm>

#include "ip/msd_pe/core/kernel_impl.h"

#if defined(__x86_64__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // GCC 12's own intrinsics
#include <immintrin.h>

#define MSD_VNNI __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))

namespace msd::pe {
namespace {

constexpr std::size_t kLanes = 16;         // rows of b in a panel
constexpr std::size_t kPanelsAtOnce = 4;   // 4 panels x 6 rows of a = 24 of the 32 registers
constexpr std::size_t kDepthAtOnce = 640;  // bytes; 4 panels of it stay in the first-level cache

// 16 x 16 words of 32 bits.
MSD_VNNI inline void transpose(__m512i (&r)[16]) {
    __m512i t[16];
    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
    }
    for (int i = 0; i < 16; i += 4) {
        r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
        r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
        r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
        r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
    for (int i = 0; i < 16; i += 8) {
        for (int j = 0; j < 4; ++j) {
            t[i + j] = _mm512_shuffle_i32x4(r[i + j], r[i + j + 4], 0x88);
            t[i + j + 4] = _mm512_shuffle_i32x4(r[i + j], r[i + j + 4], 0xdd);
        }
    }
    for (int j = 0; j < 8; ++j) {
        r[j] = _mm512_shuffle_i32x4(t[j], t[j + 8], 0x88);
        r[j + 8] = _mm512_shuffle_i32x4(t[j], t[j + 8], 0xdd);
    }
}

// panel[depth/4][16][4] = rows n0.. of b with 128 added, as unsigned bytes; rows beyond the last
// repeat it.
MSD_VNNI void pack(const Gemm& g, std::size_t n0, uint8_t* panel) {
    const int8_t* rows[kLanes];
    for (std::size_t i = 0; i < kLanes; ++i) rows[i] = g.b + std::min(n0 + i, g.n - 1) * g.depth;
    const __m512i flip = _mm512_set1_epi8(-128);
    for (std::size_t d = 0; d < g.depth; d += 64) {
        const std::size_t words = std::min<std::size_t>(g.depth - d, 64) / 4;
        const __mmask16 mask = static_cast<__mmask16>((1u << words) - 1);
        __m512i r[kLanes];
        for (std::size_t i = 0; i < kLanes; ++i)
            r[i] = _mm512_xor_si512(_mm512_maskz_loadu_epi32(mask, rows[i] + d), flip);
        transpose(r);
        for (std::size_t w = 0; w < words; ++w) _mm512_storeu_si512(panel + (d / 4 + w) * 64, r[w]);
    }
}

// Sums of kRows rows of a with kPanels panels over depth [d0, d1).
template <std::size_t kPanels, std::size_t kRows>
MSD_VNNI inline void block(const Gemm& g, const uint8_t* panels, const int32_t* start,
                           std::size_t m0, std::size_t n0, std::size_t d0, std::size_t d1) {
    const std::size_t rows = std::min(kRows, g.m - m0);
    const std::size_t panel_bytes = g.depth * kLanes;
    const int8_t* a[kRows];
    for (std::size_t i = 0; i < kRows; ++i) a[i] = g.a + (m0 + std::min(i, rows - 1)) * g.depth;
    __m512i sums[kRows][kPanels];
#pragma GCC unroll 16  // all loops over sums, or they live in memory
    for (std::size_t i = 0; i < kRows; ++i)
#pragma GCC unroll 4
        for (std::size_t p = 0; p < kPanels; ++p) sums[i][p] = _mm512_setzero_si512();
    for (std::size_t d = d0; d < d1; d += 4) {
        __m512i b[kPanels];
#pragma GCC unroll 4
        for (std::size_t p = 0; p < kPanels; ++p)
            b[p] = _mm512_loadu_si512(panels + p * panel_bytes + d * kLanes);
#pragma GCC unroll 16
        for (std::size_t i = 0; i < kRows; ++i) {
            int32_t four;
            __builtin_memcpy(&four, a[i] + d, 4);
            const __m512i w = _mm512_set1_epi32(four);
#pragma GCC unroll 4
            for (std::size_t p = 0; p < kPanels; ++p)
                sums[i][p] = _mm512_dpbusd_epi32(sums[i][p], b[p], w);
        }
    }
    const bool add = g.add || d0 != 0;
#pragma GCC unroll 16
    for (std::size_t i = 0; i < kRows; ++i) {
        if (i >= rows) break;
        const __m512i first = _mm512_set1_epi32(d0 == 0 ? start[m0 + i] : 0);
#pragma GCC unroll 4
        for (std::size_t p = 0; p < kPanels; ++p) {
            const std::size_t n = n0 + p * kLanes;
            const std::size_t count = std::min(kLanes, g.n - n);
            const __mmask16 mask = static_cast<__mmask16>((1u << count) - 1);
            int32_t* c = g.c + (m0 + i) * g.ldc + n;
            __m512i sum = _mm512_add_epi32(sums[i][p], first);
            if (add) sum = _mm512_add_epi32(sum, _mm512_maskz_loadu_epi32(mask, c));
            _mm512_mask_storeu_epi32(c, mask, sum);
        }
    }
}

template <std::size_t kPanels, std::size_t kRows>
MSD_VNNI void blocks(const Gemm& g, const uint8_t* panels, const int32_t* start, std::size_t n0) {
    for (std::size_t d = 0; d < g.depth; d += kDepthAtOnce)
        for (std::size_t m = 0; m < g.m; m += kRows)
            block<kPanels, kRows>(g, panels, start, m, n0, d, std::min(d + kDepthAtOnce, g.depth));
}

// start[m] = -128 * sum of row m of a: what the 128 added to b contributes, taken back.
MSD_VNNI void offsets(const Gemm& g, int32_t* start) {
    const __m512i ones = _mm512_set1_epi8(1);
    for (std::size_t m = 0; m < g.m; ++m) {
        __m512i sum = _mm512_setzero_si512();
        for (std::size_t d = 0; d < g.depth; d += 64) {
            const std::size_t words = std::min<std::size_t>(g.depth - d, 64) / 4;
            const __mmask16 mask = static_cast<__mmask16>((1u << words) - 1);
            sum = _mm512_dpbusd_epi32(sum, ones,
                                      _mm512_maskz_loadu_epi32(mask, g.a + m * g.depth + d));
        }
        start[m] = -128 * _mm512_reduce_add_epi32(sum);
    }
}

}  // namespace

bool have_vnni() {
    return __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

MSD_VNNI void gemm_vnni(const Gemm& g) {
    thread_local std::vector<uint8_t> panels;
    thread_local std::vector<int32_t> start;
    start.resize(g.m);
    offsets(g, start.data());
    panels.resize(kPanelsAtOnce * kLanes * g.depth);
    for (std::size_t n = 0; n < g.n; n += kPanelsAtOnce * kLanes) {
        const std::size_t count = std::min((g.n - n + kLanes - 1) / kLanes, kPanelsAtOnce);
        for (std::size_t p = 0; p < count; ++p)
            pack(g, n + p * kLanes, panels.data() + p * kLanes * g.depth);
        switch (count) {
            case 1:
                blocks<1, 16>(g, panels.data(), start.data(), n);
                break;
            case 2:
                blocks<2, 12>(g, panels.data(), start.data(), n);
                break;
            case 3:
                blocks<3, 8>(g, panels.data(), start.data(), n);
                break;
            default:
                blocks<4, 6>(g, panels.data(), start.data(), n);
        }
    }
}

}  // namespace msd::pe

#else

namespace msd::pe {
bool have_vnni() {
    return false;
}
void gemm_vnni(const Gemm& g) {
    gemm_portable(g);
}
}  // namespace msd::pe

#endif
