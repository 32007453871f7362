// Ranges of activations, equalisation, bias correction and the published weight scales.
#include "quant/ranges.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "network/images.h"
#include "network/reference.h"
#include "quant/calibrate.h"
#include "quant/equalise.h"
#include "tests/quant/small_network.h"

using namespace msd::network;
using namespace msd::quant;
using namespace msd::test;

namespace {

double squared_error(const std::vector<float>& values, const Range& range) {
    const QuantParams q = params_of(range, 1);
    double sum = 0;
    for (const float v : values) {
        const double n =
            std::clamp(std::nearbyint(v / q.scale) + q.zero_point, -128.0, 127.0) - q.zero_point;
        sum += (v - n * q.scale) * (v - n * q.scale);
    }
    return sum;
}

// Many small values and a few large ones; some zeros.
std::vector<float> heavy_tailed(Random& random, int count, bool positive) {
    std::vector<float> values;
    for (int i = 0; i < count; ++i) {
        double v = random.normal() * (random.below(1000) == 0 ? 40 : 1);
        if (positive) v = std::max(v, 0.0);
        values.push_back(static_cast<float>(v));
    }
    return values;
}

Range whole_of(const std::vector<float>& values) {
    Range r;
    for (const float v : values) r = {std::min(r.lo, v), std::max(r.hi, v)};
    return r;
}

// Mean over images and pixels of a channel of the last layer, of the float or the integer network.
std::vector<double> channel_means(const Graph& real, const Graph* integer,
                                  const std::vector<std::vector<float>>& images, LayerId id) {
    const std::size_t channels = real[id].shape.c;
    std::vector<double> means(channels, 0);
    for (const auto& image : images) {
        std::vector<float> values = evaluate_float(real, image)[id];
        if (integer != nullptr) {
            const auto q = evaluate(*integer, quantise_image({image, -1}, (*integer)[0].quant))[id];
            const QuantParams& p = (*integer)[id].quant;
            for (std::size_t i = 0; i < q.size(); ++i)
                values[i] = static_cast<float>(p.scale * (q[i] - p.zero_point));
        }
        const std::size_t pixels = values.size() / channels;
        for (std::size_t i = 0; i < values.size(); ++i)
            means[i / pixels] += values[i] / double(pixels * images.size());
    }
    return means;
}

}  // namespace

TEST_CASE(
    "a percentile leaves no more values outside than it says, and no fewer than a bin allows") {
    Random random(51);
    for (int n = 0; n < 40; ++n) {
        const auto values = heavy_tailed(random, 20000, n % 2 == 0);
        const Range whole = whole_of(values);
        Histogram histogram(whole);
        histogram.add(values);
        for (const double percent : {99.0, 99.9, 100.0}) {
            const Range r = histogram.percentile(percent);
            REQUIRE(r.lo >= whole.lo);
            REQUIRE(r.hi <= whole.hi);
            REQUIRE(r.lo <= 0);
            REQUIRE(r.hi >= 0);
            const double slack = (whole.hi - whole.lo) / 2048 * 1.01;
            int outside = 0, wider = 0;
            for (const float v : values) {
                outside += v > r.hi + 1e-6 || v < r.lo - 1e-6;
                wider += v > r.hi - slack || v < r.lo + slack;
            }
            const double allowed = values.size() * (100 - percent) / 100;
            REQUIRE(outside <= allowed + 1e-9);
            if (percent < 100) REQUIRE(wider >= allowed * 0.4);  // each side alone stops at half
        }
    }
}

TEST_CASE("the range of least error beats the whole range and every range shrunk on both sides") {
    Random random(52);
    for (int n = 0; n < 10; ++n) {
        const auto values = heavy_tailed(random, 20000, n % 2 == 0);
        const Range whole = whole_of(values);
        Histogram histogram(whole);
        histogram.add(values);
        const double found = squared_error(values, histogram.least_error());
        CHECK(found < squared_error(values, whole));
        for (int percent = 20; percent <= 100; ++percent) {
            const float f = percent / 100.0f;
            // The histogram takes a value as the middle of its bin, an eighth of a step.
            REQUIRE(found <= squared_error(values, {whole.lo * f, whole.hi * f}) * 1.03);
        }
    }
}

TEST_CASE("tensors without a spread keep their range") {
    for (const Range whole : {Range{0, 0}, Range{0, 3}, Range{-2, 0}}) {
        Histogram histogram(whole);
        histogram.add({0, 0, whole.lo, whole.hi});
        for (const Range r : {histogram.percentile(99.99), histogram.least_error()}) {
            CHECK(r.lo == whole.lo);
            CHECK(r.hi == whole.hi);
        }
    }
    CHECK_THROWS_WITH(range_method_of("max"),
                      "activation ranges by 'max'; there are minmax, percentile and mse");
    CHECK_THROWS_WITH(scale_search_of("mine"),
                      "a search for weight scales called 'mine'; there are best and published");
    PostTrainingOptions options;
    options.percentile = 40;
    CHECK_THROWS_AS(options.check(), std::invalid_argument);
}

TEST_CASE("equalising changes no answer, and makes activations and the weights behind them equal") {
    Random random(53);
    double on_sum = 0, off_sum = 0;
    for (int n = 0; n < 10; ++n) {
        Graph graph = small_network(random);
        for (int k = 0; k < 6; ++k) {  // channels of very unequal magnitude, the same function
            const float s = static_cast<float>(std::exp(random.uniform(-3, 3)));
            for (int i = k * 27; i < (k + 1) * 27; ++i) graph[1].weights.real[i] *= s;
            graph[1].weights.bias_real[k] *= s;
        }
        const auto images = random_images(4, 192, random);
        const Graph same = equalise(graph, images);
        // The pool has two readers, so the pair of the residual network stays as it was.
        CHECK(same[1].weights.real == graph[1].weights.real);
        Graph chain;
        chain.name = "chain";
        const LayerId in = chain.add(input_layer({3, 8, 8}), {});
        const LayerId a = chain.add(graph[1], {in});
        chain[a].name = "a";
        const LayerId b = chain.add(graph[2], {a});
        Layer last = conv_layer("b", 5, {6, 4, 4}, random);
        const LayerId c = chain.add(last, {b});
        const Graph equal = equalise(chain, images);
        const auto before = evaluate_float(chain, images[0]),
                   after = evaluate_float(equal, images[0]);
        for (std::size_t i = 0; i < before[c].size(); ++i)
            REQUIRE(after[c][i] == Approx(before[c][i]).epsilon(1e-4).margin(1e-4));
        for (int k = 0; k < 6; ++k) {
            float activation = 0, weight = 0;
            for (const auto& image : images) {
                const auto values = evaluate_float(equal, image);
                for (int p = 0; p < 64; ++p)
                    activation = std::max(activation, values[a][k * 64 + p]);
            }
            for (int o = 0; o < 5; ++o)
                for (int i = 0; i < 9; ++i)
                    weight = std::max(weight, std::abs(equal[c].weights.real[(o * 6 + k) * 9 + i]));
            if (activation > 0) REQUIRE(activation == Approx(weight).epsilon(1e-3));
        }
        PostTrainingOptions on;
        on.equalise = true;
        const auto error = [&](const Graph& q) {
            double sum = 0;
            const auto v = evaluate(q, quantise_image({images[0], -1}, q[0].quant))[c];
            for (std::size_t i = 0; i < v.size(); ++i)
                sum += std::abs(q[c].quant.scale * (v[i] - q[c].quant.zero_point) - before[c][i]);
            return sum;
        };
        on_sum += error(PostTraining(chain, images, on).quantised());
        off_sum += error(PostTraining(chain, images).quantised());
    }
    CHECK(on_sum < 0.95 * off_sum);
}

TEST_CASE("bias correction brings every channel's mean to the float network's") {
    Random random(54);
    double plain = 0, corrected = 0;
    for (int n = 0; n < 10; ++n) {
        const Graph graph = small_network(random);
        const auto images = random_images(12, 192, random);
        const LayerId last = 3;  // the second convolution, not bounded
        const Digits digits{{1, std::vector<uint8_t>(6, 1)}, {last, std::vector<uint8_t>(6, 1)}};
        PostTrainingOptions on;
        on.correct_biases = true;
        const Graph without = PostTraining(graph, images).quantised(digits),
                    with = PostTraining(graph, images, on).quantised(digits);
        CHECK(with[last].weights.q == without[last].weights.q);
        const auto real = channel_means(graph, nullptr, images, last),
                   a = channel_means(graph, &without, images, last),
                   b = channel_means(graph, &with, images, last);
        for (int k = 0; k < 6; ++k) {
            plain += std::abs(a[k] - real[k]);
            corrected += std::abs(b[k] - real[k]);
            // What is left: rounding, and values beyond the tensor's range.
            REQUIRE(std::abs(b[k] - real[k]) <= 3 * with[last].quant.scale);
        }
    }
    CHECK(corrected < plain / 5);
}

TEST_CASE("digits are encoded from the float weights, and only where they are asked for") {
    Random random(55);
    const Graph graph = small_network(random);
    const PostTraining post(graph, random_images(3, 192, random));
    const Graph q = post.quantised({{3, {0, 1, 2, 3, 0, 1}}});
    CHECK(q[1].weights.digits.empty());
    CHECK(q[3].weights.digits == std::vector<uint8_t>{0, 1, 2, 3, 0, 1});
    const std::size_t taps = 54;
    for (int k = 0; k < 6; ++k) {
        const std::vector<double> real(graph[3].weights.real.begin() + k * taps,
                                       graph[3].weights.real.begin() + (k + 1) * taps);
        std::vector<int8_t> values(taps);
        const double scale =
            encode_channel(real.data(), taps, q[3].weights.digits[k], values.data());
        CHECK(q[3].weights.scale[k] == static_cast<float>(scale));
        for (std::size_t i = 0; i < taps; ++i) REQUIRE(q[3].weights.q[k * taps + i] == values[i]);
    }
    CHECK_THROWS_AS(post.quantised({{3, {1, 2}}}), std::invalid_argument);
    CHECK_THROWS_AS(post.quantised({{0, {1}}}), std::invalid_argument);
}

TEST_CASE("weights and biases that are not finite are refused with their layer") {
    Random random(56);
    for (const float bad : {std::nanf(""), HUGE_VALF}) {
        Graph graph = small_network(random);
        graph[3].weights.real[7] = bad;
        CHECK_THROWS_WITH(
            quantise(graph, random_images(1, 192, random)),
            "network 'small': layer 'second' has a weight or bias that is not a finite number");
        graph[3].weights.real[7] = 0;
        graph[1].weights.bias_real[0] = bad;
        CHECK_THROWS_AS(quantise(graph, random_images(1, 192, random)), ImportError);
    }
}

TEST_CASE("the published search takes the best of its 55 candidates, and ours is never worse") {
    Random random(57);
    double ours_sum = 0, published_sum = 0;
    for (int n = 0; n < 300; ++n) {
        const int digits = n % 4;
        std::vector<double> weights(2 + random.below(200));
        for (double& w : weights)
            w = random.normal() * (n % 3 == 0 ? 1 : std::abs(random.normal()));
        const auto error_at = [&](double scale) {
            double sum = 0;
            for (const double w : weights) {
                const double g = nearest(w / scale, digits);
                sum += (w - scale * g) * (w - scale * g);
            }
            return sum;
        };
        double largest = 0, least = HUGE_VAL;
        for (const double w : weights) largest = std::max(largest, std::abs(w));
        for (int i = 95; i < 150; ++i)
            least = std::min(least, error_at(largest * i / 100 / (digits == 1 ? 128 : 127)));
        std::vector<int8_t> values(weights.size());
        const double published = encode_channel(weights.data(), weights.size(), digits,
                                                values.data(), ScaleSearch::kPublished);
        REQUIRE(error_at(published) == Approx(least).epsilon(1e-4));
        const double ours = encode_channel(weights.data(), weights.size(), digits, values.data());
        REQUIRE(error_at(ours) <= least * (1 + 1e-4));
        ours_sum += error_at(ours);
        published_sum += error_at(published);
    }
    CHECK(ours_sum < 0.9 * published_sum);
}
