// Finds the pairs and rescales their channels.
#include "quant/equalise.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "network/reference.h"

namespace msd::quant {
namespace {

using network::Graph;
using network::Layer;
using network::LayerId;
using network::Op;

constexpr double kUnbounded = 1e299;

// The convolution that alone reads the convolution `id`'s output, possibly through pools.
std::optional<LayerId> reader(const Graph& graph, LayerId id) {
    const Layer& from = graph[id];
    if (from.op != Op::kConv || from.real_hi < kUnbounded) return {};
    if (from.real_lo != 0 && from.real_lo > -kUnbounded) return {};
    for (;;) {
        const std::vector<LayerId> readers = graph.consumers(id);
        if (readers.size() != 1) return {};
        id = readers[0];
        if (graph[id].op == Op::kConv) return id;
        const bool pool = graph[id].op == Op::kMaxPool || graph[id].op == Op::kAveragePool;
        if (!pool) return {};
    }
}

// Calls visit(weight) for every weight of `layer` that reads channel c of its `channels` inputs.
template <typename Visit>
void weights_of_input(Layer& layer, int channels, int c, Visit visit) {
    const int c_group = channels / layer.groups, k_group = layer.shape.c / layer.groups;
    const std::size_t window = std::size_t(layer.window.kernel_h) * layer.window.kernel_w;
    const int group = c / c_group;
    for (int k = group * k_group; k < (group + 1) * k_group; ++k) {
        float* w = &layer.weights.real[(std::size_t(k) * c_group + c % c_group) * window];
        for (std::size_t i = 0; i < window; ++i) visit(w[i]);
    }
}

}  // namespace

Graph equalise(const Graph& real, const std::vector<std::vector<float>>& images) {
    Graph graph = real;
    std::vector<std::vector<float>> largest(graph.size());  // |value| by channel
    for (LayerId id = 0; id < graph.size(); ++id) largest[id].assign(graph[id].shape.c, 0);
    for (const auto& image : images) {
        const auto values = network::evaluate_float(graph, image);
        for (LayerId id = 0; id < graph.size(); ++id) {
            const std::size_t pixels = std::size_t(graph[id].shape.h) * graph[id].shape.w;
            for (std::size_t i = 0; i < values[id].size(); ++i)
                largest[id][i / pixels] =
                    std::max(largest[id][i / pixels], std::abs(values[id][i]));
        }
    }
    for (const LayerId id : graph.order()) {
        const std::optional<LayerId> next = reader(graph, id);
        if (!next) continue;
        Layer &from = graph[id], &to = graph[*next];
        const int channels = from.shape.c;
        const std::size_t taps = from.weights.real.size() / channels;
        for (int c = 0; c < channels; ++c) {
            float most = 0;
            weights_of_input(to, channels, c,
                             [&](float& w) { most = std::max(most, std::abs(w)); });
            const double s = std::sqrt(double{largest[id][c]} / most);
            if (!std::isfinite(s) || s < 1e-6 || s > 1e6) continue;
            for (std::size_t i = c * taps; i < (c + 1) * taps; ++i)
                from.weights.real[i] = static_cast<float>(from.weights.real[i] / s);
            if (!from.weights.bias_real.empty())
                from.weights.bias_real[c] = static_cast<float>(from.weights.bias_real[c] / s);
            weights_of_input(to, channels, c, [&](float& w) { w = static_cast<float>(w * s); });
        }
    }
    return graph;
}

}  // namespace msd::quant
