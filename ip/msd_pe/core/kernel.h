// The sums of products of dense tiles, in several exact implementations chosen at run time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "firmware/program.h"

namespace msd::pe {

// kVnni convolves planes of the input directly; the others multiply a matrix of patches.
enum class Kernel { kAuto, kVnni, kOneDnn, kAvx2, kPortable };

// acc[k][pixel] = (or +=, if add) sums of the dense tile, weights being [k][row_bytes] as in
// TileWeights.
void convolve(const msd_tile& tile, const int8_t* act, const int8_t* weights, std::size_t row_bytes,
              bool add, int32_t* acc);

// kAuto takes the fastest that the CPU has. For tests and benchmarks; not thread safe. With
// kPortable, post-processing is plain C++ too. Throws std::invalid_argument if the kernel is not
// usable here.
void use_kernel(Kernel kernel);
Kernel kernel_in_use();
const char* kernel_name(Kernel kernel);
// Fastest first. oneDNN is listed if it proves exact on this CPU, which takes some milliseconds.
std::vector<Kernel> usable_kernels();

}  // namespace msd::pe
