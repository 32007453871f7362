// Broken and unsupported ONNX files: each is a message that names file and node, none a crash.
#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>

#include "network/graph.h"
#include "tests/network/onnx_maker.h"
#include "tests/support.h"

using namespace msd;
using namespace msd::network;
using onnx::TensorProto;
using test::OnnxMaker;

namespace {

// The message without the folder.
std::string complaint(const test::Folder& folder, const std::string& bytes) {
    try {
        read_onnx(folder.write("model.onnx", bytes));
    } catch (const ImportError& error) {
        const std::string what = error.what();
        const std::size_t at = what.find("model.onnx: ");
        return at == std::string::npos ? "no file name: " + what : what.substr(at);
    }
    return "accepted";
}

std::string complaint(OnnxMaker& maker, const std::string& output) {
    const test::Folder folder;
    return complaint(folder, maker.bytes(output));
}

bool starts(const std::string& text, const std::string& with) {
    INFO(text);
    CHECK(text.substr(0, with.size()) == with);
    return text.compare(0, with.size(), with) == 0;
}

// A 1x1 convolution of a 2 x 4 x 4 map, which `change` may spoil.
std::string conv_complaint(const std::function<void(OnnxMaker&)>& change) {
    OnnxMaker m({1, 2, 4, 4});
    m.floats("w", {3, 2, 1, 1}, {1, 2, 3, 4, 5, 6});
    m.node("conv1", "Conv", {"x", "w"});
    change(m);
    return complaint(m, "conv1");
}

TensorProto& weights_of(OnnxMaker& m) {
    return *m.graph().mutable_initializer(0);
}

}  // namespace

TEST_CASE("an unsupported operator is named with its node, and the supported ones are listed") {
    OnnxMaker m({1, 1, 1, 1});
    m.node("squash", "Sigmoid", {"x"});
    const std::string text = complaint(m, "squash");
    starts(text,
           "model.onnx: node 'squash': operator 'Sigmoid' is not supported; supported are Add, "
           "AveragePool, ");
    CHECK(text.find("Conv") != std::string::npos);
    m.graph().mutable_node(0)->set_name("");
    starts(complaint(m, "squash"), "model.onnx: node 'Sigmoid_squash': operator");
    m.graph().mutable_node(0)->set_op_type("Relu");
    m.graph().mutable_node(0)->set_domain("some.company");
    starts(complaint(m, "squash"),
           "model.onnx: node 'Relu_squash': operator 'some.company.Relu' is not supported");
}

TEST_CASE("files that are no ONNX model say so") {
    const test::Folder folder;
    CHECK(complaint(folder, "") == "model.onnx: holds no graph; an ONNX model is expected");
    starts(complaint(folder, "name,a,b\n1,2,3\n"), "model.onnx: is not an ONNX model");
    starts(complaint(folder, std::string(100000, '\x0a')), "model.onnx: is not an ONNX model");
    CHECK_THROWS_WITH(read_onnx(folder.file("absent.onnx")),
                      Catch::Contains("absent.onnx: cannot be opened"));
    std::filesystem::create_directory(folder.file("dir.onnx"));
    CHECK_THROWS_AS(read_onnx(folder.file("dir.onnx")), ImportError);
}

TEST_CASE("dilations are refused with the layer's name") {
    starts(conv_complaint([](OnnxMaker& m) {
               m.attribute("dilations", OnnxMaker::Dims{2, 2});
           }),
           "model.onnx: node 'conv1': dilations other than 1 are not supported");
}

TEST_CASE("broken weights are refused") {
    const std::string node = "model.onnx: node 'conv1': ";
    starts(conv_complaint([](OnnxMaker& m) { weights_of(m).set_dims(0, -3); }),
           node + "tensor 'w': dimension -3 is not possible");
    starts(conv_complaint([](OnnxMaker& m) { weights_of(m).set_dims(0, 0); }),
           node + "tensor 'w': dimension 0");
    starts(conv_complaint([](OnnxMaker& m) { weights_of(m).set_dims(0, int64_t{1} << 62); }),
           node + "tensor 'w': dimension 46");
    starts(conv_complaint([](OnnxMaker& m) {
               weights_of(m).set_dims(0, 1 << 28);
               weights_of(m).set_dims(1, 1 << 28);
           }),
           node + "tensor 'w': more than 2^28 elements");
    starts(conv_complaint([](OnnxMaker& m) { weights_of(m).set_dims(0, 4); }),
           node + "tensor 'w': has 6 values; its shape needs 8");
    starts(conv_complaint([](OnnxMaker& m) { weights_of(m).set_raw_data("1234"); }),
           node + "tensor 'w': has 4 bytes of data; its shape needs 24");
    starts(conv_complaint([](OnnxMaker& m) { weights_of(m).set_float_data(2, INFINITY); }),
           node + "tensor 'w': holds a value that is not finite");
    starts(conv_complaint([](OnnxMaker& m) { weights_of(m).set_data_type(TensorProto::FLOAT16); }),
           node + "tensor 'w': has data type 10; supported are");
    starts(conv_complaint([](OnnxMaker& m) {
               weights_of(m).set_dims(1, 1);
               weights_of(m).set_dims(0, 6);
           }),
           node + "its kernel 6x1x1x1 in 1 groups does not fit 2 input channels");
    starts(conv_complaint([](OnnxMaker& m) { m.attribute("group", 7); }),
           node + "its kernel 3x2x1x1 in 7 groups");
    starts(conv_complaint([](OnnxMaker& m) { m.attribute("group", int64_t{1} << 63); }),
           node + "its kernel");
    starts(
        conv_complaint([](OnnxMaker& m) { m.graph().clear_initializer(); }),
        "model.onnx: node 'conv1': its input 'w' is neither an initialiser nor produced by a node");
}

TEST_CASE("impossible windows are refused") {
    const std::string node = "model.onnx: node 'conv1': ";
    starts(conv_complaint([](OnnxMaker& m) {
               m.attribute("strides", OnnxMaker::Dims{0, 1});
           }),
           node + "stride 0 is not possible");
    starts(conv_complaint([](OnnxMaker& m) { m.attribute("strides", OnnxMaker::Dims{1}); }),
           node + "strides and dilations must");
    starts(conv_complaint([](OnnxMaker& m) {
               m.attribute("pads", OnnxMaker::Dims{-1, 0, 0, 0});
           }),
           node + "padding -1");
    starts(conv_complaint([](OnnxMaker& m) {
               m.attribute("pads", OnnxMaker::Dims{1 << 20, 0, 0, 0});
           }),
           node + "padding 1048576");
    starts(conv_complaint([](OnnxMaker& m) { m.attribute("auto_pad", std::string("SOME")); }),
           node + "auto_pad 'SOME'");
    starts(conv_complaint([](OnnxMaker& m) {
               m.attribute("kernel_shape", OnnxMaker::Dims{3, 3});
           }),
           node + "kernel_shape differs");
    starts(conv_complaint([](OnnxMaker& m) { m.attribute("frobnicate", 1); }),
           node + "attribute 'frobnicate' is not known");
    starts(conv_complaint([](OnnxMaker& m) { m.attribute("group", std::string("one")); }),
           node + "attribute 'group' must be an integer");
    OnnxMaker m({1, 1, 2, 2});
    m.node("pool1", "MaxPool", {"x"});
    m.attribute("kernel_shape", OnnxMaker::Dims{3, 3});
    starts(complaint(m, "pool1"),
           "model.onnx: node 'pool1': the window does not fit its input once");
    OnnxMaker n({1, 1, 2, 2});
    n.node("pool1", "MaxPool", {"x"});
    n.attribute("kernel_shape", OnnxMaker::Dims{1, 1});
    n.attribute("pads", OnnxMaker::Dims{1, 1, 1, 1});
    starts(complaint(n, "pool1"),
           "model.onnx: layer 'pool1': a pool's padding must be smaller than its kernel");
}

TEST_CASE("cycles, missing and doubled tensors are refused") {
    OnnxMaker cycle({1, 1, 1, 1});
    cycle.node("a", "Add", {"x", "b"});
    cycle.node("b", "Relu", {"a"});
    starts(complaint(cycle, "b"), "model.onnx: node 'a': is part of or behind a cycle");
    OnnxMaker self({1, 1, 1, 1});
    self.node("a", "Relu", {"a"});
    starts(complaint(self, "a"), "model.onnx: node 'a': is part of or behind a cycle");
    OnnxMaker missing({1, 1, 1, 1});
    missing.node("a", "Relu", {"nowhere"});
    starts(complaint(missing, "a"), "model.onnx: node 'a': its input 'nowhere' is neither");
    OnnxMaker twice({1, 1, 1, 1});
    twice.node("a", "Relu", {"x"});
    twice.node("a", "Relu", {"x"});
    starts(complaint(twice, "a"), "model.onnx: tensor 'a' is produced twice");
    OnnxMaker shadow({1, 1, 1, 1});
    shadow.node("x", "Relu", {"x"});
    starts(complaint(shadow, "x"), "model.onnx: tensor 'x' is produced twice");
    OnnxMaker none({1, 1, 1, 1});
    none.node("a", "Relu", {"x"});
    starts(complaint(none, "b"), "model.onnx: output 'b' is produced by no node");
    OnnxMaker second({1, 1, 2, 2});
    second.node("a", "MaxPool", {"x"});
    second.attribute("kernel_shape", OnnxMaker::Dims{1, 1});
    second.graph().mutable_node(0)->add_output("indices");
    second.node("b", "Relu", {"indices"});
    starts(complaint(second, "b"),
           "model.onnx: node 'b': its input 'indices' is an output that is not supported");
}

TEST_CASE("input shapes other than one image are refused") {
    const auto input = [](const OnnxMaker::Dims& dims) {
        OnnxMaker m(dims);
        m.node("a", "Relu", {"x"});
        return complaint(m, "a");
    };
    CHECK(input({0, 1, 1, 1}) == "accepted");
    starts(input({2, 1, 1, 1}), "model.onnx: input 'x' has batch size 2; it must be 1 or symbolic");
    starts(input({1, 3, 0, 8}), "model.onnx: input 'x': dimension 2 must be a number");
    starts(input({1, 3, 8}), "model.onnx: input 'x' has 3 dimensions");
    starts(input({1, 60000, 60000, 1}), "model.onnx: input 'x' has more than 2^28 elements");
    starts(input({1, int64_t{1} << 40, 1, 1}), "model.onnx: input 'x': dimension 1");
    OnnxMaker two({1, 1, 1, 1});
    two.graph().add_input()->set_name("y");
    two.node("a", "Add", {"x", "y"});
    starts(complaint(two, "a"), "model.onnx: has 2 inputs; one is supported");
    OnnxMaker typed({1, 1, 1, 1}, TensorProto::INT32);
    typed.node("a", "Relu", {"x"});
    starts(complaint(typed, "a"), "model.onnx: input 'x' has data type 6");
}

TEST_CASE("shapes that do not fit are refused with the node's name") {
    OnnxMaker add({1, 2, 2, 2});
    add.node("pool", "GlobalAveragePool", {"x"});
    add.node("sum", "Add", {"x", "pool"});
    starts(complaint(add, "sum"), "model.onnx: node 'sum': its operands differ in shape");
    OnnxMaker bias({1, 2, 2, 2});
    bias.floats("b", {2}, {1, 2});  // numpy would add it along the width
    bias.node("sum", "Add", {"x", "b"});
    starts(complaint(bias, "sum"), "model.onnx: node 'sum': its constant of 2 is not supported");
    OnnxMaker gemm({1, 2, 2, 2});
    gemm.floats("w", {8, 3}, std::vector<float>(24, 1));
    gemm.node("fc", "Gemm", {"x", "w"});
    starts(complaint(gemm, "fc"),
           "model.onnx: node 'fc': its weights are 8x3; they must be a matrix of floats over 8 "
           "values");
    OnnxMaker reshape({1, 2, 2, 2});
    reshape.ints("s", {4}, TensorProto::INT64, {1, 4, 2, 1});
    reshape.node("view", "Reshape", {"x", "s"});
    starts(complaint(reshape, "view"),
           "model.onnx: node 'view': its shape 1x4x2x1 is not supported; it must flatten, or keep");
    OnnxMaker overflow({1, 2, 2, 2});
    overflow.ints("s", {3}, TensorProto::INT64, {65536, 65536, 65536});
    overflow.node("view", "Reshape", {"x", "s"});
    starts(complaint(overflow, "view"),
           "model.onnx: node 'view': its shape 65536x65536x65536 is not possible");
    OnnxMaker soft({1, 2, 1, 1});
    soft.node("p", "Softmax", {"x"});
    soft.node("after", "Relu", {"p"});
    starts(complaint(soft, "after"), "model.onnx: node 'after': reads the output of Softmax");
    OnnxMaker clip({1, 2, 1, 1});
    clip.node("clip", "Clip", {"x"});
    clip.attribute_float("min", 2);
    clip.attribute_float("max", 1);
    starts(complaint(clip, "clip"),
           "model.onnx: node 'clip': its lower bound is above its upper bound");
}

TEST_CASE("quantised networks say where a quantiser is missing or wrong") {
    const auto quantised = [](int weight_type, int weight_zero, bool quantise_output, int axis) {
        OnnxMaker m({1, 2, 1, 1});
        const auto x = m.qdq("x", 1.0f, 0);
        const auto w = m.weights("w", {2, 2, 1, 1}, {1, 1, 1, 1}, {1.0f, 1.0f}, axis, weight_type,
                                 weight_zero);
        m.node("conv1", "Conv", {x, w});
        return complaint(m, quantise_output ? m.qdq("conv1", 1.0f, 0) : "conv1");
    };
    CHECK(quantised(TensorProto::INT8, 0, true, 0) == "accepted");
    starts(quantised(TensorProto::INT8, 3, true, 0),
           "model.onnx: node 'conv1': its int8 weights have zero point 3; it must be 0");
    starts(quantised(TensorProto::UINT8, 0, true, 0),
           "model.onnx: node 'conv1': its uint8 weights have zero point 0; it must be 128");
    starts(quantised(TensorProto::INT8, 0, false, 0),
           "model.onnx: layer 'conv1': its output is not quantised");
    starts(quantised(TensorProto::INT8, 0, true, 1),
           "model.onnx: node 'conv1': its weights are quantised along axis 1");
    starts(quantised(TensorProto::INT8, 0, true, 5), "model.onnx: node 'w': its axis is outside");
    OnnxMaker floats({1, 1, 1, 1});
    const auto x = floats.qdq("x", 1.0f, 0);
    floats.floats("w", {1, 1, 1, 1}, {1});
    floats.node("conv1", "Conv", {x, "w"});
    starts(complaint(floats, floats.qdq("conv1", 1.0f, 0)),
           "model.onnx: node 'conv1': its weights are not quantised");
    OnnxMaker scale({1, 1, 1, 1});
    starts(complaint(scale, scale.qdq("x", -1.0f, 0)),
           "model.onnx: node 'x_0_q': its scale -1.000000 is not positive");
    OnnxMaker zero({1, 1, 1, 1});
    starts(complaint(zero, zero.qdq("x", 1.0f, 300)),
           "model.onnx: node 'x_0_q': tensor 'x_0_zero': value 300 does not fit its type");
    OnnxMaker far({1, 1, 1, 1});
    const auto near = far.qdq("x", 1.0f, 0);
    starts(complaint(far, far.qdq(near, 1e-20f, 0)),
           "model.onnx: layer 'x_0_dq_1_q': multiplier: factor");
    OnnxMaker bias({1, 1, 1, 1});
    const auto y = bias.qdq("x", 1.0f, 0);
    const auto w = bias.weights("w", {1, 1, 1, 1}, {1}, {1e-6f});
    bias.floats("b", {1}, {1e6f});
    bias.node("conv1", "Conv", {y, w, "b"});
    starts(complaint(bias, bias.qdq("conv1", 1.0f, 0)),
           "model.onnx: layer 'conv1': bias 1000000.000000 of channel 0 does not fit 32 bits");
}

TEST_CASE("external data outside the model's folder is refused") {
    const test::Folder folder;
    const test::Folder elsewhere;
    const std::string secret = elsewhere.write("secret.bin", "12345678123456781234567812345678");
    std::filesystem::create_symlink(secret, folder.file("link.bin"));
    folder.write("short.bin", "1234");
    const auto external = [&](const std::string& location, const std::string& offset = "0") {
        OnnxMaker m({1, 2, 4, 4});
        m.floats("w", {3, 2, 1, 1}, {});
        weights_of(m).set_data_location(TensorProto::EXTERNAL);
        for (const auto& [key, value] :
             {std::pair<std::string, std::string>{"location", location}, {"offset", offset}}) {
            auto* e = weights_of(m).add_external_data();
            e->set_key(key);
            e->set_value(value);
        }
        m.node("conv1", "Conv", {"x", "w"});
        return complaint(folder, m.bytes("conv1"));
    };
    const std::string outside = " lies outside the model's folder; it must be beside the model";
    CHECK(external(secret).find(outside) != std::string::npos);
    CHECK(external("../" + std::filesystem::path(secret).parent_path().filename().string() +
                   "/secret.bin")
              .find(outside) != std::string::npos);
    CHECK(external("../" +
                   std::filesystem::path(folder.file("")).parent_path().filename().string() +
                   "/short.bin")
              .find(outside) != std::string::npos);  // comes back inside, but no path may leave
    CHECK(external("link.bin").find(outside) != std::string::npos);
    CHECK(external("").find(outside) != std::string::npos);
    CHECK(external("absent.bin").find("cannot open 'absent.bin'") != std::string::npos);
    CHECK(external(".").find("is not a file") != std::string::npos);
    CHECK(external("short.bin").find("is too short: 4 bytes, needs 24 from 0 on") !=
          std::string::npos);
    CHECK(external("short.bin", "999999999999").find("is too short") != std::string::npos);
    CHECK(external("short.bin", "-1").find("offset '-1' is not a number") != std::string::npos);
}
