// A real network on real photographs: MLPerf Tiny's ResNet-8 on the first 500 test images of
// CIFAR-10.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <iostream>
#include <sstream>

#include "network/reference.h"
#include "tests/support.h"

using namespace msd;
using namespace msd::network;

namespace {

constexpr const char* kModel = "onnx/resnet8_int8.onnx";
constexpr const char* kPhotographs = "cifar10/test_500.bin";
constexpr const char* kLogits = "onnx/resnet8_int8_logits_first500.csv";

struct Photograph {
    int label;
    Tensor8 input;  // scale 1, zero point -128: pixel - 128
    std::vector<float> pixels;
    std::vector<int> logits;  // of an evaluation with TFLite's rounding
};

std::vector<Photograph> photographs(int count) {
    std::ifstream records(test::data_path(kPhotographs), std::ios::binary);
    std::ifstream table(test::data_path(kLogits));
    std::vector<Photograph> result(count);
    for (Photograph& p : result) {
        char record[3073];
        REQUIRE(records.read(record, sizeof record));
        p.label = record[0];
        for (int i = 1; i < 3073; ++i) {
            p.input.push_back(static_cast<int8_t>(static_cast<uint8_t>(record[i]) - 128));
            p.pixels.push_back(static_cast<uint8_t>(record[i]));
        }
        std::string line, cell;
        REQUIRE(std::getline(table, line));
        std::stringstream cells(line);
        while (std::getline(cells, cell, ',')) p.logits.push_back(std::stoi(cell));
        REQUIRE(p.logits.size() == 10);
    }
    return result;
}

template <typename T>
int best(const std::vector<T>& v) {
    return static_cast<int>(std::max_element(v.begin(), v.end()) - v.begin());
}

bool have_all() {
    return test::have_data(kModel) && test::have_data(kPhotographs) && test::have_data(kLogits);
}

// TensorFlow Lite's arithmetic, which made the table: 31-bit multipliers, rounded twice.
struct TfliteScale {
    int32_t multiplier;
    int exponent;
    explicit TfliteScale(double real) {
        const double fraction = std::frexp(real, &exponent);
        auto fixed = static_cast<int64_t>(std::llround(fraction * (int64_t{1} << 31)));
        if (fixed == int64_t{1} << 31) fixed /= 2, ++exponent;
        multiplier = static_cast<int32_t>(fixed);
    }
    int32_t operator()(int32_t x) const {
        const int left = std::max(exponent, 0), right = std::max(-exponent, 0);
        const int64_t product = int64_t{x} * (1 << left) * multiplier;
        const int64_t nudge = product >= 0 ? 1 << 30 : 1 - (1 << 30);
        const auto high = static_cast<int32_t>((product + nudge) / (int64_t{1} << 31));
        if (right == 0) return high;
        const int32_t mask = (1 << right) - 1;
        return (high >> right) + ((high & mask) > (mask >> 1) + (high < 0) ? 1 : 0);
    }
};

int8_t limited(int64_t v, const Layer& l) {
    return static_cast<int8_t>(std::clamp<int64_t>(v, l.clamp_lo(), l.clamp_hi()));
}

int32_t direct_sum(const Layer& l, const Layer& in, const Tensor8& x, int k, int oy, int ox) {
    const Window& w = l.window;
    int32_t sum = l.weights.bias_q[k];
    std::size_t tap = std::size_t(k) * in.shape.c * w.kernel_h * w.kernel_w;
    for (int c = 0; c < in.shape.c; ++c) {
        for (int i = 0; i < w.kernel_h; ++i) {
            for (int j = 0; j < w.kernel_w; ++j, ++tap) {
                const int y = oy * w.stride_y - w.pad_top + i, z = ox * w.stride_x - w.pad_left + j;
                if (y < 0 || y >= in.shape.h || z < 0 || z >= in.shape.w) continue;
                sum +=
                    (x[(std::size_t(c) * in.shape.h + y) * in.shape.w + z] - in.quant.zero_point) *
                    l.weights.q[tap];
            }
        }
    }
    return sum;
}

struct TfliteRules {
    static int64_t scaled(int32_t sum, double factor) { return TfliteScale(factor)(sum); }
    static int64_t sum(int a, double sa, int b, double sb, double sy) {
        const double twice = 2 * std::max(sa, sb);
        const int32_t total =
            TfliteScale(sa / twice)(a * (1 << 20)) + TfliteScale(sb / twice)(b * (1 << 20));
        return TfliteScale(twice / ((1 << 20) * sy))(total);
    }
    static int64_t mean(int sum, int n) { return sum > 0 ? (sum + n / 2) / n : (sum - n / 2) / n; }
};

// The imported layers straight from their definition; shares nothing with the reference.
Tensor8 evaluate_as_tflite(const Graph& g, const Tensor8& input) {
    std::vector<Tensor8> v(g.size());
    for (const LayerId id : g.order()) {
        const Layer& l = g[id];
        const std::vector<LayerId> in = g.inputs(id);
        const auto put = [&](int64_t value) {
            v[id].push_back(limited(value + l.quant.zero_point, l));
        };
        if (l.op == Op::kInput) {
            v[id] = input;
        } else if (l.op == Op::kConv) {
            const Layer& a = g[in[0]];
            for (int k = 0; k < l.shape.c; ++k) {
                const double factor = a.quant.scale * l.weights.scale[k] / l.quant.scale;
                for (int y = 0; y < l.shape.h; ++y) {
                    for (int x = 0; x < l.shape.w; ++x)
                        put(TfliteRules::scaled(direct_sum(l, a, v[in[0]], k, y, x), factor));
                }
            }
        } else if (l.op == Op::kAdd) {
            const QuantParams a = g[in[0]].quant, b = g[in[1]].quant;
            for (std::size_t i = 0; i < v[in[0]].size(); ++i) {
                put(TfliteRules::sum(v[in[0]][i] - a.zero_point, a.scale,
                                     v[in[1]][i] - b.zero_point, b.scale, l.quant.scale));
            }
        } else if (l.op == Op::kAveragePool) {  // its scale and zero point are its input's
            const int n = l.window.kernel_h * l.window.kernel_w;
            for (int k = 0; k < l.shape.c; ++k) {
                int sum = 0;
                for (int i = 0; i < n; ++i) sum += v[in[0]][k * n + i];
                put(TfliteRules::mean(sum, n) - l.quant.zero_point);
            }
        } else {
            v[id] = v[in[0]];
        }
    }
    return v.back();
}

}  // namespace

TEST_CASE("ResNet-8 is imported with its nine convolutions, three sums and one classifier") {
    if (!test::have_data(kModel)) return;
    const Graph g = read_onnx(test::data_path(kModel));
    CHECK(g.quantised);
    CHECK(g.size() == 16);
    int64_t macs = 0;
    for (const LayerId id : g.order()) macs += g.macs(id);
    CHECK(macs == 12501632);
    CHECK(g[g.input()].shape == Shape{3, 32, 32});
    CHECK(g[g.output()].op == Op::kSoftmax);
    CHECK(g[g.output()].quant.zero_point == 24);
}

namespace {
void given_logits_come_out(int count) {
    if (!have_all()) return;
    const Graph g = read_onnx(test::data_path(kModel));
    for (const Photograph& p : photographs(count)) {
        const Tensor8 out = evaluate_as_tflite(g, p.input);
        REQUIRE(std::vector<int>(out.begin(), out.end()) == p.logits);
    }
}
}  // namespace

TEST_CASE("ResNet-8 as imported gives the given logits exactly under TFLite's rounding") {
    given_logits_come_out(60);
}

TEST_CASE("ResNet-8 as imported gives all 500 images' logits under TFLite's rounding", "[.long]") {
    given_logits_come_out(500);
}

TEST_CASE(
    "ResNet-8 classifies 445 of 500 photographs, logits within one of the given, rarely two") {
    if (!have_all()) return;
    const Graph g = read_onnx(test::data_path(kModel));
    int right = 0, same_class = 0;
    std::vector<int> distance(16);
    for (const Photograph& p : photographs(500)) {
        const Tensor8 out = evaluate(g, p.input).back();
        right += best(out) == p.label;
        same_class += best(out) == best(p.logits);
        for (int k = 0; k < 10; ++k) ++distance.at(std::min(15, std::abs(out[k] - p.logits[k])));
    }
    std::cout << "right " << right << ", same class as the table " << same_class
              << ", logits apart by 0, 1, 2, …:";
    for (const int n : distance) std::cout << ' ' << n;
    std::cout << '\n';
    CHECK(std::abs(right - 445) <= 3);
    CHECK(same_class >= 499);
    CHECK(distance[0] >= 4950);
    CHECK(distance[2] <= 5);  // the table's multipliers have 31 bits, ours 24
    CHECK(distance[0] + distance[1] + distance[2] == 5000);
}

TEST_CASE("the float ResNet-8 classifies photographs as the quantised one does") {
    if (!have_all() || !test::have_data("onnx/resnet8_float.onnx")) return;
    const Graph g = read_onnx(test::data_path("onnx/resnet8_float.onnx"));
    CHECK_FALSE(g.quantised);
    const Graph q = read_onnx(test::data_path(kModel));
    int right = 0, same = 0;
    for (const Photograph& p : photographs(60)) {
        const int chosen = best(evaluate_float(g, p.pixels).back());
        right += chosen == p.label;
        same += chosen == best(evaluate(q, p.input).back());
    }
    CHECK(right >= 50);
    CHECK(same >= 55);
}
