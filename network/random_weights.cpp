// Draws weights and derives scales from fan-in; see random_weights.h.
#include "network/random_weights.h"

#include <algorithm>
#include <cmath>

namespace msd::network {
namespace {

constexpr double kWeightSigma = 73.6;  // of integers uniform in -127..127: sqrt(127 * 128 / 3)
constexpr double kSpread = 40;      // standard deviation of a signed output, in steps of its grid
constexpr double kReluSpread = 80;  // of an output before its Relu

// What is expected of a tensor's real values (over pixels and channels).
struct Spread {
    double mean = 0, sigma = 1;
};

// Mean and deviation of max(x, 0), x normal around mean.
Spread rectified(const Spread& in) {
    const double t = in.mean / in.sigma;
    const double cdf = 0.5 * std::erfc(-t / std::sqrt(2.0));
    const double pdf = std::exp(-t * t / 2) / std::sqrt(2 * M_PI);
    const double mean = in.mean * cdf + in.sigma * pdf;
    const double square =
        (in.mean * in.mean + in.sigma * in.sigma) * cdf + in.mean * in.sigma * pdf;
    return {mean, std::sqrt(std::max(square - mean * mean, 1e-12))};
}

// A grid for values of this spread, before bounds. Scales are floats: the last bits of exp and erfc may differ between
// processors.
QuantParams grid_for(const Layer& layer, const Spread& spread) {
    if (layer.real_lo < 0) return {static_cast<float>(spread.sigma / kSpread), 0};
    return {static_cast<float>((spread.sigma + std::max(spread.mean, 0.0) / 2) / kReluSpread), -128};
}

void draw_channel(SplitMix& random, int8_t* q, std::size_t taps) {
    int64_t sum = 0;
    uint64_t bits = 0;
    for (std::size_t i = 0; i < taps; ++i) {
        if (i % 8 == 0) bits = random.next();
        q[i] = static_cast<int8_t>(static_cast<int>((bits & 0xff) * 255 >> 8) - 127);
        bits >>= 8;
        sum += q[i];
    }
    // Subtract the mean, so that the common part of the inputs (after a Relu) cancels instead of
    // drowning the rest.
    if (taps < 2) return;
    const auto n = static_cast<int64_t>(taps);
    const int64_t step = sum / n;
    int64_t rest = sum - step * n;
    for (std::size_t i = 0; i < taps; ++i) {
        const int64_t more = rest > 0 ? 1 : rest < 0 ? -1 : 0;
        rest -= more;
        q[i] = static_cast<int8_t>(std::clamp<int64_t>(q[i] - step - more, -127, 127));
    }
}

Spread draw_conv(Layer& layer, const Layer& in, const Spread& input, SplitMix& random) {
    const std::size_t taps =
        std::size_t(in.shape.c / layer.groups) * layer.window.kernel_h * layer.window.kernel_w;
    Weights& w = layer.weights;
    w.q.resize(taps * layer.shape.c);
    // The output is to be as strong as the input, whatever the fan-in.
    const double level = std::hypot(input.sigma, taps < 2 ? input.mean : 0.0);
    const Spread out{0, level};
    const double gain = out.sigma / (level * kWeightSigma * std::sqrt(static_cast<double>(taps)));
    for (int k = 0; k < layer.shape.c; ++k) {
        draw_channel(random, &w.q[k * taps], taps);
        const double scale = gain * (0.75 + 0.5 * random.uniform());
        const double bias = (random.uniform() - 0.5) * 0.8 * out.sigma;
        w.scale.push_back(scale);
        w.bias_q.push_back(static_cast<int32_t>(std::floor(bias / (in.quant.scale * scale) + 0.5)));
    }
    return out;
}

}  // namespace

void draw_weights(Graph& graph, uint64_t seed) {
    graph.quantised = true;
    std::vector<Spread> spreads(graph.size());
    for (const LayerId id : graph.order()) {
        Layer& layer = graph[id];
        const std::vector<LayerId> inputs = graph.inputs(id);
        Spread spread;
        switch (layer.op) {
            case Op::kInput:  // pixels 0..255
                layer.quant = {1.0, -128};
                spreads[id] = {127.5, 73.9};
                continue;
            case Op::kConv: {
                SplitMix random(seed ^ (0xd1342543de82ef95u * (id + 1)));
                spread = draw_conv(layer, graph[inputs[0]], spreads[inputs[0]], random);
                break;
            }
            case Op::kAdd: {
                const Spread &a = spreads[inputs[0]], &b = spreads[inputs[1]];
                spread = {a.mean + b.mean, std::hypot(a.sigma, b.sigma)};
                break;
            }
            case Op::kMaxPool: {
                const Spread& in = spreads[inputs[0]];
                layer.quant = graph[inputs[0]].quant;
                spreads[id] = {in.mean + in.sigma * 0.9, in.sigma};  // of 4 to 9 taps
                continue;
            }
            case Op::kAveragePool: {
                const Spread& in = spreads[inputs[0]];
                // Neighbours are alike: a fifth of the deviation survives a global average, more a
                // small one.
                const double taps = double(layer.window.kernel_h) * layer.window.kernel_w;
                spread = {in.mean, in.sigma * std::max(0.3, 1 / std::sqrt(taps))};
                layer.quant = graph[inputs[0]].quant;
                layer.quant.scale /= 2;
                spreads[id] = spread;
                continue;
            }
            case Op::kClamp:
            case Op::kSoftmax:
                layer.quant = graph[inputs[0]].quant;
                spreads[id] = spreads[inputs[0]];
                continue;
        }
        layer.quant = grid_for(layer, spread);
        spreads[id] = layer.real_lo >= 0 ? rectified(spread) : spread;
    }
}

}  // namespace msd::network
