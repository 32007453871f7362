// Writing QDQ ONNX: what is read back is the same network of integers, and the ONNX checker accepts
// it.
#include "network/onnx_write.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "network/check.h"
#include "network/images.h"
#include "network/reference.h"
#include "network/window.h"
#include "quant/rsd.h"
#include "tests/quant/random.h"
#include "tests/quant/temporary.h"
#include "tests/support.h"

using namespace msd::network;
using Catch::Contains;
using msd::test::Random;

namespace {

double scale(Random& random, double lo, double hi) {
    return static_cast<float>(random.uniform(lo, hi));
}

// A random quantised network of every kind of layer, ending in a classifier (and sometimes Softmax)
// or in a map.
class RandomNetwork {
public:
    explicit RandomNetwork(uint64_t seed) : random_(seed) {
        graph_.name = "random";
        graph_.quantised = true;
        graph_.metadata = {{"author", "nobody"}, {"empty", ""}};
    }

    Graph build() {
        Layer in;
        in.name = "image";
        in.shape = {1 + random_.below(4), 4 + random_.below(6), 4 + random_.below(6)};
        in.quant = params();
        LayerId last = graph_.add(in, {});
        const int layers = 1 + random_.below(7);
        for (int i = 0; i < layers; ++i) last = next(last);
        if (random_.below(3) != 0) {
            const Shape from = graph_[last].shape;
            Layer dense = convolution(from, {from.h, from.w, 1, 1, 0, 0, 0, 0, false}, 1, 10);
            last = append(dense, {last});
            if (random_.below(2) != 0) {
                Layer softmax;
                softmax.op = Op::kSoftmax;
                softmax.shape = graph_[last].shape;
                softmax.quant = graph_[last].quant;
                append(softmax, {last});
            }
        }
        return graph_;
    }

private:
    QuantParams params() { return {scale(random_, 0.01, 0.1), random_.below(256) - 128}; }

    LayerId append(Layer layer, const std::vector<LayerId>& inputs) {
        // Also names that look like the writer's own.
        static const char* kNames[] = {"conv", "layer/raw",    "layer/weights",
                                       "a b",  "block.1/Conv", "x/relu"};
        layer.name = std::string(kNames[random_.below(6)]) + std::to_string(graph_.size());
        if (graph_.size() == 3) layer.name = graph_[2].name + "/weights";
        return graph_.add(layer, inputs);
    }

    void bounds(Layer& layer) {
        const int kind = random_.below(6);
        if (kind == 1 || kind == 2) layer.real_lo = 0;
        if (kind == 2) layer.real_hi = 6;
        if (kind == 3) layer.real_hi = random_.uniform(-0.5, 2);
        if (kind == 4) layer.real_lo = random_.uniform(-2, 0.5);
        if (kind == 5) {
            layer.real_lo = random_.uniform(-2, 0);
            layer.real_hi = random_.uniform(0, 3);
        }
    }

    Window window(const Shape& in) {
        Window w;
        w.kernel_h = 1 + random_.below(std::min(3, in.h));
        w.kernel_w = 1 + random_.below(std::min(3, in.w));
        w.stride_y = 1 + random_.below(2);
        w.stride_x = 1 + random_.below(2);
        w.pad_top = random_.below(w.kernel_h);
        w.pad_bottom = random_.below(w.kernel_h);
        w.pad_left = random_.below(w.kernel_w);
        w.pad_right = random_.below(w.kernel_w);
        return w;
    }

    Layer convolution(const Shape& in, const Window& w, int groups, int channels) {
        Layer layer;
        layer.op = Op::kConv;
        layer.window = w;
        layer.groups = groups;
        layer.shape = output_shape(in, w, channels);
        layer.quant = params();
        bounds(layer);
        const int taps = in.c / groups * w.kernel_h * w.kernel_w;
        const bool encoded = random_.below(3) == 0;
        for (int k = 0; k < channels; ++k) {
            const int digits = encoded ? random_.below(4) : 0;
            if (encoded) layer.weights.digits.push_back(static_cast<uint8_t>(digits));
            const std::vector<int>& levels = msd::quant::grid(digits);
            for (int t = 0; t < taps; ++t)
                layer.weights.q.push_back(
                    static_cast<int8_t>(levels[random_.below(static_cast<int>(levels.size()))]));
            layer.weights.scale.push_back(scale(random_, 1e-3, 1e-2));
            layer.weights.bias_q.push_back(random_.below(40001) - 20000);
        }
        return layer;
    }

    LayerId next(LayerId from) {
        const Shape in = graph_[from].shape;
        Layer layer;
        switch (random_.below(6)) {
            case 0:
                if (in.h > 1 && in.w > 1) {
                    layer.op = random_.below(2) != 0 ? Op::kMaxPool : Op::kAveragePool;
                    layer.window = window(in);
                    layer.window.count_pads = layer.op == Op::kAveragePool && random_.below(2) != 0;
                    layer.shape = output_shape(in, layer.window, in.c);
                    layer.quant = layer.op == Op::kMaxPool ? graph_[from].quant : params();
                    return append(layer, {from});
                }
                [[fallthrough]];
            case 1:
                layer.op = Op::kAdd;
                layer.shape = in;
                layer.quant = params();
                bounds(layer);
                return append(layer, {from, random_.below(4) == 0 ? from : same_shape(from)});
            case 2:
                layer.op = Op::kClamp;
                layer.shape = in;
                layer.quant = random_.below(2) != 0 ? params() : graph_[from].quant;
                bounds(layer);
                return append(layer, {from});
            case 3:
                return append(convolution(in, window(in), in.c, in.c), {from});
            default:
                return append(convolution(in, window(in), 1, 1 + random_.below(6)), {from});
        }
    }

    // A convolution beside `from`, so that a sum has two operands.
    LayerId same_shape(LayerId from) {
        const Shape in = graph_[from].shape;
        return append(convolution(in, Window{}, 1, in.c), {from});
    }

    Random random_;
    Graph graph_;
};

void require_same(const Graph& a, const Graph& b) {
    REQUIRE(a.size() == b.size());
    CHECK(b.quantised);
    for (LayerId id = 0; id < a.size(); ++id) {
        const Layer &x = a[id], &y = b[id];
        INFO("layer " << x.name);
        CHECK(x.name == y.name);
        REQUIRE(x.op == y.op);
        CHECK(a.inputs(id) == b.inputs(id));
        CHECK(x.shape == y.shape);
        CHECK(x.groups == y.groups);
        CHECK(x.quant.scale == y.quant.scale);
        CHECK(x.quant.zero_point == y.quant.zero_point);
        CHECK(x.clamp_lo() == y.clamp_lo());
        CHECK(x.clamp_hi() == y.clamp_hi());
        const Window &v = x.window, &w = y.window;
        CHECK(std::vector<int>{v.kernel_h, v.kernel_w, v.stride_y, v.stride_x, v.pad_top,
                               v.pad_left, v.pad_bottom, v.pad_right, v.count_pads} ==
              std::vector<int>{w.kernel_h, w.kernel_w, w.stride_y, w.stride_x, w.pad_top,
                               w.pad_left, w.pad_bottom, w.pad_right, w.count_pads});
        CHECK(x.weights.q == y.weights.q);
        CHECK(x.weights.scale == y.weights.scale);
        CHECK(x.weights.bias_q == y.weights.bias_q);
    }
}

std::string bytes_of(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

bool any_digits(const Weights& w) {
    return std::any_of(w.digits.begin(), w.digits.end(), [](uint8_t d) { return d > 0; });
}

}  // namespace

TEST_CASE("a written network read back is the same network of integers") {
    const msd::test::TemporaryFolder folder;
    const std::string path = folder.path() + "/random.onnx";
    int tried = 0;
    for (uint64_t seed = 0; seed < 400; ++seed) {
        const Graph graph = RandomNetwork(seed).build();
        try {
            check(graph);
        } catch (const std::invalid_argument&) {
            continue;  // a multiplier out of range, a map too small
        }
        ++tried;
        INFO("seed " << seed);
        write_onnx(graph, path);
        Graph again = read_onnx(path);
        restore_digits(again, path);
        require_same(graph, again);
        CHECK(again.metadata == graph.metadata);
        for (LayerId id = 0; id < graph.size(); ++id) {
            if (any_digits(graph[id].weights))
                CHECK(again[id].weights.digits == graph[id].weights.digits);
        }
        Random random(seed);
        Tensor8 image(graph[graph.input()].shape.elements());
        for (int8_t& v : image) v = static_cast<int8_t>(random.below(256) - 128);
        REQUIRE(evaluate(graph, image) == evaluate(again, image));
        const std::string first = bytes_of(path);
        write_onnx(again, path);
        REQUIRE(bytes_of(path) == first);
    }
    CHECK(tried > 300);
}

TEST_CASE("the checker of the ONNX package accepts written networks") {
    if (std::system("/usr/bin/python3 -c 'import onnx' >/dev/null 2>&1") != 0) {
        std::cout << "SKIPPED: no python3-onnx\n";
        msd::test::skipped() = true;
        return;
    }
    const msd::test::TemporaryFolder folder;
    int written = 0;
    for (uint64_t seed = 0; written < 40; ++seed) {
        const Graph graph = RandomNetwork(seed).build();
        try {
            check(graph);
        } catch (const std::invalid_argument&) {
            continue;
        }
        write_onnx(graph, folder.path() + "/" + std::to_string(written++) + ".onnx");
    }
    const std::string script =
        "import onnx, glob, sys\n"
        "for path in glob.glob(sys.argv[1] + '/*.onnx'):\n"
        "    model = onnx.load(path)\n"
        "    onnx.checker.check_model(model, full_check=True)\n";  // with shape inference
    const std::string program = folder.write("check.py", script);
    CHECK(std::system(("/usr/bin/python3 " + program + " " + folder.path()).c_str()) == 0);
}

TEST_CASE("the published int8 ResNet-8 survives writing and reading") {
    if (!msd::test::have_data("onnx/resnet8_int8.onnx")) return;
    const msd::test::TemporaryFolder folder;
    const Graph graph = read_onnx(msd::test::data_path("onnx/resnet8_int8.onnx"));
    write_onnx(graph, folder.path() + "/again.onnx");
    require_same(graph, read_onnx(folder.path() + "/again.onnx"));
}

TEST_CASE("a network that cannot be written leaves no file behind") {
    const msd::test::TemporaryFolder folder;
    Graph graph = RandomNetwork(3).build();
    CHECK_THROWS_WITH(write_onnx(graph, folder.path() + "/no/such/a.onnx"),
                      Contains("/no/such/a.onnx: cannot be written"));
    graph.quantised = false;
    CHECK_THROWS_WITH(write_onnx(graph, folder.path() + "/a.onnx"),
                      "network 'random' is not quantised");
    graph.quantised = true;
    graph[0].name = graph[1].name;
    CHECK_THROWS_WITH(write_onnx(graph, folder.path() + "/a.onnx"),
                      Contains("two layers are called"));
    CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("digits that do not fit the network are refused with the file's name") {
    Graph graph;
    graph.quantised = true;
    Layer in;
    in.name = "in";
    in.shape = {1, 1, 1};
    graph.add(in, {});
    Layer conv;
    conv.name = "conv";
    conv.op = Op::kConv;
    conv.shape = {2, 1, 1};
    conv.weights = {{11, 3}, {0.5, 0.5}, {0, 0}, {}, {}, {}};
    graph.add(conv, {0});
    const auto error = [&](const std::string& layer, const std::string& text) -> std::string {
        Graph copy = graph;
        copy.metadata["msd.digits:" + layer] = text;
        try {
            restore_digits(copy, "a.onnx");
        } catch (const ImportError& e) {
            return e.what();
        }
        return "fine";
    };
    CHECK(error("conv", "32") == "fine");
    CHECK(error("conv", "00") == "fine");
    CHECK(error("conv", "22") ==
          "a.onnx: metadata 'msd.digits:conv': channel 0 has weight 11, which is no sum of 2 "
          "signed powers of two");
    CHECK(error("conv", "3") ==
          "a.onnx: metadata 'msd.digits:conv': '3' must be 2 characters 0 to 3, one a channel");
    CHECK_THAT(error("conv", "04"), Contains("must be 2 characters 0 to 3"));
    CHECK_THAT(error("in", "0"), Contains("there is no quantised convolution of that name"));
}
