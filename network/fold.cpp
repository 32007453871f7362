// fold_input: new window and weights of the first convolution, and where each new input element
// comes from.
#include "network/fold.h"

#include <algorithm>

#include "network/window.h"

namespace msd::network {
namespace {

constexpr int kWordChannels = 16;  // of the accelerator's feature maps

int floor_div(int a, int b) {
    return a >= 0 ? a / b : -((-a + b - 1) / b);
}

// One axis: new tap and channel part of each old tap, and the size of the new axis. Old input
// index o * stride + i - pad is part `part[i]` of new index o * new_stride + tap[i] - new_pad.
struct Axis {
    std::vector<int> tap, part;
    int parts = 1, taps = 1, size = 1, stride = 1, pad_begin = 0, pad_end = 0;
};

Axis unfolded(int size, int kernel, int stride, int pad_begin, int pad_end) {
    Axis a;
    for (int i = 0; i < kernel; ++i) a.tap.push_back(i), a.part.push_back(0);
    a.taps = kernel;
    a.size = size;
    a.stride = stride;
    a.pad_begin = pad_begin;
    a.pad_end = pad_end;
    return a;
}

// Blocks of `stride` inputs become channels.
Axis space_to_depth(int size, int out, int kernel, int stride, int pad) {
    Axis a;
    a.parts = stride;
    a.pad_begin = -floor_div(-pad, stride);
    for (int i = 0; i < kernel; ++i) {
        const int block = floor_div(i - pad, stride);
        a.tap.push_back(block + a.pad_begin);
        a.part.push_back(i - pad - block * stride);
    }
    a.taps = a.tap.back() + 1;
    const int needed = out - 1 + a.taps - a.pad_begin;  // blocks that some window reads
    a.size = std::max(1, std::min((size + stride - 1) / stride, needed));
    a.pad_end = needed - a.size;
    return a;
}

int64_t slots(int taps, int channels) {  // that a pixel takes on the array, 2 digits a weight
    const int full = channels / kWordChannels, rest = channels % kWordChannels;
    return int64_t{taps} * (full * 2 * kWordChannels + (rest ? std::max(2 * rest, 16) : 0));
}

}  // namespace

std::vector<int8_t> InputFold::apply(const std::vector<int8_t>& tensor) const {
    if (!folded()) return tensor;
    std::vector<int8_t> result(source.size());
    for (std::size_t i = 0; i < source.size(); ++i)
        result[i] = source[i] < 0 ? zero : tensor[static_cast<std::size_t>(source[i])];
    return result;
}

InputFold fold_input(Graph& graph) {
    InputFold fold;
    const LayerId input = graph.input();
    fold.from = fold.to = graph[input].shape;
    fold.zero = static_cast<int8_t>(graph[input].quant.zero_point);
    const auto readers = graph.consumers(input);
    if (!graph.quantised || readers.size() != 1) return fold;
    Layer& conv = graph[readers[0]];
    const Window& w = conv.window;
    if (conv.op != Op::kConv || conv.groups != 1) return fold;

    const Shape in = fold.from;
    const bool strided = w.stride_y > 1 || w.stride_x > 1;
    Axis rows, cols;
    if (strided) {
        rows = space_to_depth(in.h, conv.shape.h, w.kernel_h, w.stride_y, w.pad_top);
        cols = space_to_depth(in.w, conv.shape.w, w.kernel_w, w.stride_x, w.pad_left);
    } else {
        rows = unfolded(in.h, w.kernel_h, 1, w.pad_top, w.pad_bottom);
        cols.parts = w.kernel_w;  // part j of column x is old column x + j - pad
        for (int j = 0; j < w.kernel_w; ++j) cols.tap.push_back(0), cols.part.push_back(j);
        cols.size = conv.shape.w;
    }
    const int channels = in.c * rows.parts * cols.parts;
    if (channels > kWordChannels || channels == in.c ||
        slots(rows.taps * cols.taps, channels) >= slots(w.kernel_h * w.kernel_w, in.c) ||
        rows.pad_end < 0 || cols.pad_end < 0)
        return fold;

    fold.to = {channels, rows.size, cols.size};
    fold.source.assign(static_cast<std::size_t>(fold.to.elements()), -1);
    const int step_y = strided ? rows.parts : 1, step_x = strided ? cols.parts : 1;
    const int shift_x = strided ? 0 : w.pad_left;
    std::size_t at = 0;
    for (int c = 0; c < in.c; ++c)
        for (int dy = 0; dy < rows.parts; ++dy)
            for (int dx = 0; dx < cols.parts; ++dx)
                for (int y = 0; y < rows.size; ++y)
                    for (int x = 0; x < cols.size; ++x, ++at) {
                        const int oy = y * step_y + dy, ox = x * step_x + dx - shift_x;
                        if (oy < in.h && ox >= 0 && ox < in.w)
                            fold.source[at] = (c * in.h + oy) * in.w + ox;
                    }

    const std::size_t old_taps = std::size_t(in.c) * w.kernel_h * w.kernel_w;
    const std::size_t new_taps = std::size_t(channels) * rows.taps * cols.taps;
    std::vector<int8_t> q(new_taps * conv.shape.c, 0);
    for (int k = 0; k < conv.shape.c; ++k)
        for (int c = 0; c < in.c; ++c)
            for (int i = 0; i < w.kernel_h; ++i)
                for (int j = 0; j < w.kernel_w; ++j) {
                    const int channel = (c * rows.parts + rows.part[i]) * cols.parts + cols.part[j];
                    q[k * new_taps + (std::size_t(channel) * rows.taps + rows.tap[i]) * cols.taps +
                      cols.tap[j]] =
                        conv.weights
                            .q[k * old_taps + (std::size_t(c) * w.kernel_h + i) * w.kernel_w + j];
                }
    graph.metadata["msd.macs:" + conv.name] = std::to_string(graph.macs(readers[0]));
    conv.weights.q = std::move(q);
    Window folded;
    folded.kernel_h = rows.taps;
    folded.kernel_w = cols.taps;
    folded.stride_y = rows.stride;
    folded.stride_x = cols.stride;
    folded.pad_top = rows.pad_begin;
    folded.pad_bottom = rows.pad_end;
    folded.pad_left = cols.pad_begin;
    folded.pad_right = cols.pad_end;
    conv.window = folded;
    graph[input].shape = fold.to;
    return fold;
}

}  // namespace msd::network
