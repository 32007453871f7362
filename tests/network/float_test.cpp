// The integer reference against real arithmetic: quantised layers one by one, and float networks.
#include <catch2/catch.hpp>
#include <cmath>

#include "network/check.h"
#include "network/random_weights.h"
#include "network/reference.h"

using namespace msd::network;

namespace {

int between(SplitMix& r, int lo, int hi) {
    return lo + static_cast<int>(r.next() % (hi - lo + 1));
}

double real(const Layer& l, int8_t q) {
    return l.quant.scale * (q - l.quant.zero_point);
}

// What QuantizeLinear makes of a real value: half to even; then the bounds.
int quantised(const Layer& l, double value) {
    const double bounded = std::min(std::max(value, l.real_lo), l.real_hi);
    const double q = std::nearbyint(bounded / l.quant.scale) + l.quant.zero_point;
    return static_cast<int>(std::min(127.0, std::max(-128.0, q)));
}

// One output of a layer in double, straight from the definition.
double exact(const Graph& g, LayerId id, const std::vector<Tensor8>& v, int k, int y, int x) {
    const Layer& l = g[id];
    const std::vector<LayerId> in = g.inputs(id);
    const Layer& a = g[in[0]];
    const std::size_t here = (std::size_t(k) * l.shape.h + y) * l.shape.w + x;
    if (l.op == Op::kAdd) return real(a, v[in[0]][here]) + real(g[in[1]], v[in[1]][here]);
    if (l.op == Op::kClamp) return real(a, v[in[0]][here]);
    const Window& w = l.window;
    const int c_group = a.shape.c / l.groups;
    const int c0 = l.op == Op::kConv ? k / (l.shape.c / l.groups) * c_group : k;
    const int channels = l.op == Op::kConv ? c_group : 1;
    double sum = 0, best = -1e300;
    int inside = 0;
    for (int c = 0; c < channels; ++c) {
        for (int i = 0; i < w.kernel_h; ++i) {
            for (int j = 0; j < w.kernel_w; ++j) {
                const int iy = y * w.stride_y - w.pad_top + i, ix = x * w.stride_x - w.pad_left + j;
                if (iy < 0 || iy >= a.shape.h || ix < 0 || ix >= a.shape.w) continue;
                const double value =
                    real(a, v[in[0]][(std::size_t(c0 + c) * a.shape.h + iy) * a.shape.w + ix]);
                const std::size_t tap =
                    ((std::size_t(k) * c_group + c) * w.kernel_h + i) * w.kernel_w + j;
                sum += l.op == Op::kConv ? value * (l.weights.scale[k] * l.weights.q[tap]) : value;
                best = std::max(best, value);
                ++inside;
            }
        }
    }
    if (l.op == Op::kMaxPool) return best;
    if (l.op == Op::kAveragePool) return sum / (w.count_pads ? w.kernel_h * w.kernel_w : inside);
    return sum + l.weights.bias_q[k] * (a.quant.scale * l.weights.scale[k]);
}

QuantParams random_quant(SplitMix& r) {
    return {0.01 + 0.1 * r.uniform(), between(r, -128, 127)};
}

Window random_window(SplitMix& r, const Shape& in, int largest) {
    Window w;
    w.kernel_h = between(r, 1, std::min(largest, in.h));
    w.kernel_w = between(r, 1, std::min(largest, in.w));
    w.stride_y = between(r, 1, 3);
    w.stride_x = between(r, 1, 3);
    w.pad_top = between(r, 0, w.kernel_h - 1);
    w.pad_bottom = between(r, 0, w.kernel_h - 1);
    w.pad_left = between(r, 0, w.kernel_w - 1);
    w.pad_right = between(r, 0, w.kernel_w - 1);
    w.count_pads = r.next() % 2;
    return w;
}

int sized(int in, int kernel, int stride, int pads) {
    return (in + pads - kernel) / stride + 1;
}

Layer random_layer(SplitMix& r, const Layer& in) {
    Layer l;
    const Op ops[] = {Op::kConv, Op::kConv, Op::kMaxPool, Op::kAveragePool, Op::kAdd, Op::kClamp};
    l.op = ops[r.next() % 6];
    l.shape = in.shape;
    l.quant = random_quant(r);
    if (l.op == Op::kAdd || l.op == Op::kClamp) {
        if (r.next() % 2) l.real_lo = 0;
        if (r.next() % 3 == 0) l.real_hi = 2;
        return l;
    }
    l.window = random_window(r, in.shape, 5);
    l.shape.h = sized(in.shape.h, l.window.kernel_h, l.window.stride_y,
                      l.window.pad_top + l.window.pad_bottom);
    l.shape.w = sized(in.shape.w, l.window.kernel_w, l.window.stride_x,
                      l.window.pad_left + l.window.pad_right);
    if (l.op == Op::kMaxPool) l.quant = in.quant;
    if (l.op != Op::kConv) return l;
    const bool depthwise = r.next() % 3 == 0;
    l.groups = depthwise ? in.shape.c : in.shape.c % 2 == 0 && r.next() % 2 ? 2 : 1;
    l.shape.c = l.groups * between(r, 1, 4);
    const int taps = in.shape.c / l.groups * l.window.kernel_h * l.window.kernel_w;
    for (int k = 0; k < l.shape.c; ++k) {
        for (int i = 0; i < taps; ++i)
            l.weights.q.push_back(static_cast<int8_t>(between(r, -128, 127)));
        l.weights.scale.push_back((0.2 + r.uniform()) * l.quant.scale / in.quant.scale /
                                  (std::sqrt(taps) * 80));
        l.weights.bias_q.push_back(between(r, -3000, 3000));
    }
    if (r.next() % 2) l.real_lo = 0;
    return l;
}

Graph random_graph(SplitMix& r) {
    Graph g;
    g.quantised = true;
    Layer input;
    input.shape = {between(r, 1, 6), between(r, 1, 12), between(r, 1, 12)};
    input.quant = random_quant(r);
    input.name = "input";
    g.add(input, {});
    for (int i = between(r, 1, 5); i > 0; --i) {
        const LayerId last = g.size() - 1;
        Layer l = random_layer(r, g[last]);
        l.name = "layer" + std::to_string(g.size());
        const bool sum = l.op == Op::kAdd;
        g.add(l, std::vector<LayerId>(sum ? 2 : 1, last));
    }
    return g;
}

}  // namespace

TEST_CASE("each integer layer is within one step of its float evaluation") {
    SplitMix random(11);
    int64_t elements = 0, off = 0;
    for (int n = 0; n < 400; ++n) {
        const Graph g = random_graph(random);
        Tensor8 input(g[0].shape.elements());
        for (int8_t& q : input) q = static_cast<int8_t>(random.next());
        const std::vector<Tensor8> v = evaluate(g, input);
        for (LayerId id = 1; id < g.size(); ++id) {
            const Shape& s = g[id].shape;
            std::size_t at = 0;
            for (int k = 0; k < s.c; ++k) {
                for (int y = 0; y < s.h; ++y) {
                    for (int x = 0; x < s.w; ++x, ++at) {
                        const int want = quantised(g[id], exact(g, id, v, k, y, x));
                        INFO("graph " << n << " layer " << id << " " << to_string(g[id].op)
                                      << " element " << at);
                        REQUIRE(std::abs(want - v[id][at]) <= 1);
                        off += want != v[id][at];
                        ++elements;
                    }
                }
            }
        }
    }
    CHECK(elements > 50000);
    CHECK(off < elements / 50);  // ties and the multiplier's last bit only
}

TEST_CASE("float evaluation of a quantised graph equals the real values within the grid") {
    SplitMix random(12);
    for (int n = 0; n < 100; ++n) {
        Graph g = random_graph(random);
        while (g.size() > 2) g = random_graph(random);  // one layer: errors do not accumulate
        Tensor8 input(g[0].shape.elements());
        std::vector<float> reals;
        for (int8_t& q : input) {
            q = static_cast<int8_t>(random.next());
            reals.push_back(static_cast<float>(real(g[0], q)));
        }
        const Tensor8 q = evaluate(g, input)[1];
        const std::vector<float> f = evaluate_float(g, reals)[1];
        REQUIRE(q.size() == f.size());
        for (std::size_t i = 0; i < q.size(); ++i) {
            REQUIRE(std::abs(quantised(g[1], f[i]) - q[i]) <= 1);
        }
    }
}

TEST_CASE("a float network is computed by hand") {
    Graph g;
    Layer input;
    input.name = "input";
    input.shape = {2, 1, 2};
    g.add(input, {});
    Layer conv;
    conv.name = "conv";
    conv.op = Op::kConv;
    conv.shape = {2, 1, 2};
    conv.weights.real = {1, 2, -1, 0.5};
    conv.weights.bias_real = {0.25, -1};
    conv.real_lo = 0;
    g.add(conv, {0});
    Layer sum;
    sum.name = "sum";
    sum.op = Op::kAdd;
    sum.shape = {2, 1, 2};
    g.add(sum, {1, 0});
    Layer pool;
    pool.name = "pool";
    pool.op = Op::kAveragePool;
    pool.shape = {2, 1, 1};
    pool.window.kernel_w = 2;
    g.add(pool, {2});
    const auto v = evaluate_float(g, {1, 2, 3, -4});
    CHECK(v[1] == std::vector<float>{7.25, 0, 0, 0});  // 1+6+.25, 2-8+.25 -> 0; -1+1.5-1, -2-2-1
    CHECK(v[2] == std::vector<float>{8.25, 2, 3, -4});
    CHECK(v[3] == std::vector<float>{5.125, -0.5});
    pool.op = Op::kMaxPool;
    g[3] = pool;
    CHECK(evaluate_float(g, {1, 2, 3, -4})[3] == std::vector<float>{8.25, 3});
}
