// The graph: order, operands, liveness, MACs, and what check() refuses.
#include <catch2/catch.hpp>

#include "network/check.h"
#include "network/graph.h"

using namespace msd::network;

namespace {

Layer layer(const std::string& name, Op op, Shape shape) {
    Layer l;
    l.name = name;
    l.op = op;
    l.shape = shape;
    return l;
}

// input -> a -> b, and a + b: a quantised diamond of identities.
Graph diamond() {
    Graph g;
    g.quantised = true;
    const LayerId input = g.add(layer("input", Op::kInput, {2, 3, 3}), {});
    const LayerId a = g.add(layer("a", Op::kClamp, {2, 3, 3}), {input});
    const LayerId b = g.add(layer("b", Op::kClamp, {2, 3, 3}), {a});
    g.add(layer("sum", Op::kAdd, {2, 3, 3}), {b, a});
    return g;
}

std::string complaint(const Graph& graph) {
    try {
        check(graph);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("a graph keeps operands in order and finds its ends") {
    const Graph g = diamond();
    CHECK(g.inputs(3) == std::vector<LayerId>{2, 1});
    CHECK(g.consumers(1) == std::vector<LayerId>{2, 3});
    CHECK(g.order() == std::vector<LayerId>{0, 1, 2, 3});
    CHECK(g.input() == 0);
    CHECK(g.output() == 3);
    CHECK(complaint(g).empty());
}

TEST_CASE("a layer added to itself is one consumer with two operands") {
    Graph g;
    g.add(layer("input", Op::kInput, {1, 1, 1}), {});
    g.add(layer("twice", Op::kAdd, {1, 1, 1}), {0, 0});
    CHECK(g.inputs(1) == std::vector<LayerId>{0, 0});
    CHECK(g.consumers(0) == std::vector<LayerId>{1});
}

TEST_CASE("a tensor lives to its last reader and the output to the end") {
    CHECK(last_use(diamond()) == std::vector<std::size_t>{1, 3, 3, 3});
}

TEST_CASE("an operand that does not exist is refused") {
    Graph g;
    CHECK_THROWS_AS(g.add(layer("a", Op::kClamp, {1, 1, 1}), {0}), std::invalid_argument);
}

TEST_CASE("MACs count every tap of every output, also on padding") {
    Graph g;
    g.add(layer("input", Op::kInput, {4, 5, 5}), {});
    Layer conv = layer("conv", Op::kConv, {6, 5, 5});
    conv.window = {3, 3, 1, 1, 1, 1, 1, 1, false};
    conv.groups = 2;
    g.add(conv, {0});
    CHECK(g.macs(1) == 6 * 25 * 2 * 9);
    CHECK(g.macs(0) == 0);
}

TEST_CASE("check names the layer that does not fit its operands") {
    Graph g = diamond();
    g[2].shape = {2, 3, 4};
    CHECK(complaint(g).find("layer 'b': its operand 2x3x3 differs from 2x3x4") == 0);
    g = diamond();
    g[1].quant.scale = 0;
    CHECK(complaint(g).find("layer 'a': its scale must be positive") == 0);
    g = diamond();
    g[1].quant.zero_point = 128;
    CHECK(complaint(g).find("layer 'a': its zero point") == 0);
    g = diamond();
    g[2].quant.scale = 1e-9;  // factor 1e9 needs a negative shift
    CHECK(complaint(g).find("layer 'b': multiplier") == 0);
    g = diamond();
    g.add(layer("loose", Op::kClamp, {2, 3, 3}), {0});
    CHECK(complaint(g).find("one input and one output, has 1 and 2") != std::string::npos);
}

TEST_CASE("check refuses a convolution whose sum may leave 32 bits") {
    Graph g;
    g.quantised = true;
    Layer input = layer("input", Op::kInput, {60000, 1, 1});
    input.quant.zero_point = -128;
    g.add(input, {});
    Layer conv = layer("fc", Op::kConv, {1, 1, 1});
    conv.weights.q.assign(60000, 127);
    conv.weights.scale = {1.0};
    conv.weights.bias_q = {0};
    g.add(conv, {0});
    CHECK(complaint(g) == "");  // 256 * 127 * 60000 = 1.95e9 < 2^31
    g[1].weights.bias_q[0] = 200'000'000;
    CHECK(complaint(g).find("layer 'fc': channel 0: its sum may leave 32 bits") == 0);
}
