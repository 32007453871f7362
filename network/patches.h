// Unrolls the windows of some consecutive output pixels into rows of taps, so that a convolution is
// dot products.
#pragma once

#include <algorithm>
#include <vector>

#include "network/graph.h"

namespace msd::network {

constexpr int kPixelBlock =
    128;  // output pixels unrolled at a time: small enough to stay in a cache

// Calls put(pixel, tap, value) for every tap inside the image of output pixels [first, first +
// count), channels [c0, c0 + channels); taps are numbered [c][i][j].
template <typename T, typename Put>
void unroll(const Layer& layer, const Shape& in, const std::vector<T>& input, int c0, int channels,
            int first, int count, Put put) {
    const Window& w = layer.window;
    for (int p = 0; p < count; ++p) {
        const int y0 = (first + p) / layer.shape.w * w.stride_y - w.pad_top;
        const int x0 = (first + p) % layer.shape.w * w.stride_x - w.pad_left;
        const int i0 = std::max(0, -y0), i1 = std::min(w.kernel_h, in.h - y0);
        const int j0 = std::max(0, -x0), j1 = std::min(w.kernel_w, in.w - x0);
        for (int c = 0; c < channels; ++c) {
            for (int i = i0; i < i1; ++i) {
                const T* row = &input[(std::size_t(c0 + c) * in.h + y0 + i) * in.w];
                const int tap = (c * w.kernel_h + i) * w.kernel_w;
                for (int j = j0; j < j1; ++j) put(p, tap + j, row[x0 + j]);
            }
        }
    }
}

}  // namespace msd::network
