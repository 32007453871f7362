// Choice of the matrix product: what the CPU has and what proved exact on it.
#include "ip/msd_pe/core/kernel.h"

#include <fmt/format.h>

#include <stdexcept>

#include "ip/msd_pe/core/kernel_impl.h"

namespace msd::pe {
namespace {

using Function = void (*)(const Gemm&);

Function function_of(Kernel kernel) {
    switch (kernel) {
        case Kernel::kOneDnn:
            return gemm_onednn;
        case Kernel::kVnni:
            return gemm_vnni;
        case Kernel::kAvx2:
            return gemm_avx2;
        case Kernel::kPortable:
            return gemm_portable;
        case Kernel::kAuto:
            break;
    }
    return nullptr;
}

Kernel best() {
    return usable_kernels().front();
}

struct Choice {
    Kernel kernel = best();
    Function function = function_of(kernel);
};

Choice& choice() {
    static Choice c;
    return c;
}

}  // namespace

std::vector<Kernel> usable_kernels() {
    static const bool onednn = onednn_is_exact();
    std::vector<Kernel> kernels;
    if (onednn) kernels.push_back(Kernel::kOneDnn);
    if (have_vnni()) kernels.push_back(Kernel::kVnni);
    if (have_avx2()) kernels.push_back(Kernel::kAvx2);
    kernels.push_back(Kernel::kPortable);
    return kernels;
}

void use_kernel(Kernel kernel) {
    if (kernel == Kernel::kAuto) kernel = best();
    for (Kernel usable : usable_kernels()) {
        if (usable != kernel) continue;
        choice().kernel = kernel;
        choice().function = function_of(kernel);
        return;
    }
    throw std::invalid_argument(
        fmt::format("kernel {} is not usable on this CPU", kernel_name(kernel)));
}

Kernel kernel_in_use() {
    return choice().kernel;
}

const char* kernel_name(Kernel kernel) {
    switch (kernel) {
        case Kernel::kAuto:
            return "auto";
        case Kernel::kOneDnn:
            return "onednn";
        case Kernel::kVnni:
            return "vnni";
        case Kernel::kAvx2:
            return "avx2";
        case Kernel::kPortable:
            return "portable";
    }
    return "unknown";
}

void gemm(const Gemm& product) {
    choice().function(product);
}

}  // namespace msd::pe
