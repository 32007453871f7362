// Integer convolution as dot products over unrolled windows; written so that a compiler vectorises
// it.
#include "network/reference_conv.h"

#include "network/patches.h"

namespace msd::network {
namespace {

// Both operands fit 9 bits, and check() bounds the sum: int16 inputs let the compiler multiply-add
// in pairs.
inline int32_t dot(const int16_t* a, const int16_t* b, int n) {
    int32_t sum = 0;
    for (int i = 0; i < n; ++i) sum += int32_t{a[i]} * b[i];
    return sum;
}

}  // namespace

std::vector<int32_t> convolve(const Layer& layer, const Layer& in,
                              const std::vector<int8_t>& input) {
    const int c_group = in.shape.c / layer.groups, k_group = layer.shape.c / layer.groups;
    const int taps = c_group * layer.window.kernel_h * layer.window.kernel_w;
    const int pixels = layer.shape.h * layer.shape.w;
    const int zero = in.quant.zero_point;
    std::vector<int32_t> sums(layer.shape.elements());
    const std::vector<int16_t> weights(layer.weights.q.begin(), layer.weights.q.end());
    std::vector<int16_t> rows(std::size_t{kPixelBlock} * taps);
    for (int group = 0; group < layer.groups; ++group) {
        for (int first = 0; first < pixels; first += kPixelBlock) {
            const int count = std::min(kPixelBlock, pixels - first);
            std::fill(rows.begin(), rows.end(), int16_t{0});  // q - zero_in of a padded tap
            unroll(layer, in.shape, input, group * c_group, c_group, first, count,
                   [&](int p, int tap, int8_t q) {
                       rows[std::size_t(p) * taps + tap] = static_cast<int16_t>(q - zero);
                   });
            for (int k = group * k_group; k < (group + 1) * k_group; ++k) {
                const int16_t* w = &weights[std::size_t(k) * taps];
                int32_t* out = &sums[std::size_t(k) * pixels + first];
                for (int p = 0; p < count; ++p) {
                    out[p] = layer.weights.bias_q[k] + dot(&rows[std::size_t(p) * taps], w, taps);
                }
            }
        }
    }
    return sums;
}

}  // namespace msd::network
