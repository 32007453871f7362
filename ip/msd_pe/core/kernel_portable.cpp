// The matrix product in plain C++: the yardstick for the others, and the fallback everywhere.
#include "ip/msd_pe/core/kernel_impl.h"

namespace msd::pe {

void gemm_portable(const Gemm& g) {
    for (std::size_t m = 0; m < g.m; ++m) {
        const int8_t* a = g.a + m * g.depth;
        for (std::size_t n = 0; n < g.n; ++n) {
            const int8_t* b = g.b + n * g.depth;
            uint32_t sum = g.add ? static_cast<uint32_t>(g.c[m * g.ldc + n]) : 0;
            for (std::size_t d = 0; d < g.depth; ++d) sum += static_cast<uint32_t>(a[d] * b[d]);
            g.c[m * g.ldc + n] = static_cast<int32_t>(sum);
        }
    }
}

}  // namespace msd::pe
