// Calibration: ranges, parameters and the accuracy that is left.
#include "quant/calibrate.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "network/images.h"
#include "network/reference.h"
#include "tests/quant/small_network.h"
#include "tests/support.h"

using namespace msd::network;
using msd::quant::quantise;
using namespace msd::test;

namespace {

int best(const Tensor8& logits) {
    return static_cast<int>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

}  // namespace

TEST_CASE("a calibrated tensor covers its range and zero in 256 steps") {
    Random random(31);
    const Graph graph = small_network(random);
    const auto images = random_images(5, 192, random);
    const Graph q = quantise(graph, images);
    REQUIRE(q.quantised);
    std::vector<float> lo(graph.size(), 0), hi(graph.size(), 0);
    for (const auto& image : images) {
        const auto values = evaluate_float(graph, image);
        for (LayerId id = 0; id < graph.size(); ++id) {
            for (float v : values[id]) {
                lo[id] = std::min(lo[id], v);
                hi[id] = std::max(hi[id], v);
            }
        }
    }
    for (LayerId id = 0; id < graph.size(); ++id) {
        if (q[id].op == Op::kMaxPool) {
            CHECK(q[id].quant.scale == q[q.inputs(id)[0]].quant.scale);
            CHECK(q[id].quant.zero_point == q[q.inputs(id)[0]].quant.zero_point);
            continue;
        }
        INFO(q[id].name);
        CHECK(q[id].quant.scale == Approx((double{hi[id]} - lo[id]) / 255).epsilon(1e-6));
        CHECK(q[id].quant.scale * (-128 - q[id].quant.zero_point) ==
              Approx(lo[id]).margin(q[id].quant.scale / 2));
        CHECK(q[id].quant.scale * (127 - q[id].quant.zero_point) ==
              Approx(hi[id]).margin(q[id].quant.scale));
    }
    CHECK(q[1].real_lo == 0);                         // relu stays a real bound…
    CHECK(q[1].clamp_lo() == q[1].quant.zero_point);  // …on the tensor's grid
    CHECK(q[1].weights.real.empty());
    CHECK(q[1].weights.scale.size() == 6);
}

TEST_CASE("a calibrated network computes what the float network does, to a few steps") {
    Random random(32);
    for (int n = 0; n < 20; ++n) {
        const Graph graph = small_network(random);
        const auto images = random_images(4, 192, random);
        const Graph q = quantise(graph, images);
        for (const auto& pixels : images) {
            const auto real = evaluate_float(graph, pixels);
            const auto integer = evaluate(q, quantise_image(Image{pixels, -1}, q[q.input()].quant));
            const LayerId out = q.output();
            for (std::size_t i = 0; i < real[out].size(); ++i) {
                const double value =
                    q[out].quant.scale * (integer[out][i] - q[out].quant.zero_point);
                REQUIRE(std::abs(value - real[out][i]) <= 4 * q[out].quant.scale);
            }
        }
    }
}

TEST_CASE("channels without weights, with tiny weights or a huge bias stay within the integers") {
    Random random(33);
    Graph graph;
    graph.name = "edges";
    const LayerId in = graph.add(input_layer({2, 4, 4}), {});
    Layer conv = conv_layer("conv", 5, {2, 4, 4}, random);
    std::fill(conv.weights.real.begin(), conv.weights.real.begin() + 18, 0.0f);  // a bias alone
    std::fill(conv.weights.real.begin() + 18, conv.weights.real.begin() + 36,
              1e-12f);  // next to it
    std::fill(conv.weights.real.begin() + 36, conv.weights.real.begin() + 54, 1e-38f);
    conv.weights.bias_real = {5.0f, -3.0f, 2.0f, 100.0f, 0.0f};
    graph.add(conv, {in});
    const auto images = random_images(3, 32, random);
    const Graph q = quantise(graph, images);
    const auto real = evaluate_float(graph, images[0]);
    const auto integer = evaluate(q, quantise_image(Image{images[0], -1}, q[0].quant));
    for (std::size_t i = 0; i < real[1].size(); ++i) {
        const double value = q[1].quant.scale * (integer[1][i] - q[1].quant.zero_point);
        CHECK(std::abs(value - real[1][i]) <= 2 * q[1].quant.scale);
    }
}

TEST_CASE("a network whose tensors are all zero is calibrated") {
    Random random(34);
    Graph graph = small_network(random);
    for (LayerId id = 0; id < graph.size(); ++id) {
        std::fill(graph[id].weights.real.begin(), graph[id].weights.real.end(), 0.0f);
        std::fill(graph[id].weights.bias_real.begin(), graph[id].weights.bias_real.end(), 0.0f);
    }
    const Graph q = quantise(graph, {std::vector<float>(192, 0.0f)});
    const auto values = evaluate(q, Tensor8(192, 7));
    for (int8_t v : values[q.output()]) CHECK(int{v} == q[q.output()].quant.zero_point);
}

TEST_CASE("calibration without images, with wrong ones or of integers is refused") {
    Random random(35);
    const Graph graph = small_network(random);
    CHECK_THROWS_WITH(quantise(graph, {}),
                      "network 'small' is in float and there is no image to calibrate it with; "
                      "give at least one, better 50");
    CHECK_THROWS_WITH(quantise(graph, {std::vector<float>(192), std::vector<float>(191)}),
                      "network 'small': calibration image 1 has 191 values; the input has 192");
    CHECK_THROWS_WITH(
        quantise(graph, {std::vector<float>(192, HUGE_VALF)}),
        "network 'small': layer 'in' gives a value that is not finite for calibration image 0");
    const Graph q = quantise(graph, random_images(1, 192, random));
    CHECK_THROWS_WITH(quantise(q, random_images(1, 192, random)),
                      "network 'small' is quantised already");
}

TEST_CASE("the float ResNet-8 calibrated on 64 photographs loses at most six of 500") {
    if (!msd::test::have_data("cifar10/train_5085.bin") ||
        !msd::test::have_data("cifar10/test_500.bin") ||
        !msd::test::have_data("onnx/resnet8_float.onnx"))
        return;
    const Graph graph = read_onnx(msd::test::data_path("onnx/resnet8_float.onnx"));
    const Shape shape = graph[graph.input()].shape;
    std::vector<std::vector<float>> images;
    for (const Image& image :
         read_images("cifar10:" + msd::test::data_path("cifar10/train_5085.bin"), shape, 1, 0, 64))
        images.push_back(image.pixels);
    const Graph q = quantise(graph, images);
    int right = 0, right_float = 0;
    for (const Image& image :
         read_images("cifar10:" + msd::test::data_path("cifar10/test_500.bin"), shape, 1, 0, -1)) {
        right +=
            best(evaluate(q, quantise_image(image, q[q.input()].quant))[q.output()]) == image.label;
        const std::vector<float> real = evaluate_float(graph, image.pixels)[graph.output()];
        right_float += std::max_element(real.begin(), real.end()) - real.begin() == image.label;
    }
    std::cout << "ResNet-8 on 500 photographs: float " << right_float << " right, calibrated int8 "
              << right << "\n";
    CHECK(right_float >= 440);
    CHECK(right >= right_float - 6);
}
