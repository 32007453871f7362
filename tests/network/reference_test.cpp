// Each operator of the integer reference on numbers small enough to compute by hand.
#include "network/reference.h"

#include <catch2/catch.hpp>

using namespace msd::network;

namespace {

// One layer over one (or twice the same kind of) input.
struct Case {
    Graph graph;
    Case(Shape shape, QuantParams quant) {
        graph.quantised = true;
        Layer input;
        input.name = "input";
        input.shape = shape;
        input.quant = quant;
        graph.add(input, {});
    }
    Tensor8 run(const Layer& layer, const Tensor8& input) {
        graph.add(layer, std::vector<LayerId>(layer.op == Op::kAdd ? 2 : 1, graph.size() - 1));
        return evaluate(graph, input).back();
    }
};

Layer conv(Shape shape, Window window, std::vector<int8_t> q, std::vector<double> scale,
           std::vector<int32_t> bias, QuantParams quant) {
    Layer l;
    l.name = "conv";
    l.op = Op::kConv;
    l.shape = shape;
    l.window = window;
    l.weights.q = std::move(q);
    l.weights.scale = std::move(scale);
    l.weights.bias_q = std::move(bias);
    l.quant = quant;
    return l;
}

Layer pool(Op op, Shape shape, Window window, QuantParams quant) {
    Layer l;
    l.name = "pool";
    l.op = op;
    l.shape = shape;
    l.window = window;
    l.quant = quant;
    return l;
}

}  // namespace

TEST_CASE("a convolution subtracts the zero point, adds the bias and requantises") {
    Case c({1, 2, 2}, {0.5, 5});
    // (10-5)*2 + (20-5)*-3 + 7 = -28; (30-5)*2 + (40-5)*-3 + 7 = -48; times 0.5*0.25/0.5 = 1/4;
    // zero point 1
    const Layer l =
        conv({1, 2, 1}, {1, 2, 1, 1, 0, 0, 0, 0, false}, {2, -3}, {0.25}, {7}, {0.5, 1});
    CHECK(c.run(l, {10, 20, 30, 40}) == Tensor8{-6, -11});
}

TEST_CASE("requantisation below a half rounds half away from zero and saturates") {
    Case c({1, 1, 6}, {1.0, 0});
    const Layer l = conv({1, 1, 6}, {}, {5}, {0.25}, {0}, {1.0, 0});
    CHECK(c.run(l, {6, -6, 1, -1, 127, -128}) == Tensor8{8, -8, 2, -1, 127, -128});
    // 30/4 = 7.5, -30/4 = -7.5, 5*127/4 = 158.75; 5/4 = 1.25 in two steps: 5/2 -> 3, 3/2 -> 2;
    // -5/4: -5/2 -> -2, -2/2 = -1
}

TEST_CASE("padding reads the zero point and may differ on all four sides") {
    Case c({1, 2, 2}, {1.0, 3});
    Window w{2, 2, 1, 1, 1, 0, 0, 1, false};  // one row above, one column to the right
    const Layer l = conv({1, 2, 2}, w, {1, 10, 100, -100}, {1.0}, {0}, {10.0, 0});
    // q - 3 = [1 2; 3 4]. y(0,0) = 100*1 - 100*2 = -100; y(0,1) = 100*2 = 200; y(1,0) = 1 + 20 +
    // 300 - 400 = -79; y(1,1) = 2 + 400 = 402; over 10: -10, 20, -7.9 -> -8, 40.2 -> 40
    CHECK(c.run(l, {4, 5, 6, 7}) == Tensor8{-10, 20, -8, 40});
}

TEST_CASE("every output channel has its own scale") {
    Case c({2, 1, 1}, {1.0, 0});
    const Layer l = conv({3, 1, 1}, {}, {1, 1, 1, 1, 2, -1}, {1.0, 0.5, 2.0}, {0, 1, -2}, {1.0, 0});
    CHECK(c.run(l, {7, 4}) == Tensor8{11, 6, 16});  // 11; (11+1)/2; (14-4-2)*2
}

TEST_CASE("groups see their own channels only, and strides step over pixels") {
    Case c({4, 1, 3}, {1.0, 0});
    Layer l = conv({2, 1, 2}, {1, 1, 1, 2, 0, 0, 0, 0, false}, {1, 2, 3, 4}, {1.0, 1.0}, {0, 0},
                   {1.0, 0});
    l.groups = 2;
    // channels [1 2 3] [4 5 6] | [7 8 9] [1 0 1], columns 0 and 2
    CHECK(c.run(l, {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 0, 1}) == Tensor8{9, 15, 25, 31});
}

TEST_CASE("a depthwise convolution has one filter a channel") {
    Case c({2, 1, 2}, {1.0, 0});
    Layer l = conv({2, 1, 1}, {1, 2, 1, 1, 0, 0, 0, 0, false}, {1, -1, 2, 3}, {1.0, 1.0}, {10, 0},
                   {1.0, 0});
    l.groups = 2;
    CHECK(c.run(l, {5, 2, 3, 4}) == Tensor8{13, 18});
}

TEST_CASE("relu bounds apply after saturation on the output's grid") {
    Case c({1, 1, 4}, {1.0, 0});
    Layer l = conv({1, 1, 4}, {}, {1}, {1.0}, {0}, {1.0, -10});
    l.real_lo = 0;
    l.real_hi = 6;
    CHECK(c.run(l, {-5, 3, 6, 100}) == Tensor8{-10, -7, -4, -4});
}

TEST_CASE("an addition scales both operands over one shift") {
    Case c({1, 1, 3}, {0.5, 2});
    Layer second = conv({1, 1, 3}, {}, {1}, {0.5}, {0}, {0.25, 0});  // identity in real numbers
    c.graph.add(second, {0});
    Layer sum;
    sum.name = "sum";
    sum.op = Op::kAdd;
    sum.shape = {1, 1, 3};
    sum.quant = {1.0, -1};
    c.graph.add(sum, {0, 1});
    // q = 5 -> 1.5; conv: 3 * (0.5*0.5/0.25 = 1) = 3 -> 0.75 real; sum 2.25 -> 2 - 1
    // q = 4 -> 1.0 + 0.5 = 1.5 -> away 2 - 1;  q = 0 -> -1.0 - 0.5 = -1.5 -> away -2 - 1
    CHECK(evaluate(c.graph, {5, 4, 0}).back() == Tensor8{1, 1, -3});
}

TEST_CASE("a maximum pool ignores taps outside the image") {
    Case c({1, 2, 2}, {1.0, 0});
    const Layer l = pool(Op::kMaxPool, {1, 2, 2}, {2, 2, 1, 1, 1, 1, 0, 0, false}, {1.0, 0});
    CHECK(c.run(l, {-50, -60, -70, -80}) == Tensor8{-50, -50, -50, -50});
    Case d({1, 2, 2}, {1.0, 0});
    CHECK(d.run(l, {-4, -3, -2, -1}) == Tensor8{-4, -3, -2, -1});
}

TEST_CASE("an average pool divides by the taps inside or by the whole window") {
    Window w{2, 2, 1, 1, 1, 1, 0, 0, false};
    Case inside({1, 2, 2}, {1.0, -8});
    // q + 8 = [4 8; 12 14]: 4; (4+8)/2; (4+12)/2; 38/4 = 9.5 -> 10; zero point 1
    CHECK(inside.run(pool(Op::kAveragePool, {1, 2, 2}, w, {1.0, 1}), {-4, 0, 4, 6}) ==
          Tensor8{5, 7, 9, 11});
    w.count_pads = true;
    Case whole({1, 2, 2}, {1.0, -8});
    CHECK(whole.run(pool(Op::kAveragePool, {1, 2, 2}, w, {1.0, 1}), {-4, 0, 4, 6}) ==
          Tensor8{2, 4, 5, 11});
}

TEST_CASE("global average pooling may change the scale") {
    Case c({2, 2, 2}, {1.0, 0});
    const Layer l = pool(Op::kAveragePool, {2, 1, 1}, {2, 2, 1, 1, 0, 0, 0, 0, false}, {0.5, 0});
    CHECK(c.run(l, {1, 2, 3, 5, -1, -2, -3, -5}) == Tensor8{6, -6});  // 5.5 -> 6, -5.5 -> -6
}

TEST_CASE("a clamp requantises and is the identity on equal grids") {
    Layer l;
    l.name = "clamp";
    l.op = Op::kClamp;
    l.shape = {1, 1, 4};
    l.quant = {0.5, 3};
    Case same({1, 1, 4}, {0.5, 3});
    CHECK(same.run(l, {-128, -1, 3, 127}) == Tensor8{-128, -1, 3, 127});
    l.real_lo = 0;
    Case relu({1, 1, 4}, {0.5, 3});
    CHECK(relu.run(l, {-128, -1, 3, 127}) == Tensor8{3, 3, 3, 127});
    l.quant = {1.0, 0};
    l.real_lo = -1e300;
    Case halved({1, 1, 4}, {0.5, 3});
    CHECK(halved.run(l, {4, 2, 6, -128}) ==
          Tensor8{1, 0, 2, -65});  // 0.5, -0.5, 1.5, -65.5: half up
}

TEST_CASE("softmax passes its input on") {
    Layer l;
    l.name = "softmax";
    l.op = Op::kSoftmax;
    l.shape = {3, 1, 1};
    l.quant = {0.5, 3};
    Case c({3, 1, 1}, {0.5, 3});
    CHECK(c.run(l, {1, 2, 3}) == Tensor8{1, 2, 3});
}

TEST_CASE("evaluation refuses float networks and inputs of the wrong size") {
    Case c({1, 2, 2}, {1.0, 0});
    CHECK_THROWS_AS(evaluate(c.graph, Tensor8(3)), std::invalid_argument);
    c.graph.quantised = false;
    CHECK_THROWS_AS(evaluate(c.graph, Tensor8(4)), std::invalid_argument);
}
