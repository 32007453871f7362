// The committed quickstart network: it holds every kind of layer and knows the drawn shapes.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "network/reference.h"
#include "network/shapes.h"

using namespace msd::network;

TEST_CASE("the quickstart network tells 97 of 100 drawn shapes apart") {
    const Graph graph = read_onnx(MSD_SOURCE_DIR "/scenarios/quickstart.onnx");
    REQUIRE(graph[graph.input()].shape == kShapeImage);
    std::set<Op> kinds;
    bool depthwise = false;
    for (const LayerId id : graph.order()) {
        kinds.insert(graph[id].op);
        depthwise = depthwise || (graph[id].op == Op::kConv &&
                                  graph[id].groups == graph[id].shape.c && graph[id].groups > 1);
    }
    CHECK(kinds == std::set<Op>{Op::kInput, Op::kConv, Op::kAdd, Op::kMaxPool, Op::kAveragePool,
                                Op::kSoftmax});
    CHECK(depthwise);
    int right = 0;
    constexpr int kImages = 1000;
    for (const Image& image : read_images("shapes", kShapeImage, 1, 0, kImages)) {
        const Tensor8 logits =
            evaluate(graph, quantise_image(image, graph[graph.input()].quant))[graph.output()];
        right += std::max_element(logits.begin(), logits.end()) - logits.begin() == image.label;
    }
    INFO(right << " of " << kImages);
    CHECK(right >= 97 * kImages / 100);
}
