// Thousands of damaged ONNX files: each loads or is refused with ImportError, nothing else.
#include <catch2/catch.hpp>

#include "network/random_weights.h"
#include "network/reference.h"
#include "tests/network/onnx_maker.h"
#include "tests/support.h"

using namespace msd;
using namespace msd::network;
using test::OnnxMaker;

namespace {

std::string small_quantised() {
    OnnxMaker m({1, 2, 6, 6});
    const auto x = m.qdq("x", 0.5f, 3);
    const auto w = m.weights("w", {4, 2, 3, 3}, std::vector<int>(72, 5), {0.1f, 0.2f, 0.3f, 0.4f});
    m.floats("b", {4}, {1, 2, 3, 4});
    m.node("conv", "Conv", {x, w, "b"});
    m.attribute("pads", OnnxMaker::Dims{1, 1, 1, 1});
    m.attribute("strides", OnnxMaker::Dims{1, 1});
    m.node("relu", "Relu", {"conv"});
    const auto c = m.qdq("relu", 0.7f, -128);
    m.node("pool", "MaxPool", {c});
    m.attribute("kernel_shape", OnnxMaker::Dims{2, 2});
    m.attribute("strides", OnnxMaker::Dims{2, 2});
    m.node("average", "AveragePool", {"pool"});
    m.attribute("kernel_shape", OnnxMaker::Dims{3, 3});
    const auto a = m.qdq("average", 0.6f, -100);
    m.node("flat", "Flatten", {a});
    const auto f = m.weights("f", {4, 3}, std::vector<int>(12, -7), {0.01f});
    m.node("fc", "Gemm", {"flat", f});
    const auto out = m.qdq("fc", 0.9f, 0);
    m.node("p", "Softmax", {out});
    return m.bytes("p");
}

std::string small_float() {
    OnnxMaker m({1, 2, 5, 5});
    m.floats("w", {2, 1, 3, 3}, std::vector<float>(18, 0.5f));
    m.node("conv", "Conv", {"x", "w"});
    m.attribute("group", 2);
    m.attribute("auto_pad", std::string("SAME_UPPER"));
    for (const char* name : {"g", "o", "m", "v"}) m.floats(name, {2}, {1, 2});
    m.node("bn", "BatchNormalization", {"conv", "g", "o", "m", "v"});
    m.node("clip", "Clip", {"bn"});
    m.attribute_float("min", 0);
    m.attribute_float("max", 6);
    m.node("sum", "Add", {"clip", "x"});
    m.node("gap", "GlobalAveragePool", {"sum"});
    m.ints("s", {2}, onnx::TensorProto::INT64, {0, -1});
    m.node("flat", "Reshape", {"gap", "s"});
    m.floats("f", {2, 3}, {1, 2, 3, 4, 5, 6});
    m.node("fc", "MatMul", {"flat", "f"});
    m.floats("b", {3}, {1, 2, 3});
    m.node("out", "Add", {"fc", "b"});
    return m.bytes("out");
}

struct Outcome {
    int loaded = 0, refused = 0;
};

void attempt(const test::Folder& folder, const std::string& bytes, Outcome& outcome, bool run) {
    const std::string path = folder.write("fuzz.onnx", bytes);
    Graph graph;
    try {
        graph = read_onnx(path);
    } catch (const ImportError& error) {
        REQUIRE(std::string(error.what()).find("fuzz.onnx: ") != std::string::npos);
        ++outcome.refused;
        return;
    }
    ++outcome.loaded;
    int64_t work = 0;
    for (const LayerId id : graph.order()) work += graph.macs(id) + graph[id].shape.elements();
    if (!run || work > 100000) return;
    // What loads also evaluates.
    if (graph.quantised) {
        evaluate(graph, Tensor8(graph[graph.input()].shape.elements()));
    } else {
        evaluate_float(graph, std::vector<float>(graph[graph.input()].shape.elements()));
    }
}

std::string mutated(const std::string& good, SplitMix& random, std::size_t hot) {
    std::string bytes = good;
    for (int i = 1 + static_cast<int>(random.next() % 4); i > 0; --i) {
        // Weights are dull: aim at the structure, which lies in the first `hot` and the last bytes.
        std::size_t at = random.next() % bytes.size();
        if (random.next() % 4) at = random.next() % std::min(hot, bytes.size());
        switch (random.next() % 6) {
            case 0:
                bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.next() % 8));
                break;
            case 1:
                bytes[at] = static_cast<char>(random.next());
                break;
            case 2:
                bytes[at] = static_cast<char>(0xff);
                break;
            case 3:
                bytes[at] = 0;
                break;
            case 4:
                bytes.erase(at, 1 + random.next() % 8);
                break;
            default:
                bytes.insert(at,
                             bytes.substr(random.next() % bytes.size(), 1 + random.next() % 16));
                break;
        }
        if (bytes.empty()) bytes = "x";
    }
    return bytes;
}

void fuzz(const std::string& good, int mutations, uint64_t seed, std::size_t hot) {
    const test::Folder folder;
    SplitMix random(seed);
    Outcome outcome;
    attempt(folder, good, outcome, true);
    REQUIRE(outcome.loaded == 1);
    for (int n = 0; n < mutations; ++n) attempt(folder, mutated(good, random, hot), outcome, true);
    CHECK(outcome.loaded > mutations / 100);
    CHECK(outcome.refused > mutations / 5);
}

void truncate(const std::string& good, std::size_t step) {
    const test::Folder folder;
    Outcome outcome;
    for (std::size_t n = 0; n < good.size(); n += step)
        attempt(folder, good.substr(0, n), outcome, false);
    CHECK(outcome.refused > outcome.loaded);
}

}  // namespace

TEST_CASE("damaged small ONNX files load or are refused") {
    fuzz(small_quantised(), 4000, 1, 100000);
    fuzz(small_float(), 4000, 2, 100000);
}

TEST_CASE("truncated small ONNX files load or are refused") {
    truncate(small_quantised(), 1);
    truncate(small_float(), 1);
}

TEST_CASE("a damaged or truncated ResNet-8 loads or is refused") {
    if (!test::have_data("onnx/resnet8_int8.onnx")) return;
    const std::string good = test::read_bytes(test::data_path("onnx/resnet8_int8.onnx"));
    fuzz(good, 1000, 3, 12000);
    truncate(good, 499);
}

TEST_CASE("a hundred thousand damaged ONNX files load or are refused", "[.long]") {
    fuzz(small_quantised(), 50000, 11, 100000);
    fuzz(small_float(), 50000, 12, 100000);
    if (!test::have_data("onnx/resnet8_int8.onnx")) return;
    fuzz(test::read_bytes(test::data_path("onnx/resnet8_int8.onnx")), 10000, 13, 12000);
}
