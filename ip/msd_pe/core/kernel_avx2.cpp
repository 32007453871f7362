// The matrix product with AVX2: bytes widened to 16 bits, pairs of products added in 32; exact for
// any values.
#include "ip/msd_pe/core/kernel_impl.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define MSD_AVX2 __attribute__((target("avx2")))

namespace msd::pe {
namespace {

constexpr std::size_t kM = 4, kN = 2, kStep = 16;

MSD_AVX2 inline int32_t sum_of(__m256i v) {
    __m128i s = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4e));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0xb1));
    return _mm_cvtsi128_si32(s);
}

MSD_AVX2 inline __m256i widened(const int8_t* p) {
    return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}

// One block of at most kM x kN sums; rows beyond `m` and `n` repeat the last one and are not
// stored.
MSD_AVX2 void block(const Gemm& g, std::size_t m0, std::size_t n0) {
    const std::size_t m = g.m - m0 < kM ? g.m - m0 : kM, n = g.n - n0 < kN ? g.n - n0 : kN;
    const int8_t *a[kM], *b[kN];
    for (std::size_t i = 0; i < kM; ++i) a[i] = g.a + (m0 + (i < m ? i : m - 1)) * g.depth;
    for (std::size_t j = 0; j < kN; ++j) b[j] = g.b + (n0 + (j < n ? j : n - 1)) * g.depth;
    __m256i sums[kM][kN];
    for (auto& row : sums)
        for (__m256i& s : row) s = _mm256_setzero_si256();
    std::size_t d = 0;
    for (; d + kStep <= g.depth; d += kStep) {
        const __m256i b0 = widened(b[0] + d), b1 = widened(b[1] + d);
        for (std::size_t i = 0; i < kM; ++i) {
            const __m256i w = widened(a[i] + d);
            sums[i][0] = _mm256_add_epi32(sums[i][0], _mm256_madd_epi16(w, b0));
            sums[i][1] = _mm256_add_epi32(sums[i][1], _mm256_madd_epi16(w, b1));
        }
    }
    for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
            uint32_t sum = static_cast<uint32_t>(sum_of(sums[i][j]));
            for (std::size_t rest = d; rest < g.depth; ++rest)
                sum += static_cast<uint32_t>(a[i][rest] * b[j][rest]);
            int32_t& c = g.c[(m0 + i) * g.ldc + n0 + j];
            c = static_cast<int32_t>(sum + (g.add ? static_cast<uint32_t>(c) : 0u));
        }
    }
}

}  // namespace

bool have_avx2() {
    return __builtin_cpu_supports("avx2");
}

MSD_AVX2 void gemm_avx2(const Gemm& g) {
    for (std::size_t m = 0; m < g.m; m += kM)
        for (std::size_t n = 0; n < g.n; n += kN) block(g, m, n);
}

}  // namespace msd::pe

#else

namespace msd::pe {
bool have_avx2() {
    return false;
}
void gemm_avx2(const Gemm& g) {
    gemm_portable(g);
}
}  // namespace msd::pe

#endif
