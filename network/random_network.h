// Random quantised networks of every layer kind the accelerator runs: what property tests and the
// cross-check feed to the scheduler, the reference and the platform. The same seed gives the same
// network on every machine.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "network/graph.h"
#include "network/random.h"
#include "network/reference.h"

namespace msd::network {

struct RandomNetworkOptions {
    int max_steps = 5;  // convolutions, pools, blocks with a residual, ...
    int max_channels = 70;
    int max_side = 20;  // rows and columns of the input
    int max_kernel = 5;
};

class RandomNetwork {
public:
    RandomNetwork(uint64_t seed, const RandomNetworkOptions& options)
        : random_(seed, 0x6e6574), options_(options) {
        graph_.name = "random" + std::to_string(seed);
        graph_.quantised = true;
        Layer input;
        input.name = "input";
        input.op = Op::kInput;
        input.shape = {channels(), side(), side()};
        input.quant = {random_.uniform(0.01, 0.1), zero_point()};
        current_ = graph_.add(input, {});
        const int steps = 1 + random_.below(options.max_steps);
        for (int i = 0; i < steps; ++i) step();
        if (graph_.size() == 1) convolution(current_, Kind::kDense);
    }

    Graph take() { return std::move(graph_); }

private:
    enum class Kind { kDense, kDepthwise, kGrouped };

    void step() {
        switch (random_.below(10)) {
            case 0:
            case 1:
                current_ = convolution(current_, Kind::kDense);
                break;
            case 2:
                current_ = convolution(current_, Kind::kDepthwise);
                break;
            case 3:
                current_ = convolution(current_, Kind::kGrouped);
                break;
            case 4:
                pool(Op::kMaxPool);
                break;
            case 5:
                pool(Op::kAveragePool);
                break;
            case 6:
            case 7:
                block();
                break;
            case 8:
                current_ = clamp(current_);
                break;
            default:
                fully_connected_or_global();
                break;
        }
    }

    // Sizes around multiples of 16 are as likely as any.
    int channels() {
        const int most = options_.max_channels;
        if (random_.below(3) == 0)
            return std::clamp(16 * (1 + random_.below(most / 16 + 1)) + random_.below(3) - 1, 1,
                              most);
        return 1 + random_.below(most);
    }
    int side() { return 1 + random_.below(options_.max_side); }
    int zero_point() {
        return random_.below(4) == 0 ? (random_.below(2) ? -128 : 127) : random_.below(256) - 128;
    }
    const Shape& shape(LayerId id) const { return graph_[id].shape; }
    std::string name(const char* what) const { return what + std::to_string(graph_.size()); }

    // One axis of a window over n inputs; it may have more padding than it needs and leave inputs
    // over.
    struct Axis {
        int kernel, stride, pad, pad_end, out;
    };
    Axis axis(int n, bool pads_below_kernel) {
        while (true) {
            Axis a{};
            a.kernel = 1 + random_.below(options_.max_kernel);
            a.stride = 1 + random_.below(random_.below(2) ? 3 : 1);
            const int most = pads_below_kernel ? a.kernel - 1 : a.kernel;
            a.pad = random_.below(2) ? a.kernel / 2 : random_.below(most + 1);
            a.pad_end = random_.below(2) ? a.pad : random_.below(most + 1);
            a.pad = std::min(a.pad, most);
            a.pad_end = std::min(a.pad_end, most);
            a.out = (n + a.pad + a.pad_end - a.kernel) / a.stride + 1;
            // Pools need a tap inside every window.
            if (n + a.pad + a.pad_end < a.kernel) continue;
            if (pads_below_kernel && (a.out - 1) * a.stride - a.pad >= n) continue;
            return a;
        }
    }
    static Window window(const Axis& y, const Axis& x) {
        Window w;
        w.kernel_h = y.kernel, w.stride_y = y.stride, w.pad_top = y.pad, w.pad_bottom = y.pad_end;
        w.kernel_w = x.kernel, w.stride_x = x.stride, w.pad_left = x.pad, w.pad_right = x.pad_end;
        return w;
    }
    static Axis same(int n, int kernel) { return {kernel, 1, kernel / 2, kernel / 2, n}; }

    void bounds(Layer& layer) {
        if (random_.below(2)) return;
        layer.real_lo = random_.below(2) ? 0.0 : -layer.quant.scale * random_.below(100);
        if (random_.below(2))
            layer.real_hi = layer.real_lo + layer.quant.scale * (1 + random_.below(200));
    }

    LayerId convolution(LayerId from, Kind kind) {
        const Shape in = shape(from);
        const Axis y = axis(in.h, false), x = axis(in.w, false);
        int k = channels(), groups = 1;
        if (kind == Kind::kDepthwise) k = groups = in.c;
        if (kind == Kind::kGrouped) {
            std::vector<int> divisors;
            for (int d = 2; d <= in.c; ++d)
                if (in.c % d == 0) divisors.push_back(d);
            if (!divisors.empty()) {
                groups = divisors[random_.below(static_cast<int>(divisors.size()))];
                k = groups * (1 + random_.below(std::max(1, options_.max_channels / groups)));
            }
        }
        return add_convolution(from, window(y, x), {k, y.out, x.out}, groups, true);
    }

    LayerId add_convolution(LayerId from, const Window& window, Shape out, int groups,
                            bool may_clamp) {
        const Shape in = shape(from);
        Layer layer;
        layer.name = name("conv");
        layer.op = Op::kConv;
        layer.window = window;
        layer.groups = groups;
        layer.shape = out;
        const std::size_t per_channel =
            std::size_t(in.c / groups) * window.kernel_h * window.kernel_w;
        Weights& w = layer.weights;
        const double unit = random_.uniform(0.002, 0.02);
        const int spread = 1 + random_.below(127);
        for (int c = 0; c < out.c; ++c) {
            w.scale.push_back(unit * random_.uniform(0.3, 3.0));
            w.bias_q.push_back(random_.below(4001) - 2000);
            const bool zero = random_.below(40) == 0;
            for (std::size_t i = 0; i < per_channel; ++i)
                w.q.push_back(static_cast<int8_t>(zero ? 0
                                                  : random_.below(20) == 0
                                                      ? -128
                                                      : random_.below(2 * spread + 1) - spread));
        }
        // So that most results lie inside the int8 range and some do not.
        const double in_scale = graph_[from].quant.scale;
        layer.quant = {
            in_scale * unit * spread * std::sqrt(double(per_channel)) * random_.uniform(0.4, 2.0),
            zero_point()};
        if (may_clamp) bounds(layer);
        return graph_.add(layer, {from});
    }

    void pool(Op op) {
        const Shape in = shape(current_);
        const Axis y = axis(in.h, true), x = axis(in.w, true);
        Window w = window(y, x);
        w.count_pads = op == Op::kAveragePool && random_.below(2);
        add_pool(op, w, {in.c, y.out, x.out});
    }

    void add_pool(Op op, const Window& window, Shape out) {
        Layer layer;
        layer.name = name("pool");
        layer.op = op;
        layer.window = window;
        layer.shape = out;
        layer.quant = graph_[current_].quant;
        if (op == Op::kAveragePool)
            layer.quant = {layer.quant.scale * random_.uniform(0.3, 1.5), zero_point()};
        current_ = graph_.add(layer, {current_});
    }

    void fully_connected_or_global() {
        const Shape in = shape(current_);
        Window w;
        w.kernel_h = in.h;
        w.kernel_w = in.w;
        if (random_.below(2) && in.h * in.w <= 49) {
            current_ = add_convolution(current_, w, {channels(), 1, 1}, 1, true);
        } else if (in.h * in.w <= 64) {
            add_pool(Op::kAveragePool, w, {in.c, 1, 1});
        }
    }

    LayerId clamp(LayerId from) {
        Layer layer;
        layer.name = name("clamp");
        layer.op = Op::kClamp;
        layer.shape = shape(from);
        layer.quant =
            random_.below(2)
                ? graph_[from].quant
                : QuantParams{graph_[from].quant.scale * random_.uniform(0.3, 2.0), zero_point()};
        bounds(layer);
        return graph_.add(layer, {from});
    }

    LayerId add(LayerId a, LayerId b) {
        Layer layer;
        layer.name = name("add");
        layer.op = Op::kAdd;
        layer.shape = shape(a);
        layer.quant = {
            std::max(graph_[a].quant.scale, graph_[b].quant.scale) * random_.uniform(0.5, 2.0),
            zero_point()};
        bounds(layer);
        return random_.below(2) ? graph_.add(layer, {a, b}) : graph_.add(layer, {b, a});
    }

    // A branch that joins its source again: Adds that can be fused with a convolution, and Adds
    // that cannot.
    void block() {
        const LayerId x = current_;
        const Shape s = shape(x);
        const Window w =
            window(same(s.h, 1 + 2 * random_.below(2)), same(s.w, 1 + 2 * random_.below(2)));
        switch (random_.below(5)) {
            case 0:  // identity shortcut, one convolution
                current_ = add(add_convolution(x, w, s, 1, random_.below(2) != 0), x);
                break;
            case 1: {  // two convolutions and a projection
                const int k = channels();
                const LayerId a = add_convolution(x, w, {k, s.h, s.w}, 1, true);
                const LayerId b = add_convolution(a, w, {k, s.h, s.w}, 1, false);
                const LayerId p =
                    add_convolution(x, window(same(s.h, 1), same(s.w, 1)), {k, s.h, s.w}, 1, false);
                current_ = add(b, p);
                break;
            }
            case 2: {  // a convolution that two layers read
                const LayerId a = add_convolution(x, w, s, 1, false);
                current_ = add(a, clamp(a));
                break;
            }
            case 3:  // no convolution at all
                current_ = add(x, clamp(x));
                break;
            default:
                current_ = add(x, x);
        }
    }

    Random random_;
    RandomNetworkOptions options_;
    Graph graph_;
    LayerId current_ = 0;
};

inline Graph random_network(uint64_t seed, const RandomNetworkOptions& options = {}) {
    return RandomNetwork(seed, options).take();
}

inline Tensor8 random_tensor(const Shape& shape, uint64_t seed) {
    Random random(seed, 0x696e70);
    Tensor8 tensor(static_cast<std::size_t>(shape.elements()));
    for (int8_t& v : tensor) v = static_cast<int8_t>(random.below(256) - 128);
    return tensor;
}

}  // namespace msd::network
