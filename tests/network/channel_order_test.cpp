// Channels in another order: which tensors share one, and that nothing else changes.
#include "network/channel_order.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>

#include "network/check.h"
#include "network/onnx_write.h"
#include "network/random_network.h"
#include "network/reference.h"
#include "tests/quant/small_network.h"
#include "tests/quant/temporary.h"

using namespace msd::network;
using msd::test::TemporaryFolder;

namespace {

// Every class shuffled within its cuts.
ChannelOrder shuffled(const Graph& graph, uint64_t seed) {
    msd::network::Random random(seed, 7);
    ChannelOrder all;
    for (const ChannelClass& c : channel_classes(graph)) {
        std::vector<int> order(static_cast<std::size_t>(c.channels));
        std::iota(order.begin(), order.end(), 0);
        for (std::size_t part = 0; part + 1 < c.cuts.size(); ++part)
            for (int i = c.cuts[part + 1] - 1; i > c.cuts[part]; --i)
                std::swap(order[i], order[c.cuts[part] + random.below(i - c.cuts[part] + 1)]);
        if (std::is_sorted(order.begin(), order.end())) continue;
        for (const LayerId id : c.layers) all[id] = order;
    }
    return all;
}

Tensor8 in_order(const Tensor8& tensor, const ChannelOrder& order, LayerId id) {
    const auto own = order.find(id);
    if (own == order.end()) return tensor;
    const std::size_t map = tensor.size() / own->second.size();
    Tensor8 moved;
    for (const int c : own->second)
        moved.insert(moved.end(), tensor.begin() + c * map, tensor.begin() + (c + 1) * map);
    return moved;
}

const ChannelClass& class_of(const std::vector<ChannelClass>& classes, const Graph& graph,
                             const std::string& name) {
    for (const ChannelClass& c : classes)
        for (const LayerId id : c.layers)
            if (graph[id].name == name) return c;
    FAIL("no layer " + name);
    return classes[0];
}

Layer conv(const std::string& name, int k, const Shape& in, int groups) {
    Layer layer;
    layer.name = name;
    layer.op = Op::kConv;
    layer.groups = groups;
    layer.shape = {k, in.h, in.w};
    for (int i = 0; i < k * in.c / groups; ++i)
        layer.weights.q.push_back(static_cast<int8_t>(7 * i % 50 - 20));
    layer.weights.scale.assign(k, 0.01);
    for (int i = 0; i < k; ++i) layer.weights.bias_q.push_back(3 * i);
    layer.quant = {0.1, 0};
    return layer;
}

// in (4) -> a (8) -> grouped (12, 2 groups) -> b (6) -> depthwise -> sum with b -> out (3)
Graph grouped_network() {
    Graph g;
    g.name = "grouped";
    g.quantised = true;
    Layer in;
    in.name = "in";
    in.shape = {4, 3, 3};
    in.quant = {0.1, 0};
    LayerId x = g.add(in, {});
    x = g.add(conv("a", 8, {4, 3, 3}, 1), {x});
    x = g.add(conv("grouped", 12, {8, 3, 3}, 2), {x});
    const LayerId b = g.add(conv("b", 6, {12, 3, 3}, 1), {x});
    x = g.add(conv("depthwise", 6, {6, 3, 3}, 6), {b});
    Layer sum;
    sum.name = "sum";
    sum.op = Op::kAdd;
    sum.shape = {6, 3, 3};
    sum.quant = {0.2, 0};
    x = g.add(sum, {b, x});
    g.add(conv("out", 3, {6, 3, 3}, 1), {x});
    check(g);
    return g;
}

}  // namespace

TEST_CASE("channels in another order compute the same in every layer, whatever the layers are") {
    int moved[3] = {0, 0, 0};  // convolutions, depthwise and grouped ones
    for (uint64_t seed = 0; seed < 400; ++seed) {
        const Graph graph = random_network(seed);
        const ChannelOrder order = shuffled(graph, seed);
        Graph other = graph;
        reorder_channels(other, order);
        check(other);
        const Tensor8 input = random_tensor(graph[graph.input()].shape, seed);
        const auto expected = evaluate(graph, input), got = evaluate(other, input);
        REQUIRE(got[graph.output()] == expected[graph.output()]);
        for (LayerId id = 0; id < graph.size(); ++id) {
            INFO(graph.name << " " << graph[id].name);
            REQUIRE(got[id] == in_order(expected[id], order, id));
            if (graph[id].op != Op::kConv || order.count(id) == 0) continue;
            const int c = graph[graph.inputs(id)[0]].shape.c, groups = graph[id].groups;
            ++moved[groups == 1 ? 0 : groups == c ? 1 : 2];
        }
    }
    CHECK(moved[0] > 200);
    CHECK(moved[1] > 20);
    CHECK(moved[2] > 20);
}

TEST_CASE("tensors that are added, pooled or read channel by channel share an order") {
    const Graph g = grouped_network();
    const auto classes = channel_classes(g);
    CHECK(classes.size() == 5);
    CHECK(class_of(classes, g, "in").cuts == std::vector<int>{0, 1, 2, 3, 4});
    CHECK(class_of(classes, g, "out").cuts == std::vector<int>{0, 1, 2, 3});
    CHECK(class_of(classes, g, "a").cuts == std::vector<int>{0, 4, 8});
    CHECK(class_of(classes, g, "grouped").cuts == std::vector<int>{0, 6, 12});
    const ChannelClass& tied = class_of(classes, g, "b");
    CHECK(tied.cuts == std::vector<int>{0, 6});
    CHECK(tied.layers.size() == 3);
    CHECK(&tied == &class_of(classes, g, "sum"));
    CHECK(&tied == &class_of(classes, g, "depthwise"));
}

TEST_CASE("an order that would change what is computed is refused") {
    const Graph g = grouped_network();
    const LayerId in = 0, a = 1, b = 3, depthwise = 4, sum = 5;
    const std::vector<int> turned{5, 4, 3, 2, 1, 0};
    const ChannelOrder wrong[] = {
        {{in, {1, 0, 2, 3}}},             // an image is given as it is
        {{a, {4, 1, 2, 3, 0, 5, 6, 7}}},  // into another group
        {{a, {0, 0, 2, 3, 4, 5, 6, 7}}},  // twice
        {{a, {1, 0}}},                    // too few
        {{b, turned}},                    // but not what is added to it
        {{b, turned}, {depthwise, turned}, {sum, {1, 0, 2, 3, 4, 5}}},
    };
    for (const ChannelOrder& order : wrong) {
        Graph other = g;
        CHECK_THROWS_AS(reorder_channels(other, order), std::invalid_argument);
        CHECK(other[a].weights.q == g[a].weights.q);
    }
    Graph other = g;
    reorder_channels(other, {{b, turned}, {depthwise, turned}, {sum, turned}});
    CHECK(other[b].weights.bias_q == std::vector<int32_t>{15, 12, 9, 6, 3, 0});
}

TEST_CASE("the order is recorded, adds up over changes, and travels with the file") {
    const TemporaryFolder folder;
    for (uint64_t seed = 0; seed < 60; ++seed) {
        const Graph graph = random_network(seed);
        Graph twice = graph;
        reorder_channels(twice, shuffled(graph, seed));
        reorder_channels(twice, shuffled(graph, seed + 1000));
        Graph again = graph;
        reorder_channels(again, recorded_order(twice, "x"));
        for (LayerId id = 0; id < graph.size(); ++id) {
            CHECK(again[id].weights.q == twice[id].weights.q);
            CHECK(again[id].weights.scale == twice[id].weights.scale);
            CHECK(again[id].weights.bias_q == twice[id].weights.bias_q);
        }
        const std::string path = folder.path() + "/n.onnx";
        write_onnx(twice, path);
        const Graph read = read_onnx(path);
        CHECK(recorded_order(read, path) == recorded_order(twice, "x"));
        const Tensor8 input = random_tensor(graph[graph.input()].shape, seed);
        if (graph.size() == read.size()) {
            CHECK(evaluate(read, input)[read.output()] == evaluate(twice, input)[twice.output()]);
        }
    }
}

TEST_CASE("a record that is no order of the channels is refused by name") {
    Graph g = grouped_network();
    for (const char* text :
         {"", "0", "0,1,2,3,4,5,6,8", "0,1,2,3,4,5,6,6", "0,1,2,3,4,5,6,7,", "0,1,2,3,4,5,6,-7",
          "0 1 2 3 4 5 6 7", "0,1,2,3,4,5,6,9999999999", "4,1,2,3,0,5,6,7"}) {
        g.metadata["msd.order:a"] = text;
        CHECK_THROWS_AS(recorded_order(g, "n.onnx"), ImportError);
    }
    g.metadata["msd.order:a"] = "0,1,2";
    CHECK_THROWS_WITH(recorded_order(g, "n.onnx"),
                      "n.onnx: metadata 'msd.order:a': '0,1,2' must be the numbers 0 to 7 in some "
                      "order, with commas between");
    g.metadata["msd.order:a"] = "3,1,2,0,7,5,6,4";
    CHECK(recorded_order(g, "n.onnx").size() == 1);
}

TEST_CASE("a float network in another order computes the same up to rounding") {
    msd::test::Random random(3);
    const Graph graph = msd::test::small_network(random);
    Graph with_classes = graph;
    Layer last;  // so that the sum's channels may move
    last.name = "last";
    last.op = Op::kConv;
    last.shape = {4, 1, 1};
    for (int i = 0; i < 24; ++i) last.weights.real.push_back(static_cast<float>(random.normal()));
    last.weights.bias_real.assign(4, 0.5f);
    with_classes.add(last, {with_classes.output()});
    Graph other = with_classes;
    const ChannelOrder order = shuffled(with_classes, 5);
    CHECK(order.size() == 5);  // first, pool, second, sum, mean
    reorder_channels(other, order);
    for (const auto& image : msd::test::random_images(5, 192, random)) {
        const auto expected = evaluate_float(with_classes, image)[with_classes.output()];
        const auto got = evaluate_float(other, image)[other.output()];
        for (std::size_t i = 0; i < got.size(); ++i)
            CHECK(got[i] == Approx(expected[i]).epsilon(1e-4).margin(1e-4));
    }
}
