// The ranges of tensors come from the float reference, image by image; then each layer is quantised
// on its own.
#include "quant/calibrate.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "network/check.h"
#include "network/reference.h"
#include "quant/rsd.h"

namespace msd::quant {

namespace {

using network::Graph;
using network::ImportError;
using network::Layer;
using network::LayerId;
using network::Op;
using network::QuantParams;

struct Range {
    float lo = 0, hi = 0;  // the real number 0 is always representable: padding is 0
};

std::vector<Range> ranges_over(const Graph& graph, const std::vector<std::vector<float>>& images) {
    const int64_t elements = graph[graph.input()].shape.elements();
    std::vector<Range> ranges(graph.size());
    for (std::size_t i = 0; i < images.size(); ++i) {
        if (static_cast<int64_t>(images[i].size()) != elements)
            throw ImportError("network '" + graph.name + "': calibration image " +
                              std::to_string(i) + " has " + std::to_string(images[i].size()) +
                              " values; the input has " + std::to_string(elements));
        const auto values = network::evaluate_float(graph, images[i]);
        for (LayerId id = 0; id < graph.size(); ++id) {
            for (float v : values[id]) {
                if (!std::isfinite(v))
                    throw ImportError("network '" + graph.name + "': layer '" + graph[id].name +
                                      "' gives a value that is not finite for calibration image " +
                                      std::to_string(i));
                ranges[id].lo = std::min(ranges[id].lo, v);
                ranges[id].hi = std::max(ranges[id].hi, v);
            }
        }
    }
    return ranges;
}

// 256 steps over the range. A tensor that was always zero gets the scale `fallback`.
QuantParams params_of(const Range& range, double fallback) {
    const float scale = static_cast<float>((double{range.hi} - range.lo) / 255);
    if (!(scale >= 1e-30f)) return {fallback, 0};
    return {scale, static_cast<int>(
                       std::clamp(std::nearbyint(-128 - range.lo / double{scale}), -128.0, 127.0))};
}

// The least scale at which a channel's bias stays within +-2^30 and its multiplier within range.
double least_scale(double bias, double in_scale, double out_scale) {
    return std::max(std::abs(bias) / (in_scale * 0x1p30), out_scale / in_scale * 0x1p-38);
}

float rounded_up(double v) {
    const float f = static_cast<float>(v);
    return f < v ? std::nextafter(f, HUGE_VALF) : f;
}

void quantise_weights(Layer& layer, const QuantParams& in) {
    network::Weights& w = layer.weights;
    const std::size_t channels = layer.shape.c, taps = w.real.size() / channels;
    w.q.resize(w.real.size());
    for (std::size_t k = 0; k < channels; ++k) {
        const std::vector<double> real(w.real.begin() + k * taps, w.real.begin() + (k + 1) * taps);
        int8_t* q = w.q.data() + k * taps;
        const double bias = k < w.bias_real.size() ? w.bias_real[k] : 0;
        double scale = static_cast<float>(encode_channel(real.data(), taps, 0, q));
        const bool silent = std::all_of(q, q + taps, [](int8_t v) { return v == 0; });
        if (silent)
            scale = static_cast<float>(layer.quant.scale /
                                       (256 * in.scale));  // as docs/numbers.md says
        const double least = least_scale(bias, in.scale, layer.quant.scale);
        if (scale < least) scale = rounded_up(least);
        for (std::size_t i = 0; i < taps; ++i)
            q[i] = static_cast<int8_t>(nearest(real[i] / scale, 0));
        w.scale.push_back(scale);
        w.bias_q.push_back(static_cast<int32_t>(std::floor(bias / (in.scale * scale) + 0.5)));
    }
    w.real.clear();
    w.bias_real.clear();
}

}  // namespace

Graph quantise(const Graph& float_graph, const std::vector<std::vector<float>>& images) {
    if (float_graph.quantised)
        throw ImportError("network '" + float_graph.name + "' is quantised already");
    if (images.empty())
        throw ImportError("network '" + float_graph.name +
                          "' is in float and there is no image to calibrate it with; give at least "
                          "one, better 50");
    const std::vector<Range> ranges = ranges_over(float_graph, images);
    Graph graph = float_graph;
    graph.quantised = true;
    for (const LayerId id : graph.order()) {
        Layer& layer = graph[id];
        const std::vector<LayerId> inputs = graph.inputs(id);
        const QuantParams in = inputs.empty() ? QuantParams{} : graph[inputs[0]].quant;
        const bool keeps = layer.op == Op::kMaxPool || layer.op == Op::kSoftmax;
        layer.quant = keeps ? in : params_of(ranges[id], in.scale);
        if (layer.op == Op::kConv) quantise_weights(layer, in);
    }
    try {
        network::check(graph);
    } catch (const std::invalid_argument& error) {
        throw ImportError("network '" + graph.name + "' cannot be quantised: " + error.what());
    }
    return graph;
}

}  // namespace msd::quant
