// A folded network computes what the network computed.
#include "network/fold.h"

#include <catch2/catch.hpp>

#include "network/check.h"
#include "network/reference.h"
#include "network/window.h"
#include "network/zoo.h"
#include "tests/scheduler/random_network.h"

using namespace msd;

namespace {

network::Graph stem(network::Random& random, network::Shape in, const network::Window& window,
                    int k) {
    network::Graph graph;
    graph.name = "stem";
    graph.quantised = true;
    network::Layer input;
    input.name = "input";
    input.shape = in;
    input.quant = {0.05, random.below(256) - 128};
    const auto from = graph.add(input, {});
    network::Layer conv;
    conv.name = "conv";
    conv.op = network::Op::kConv;
    conv.window = window;
    conv.shape = network::output_shape(in, window, k);
    conv.quant = {0.5, 3};
    for (int i = 0; i < k * in.c * window.kernel_h * window.kernel_w; ++i)
        conv.weights.q.push_back(static_cast<int8_t>(random.below(255) - 127));
    conv.weights.scale.assign(k, 0.01);
    conv.weights.bias_q.assign(k, 77);
    graph.add(conv, {from});
    return graph;
}

}  // namespace

TEST_CASE("a folded first convolution computes the same, whatever its window") {
    int folded = 0;
    for (uint64_t seed = 1; seed <= 3000; ++seed) {
        network::Random random(seed, 0x666f6c64);
        network::Window w;
        w.kernel_h = 1 + random.below(7);
        w.kernel_w = 1 + random.below(7);
        w.stride_y = w.stride_x = 1 + random.below(3);
        if (random.below(4) == 0) w.stride_x = 1 + random.below(3);
        w.pad_top = random.below(w.kernel_h);
        w.pad_left = random.below(w.kernel_w);
        w.pad_bottom = random.below(w.kernel_h);
        w.pad_right = random.below(w.kernel_w);
        const network::Shape in{1 + random.below(4), 7 + random.below(9), 7 + random.below(9)};
        auto graph = stem(random, in, w, 1 + random.below(3));
        network::check(graph);
        const auto image = test::random_tensor(in, seed);
        const auto before = network::evaluate(graph, image).back();
        const auto fold = network::fold_input(graph);
        folded += fold.folded();
        INFO("seed " << seed);
        REQUIRE_NOTHROW(network::check(graph));
        REQUIRE(graph[graph.input()].shape == fold.to);
        REQUIRE(network::evaluate(graph, fold.apply(image)).back() == before);
    }
    CHECK(folded > 500);
}

TEST_CASE("the stems of the zoo become 4x4 on 12 channels, 2x2 on 12, and 3x1 on 9") {
    const auto window_of = [](const char* name) {
        auto graph = network::make_zoo(name, 1);
        const auto image = test::random_tensor(graph[graph.input()].shape, 1);
        const auto fold = network::fold_input(graph);
        const auto& conv = graph[graph.order()[1]];
        return std::vector<int>{
            fold.to.c,           fold.to.h, fold.to.w, conv.window.kernel_h, conv.window.kernel_w,
            conv.window.stride_y};
    };
    CHECK(window_of("resnet18") == std::vector<int>{12, 112, 112, 4, 4, 1});
    CHECK(window_of("mobilenetv2") == std::vector<int>{12, 112, 112, 2, 2, 1});
    CHECK(window_of("vgg16") == std::vector<int>{9, 224, 224, 3, 1, 1});
    CHECK(window_of("vitbase") == std::vector<int>{768, 197, 1, 1, 1, 1});
}

TEST_CASE("the zoo's networks have the multiplications of the literature") {
    const auto macs_of = [](const std::string& name) {
        const auto graph = network::make_zoo(name, 1);
        network::check(graph);
        int64_t macs = 0;
        for (const auto id : graph.order()) macs += graph.macs(id);
        return macs;
    };
    CHECK(macs_of("resnet18") == 1814073344);
    CHECK(macs_of("resnet50") == 4089184256);
    CHECK(macs_of("vgg16") == 15470264320);
    CHECK(macs_of("mobilenetv2") == 300774272);
    // 12 x (4 x 197 x 768^2 + 2 x 12 x 197 x 208 x 64 + 2 x 197 x 768 x 3072) + 197 x 768^2 + 768 x
    // 1000
    CHECK(macs_of("vitbase") == 17604360192);
    CHECK(network::zoo_names().size() == 5);
    CHECK_THROWS_AS(network::make_zoo("resnet19", 1), network::ImportError);
}
