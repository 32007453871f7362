// Sliding windows of ONNX: strides, explicit and automatic padding, rounding up of the output's
// size.
#include "network/onnx_builder.h"

namespace msd::network::onnx_import {
namespace {

int in_range(int64_t value, int64_t least, const char* what) {
    if (value < least || value > kMaxDim) {
        throw Bad(std::string(what) + " " + std::to_string(value) +
                  " is not possible; it must be " + std::to_string(least) + ".." +
                  std::to_string(kMaxDim));
    }
    return static_cast<int>(value);
}

struct Axis {
    int size, kernel, stride, begin, end;
};

// Padding such that ceil(size / stride) positions fit.
void pad_same(Axis& a, bool lower) {
    const int64_t out = (int64_t{a.size} + a.stride - 1) / a.stride;
    const int total =
        static_cast<int>(std::max<int64_t>(0, (out - 1) * a.stride + a.kernel - a.size));
    a.begin = lower ? (total + 1) / 2 : total / 2;
    a.end = total - a.begin;
}

// ceil_mode: one more position if taps remain, unless it would start in the padding at the end.
void round_up(Axis& a) {
    const int64_t padded = int64_t{a.size} + a.begin + a.end;
    if (padded < a.kernel) return;
    int64_t out = (padded - a.kernel + a.stride - 1) / a.stride + 1;
    if ((out - 1) * a.stride >= int64_t{a.size} + a.begin) --out;
    if (out == output_size(a.size, a.kernel, a.stride, a.begin + a.end)) return;
    a.end =
        static_cast<int>(std::max<int64_t>(0, (out - 1) * a.stride + a.kernel - a.size - a.begin));
}

}  // namespace

Window read_window(Attributes& attributes, const Shape& in, int64_t kernel_h, int64_t kernel_w,
                   bool ceil_mode) {
    const auto strides = attributes.integers("strides", {1, 1});
    const auto pads = attributes.integers("pads", {0, 0, 0, 0});
    const auto dilations = attributes.integers("dilations", {1, 1});
    const std::string auto_pad = attributes.text("auto_pad", "NOTSET");
    if (strides.size() != 2 || pads.size() != 4 || dilations.size() != 2) {
        throw Bad("strides and dilations must have 2 values, pads 4");
    }
    if (dilations[0] != 1 || dilations[1] != 1)
        throw Bad("dilations other than 1 are not supported");
    Axis y{in.h, in_range(kernel_h, 1, "kernel"), in_range(strides[0], 1, "stride"),
           in_range(pads[0], 0, "padding"), in_range(pads[2], 0, "padding")};
    Axis x{in.w, in_range(kernel_w, 1, "kernel"), in_range(strides[1], 1, "stride"),
           in_range(pads[1], 0, "padding"), in_range(pads[3], 0, "padding")};
    if (auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER") {
        pad_same(y, auto_pad == "SAME_LOWER");
        pad_same(x, auto_pad == "SAME_LOWER");
    } else if (auto_pad == "VALID") {
        y.begin = y.end = x.begin = x.end = 0;
    } else if (auto_pad != "NOTSET" && !auto_pad.empty()) {
        throw Bad("auto_pad '" + clean(auto_pad) + "' is not known");
    }
    if (ceil_mode) {
        round_up(y);
        round_up(x);
    }
    Window w;
    w.kernel_h = y.kernel, w.kernel_w = x.kernel;
    w.stride_y = y.stride, w.stride_x = x.stride;
    w.pad_top = y.begin, w.pad_bottom = y.end;
    w.pad_left = x.begin, w.pad_right = x.end;
    const Shape out = output_shape(in, w, 1);
    if (out.h < 1 || out.w < 1) throw Bad("the window does not fit its input once");
    return w;
}

}  // namespace msd::network::onnx_import
