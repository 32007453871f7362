// Choice of the kernel, and patches of the input for those that multiply matrices.
#include "ip/msd_pe/core/kernel.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "ip/msd_pe/core/kernel_impl.h"
#include "ip/msd_pe/core/tile_shape.h"

namespace msd::pe {
namespace {

constexpr std::size_t kPatchBytes = 512 * 1024;  // patches stay in the second-level cache

// Patches [pixel][tap][lanes] of output pixels [first, last); writes up to 12 bytes past the end.
void patches(const msd_tile& tile, const int8_t* act, std::size_t first, std::size_t last,
             int8_t* out) {
    const std::size_t plane = std::size_t{tile.in_rows} * tile.in_cols * kWordBytes;
    const std::size_t tail = (tile.c_last + 3u) / 4 * 4;
    int8_t pad[kWordBytes];
    std::memset(pad, tile.pad_value, sizeof pad);
    for (std::size_t p = first; p < last; ++p) {
        const int y0 = static_cast<int>(p / tile.tw) * tile.stride_y - tile.pad_y;
        const int x0 = static_cast<int>(p % tile.tw) * tile.stride_x - tile.pad_x;
        for (int iy = y0; iy < y0 + tile.kernel_h; ++iy) {
            for (int ix = x0; ix < x0 + tile.kernel_w; ++ix) {
                const bool inside = iy >= 0 && iy < tile.in_rows && ix >= 0 && ix < tile.in_cols;
                const int8_t* word = inside ? act + (static_cast<std::size_t>(iy) * tile.in_cols +
                                                     static_cast<std::size_t>(ix)) *
                                                        kWordBytes
                                            : pad;
                const std::size_t step = inside ? plane : 0;
                for (unsigned b = 0; b < tile.c_blocks; ++b, out += kWordBytes)
                    std::memcpy(out, word + b * step, kWordBytes);
                out -= kWordBytes - tail;
            }
        }
    }
}

void convolve_patches(void (*gemm)(const Gemm&), const msd_tile& tile, const int8_t* act,
                      const int8_t* weights, std::size_t row_bytes, bool add, int32_t* acc) {
    thread_local std::vector<int8_t> buffer;
    const std::size_t count = pixels(tile);
    const std::size_t step = std::max<std::size_t>(kPatchBytes / row_bytes / 16 * 16, 16);
    for (std::size_t first = 0; first < count; first += step) {
        const std::size_t last = std::min(count, first + step);
        buffer.resize((last - first) * row_bytes + kWordBytes);
        patches(tile, act, first, last, buffer.data());
        gemm({channels(tile), last - first, row_bytes, weights, buffer.data(), acc + first, count,
              add});
    }
}

bool onednn() {
    static const bool exact = onednn_is_exact();
    return exact;
}

bool usable(Kernel kernel) {
    switch (kernel) {
        case Kernel::kVnni:
            return have_vnni();
        case Kernel::kOneDnn:
            return onednn();
        case Kernel::kAvx2:
            return have_avx2();
        case Kernel::kAuto:
        case Kernel::kPortable:
            return true;
    }
    return false;
}

constexpr Kernel kFastestFirst[] = {Kernel::kVnni, Kernel::kOneDnn, Kernel::kAvx2,
                                    Kernel::kPortable};

Kernel best() {
    return *std::find_if(std::begin(kFastestFirst), std::end(kFastestFirst), usable);
}

Kernel& chosen() {
    static Kernel kernel = best();
    return kernel;
}

}  // namespace

std::vector<Kernel> usable_kernels() {
    std::vector<Kernel> kernels;
    std::copy_if(std::begin(kFastestFirst), std::end(kFastestFirst), std::back_inserter(kernels),
                 usable);
    return kernels;
}

void use_kernel(Kernel kernel) {
    if (!usable(kernel))
        throw std::invalid_argument(
            fmt::format("kernel {} is not usable on this CPU", kernel_name(kernel)));
    chosen() = kernel == Kernel::kAuto ? best() : kernel;
}

Kernel kernel_in_use() {
    return chosen();
}

const char* kernel_name(Kernel kernel) {
    switch (kernel) {
        case Kernel::kAuto:
            return "auto";
        case Kernel::kVnni:
            return "vnni";
        case Kernel::kOneDnn:
            return "onednn";
        case Kernel::kAvx2:
            return "avx2";
        case Kernel::kPortable:
            return "portable";
    }
    return "unknown";
}

void convolve(const msd_tile& tile, const int8_t* act, const int8_t* weights, std::size_t row_bytes,
              bool add, int32_t* acc) {
    const Kernel kernel = chosen();
    if (kernel == Kernel::kVnni && convolve_vnni(tile, act, weights, row_bytes, add, acc)) return;
    const auto gemm = kernel == Kernel::kOneDnn                    ? gemm_onednn
                      : kernel != Kernel::kPortable && have_avx2() ? gemm_avx2
                                                                   : gemm_portable;
    convolve_patches(gemm, tile, act, weights, row_bytes, add, acc);
}

}  // namespace msd::pe
