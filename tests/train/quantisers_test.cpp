// The differentiable quantisers: values on the grid, gradients as their formulas say.
#include <catch2/catch.hpp>
#include <cmath>

#include "quant/rsd.h"
#include "quant/train/fake_quant.h"
#include "tests/quant/random.h"

using namespace msd::train;
using msd::test::Random;
using torch::Tensor;

namespace {

Tensor values_of(Random& random, std::vector<int64_t> shape, double spread) {
    Tensor t = torch::empty(shape);
    for (int64_t i = 0; i < t.numel(); ++i)
        t.data_ptr<float>()[i] = static_cast<float>(random.normal() * spread);
    return t;
}

float element(const Tensor& t, int64_t i) {
    return t.contiguous().data_ptr<float>()[i];
}

}  // namespace

TEST_CASE("an activation lies on its grid, and its gradient passes inside the range") {
    Random random(1);
    Tensor x = values_of(random, {2, 3, 5, 5}, 4).set_requires_grad(true);
    Tensor s = torch::full({1}, 0.07f).set_requires_grad(true),
           beta = torch::full({1}, -3.0f).set_requires_grad(true);
    const Tensor y = quantise_activation(x, s, beta, 10, 60),
                 g = values_of(random, {2, 3, 5, 5}, 1);
    (y * g).sum().backward();
    double ds = 0, dbeta = 0;
    for (int64_t i = 0; i < x.numel(); ++i) {
        const double v = (element(x, i) + 3.0) / 0.07,
                     code = std::clamp(std::nearbyint(v), 10.0, 60.0);
        REQUIRE(element(y, i) == Approx(code * 0.07 - 3).margin(1e-4));
        const bool inside = v >= 10 && v <= 60;
        REQUIRE(element(x.grad(), i) == (inside ? element(g, i) : 0));
        ds += element(g, i) * (inside ? std::nearbyint(v) - v : v < 10 ? 10 : 60);
        dbeta += inside ? 0 : element(g, i);
    }
    const double scale = 1 / std::sqrt(75.0 * 255);  // elements of one image
    CHECK(element(s.grad(), 0) == Approx(ds * scale).epsilon(1e-3).margin(1e-3));
    CHECK(element(beta.grad(), 0) == Approx(dbeta * scale).epsilon(1e-3).margin(1e-3));
}

TEST_CASE("a tensor in channels-last order is quantised as one in the usual order") {
    Random random(2);
    const Tensor x = values_of(random, {2, 4, 3, 5}, 3), s = torch::full({1}, 0.1f),
                 beta = torch::zeros({1});
    const Tensor a = quantise_activation(x, s, beta, 0, 255),
                 b = quantise_activation(x.contiguous(at::MemoryFormat::ChannelsLast), s, beta, 0,
                                         255);
    CHECK(torch::equal(a, b.contiguous()));
}

TEST_CASE(
    "weights lie on the grid of their channel's digits, with a scale a channel or one for all") {
    Random random(3);
    for (const bool shared : {false, true}) {
        Tensor w = values_of(random, {8, 20}, 3).set_requires_grad(true);
        Tensor s = torch::empty({shared ? 1 : 8});
        for (int64_t k = 0; k < s.numel(); ++k)
            s.data_ptr<float>()[k] = static_cast<float>(random.uniform(0.01, 0.2));
        s.set_requires_grad(true);
        const std::vector<uint8_t> digits{0, 1, 2, 3, 0, 1, 2, 3};
        const Tensor y = quantise_weights(w, s, digits), g = values_of(random, {8, 20}, 1);
        (y * g).sum().backward();
        std::vector<double> ds(s.numel(), 0);
        for (int64_t i = 0; i < w.numel(); ++i) {
            const int d = digits[i / 20];
            const int64_t k = shared ? 0 : i / 20;
            const double scale = element(s, k), v = element(w, i) / scale;
            const auto& grid = msd::quant::grid(d);
            const int nearest = msd::quant::nearest(v, d);
            const double distance = std::abs(element(y, i) / scale - v);
            REQUIRE(distance <= std::abs(nearest - v) + 1e-3);  // ties may go either way
            const bool inside = v >= grid.front() && v <= grid.back();
            REQUIRE(element(w.grad(), i) == (inside ? element(g, i) : 0));
            double term = element(g, i) * (inside  ? element(y, i) / scale - v
                                           : v < 0 ? grid.front()
                                                   : grid.back());
            if (shared) term /= std::sqrt(160.0 * grid.back());
            ds[k] += term;
        }
        for (int64_t k = 0; k < s.numel(); ++k)
            CHECK(element(s.grad(), k) == Approx(ds[k]).epsilon(2e-3).margin(2e-3));
    }
}

TEST_CASE("Gaussian steps follow the deviation, and so many levels occur") {
    Random random(4);
    const Tensor w = values_of(random, {40, 50}, 0.3);
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < 2000; ++i) sum += element(w, i);
    for (int64_t i = 0; i < 2000; ++i) squares += std::pow(element(w, i) - sum / 2000, 2);
    const double deviation = std::sqrt(squares / 1999);
    const double table[] = {1.596, .996, .586, .336, .190, .106, .059, .032};
    for (int bits = 1; bits <= 8; ++bits) {
        CHECK(gaussian_step(w, bits) == Approx(table[bits - 1] * deviation).epsilon(1e-4));
        const double step = gaussian_step(w, bits), half = std::ldexp(1, bits - 1);
        const Tensor q = gaussian_weights(w, bits);
        for (int64_t i = 0; i < 2000; ++i)
            REQUIRE(element(q, i) ==
                    Approx(step * std::clamp(std::nearbyint(element(w, i) / step), -half, half - 1))
                        .margin(1e-5));
    }
    for (const int bits : {0, 9}) CHECK_THROWS_AS(gaussian_step(w, bits), std::invalid_argument);
}

TEST_CASE("the half-wave quantiser has 2^bits levels from zero up and passes gradients inside") {
    const double table[] = {.799, .538, .3217, .185, .104, .058, .033, .019};
    Random random(5);
    for (int bits = 1; bits <= 8; ++bits) {
        CHECK(hwgq_step(bits) == table[bits - 1]);
        Tensor x = values_of(random, {500}, 2).set_requires_grad(true);
        const double step = 2 * table[bits - 1], most = step * (std::ldexp(1, bits) - 1);
        const Tensor y = hwgq(x, bits, 2);
        y.sum().backward();
        for (int64_t i = 0; i < 500; ++i) {
            const double v = std::clamp<double>(element(x, i), 0, most);
            REQUIRE(element(y, i) == Approx(std::nearbyint(v / step) * step).margin(1e-4));
            if (std::abs(element(x, i)) > 1e-3 && std::abs(element(x, i) - most) > 1e-3)
                REQUIRE(element(x.grad(), i) == (v == double{element(x, i)} ? 1 : 0));
        }
    }
}
