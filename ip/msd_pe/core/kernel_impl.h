// The implementations behind kernel.h.
#pragma once

#include <vector>

#include "ip/msd_pe/core/kernel.h"

namespace msd::pe {

bool have_vnni();
// Returns false, having done nothing, for shapes that it leaves to the other kernels (absurdly many
// bytes in a row).
bool convolve_vnni(const msd_tile& tile, const int8_t* act, const int8_t* weights,
                   std::size_t row_bytes, bool add, int32_t* acc);

// c[m][n] (rows ldc apart) = sum over d of a[m][d] * b[n][d], int8 by int8, mod 2^32; added to c if
// `add`.
struct Gemm {
    std::size_t m = 0, n = 0, depth = 0;
    const int8_t* a = nullptr;
    const int8_t* b = nullptr;
    int32_t* c = nullptr;
    std::size_t ldc = 0;
    bool add = false;
};

void gemm_portable(const Gemm& product);

bool have_avx2();
void gemm_avx2(const Gemm& product);

// Computes a handful of products of extreme and random values and compares them with the portable
// kernel's.
bool onednn_is_exact();
void gemm_onednn(const Gemm& product);

}  // namespace msd::pe
