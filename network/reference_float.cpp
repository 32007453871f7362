// Evaluates a network in real numbers: float graphs for calibration, quantised ones with
// dequantised weights.
#include <algorithm>
#include <cmath>
#include <limits>

#include "network/check.h"
#include "network/patches.h"
#include "network/reference.h"
#include "network/reference_conv.h"

namespace msd::network {

std::vector<float> convolve_float(const Layer& layer, const Layer& in,
                                  const std::vector<float>& input,
                                  const std::vector<float>& weights,
                                  const std::vector<float>& bias) {
    const int c_group = in.shape.c / layer.groups, k_group = layer.shape.c / layer.groups;
    const int taps = c_group * layer.window.kernel_h * layer.window.kernel_w;
    const int pixels = layer.shape.h * layer.shape.w;
    std::vector<float> sums(layer.shape.elements());
    std::vector<float> columns(std::size_t{kPixelBlock} *
                               taps);  // [tap][pixel]: vectorises over pixels
    for (int group = 0; group < layer.groups; ++group) {
        for (int first = 0; first < pixels; first += kPixelBlock) {
            const int count = std::min(kPixelBlock, pixels - first);
            std::fill(columns.begin(), columns.end(), 0.0f);
            unroll(
                layer, in.shape, input, group * c_group, c_group, first, count,
                [&](int p, int tap, float v) { columns[std::size_t(tap) * kPixelBlock + p] = v; });
            for (int k = group * k_group; k < (group + 1) * k_group; ++k) {
                float acc[kPixelBlock];
                std::fill(acc, acc + kPixelBlock, bias[k]);
                for (int t = 0; t < taps; ++t) {
                    const float w = weights[std::size_t(k) * taps + t];
                    const float* column = &columns[std::size_t(t) * kPixelBlock];
                    for (int p = 0; p < kPixelBlock; ++p) acc[p] += w * column[p];
                }
                std::copy(acc, acc + count, &sums[std::size_t(k) * pixels + first]);
            }
        }
    }
    return sums;
}

namespace {

using Values = std::vector<float>;

Values conv(const Graph& graph, const Layer& layer, const Layer& in, const Values& input) {
    if (!graph.quantised) {
        return convolve_float(layer, in, input, layer.weights.real, layer.weights.bias_real);
    }
    const Weights& w = layer.weights;
    Values real(w.q.size()), bias(w.scale.size());
    const std::size_t taps = real.size() / bias.size();
    for (std::size_t k = 0; k < bias.size(); ++k) {
        for (std::size_t i = k * taps; i < (k + 1) * taps; ++i)
            real[i] = static_cast<float>(w.scale[k] * w.q[i]);
        bias[k] = static_cast<float>(w.bias_q[k] * (in.quant.scale * w.scale[k]));
    }
    return convolve_float(layer, in, input, real, bias);
}

Values pool(const Layer& layer, const Layer& in, const Values& input) {
    const Window& w = layer.window;
    const bool average = layer.op == Op::kAveragePool;
    Values out;
    out.reserve(layer.shape.elements());
    for (int c = 0; c < layer.shape.c; ++c) {
        for (int y = 0; y < layer.shape.h; ++y) {
            for (int x = 0; x < layer.shape.w; ++x) {
                double sum = 0;
                float best = -std::numeric_limits<float>::infinity();
                int inside = 0;
                for (int i = 0; i < w.kernel_h; ++i) {
                    const int iy = y * w.stride_y - w.pad_top + i;
                    if (iy < 0 || iy >= in.shape.h) continue;
                    for (int j = 0; j < w.kernel_w; ++j) {
                        const int ix = x * w.stride_x - w.pad_left + j;
                        if (ix < 0 || ix >= in.shape.w) continue;
                        const float v = input[(std::size_t(c) * in.shape.h + iy) * in.shape.w + ix];
                        sum += v;
                        best = std::max(best, v);
                        ++inside;
                    }
                }
                const int divisor = w.count_pads ? w.kernel_h * w.kernel_w : inside;
                out.push_back(average ? static_cast<float>(sum / divisor) : best);
            }
        }
    }
    return out;
}

void bound(const Layer& layer, Values& values) {
    for (float& v : values)
        v = static_cast<float>(std::clamp<double>(v, layer.real_lo, layer.real_hi));
}

}  // namespace

std::vector<Values> evaluate_float(const Graph& graph, const Values& input) {
    check(graph);
    if (input.size() != static_cast<std::size_t>(graph[graph.input()].shape.elements())) {
        throw std::invalid_argument("network '" + graph.name +
                                    "': the input has the wrong number of values");
    }
    std::vector<Values> values(graph.size());
    for (const LayerId id : graph.order()) {
        const Layer& layer = graph[id];
        const std::vector<LayerId> in = graph.inputs(id);
        switch (layer.op) {
            case Op::kInput:
                values[id] = input;
                break;
            case Op::kConv:
                values[id] = conv(graph, layer, graph[in[0]], values[in[0]]);
                break;
            case Op::kMaxPool:
            case Op::kAveragePool:
                values[id] = pool(layer, graph[in[0]], values[in[0]]);
                break;
            case Op::kAdd:
                values[id] = values[in[0]];
                for (std::size_t i = 0; i < values[id].size(); ++i)
                    values[id][i] += values[in[1]][i];
                break;
            case Op::kClamp:
            case Op::kSoftmax:
                values[id] = values[in[0]];
                break;
        }
        bound(layer, values[id]);
    }
    return values;
}

}  // namespace msd::network
