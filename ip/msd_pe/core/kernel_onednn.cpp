// The matrix product by oneDNN, which is exact only where it uses VNNI or AMX instructions: proved
// at first use.
#include <omp.h>
#include <oneapi/dnnl/dnnl.h>

#include <stdexcept>

#include "ip/msd_pe/core/kernel_impl.h"

namespace msd::pe {
namespace {

bool product(const Gemm& g) {
    thread_local const bool one_thread = (omp_set_num_threads(1), true);
    static_cast<void>(one_thread);
    const int32_t offset = 0;
    const auto dim = [](std::size_t v) { return static_cast<dnnl_dim_t>(v); };
    return dnnl_gemm_s8s8s32('N', 'T', 'F', dim(g.m), dim(g.n), dim(g.depth), 1.0f, g.a,
                             dim(g.depth), 0, g.b, dim(g.depth), 0, g.add ? 1.0f : 0.0f, g.c,
                             dim(g.ldc), &offset) == dnnl_success;
}

// Sizes that reach the kernels for full and for ragged blocks, long enough that a saturating
// product shows.
bool exact(std::size_t m, std::size_t n, std::size_t depth, int kind) {
    uint64_t state = m * 1000003 + n * 1009 + depth + static_cast<uint64_t>(kind);
    const auto next = [&] {
        return (state = state * 6364136223846793005u + 1442695040888963407u) >> 33;
    };
    const auto value = [&]() -> int8_t {
        if (kind == 0) return -128;
        if (kind == 1) return next() % 2 ? 127 : -128;
        return static_cast<int8_t>(next());
    };
    std::vector<int8_t> a(m * depth), b(n * depth);
    for (int8_t& v : a) v = value();
    for (int8_t& v : b) v = value();
    std::vector<int32_t> got(m * n), expected(m * n);
    for (std::size_t i = 0; i < got.size(); ++i)
        got[i] = expected[i] = static_cast<int32_t>(next() * 2 - INT32_MAX);
    Gemm g{m, n, depth, a.data(), b.data(), got.data(), n, kind != 0};
    if (!product(g)) return false;
    g.c = expected.data();
    gemm_portable(g);
    return got == expected;
}

}  // namespace

bool onednn_is_exact() {
#if defined(__x86_64__)
    bool vnni = __builtin_cpu_supports("avx512vnni");
#if !defined(__clang__)  // clang 14 does not know the word
    vnni = vnni || __builtin_cpu_supports("avxvnni");
#endif
    if (!vnni) return false;
#endif
    for (int kind = 0; kind < 3; ++kind)
        if (!exact(5, 7, 36, kind) || !exact(33, 50, 580, kind) || !exact(64, 16, 4608, kind))
            return false;
    return true;
}

void gemm_onednn(const Gemm& g) {
    if (!product(g)) throw std::runtime_error("oneDNN refused a matrix product");
}

}  // namespace msd::pe
