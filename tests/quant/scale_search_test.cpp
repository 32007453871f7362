// A channel's scale: exact where the weights allow it, never worse than the published search
// elsewhere.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "quant/rsd.h"
#include "tests/quant/random.h"

using namespace msd::quant;
using msd::test::Random;

namespace {

double squared_error(const std::vector<double>& weights, const std::vector<int8_t>& values,
                     double scale) {
    double sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const double e = weights[i] - scale * values[i];
        sum += e * e;
    }
    return sum;
}

// The published search: alpha = max|w| * i / 100, i = 95..149, scale = alpha / the largest level.
double published_error(const std::vector<double>& weights, int digits, int largest_level) {
    double largest = 0, best = std::numeric_limits<double>::infinity();
    for (double w : weights) largest = std::max(largest, std::abs(w));
    for (int i = 95; i <= 149; ++i) {
        const double scale = largest * i / 100 / largest_level;
        std::vector<int8_t> values;
        for (double w : weights) values.push_back(static_cast<int8_t>(nearest(w / scale, digits)));
        best = std::min(best, squared_error(weights, values, scale));
    }
    return best;
}

std::vector<double> random_channel(Random& random) {
    std::vector<double> weights(1 + random.below(random.below(4) == 0 ? 2000 : 200));
    const int kind = random.below(4);
    const double size = std::pow(10.0, random.uniform(-6, 3));
    for (double& w : weights) {
        w = kind == 0 ? random.uniform(-1, 1) : random.normal();
        if (kind == 2) w = w * w * w;                 // long tails
        if (kind == 3) w = std::round(w * 30) + 0.3;  // few values
        w *= size;
    }
    return weights;
}

}  // namespace

TEST_CASE("the scale search is never worse than the published one over 55 candidates") {
    Random random(11);
    double ours = 0, published = 0;
    for (int n = 0; n < 600; ++n) {
        const std::vector<double> weights = random_channel(random);
        const int digits = n % 4;
        std::vector<int8_t> values(weights.size());
        const double scale = encode_channel(weights.data(), weights.size(), digits, values.data());
        const double error = squared_error(weights, values, scale);
        double reference = published_error(weights, digits, digits == 1 ? 128 : 127);
        // The scale is rounded to a float, which moves a value by up to 127 * 2^-24 levels.
        double sum = 0;
        for (double w : weights) sum += w * w;
        const double slack = 1e-9 * sum;
        INFO("channel " << n << " of " << weights.size() << " weights, " << digits << " digits");
        REQUIRE(error <= reference + slack);
        for (int8_t v : values) REQUIRE(nearest(v, digits) == v);
        ours += error / sum;
        published += reference / sum;
    }
    CHECK(ours < 0.9 * published);  // and better on the whole
}

TEST_CASE("every weight of a channel goes to the level nearest at the scale returned") {
    Random random(12);
    for (int n = 0; n < 200; ++n) {
        const std::vector<double> weights = random_channel(random);
        std::vector<int8_t> values(weights.size());
        const double scale = encode_channel(weights.data(), weights.size(), n % 4, values.data());
        REQUIRE(scale > 0);
        for (std::size_t i = 0; i < weights.size(); ++i)
            REQUIRE(nearest(weights[i] / scale, n % 4) == values[i]);
    }
}

TEST_CASE("weights that are int8 times a scale come back as they were at digits 0") {
    Random random(13);
    for (int n = 0; n < 500; ++n) {
        const float scale = static_cast<float>(random.uniform(1e-4, 0.1));
        std::vector<int8_t> q(2 + random.below(300));
        for (int8_t& v : q) v = static_cast<int8_t>(random.below(255) - 127);
        q[0] = 1;  // no common divisor
        q[1] = n % 3 == 0 ? -128 : 127;
        std::vector<double> weights;
        for (int8_t v : q)
            weights.push_back(n % 2 == 0 ? double{scale} * v
                                         : double{scale * static_cast<float>(v)});
        std::vector<int8_t> values(q.size());
        const double found = encode_channel(weights.data(), weights.size(), 0, values.data());
        REQUIRE(values == q);
        if (n % 2 == 0) REQUIRE(found == double{scale});
    }
}

TEST_CASE(
    "a channel that lies on a grid keeps its real values, and encoding it again changes nothing") {
    Random random(14);
    for (int n = 0; n < 600; ++n) {
        const int digits = 1 + n % 3;
        const std::vector<int>& levels = grid(digits);
        const double scale = random.uniform(1e-4, 0.1);
        std::vector<double> weights(1 + random.below(100));
        for (double& w : weights) w = scale * levels[random.below(static_cast<int>(levels.size()))];
        std::vector<int8_t> values(weights.size()), again(weights.size());
        const double found = encode_channel(weights.data(), weights.size(), digits, values.data());
        for (std::size_t i = 0; i < weights.size(); ++i)
            REQUIRE(found * values[i] == Approx(weights[i]).epsilon(1e-12));
        std::vector<double> decoded;
        for (int8_t v : values) decoded.push_back(found * v);
        const double twice = encode_channel(decoded.data(), decoded.size(), digits, again.data());
        REQUIRE(again == values);
        REQUIRE(twice == Approx(found).epsilon(1e-12));
    }
}

TEST_CASE("a channel written out") {
    // One digit can form only ratios that are powers of two. 3 : 1 as 4 : 1 has scale 13/17 = (3*4
    // + 1*1) / (16 + 1) and error 10 - 13*13/17 = 1/17; as 2 : 1 the error is 10 - 7*7/5 = 1/5.
    const std::vector<double> weights{3.0, 1.0};
    std::vector<int8_t> values(2);
    const double scale = encode_channel(weights.data(), 2, 1, values.data());
    CHECK(values[0] == 4 * values[1]);
    CHECK(scale * values[1] == Approx(13.0 / 17));
    CHECK(squared_error(weights, values, scale) == Approx(1.0 / 17));

    const std::vector<double> powers{8.0, -0.25, 0.0, 16.0};  // 16 = 64 * 0.25
    std::vector<int8_t> exact(4);
    CHECK(encode_channel(powers.data(), 4, 1, exact.data()) == 0.25);
    CHECK(exact == std::vector<int8_t>{32, -1, 0, 64});
}

TEST_CASE("channels of zeros, of one weight and of none are encoded") {
    for (int digits = 0; digits <= 3; ++digits) {
        const std::vector<double> zeros(9, 0.0), one{-3.5}, tiny(3, 1e-40);
        std::vector<int8_t> values(9, 1);
        CHECK(encode_channel(zeros.data(), 9, digits, values.data()) == 1.0);
        CHECK(values == std::vector<int8_t>(9, 0));
        const double scale = encode_channel(one.data(), 1, digits, values.data());
        CHECK(scale * values[0] == -3.5);
        CHECK(encode_channel(tiny.data(), 3, digits, values.data()) == 1.0);
        CHECK(int{values[0]} == 0);
        CHECK(encode_channel(nullptr, 0, digits, nullptr) == 1.0);
    }
}

TEST_CASE("weights that are no finite floats are refused") {
    int8_t value[2];
    for (double bad : {std::nan(""), HUGE_VAL, -HUGE_VAL, 1e300}) {
        const double weights[2] = {1.0, bad};
        CHECK_THROWS_WITH(encode_channel(weights, 2, 2, value),
                          "weight 1 of a channel is no finite float");
    }
    const double fine = 1;
    CHECK_THROWS_AS(encode_channel(&fine, 1, 4, value), std::invalid_argument);
}

TEST_CASE("weights of any size and spread are encoded without overflow") {
    Random random(15);
    for (int n = 0; n < 300; ++n) {
        std::vector<double> weights(1 + random.below(64));
        for (double& w : weights)
            w = random.uniform(-1, 1) * std::pow(10.0, random.uniform(-38, 38));
        std::vector<int8_t> values(weights.size());
        const double scale = encode_channel(weights.data(), weights.size(), n % 4, values.data());
        REQUIRE(scale > 0);
        REQUIRE(std::isfinite(scale));
    }
}
