// The implementations of the matrix product of kernel.h.
#pragma once

#include "ip/msd_pe/core/kernel.h"

namespace msd::pe {

void gemm_portable(const Gemm& product);

}  // namespace msd::pe
