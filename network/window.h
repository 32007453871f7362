// How a window slides: output sizes, as readers, checks and evaluation share them.
#pragma once

#include <cstdint>

#include "network/graph.h"

namespace msd::network {

constexpr int kMaxDim = 65535;                      // of a map, kernel, stride, or channel count
constexpr int64_t kMaxElements = int64_t{1} << 28;  // of one tensor

// Positions of a window along one axis; 0 or less if it does not fit once.
inline int64_t output_size(int64_t in, int64_t kernel, int64_t stride, int64_t pads) {
    return in + pads < kernel ? 0 : (in + pads - kernel) / stride + 1;
}

// The map that a window makes of `in`, with `channels` channels. A side of 0: the window does not
// fit.
inline Shape output_shape(const Shape& in, const Window& w, int channels) {
    return {channels,
            static_cast<int>(output_size(in.h, w.kernel_h, w.stride_y, w.pad_top + w.pad_bottom)),
            static_cast<int>(output_size(in.w, w.kernel_w, w.stride_x, w.pad_left + w.pad_right))};
}

inline bool same(const QuantParams& a, const QuantParams& b) {
    return a.scale == b.scale && a.zero_point == b.zero_point;
}

}  // namespace msd::network
