// The implementations of the matrix product of kernel.h.
#pragma once

#include "ip/msd_pe/core/kernel.h"

namespace msd::pe {

void gemm_portable(const Gemm& product);

bool have_vnni();
void gemm_vnni(const Gemm& product);

bool have_avx2();
void gemm_avx2(const Gemm& product);

// Computes a handful of products of extreme and random values and compares them with the portable
// kernel's.
bool onednn_is_exact();
void gemm_onednn(const Gemm& product);

}  // namespace msd::pe
