// Evaluates a quantised network in plain integers, one function an operator, as docs/numbers.md
// writes them.
#include "network/reference.h"

#include <algorithm>

#include "network/check.h"
#include "network/reference_conv.h"
#include "network/reference_step.h"

namespace msd::network {
namespace {

// value / 2^s to the nearest integer, half away from zero.
int64_t away(int64_t value, int s) {
    return (value + (int64_t{1} << (s - 1)) - (value < 0)) >> s;
}

// Two roundings: by up to 24 bits of the shift, half up; by the rest of it, half away from zero.
int64_t scale(int64_t value, const Requant& r) {
    const int first = std::min(r.s, 24), rest = r.s - first;
    const int64_t high = (value * r.m + (int64_t{1} << (first - 1))) >> first;
    return rest > 0 ? away(high, rest) : high;
}

int8_t clamp8(int64_t value, int lo = -128, int hi = 127) {
    return static_cast<int8_t>(std::clamp<int64_t>(value, lo, hi));
}

Tensor8 conv(const Layer& layer, const Layer& in, const Tensor8& input) {
    const std::vector<int32_t> sums = convolve(layer, in, input);
    const std::size_t pixels = std::size_t(layer.shape.h) * layer.shape.w;
    const int lo = layer.clamp_lo(), hi = layer.clamp_hi();
    Tensor8 out(sums.size());
    for (int k = 0; k < layer.shape.c; ++k) {
        const Requant r = requant_of(in.quant.scale * layer.weights.scale[k] / layer.quant.scale);
        for (std::size_t i = k * pixels; i < (k + 1) * pixels; ++i) {
            const int8_t t = clamp8(layer.quant.zero_point + scale(sums[i], r));
            out[i] = clamp8(t, lo, hi);
        }
    }
    return out;
}

Tensor8 clamp(const Layer& layer, const Layer& in, const Tensor8& input) {
    const Requant r = requant_of(in.quant.scale / layer.quant.scale);
    const int lo = layer.clamp_lo(), hi = layer.clamp_hi();
    Tensor8 out(input.size());
    for (std::size_t i = 0; i < input.size(); ++i) {
        const int8_t t = clamp8(layer.quant.zero_point + scale(input[i] - in.quant.zero_point, r));
        out[i] = clamp8(t, lo, hi);
    }
    return out;
}

Tensor8 add(const Layer& layer, const Layer& la, const Tensor8& a, const Layer& lb,
            const Tensor8& b) {
    const AddRequant r =
        add_requant_of(la.quant.scale / layer.quant.scale, lb.quant.scale / layer.quant.scale);
    const int lo = layer.clamp_lo(), hi = layer.clamp_hi();
    Tensor8 out(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        const int64_t sum =
            int64_t{a[i] - la.quant.zero_point} * r.ma + int64_t{b[i] - lb.quant.zero_point} * r.mb;
        out[i] = clamp8(layer.quant.zero_point + away(sum, r.s), lo, hi);
    }
    return out;
}

// The taps of a window that lie inside the image, along one axis.
struct Span {
    int from, to;
    Span(int position, int stride, int pad, int kernel, int size)
        : from(std::max(0, position * stride - pad)),
          to(std::min(size, position * stride - pad + kernel)) {}
    int count() const { return to - from; }
};

template <typename Reduce>
Tensor8 pool(const Layer& layer, const Layer& in, Reduce reduce) {
    const Window& w = layer.window;
    Tensor8 out(layer.shape.elements());
    std::size_t i = 0;
    for (int c = 0; c < layer.shape.c; ++c) {
        for (int y = 0; y < layer.shape.h; ++y) {
            const Span rows(y, w.stride_y, w.pad_top, w.kernel_h, in.shape.h);
            for (int x = 0; x < layer.shape.w; ++x) {
                out[i++] = reduce(c, rows, Span(x, w.stride_x, w.pad_left, w.kernel_w, in.shape.w));
            }
        }
    }
    return out;
}

Tensor8 max_pool(const Layer& layer, const Layer& in, const Tensor8& input) {
    return pool(layer, in, [&](int c, const Span& rows, const Span& cols) {
        int8_t best = -128;
        for (int y = rows.from; y < rows.to; ++y) {
            for (int x = cols.from; x < cols.to; ++x) {
                best = std::max(best, input[(std::size_t(c) * in.shape.h + y) * in.shape.w + x]);
            }
        }
        return best;
    });
}

Tensor8 average_pool(const Layer& layer, const Layer& in, const Tensor8& input) {
    const int area = layer.window.kernel_h * layer.window.kernel_w;
    return pool(layer, in, [&](int c, const Span& rows, const Span& cols) {
        int32_t sum = 0;
        for (int y = rows.from; y < rows.to; ++y) {
            for (int x = cols.from; x < cols.to; ++x) {
                sum +=
                    input[(std::size_t(c) * in.shape.h + y) * in.shape.w + x] - in.quant.zero_point;
            }
        }
        const int divisor = layer.window.count_pads ? area : rows.count() * cols.count();
        const Requant r = pool_requant_of(in.quant.scale / (divisor * layer.quant.scale));
        const int64_t zero = layer.quant.zero_point * (int64_t{1} << r.s);
        return clamp8(away(int64_t{sum} * r.m + zero, r.s));
    });
}

}  // namespace

Tensor8 evaluate_layer(const Graph& graph, LayerId id,
                       const std::vector<const Tensor8*>& operands) {
    const Layer& layer = graph[id];
    const std::vector<LayerId> in = graph.inputs(id);
    switch (layer.op) {
        case Op::kConv:
            return conv(layer, graph[in[0]], *operands[0]);
        case Op::kAdd:
            return add(layer, graph[in[0]], *operands[0], graph[in[1]], *operands[1]);
        case Op::kMaxPool:
            return max_pool(layer, graph[in[0]], *operands[0]);
        case Op::kAveragePool:
            return average_pool(layer, graph[in[0]], *operands[0]);
        case Op::kClamp:
            return clamp(layer, graph[in[0]], *operands[0]);
        case Op::kSoftmax:
            return *operands[0];
        case Op::kInput:
            break;
    }
    throw std::invalid_argument("layer '" + layer.name + "' computes nothing");
}

std::vector<Tensor8> evaluate(const Graph& graph, const Tensor8& input) {
    if (!graph.quantised)
        throw std::invalid_argument("network '" + graph.name + "' is not quantised");
    check(graph);
    if (input.size() != static_cast<std::size_t>(graph[graph.input()].shape.elements())) {
        throw std::invalid_argument("network '" + graph.name + "': the input has " +
                                    std::to_string(input.size()) + " values, not " +
                                    std::to_string(graph[graph.input()].shape.elements()));
    }
    std::vector<Tensor8> values(graph.size());
    for (const LayerId id : graph.order()) {
        if (graph[id].op == Op::kInput) {
            values[id] = input;
            continue;
        }
        std::vector<const Tensor8*> operands;
        for (const LayerId in : graph.inputs(id)) operands.push_back(&values[in]);
        values[id] = evaluate_layer(graph, id, operands);
    }
    return values;
}

}  // namespace msd::network
