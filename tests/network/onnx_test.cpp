// ONNX operators become the right layers: small models with known numbers.
#include <catch2/catch.hpp>

#include "network/graph.h"
#include "network/reference.h"
#include "tests/network/onnx_maker.h"

using namespace msd;
using namespace msd::network;
using onnx::TensorProto;
using test::OnnxMaker;

namespace {

Graph load(OnnxMaker& maker, const std::string& output) {
    const test::Folder folder;
    return read_onnx(maker.write(folder, output));
}

using Values = std::vector<float>;

Values run(OnnxMaker& maker, const std::string& output, const Values& input) {
    return evaluate_float(load(maker, output), input).back();
}

}  // namespace

TEST_CASE("a quantised convolution keeps integers, scales and integer biases") {
    OnnxMaker m({1, 2, 3, 3});
    const auto x = m.qdq("x", 0.5f, 10);
    const auto w = m.weights("w", {2, 2, 1, 1}, {1, -2, 3, 127}, {0.25f, 0.125f});
    const auto b = m.weights("b", {2}, {100, -200}, {0.125f, 0.0625f}, 0, TensorProto::INT32);
    m.node("conv", "Conv", {x, w, b});
    m.node("relu", "Relu", {"conv"});
    const Graph g = load(m, m.qdq("relu", 0.75f, -128));
    REQUIRE(g.size() == 2);
    CHECK(g.quantised);
    CHECK(g[0].quant.zero_point == 10);
    CHECK(g[1].name == "conv");
    CHECK(g[1].weights.q == std::vector<int8_t>{1, -2, 3, 127});
    CHECK(g[1].weights.scale == std::vector<double>{0.25, 0.125});
    CHECK(g[1].weights.bias_q == std::vector<int32_t>{100, -200});
    CHECK(g[1].real_lo == 0);
    CHECK(g[1].quant.scale == 0.75);
    CHECK(g[1].clamp_lo() == -128);
}

TEST_CASE("biases of another scale and float biases are converted, half up") {
    for (const bool integers : {false, true}) {
        OnnxMaker m({1, 1, 2, 2});
        const auto x = m.qdq("x", 0.5f, 0);
        const auto w = m.weights("w", {2, 1, 1, 1}, {1, 2}, {0.25f, 0.5f});
        const auto b = integers ? m.weights("b", {2}, {5, -5}, {0.0625f}, 0, TensorProto::INT32)
                                : m.floats("b", {2}, {0.3125f, -0.3125f});
        m.node("conv", "Conv", {x, w, b});
        const Graph g = load(m, m.qdq("conv", 1.0f, 0));
        CHECK(g[1].weights.bias_q == std::vector<int32_t>{3, -1});  // 2.5 -> 3, -1.25 -> -1
    }
}

TEST_CASE("uint8 activations and weights move to int8") {
    OnnxMaker m({1, 1, 2, 2});
    const auto x = m.qdq("x", 0.5f, 128, true);
    const auto w = m.weights("w", {1, 1, 1, 1}, {200}, {0.25f}, 0, TensorProto::UINT8, 128);
    m.node("conv", "Conv", {x, w});
    const Graph g = load(m, m.qdq("conv", 1.0f, 3, true));
    CHECK(g[0].quant.zero_point == 0);
    CHECK(g[1].quant.zero_point == -125);
    CHECK(g[1].weights.q == std::vector<int8_t>{72});
}

TEST_CASE("a quantised input tensor is the input layer") {
    OnnxMaker m({0, 1, 2, 2}, TensorProto::UINT8);
    m.floats("s", {}, {0.5f});
    m.ints("z", {}, TensorProto::UINT8, {100});
    m.node("dq", "DequantizeLinear", {"x", "s", "z"});
    m.node("relu", "Relu", {"dq"});
    const Graph g = load(m, m.qdq("relu", 0.5f, -28));
    CHECK(g.size() == 2);
    CHECK(g[0].quant.zero_point == -28);
    CHECK(g[1].op == Op::kClamp);
    CHECK(evaluate(g, {-100, -28, 0, 127}).back() == Tensor8{-28, -28, 0, 127});
}

TEST_CASE("requantisation is a clamp, and a flatten between equal grids disappears") {
    OnnxMaker m({1, 2, 2, 1});
    const auto x = m.qdq("x", 0.5f, 10);
    m.node("flat", "Flatten", {x});
    const auto same = m.qdq("flat", 0.5f, 10);
    const auto other = m.qdq(same, 0.25f, 10);
    const Graph g = load(m, other);
    REQUIRE(g.size() == 2);
    CHECK(g[1].op == Op::kClamp);
    CHECK(g[1].quant.scale == 0.25);
    CHECK(evaluate(g, {10, 11, 9, 100}).back() == Tensor8{10, 12, 8, 127});
}

TEST_CASE("a matrix product over a flattened map is a convolution with the map's kernel") {
    for (const bool transposed : {false, true}) {
        OnnxMaker m({1, 2, 1, 2});
        m.node("flat", "Flatten", {"x"});
        m.floats("b", {3}, {100, 200, 300});
        if (transposed) {
            m.floats("w", {3, 4}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
            m.node("fc", "Gemm", {"flat", "w", "b"});
            m.attribute("transB", 1);
        } else {
            m.floats("w", {4, 3}, {1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12});
            m.node("product", "MatMul", {"flat", "w"});
            m.node("fc", "Add", {"product", "b"});
        }
        const Graph g = load(m, "fc");
        REQUIRE(g.size() == 2);
        CHECK(g[1].window.kernel_w == 2);
        CHECK(g[1].shape == Shape{3, 1, 1});
        CHECK(evaluate_float(g, {1, 10, 100, 1000}).back() == Values{4421, 8965, 13509});
    }
}

TEST_CASE("a quantised matrix has its scales along the output channels") {
    OnnxMaker m({1, 3});
    const auto x = m.qdq("x", 1.0f, 0);
    const auto w = m.weights("w", {3, 2}, {1, 4, 2, 5, 3, 6}, {0.5f, 0.25f}, 1);
    m.node("fc", "MatMul", {x, w});
    const Graph g = load(m, m.qdq("fc", 1.0f, 0));
    CHECK(g[1].weights.q == std::vector<int8_t>{1, 2, 3, 4, 5, 6});
    CHECK(g[1].weights.scale == std::vector<double>{0.5, 0.25});
    CHECK(evaluate(g, {1, 2, 3}).back() == Tensor8{7, 8});  // 14/2; 32/4
}

TEST_CASE("alpha and beta scale a Gemm") {
    OnnxMaker m({1, 2});
    m.floats("w", {2, 1}, {1, 2});
    m.floats("b", {1}, {10});
    m.node("fc", "Gemm", {"x", "w", "b"});
    m.attribute_float("alpha", 2);
    m.attribute_float("beta", 0.5f);
    CHECK(run(m, "fc", {3, 4}) == Values{27});  // 2 * 11 + 5
}

TEST_CASE("padding may be asymmetric, automatic or none") {
    const auto padded = [](const std::string& mode, const OnnxMaker::Dims& pads) {
        OnnxMaker m({1, 1, 5, 6});
        m.floats("w", {1, 1, 3, 2}, Values(6, 1));
        m.node("conv", "Conv", {"x", "w"});
        m.attribute("strides", OnnxMaker::Dims{2, 1});
        if (!mode.empty()) m.attribute("auto_pad", mode);
        if (!pads.empty()) m.attribute("pads", pads);
        return load(m, "conv")[1];
    };
    const Layer pads = padded("", {2, 0, 1, 1});  // top, left, bottom, right
    CHECK(pads.window.pad_top == 2);
    CHECK(pads.window.pad_right == 1);
    CHECK(pads.shape == Shape{1, 3, 6});
    CHECK(padded("VALID", {}).shape == Shape{1, 2, 5});
    const Layer upper = padded("SAME_UPPER", {}), lower = padded("SAME_LOWER", {});
    CHECK(upper.shape == Shape{1, 3, 6});
    CHECK(upper.window.pad_left == 0);
    CHECK(upper.window.pad_right == 1);
    CHECK(lower.window.pad_left == 1);
    CHECK(lower.window.pad_right == 0);
}

TEST_CASE("grouped and depthwise convolutions keep their groups") {
    OnnxMaker m({1, 4, 2, 2});
    m.floats("w", {4, 1, 1, 1}, {1, 2, 3, 4});
    m.node("conv", "Conv", {"x", "w"});
    m.attribute("group", 4);
    const Graph g = load(m, "conv");
    CHECK(g[1].groups == 4);
    OnnxMaker n({1, 4, 2, 2});
    n.floats("w", {6, 2, 1, 1}, Values(12, 1));
    n.node("conv", "Conv", {"x", "w"});
    n.attribute("group", 2);
    CHECK(load(n, "conv")[1].shape == Shape{6, 2, 2});
}

TEST_CASE("pools round up, count their padding, and ignore a window that starts in the padding") {
    const auto pool = [](const std::string& op, int size, int kernel, int stride, int pad, int ceil,
                         int count) {
        OnnxMaker m({1, 1, size, size});
        m.node("pool", op, {"x"});
        m.attribute("kernel_shape", OnnxMaker::Dims{kernel, kernel});
        m.attribute("strides", OnnxMaker::Dims{stride, stride});
        m.attribute("pads", OnnxMaker::Dims(4, pad));
        m.attribute("ceil_mode", ceil);
        if (count) m.attribute("count_include_pad", 1);
        return load(m, "pool")[1];
    };
    CHECK(pool("MaxPool", 6, 3, 2, 0, 0, 0).shape.h == 2);
    const Layer up = pool("MaxPool", 6, 3, 2, 0, 1, 0);
    CHECK(up.shape.h == 3);
    CHECK(up.window.pad_bottom == 1);
    CHECK(pool("MaxPool", 5, 2, 3, 1, 1, 0).shape.h ==
          2);  // a third window would start at row 5, in the padding
    CHECK(pool("AveragePool", 4, 3, 1, 1, 0, 1).window.count_pads);
    CHECK_THROWS_AS(pool("AveragePool", 6, 3, 2, 0, 1, 1), ImportError);
}

TEST_CASE("bounds fold into their producer unless somebody else reads it") {
    OnnxMaker m({1, 1, 1, 3});
    m.floats("w", {1, 1, 1, 1}, {1});
    m.node("conv", "Conv", {"x", "w"});
    m.node("relu", "Relu", {"conv"});
    m.floats("lo", {}, {1});
    m.floats("hi", {}, {6});
    m.node("clip", "Clip", {"relu", "lo", "hi"});
    const Graph g = load(m, "clip");
    CHECK(g.size() == 2);
    CHECK(g[1].real_lo == 1);
    CHECK(g[1].real_hi == 6);
    OnnxMaker n({1, 1, 1, 3});
    n.floats("w", {1, 1, 1, 1}, {1});
    n.node("conv", "Conv", {"x", "w"});
    n.node("relu", "Relu", {"conv"});
    n.node("sum", "Add", {"relu", "conv"});
    const Graph h = load(n, "sum");
    CHECK(h.size() == 4);
    CHECK(h[2].op == Op::kClamp);
    CHECK(evaluate_float(h, {-1, 0, 2}).back() == Values{-1, 0, 4});
}

TEST_CASE("a relu behind a pool is a clamp of its own") {
    OnnxMaker m({1, 1, 2, 2});
    const auto x = m.qdq("x", 1.0f, 0);
    m.node("pool", "GlobalAveragePool", {x});
    m.node("relu", "Relu", {"pool"});
    const Graph g = load(m, m.qdq("relu", 0.5f, -10));
    REQUIRE(g.size() == 3);
    CHECK(g[1].op == Op::kAveragePool);
    CHECK(g[1].quant.scale == 0.5);
    CHECK(g[2].op == Op::kClamp);
    CHECK(evaluate(g, {1, 2, 3, 4}).back() == Tensor8{-5});
    CHECK(evaluate(g, {-1, -2, -3, -4}).back() == Tensor8{-10});
}

TEST_CASE("batch normalisation folds into a convolution or stands as a depthwise one") {
    const auto normalise = [](OnnxMaker& m, const std::string& x) {
        m.floats("gamma", {2}, {2, -3});
        m.floats("beta", {2}, {1, 0.5f});
        m.floats("mean", {2}, {4, 5});
        m.floats("var", {2}, {3, 8});
        m.node("bn", "BatchNormalization", {x, "gamma", "beta", "mean", "var"});
        m.attribute_float("epsilon",
                          1);  // deviations 2 and 3: factors 1 and -1, offsets -3 and 5.5
    };
    OnnxMaker alone({1, 2, 1, 1});
    normalise(alone, "x");
    CHECK(run(alone, "bn", {10, 20}) == Values{7, -14.5});
    OnnxMaker folded({1, 2, 1, 1});
    folded.floats("w", {2, 2, 1, 1}, {1, 1, 2, 0});
    folded.floats("b", {2}, {100, 200});
    folded.node("conv", "Conv", {"x", "w", "b"});
    normalise(folded, "conv");
    const Graph g = load(folded, "bn");
    CHECK(g.size() == 2);
    CHECK(evaluate_float(g, {10, 20}).back() == Values{127, -214.5});  // 130 - 3; -220 + 5.5

    OnnxMaker quantised({1, 2, 1, 1});
    const auto x = quantised.qdq("x", 0.5f, 0);
    const auto w = quantised.weights("w", {2, 2, 1, 1}, {1, 1, 2, 0}, {0.25f});
    quantised.node("conv", "Conv", {x, w});
    normalise(quantised, "conv");
    const Graph q = load(quantised, quantised.qdq("bn", 0.5f, 0));
    CHECK(q[1].weights.q == std::vector<int8_t>{1, 1, -2, 0});
    CHECK(q[1].weights.bias_q == std::vector<int32_t>{-24, 44});  // -3 / 0.125, 5.5 / 0.125
    OnnxMaker own({1, 2, 1, 1});
    normalise(own, own.qdq("x", 0.5f, 0));
    const Graph d = load(own, own.qdq("bn", 0.5f, 0));
    CHECK(d[1].groups == 2);
    CHECK(evaluate(d, {10, 20}).back() == Tensor8{4, -9});  // 5 - 3 = 2; -10 + 5.5 = -4.5
}

TEST_CASE("a sum of two branches keeps the order of its operands") {
    OnnxMaker m({1, 1, 1, 2});
    const auto x = m.qdq("x", 1.0f, 0);
    const auto w = m.weights("w", {1, 1, 1, 1}, {2}, {1.0f});
    m.node("conv", "Conv", {x, w});
    const auto c = m.qdq("conv", 1.0f, 0);
    m.node("sum", "Add", {c, x});
    m.node("relu", "Relu", {"sum"});
    const Graph g = load(m, m.qdq("relu", 1.0f, 0));
    CHECK(g.inputs(2) == std::vector<LayerId>{1, 0});
    CHECK(evaluate(g, {3, -4}).back() == Tensor8{9, 0});
}

TEST_CASE("views, identities and dropout disappear and softmax stays last") {
    OnnxMaker m({1, 4, 1, 1});
    m.node("id", "Identity", {"x"});
    m.node("drop", "Dropout", {"id"});
    m.node("shape", "Constant", {});
    auto* value = m.graph().mutable_node(2)->add_attribute();
    value->set_name("value_ints");
    value->set_type(onnx::AttributeProto::INTS);
    value->add_ints(0);
    value->add_ints(-1);
    m.node("flat", "Reshape", {"drop", "shape"});
    m.node("p", "Softmax", {"flat"});
    m.attribute("axis", -1);
    m.node("out", "Identity", {"p"});
    const Graph g = load(m, "out");
    REQUIRE(g.size() == 2);
    CHECK(g[1].op == Op::kSoftmax);
}

TEST_CASE("nodes may come in any order, dead ones are dropped and names are made unique") {
    OnnxMaker m({1, 1, 1, 1});
    m.node("b", "Relu", {"a"});
    m.node("a", "MaxPool", {"x"});
    m.attribute("kernel_shape", OnnxMaker::Dims{1, 1});
    m.node("dead", "NoSuchOperator", {"x"});
    m.graph().mutable_node(0)->set_name("a");
    const Graph g = load(m, "b");
    REQUIRE(g.size() == 3);
    CHECK(g[1].name == "a");
    CHECK(g[2].name == "a_2");
}

TEST_CASE("metadata travels with the graph") {
    OnnxMaker m({1, 1, 1, 1});
    m.node("r", "Relu", {"x"});
    auto* property = m.model.add_metadata_props();
    property->set_key("effective_bits");
    property->set_value("2");
    CHECK(load(m, "r").metadata.at("effective_bits") == "2");
}

TEST_CASE("external data beside the model is read") {
    const test::Folder folder;
    folder.write("weights.bin",
                 std::string("\x07\x00\x00\x00\x00\x40\x40", 7));  // 3.0f from byte 3 on
    OnnxMaker m({1, 1, 1, 1});
    m.floats("w", {1, 1, 1, 1}, {});
    auto* w = m.graph().mutable_initializer(0);
    w->set_data_location(TensorProto::EXTERNAL);
    const auto entry = [&](const char* key, const char* value) {
        auto* e = w->add_external_data();
        e->set_key(key);
        e->set_value(value);
    };
    entry("location", "weights.bin");
    entry("offset", "3");
    entry("length", "4");
    m.node("conv", "Conv", {"x", "w"});
    CHECK(read_onnx(m.write(folder, "conv"))[1].weights.real == Values{3});
}

TEST_CASE("a channel without weights computes its bias whatever its scale") {
    OnnxMaker m({1, 1, 1, 1});
    const auto x = m.qdq("x", 0.5f, 0);
    const auto w = m.weights("w", {2, 1, 1, 1}, {0, 1}, {1e-30f, 1.0f});
    m.floats("b", {2}, {3, 1});
    m.node("conv", "Conv", {x, w, "b"});
    const Graph g = load(m, m.qdq("conv", 0.5f, 0));
    CHECK(evaluate(g, {10}).back() == Tensor8{6, 12});
}
