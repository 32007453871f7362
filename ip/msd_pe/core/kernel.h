// The matrix product behind the dense tiles, in several exact implementations chosen at run time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace msd::pe {

enum class Kernel { kAuto, kOneDnn, kVnni, kAvx2, kPortable };

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

void gemm(const Gemm& product);

// kAuto takes the fastest that the CPU has and that passed its self-check. For tests and
// benchmarks; not thread safe. Throws std::invalid_argument if the kernel is not usable here.
void use_kernel(Kernel kernel);
Kernel kernel_in_use();
const char* kernel_name(Kernel kernel);
std::vector<Kernel> usable_kernels();  // fastest first

}  // namespace msd::pe
