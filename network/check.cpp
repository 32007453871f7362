// Checks a graph's layers one by one; see check.h.
#include "network/check.h"

#include <cmath>
#include <cstdlib>

#include "network/reference.h"
#include "network/window.h"

namespace msd::network {
namespace {

[[noreturn]] void fail(const Layer& layer, const std::string& what) {
    throw std::invalid_argument("layer '" + layer.name + "': " + what);
}

std::string text(const Shape& s) {
    return std::to_string(s.c) + "x" + std::to_string(s.h) + "x" + std::to_string(s.w);
}

void check_requant(const Layer& layer, double real, const char* what,
                   Requant (*multiplier)(double) = requant_of) {
    try {
        multiplier(real);
    } catch (const std::invalid_argument& error) {
        fail(layer, std::string(what) + ": " + error.what());
    }
}

void check_window(const Layer& layer, const Shape& in) {
    const Window& w = layer.window;
    for (const int size : {w.kernel_h, w.kernel_w, w.stride_y, w.stride_x}) {
        if (size < 1 || size > kMaxDim)
            fail(layer, "kernel and stride must be 1.." + std::to_string(kMaxDim));
    }
    for (const int pad : {w.pad_top, w.pad_left, w.pad_bottom, w.pad_right}) {
        if (pad < 0 || pad > kMaxDim) fail(layer, "padding must be 0.." + std::to_string(kMaxDim));
    }
    const Shape out = output_shape(in, w, layer.shape.c);
    if (!(out == layer.shape) || out.h < 1 || out.w < 1) {
        fail(layer,
             "its window over " + text(in) + " gives " + text(out) + ", not " + text(layer.shape));
    }
    if (layer.op == Op::kConv) return;
    if (in.c != layer.shape.c) fail(layer, "a pool keeps the number of channels");
    if (w.pad_top >= w.kernel_h || w.pad_bottom >= w.kernel_h || w.pad_left >= w.kernel_w ||
        w.pad_right >= w.kernel_w) {
        fail(layer, "a pool's padding must be smaller than its kernel");
    }
    if (int64_t{w.kernel_h} * w.kernel_w >= int64_t{1} << 23)
        fail(layer, "the pool's window is too large");
}

void check_channel(const Layer& layer, const QuantParams& in, std::size_t k, std::size_t taps) {
    const Weights& weights = layer.weights;
    int64_t magnitude = 0;
    for (std::size_t i = k * taps; i < (k + 1) * taps; ++i)
        magnitude += std::abs(int{weights.q[i]});
    const int64_t bias = std::llabs(int64_t{weights.bias_q[k]});
    if (bias + (128 + std::abs(in.zero_point)) * magnitude >= int64_t{1} << 31) {
        fail(layer, "channel " + std::to_string(k) +
                        ": its sum may leave 32 bits (sum of |weights| " +
                        std::to_string(magnitude) + ", bias " + std::to_string(bias) + ")");
    }
    check_requant(layer, in.scale * weights.scale[k] / layer.quant.scale, "multiplier");
}

void check_conv(const Graph& graph, const Layer& layer, const Layer& in) {
    if (layer.groups < 1 || in.shape.c % layer.groups || layer.shape.c % layer.groups) {
        fail(layer, "groups must divide input and output channels");
    }
    const std::size_t channels = layer.shape.c;
    const std::size_t taps =
        std::size_t(in.shape.c / layer.groups) * layer.window.kernel_h * layer.window.kernel_w;
    const Weights& w = layer.weights;
    if (!graph.quantised) {
        if (w.real.size() != channels * taps || w.bias_real.size() != channels) {
            fail(layer, "the number of weights or biases does not match its shape");
        }
        return;
    }
    if (w.q.size() != channels * taps || w.scale.size() != channels ||
        w.bias_q.size() != channels || (!w.digits.empty() && w.digits.size() != channels)) {
        fail(layer, "the number of weights, scales or biases does not match its shape");
    }
    for (std::size_t k = 0; k < channels; ++k) check_channel(layer, in.quant, k, taps);
}

void check_quant(const Layer& layer) {
    if (!(layer.quant.scale > 0) || !std::isfinite(layer.quant.scale))
        fail(layer, "its scale must be positive");
    if (layer.quant.zero_point < -128 || layer.quant.zero_point > 127) {
        fail(layer, "its zero point must be within -128..127");
    }
}

void check_layer(const Graph& graph, LayerId id) {
    const Layer& layer = graph[id];
    const std::vector<LayerId> inputs = graph.inputs(id);
    const std::size_t operands = layer.op == Op::kInput ? 0 : layer.op == Op::kAdd ? 2 : 1;
    if (inputs.size() != operands) fail(layer, "needs " + std::to_string(operands) + " operands");
    if (layer.shape.c < 1 || layer.shape.h < 1 || layer.shape.w < 1 || layer.shape.c > kMaxDim ||
        layer.shape.h > kMaxDim || layer.shape.w > kMaxDim ||
        layer.shape.elements() > kMaxElements) {
        fail(layer, "shape " + text(layer.shape) + " is not possible");
    }
    if (graph.quantised) check_quant(layer);
    if (!(layer.real_lo <= layer.real_hi)) fail(layer, "its lower bound is above its upper bound");
    if (layer.op == Op::kInput) return;
    const Layer& in = graph[inputs[0]];
    if (in.op == Op::kSoftmax) fail(layer, "softmax must be the last layer");
    switch (layer.op) {
        case Op::kConv:
            check_window(layer, in.shape);
            check_conv(graph, layer, in);
            break;
        case Op::kMaxPool:
        case Op::kAveragePool:
            check_window(layer, in.shape);
            break;
        default:
            for (const LayerId operand : inputs) {
                if (!(graph[operand].shape == layer.shape)) {
                    fail(layer, "its operand " + text(graph[operand].shape) + " differs from " +
                                    text(layer.shape));
                }
            }
    }
    if (!graph.quantised) return;
    const bool keeps_grid = layer.op == Op::kMaxPool || layer.op == Op::kSoftmax;
    if (keeps_grid && !same(in.quant, layer.quant))
        fail(layer, "must keep its operand's scale and zero point");
    if (layer.op == Op::kClamp)
        check_requant(layer, in.quant.scale / layer.quant.scale, "multiplier");
    if (layer.op == Op::kAveragePool) {
        const double area = double(layer.window.kernel_h) * layer.window.kernel_w;
        check_requant(layer, in.quant.scale / layer.quant.scale, "multiplier", pool_requant_of);
        check_requant(layer, in.quant.scale / (area * layer.quant.scale), "multiplier",
                      pool_requant_of);
    }
    if (layer.op == Op::kAdd) {
        try {
            add_requant_of(in.quant.scale / layer.quant.scale,
                           graph[inputs[1]].quant.scale / layer.quant.scale);
        } catch (const std::invalid_argument& error) {
            fail(layer, error.what());
        }
    }
}

}  // namespace

void check(const Graph& graph) {
    std::size_t sinks = 0, sources = 0;
    for (const LayerId id : graph.order()) {
        check_layer(graph, id);
        sinks += boost::out_degree(id, graph.dag()) == 0;
        sources += graph[id].op == Op::kInput;
    }
    if (sources != 1 || sinks != 1) {
        throw std::invalid_argument("network '" + graph.name +
                                    "': must have one input and one output, has " +
                                    std::to_string(sources) + " and " + std::to_string(sinks));
    }
}

}  // namespace msd::network
