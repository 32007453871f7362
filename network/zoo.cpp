// Builds the zoo's graphs layer by layer.
#include "network/zoo.h"

#include <functional>
#include <map>
#include <utility>

#include "network/random_weights.h"
#include "network/window.h"

namespace msd::network {
namespace {

class Builder {
public:
    explicit Builder(const std::string& name, const Shape& input) {
        graph_.name = name;
        Layer layer;
        layer.name = "input";
        layer.shape = input;
        graph_.add(std::move(layer), {});
    }

    enum class Bound { kNone, kRelu, kRelu6 };
    struct Conv {
        int k = 0, kernel = 1, stride = 1, pad = 0, groups = 1;
        Bound bound = Bound::kRelu;
    };

    LayerId conv(const std::string& name, LayerId from, const Conv& c) {
        Layer layer;
        layer.name = name;
        layer.op = Op::kConv;
        layer.window = square(c.kernel, c.stride, c.pad);
        layer.groups = c.groups;
        bound(layer, c.bound);
        return add(std::move(layer), {from}, c.k);
    }

    LayerId fully_connected(const std::string& name, LayerId from, int k, bool relu) {
        Layer layer;
        layer.name = name;
        layer.op = Op::kConv;
        layer.window.kernel_h = graph_[from].shape.h;
        layer.window.kernel_w = graph_[from].shape.w;
        bound(layer, relu ? Bound::kRelu : Bound::kNone);
        return add(std::move(layer), {from}, k);
    }

    LayerId max_pool(const std::string& name, LayerId from, int kernel, int stride, int pad) {
        Layer layer;
        layer.name = name;
        layer.op = Op::kMaxPool;
        layer.window = square(kernel, stride, pad);
        return add(std::move(layer), {from}, graph_[from].shape.c);
    }

    LayerId global_average(const std::string& name, LayerId from) {
        Layer layer;
        layer.name = name;
        layer.op = Op::kAveragePool;
        layer.window.kernel_h = graph_[from].shape.h;
        layer.window.kernel_w = graph_[from].shape.w;
        return add(std::move(layer), {from}, graph_[from].shape.c);
    }

    LayerId sum(const std::string& name, LayerId a, LayerId b, Bound limits) {
        Layer layer;
        layer.name = name;
        layer.op = Op::kAdd;
        bound(layer, limits);
        return add(std::move(layer), {a, b}, graph_[a].shape.c);
    }

    Graph& graph() { return graph_; }
    const Shape& shape(LayerId id) const { return graph_[id].shape; }

    Graph finish(uint64_t seed) {
        draw_weights(graph_, seed);
        return std::move(graph_);
    }

private:
    static Window square(int kernel, int stride, int pad) {
        Window w;
        w.kernel_h = w.kernel_w = kernel;
        w.stride_y = w.stride_x = stride;
        w.pad_top = w.pad_left = w.pad_bottom = w.pad_right = pad;
        return w;
    }

    static void bound(Layer& layer, Bound b) {
        if (b != Bound::kNone) layer.real_lo = 0;
        if (b == Bound::kRelu6) layer.real_hi = 6;
    }

    LayerId add(Layer layer, const std::vector<LayerId>& inputs, int channels) {
        layer.shape = output_shape(graph_[inputs[0]].shape, layer.window, channels);
        return graph_.add(std::move(layer), inputs);
    }

    Graph graph_;
};

using Bound = Builder::Bound;

Graph resnet(const std::string& name, const std::vector<int>& blocks, bool bottleneck,
             uint64_t seed) {
    Builder b(name, {3, 224, 224});
    LayerId x = b.conv("conv1", 0, {64, 7, 2, 3});
    x = b.max_pool("pool1", x, 3, 2, 1);
    for (std::size_t stage = 0; stage < blocks.size(); ++stage) {
        const int width = 64 << stage, out = bottleneck ? 4 * width : width;
        for (int i = 0; i < blocks[stage]; ++i) {
            const std::string at =
                "stage" + std::to_string(stage + 1) + "." + std::to_string(i + 1) + ".";
            const int stride = stage > 0 && i == 0 ? 2 : 1;
            LayerId shortcut = x;
            if (stride != 1 || b.shape(x).c != out)
                shortcut = b.conv(at + "shortcut", x, {out, 1, stride, 0, 1, Bound::kNone});
            LayerId y;
            if (bottleneck) {
                y = b.conv(at + "conv1", x, {width});
                y = b.conv(at + "conv2", y, {width, 3, stride, 1});
                y = b.conv(at + "conv3", y, {out, 1, 1, 0, 1, Bound::kNone});
            } else {
                y = b.conv(at + "conv1", x, {width, 3, stride, 1});
                y = b.conv(at + "conv2", y, {out, 3, 1, 1, 1, Bound::kNone});
            }
            x = b.sum(at + "add", y, shortcut, Bound::kRelu);
        }
    }
    b.fully_connected("fc", b.global_average("pool", x), 1000, false);
    return b.finish(seed);
}

Graph vgg16(uint64_t seed) {
    Builder b("vgg16", {3, 224, 224});
    LayerId x = 0;
    const std::vector<std::pair<int, int>> stages{{64, 2}, {128, 2}, {256, 3}, {512, 3}, {512, 3}};
    for (std::size_t s = 0; s < stages.size(); ++s) {
        const std::string at = std::to_string(s + 1);
        for (int i = 0; i < stages[s].second; ++i)
            x = b.conv("conv" + at + "_" + std::to_string(i + 1), x, {stages[s].first, 3, 1, 1});
        x = b.max_pool("pool" + at, x, 2, 2, 0);
    }
    x = b.fully_connected("fc6", x, 4096, true);
    x = b.fully_connected("fc7", x, 4096, true);
    b.fully_connected("fc8", x, 1000, false);
    return b.finish(seed);
}

Graph mobilenetv2(uint64_t seed) {
    struct Stage {
        int expand, channels, count, stride;
    };
    const Stage stages[] = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                            {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
    Builder b("mobilenetv2", {3, 224, 224});
    LayerId x = b.conv("conv1", 0, {32, 3, 2, 1, 1, Bound::kRelu6});
    int number = 0;
    for (const Stage& stage : stages)
        for (int i = 0; i < stage.count; ++i) {
            const std::string at = "block" + std::to_string(++number) + ".";
            const LayerId in = x;
            const int wide = b.shape(x).c * stage.expand, stride = i == 0 ? stage.stride : 1;
            if (stage.expand > 1) x = b.conv(at + "expand", x, {wide, 1, 1, 0, 1, Bound::kRelu6});
            x = b.conv(at + "depthwise", x, {wide, 3, stride, 1, wide, Bound::kRelu6});
            x = b.conv(at + "project", x, {stage.channels, 1, 1, 0, 1, Bound::kNone});
            if (stride == 1 && b.shape(in).c == stage.channels)
                x = b.sum(at + "add", x, in, Bound::kNone);
        }
    x = b.conv("conv2", x, {1280, 1, 1, 0, 1, Bound::kRelu6});
    b.fully_connected("fc", b.global_average("pool", x), 1000, false);
    return b.finish(seed);
}

Graph vitbase(uint64_t seed) {
    constexpr int kTokens = 197, kKeys = 208, kHeads = 12, kWidth = 768, kLayers = 12;
    Builder b("vitbase", {kWidth, kTokens, 1});
    const auto linear = [&](const std::string& name, LayerId from, int k, int groups = 1) {
        return b.conv(name, from, {k, 1, 1, 0, groups, Bound::kNone});
    };
    LayerId x = linear("patches", 0, kWidth);
    std::vector<LayerId> attention;
    for (int i = 0; i < kLayers; ++i) {
        const std::string at = "layer" + std::to_string(i + 1) + ".";
        const LayerId in = x;
        // In a chain, because the graph has no operand that is read as weights.
        x = linear(at + "key", in, kWidth);
        x = linear(at + "value", x, kWidth);
        x = linear(at + "query", x, kWidth);
        x = linear(at + "scores", x, kHeads * kKeys, kHeads);
        attention.push_back(x);
        x = linear(at + "context", x, kWidth, kHeads);
        attention.push_back(x);
        x = linear(at + "projection", x, kWidth);
        x = b.sum(at + "add1", x, in, Bound::kNone);
        const LayerId middle = x;
        x = linear(at + "mlp1", x, 4 * kWidth);
        x = linear(at + "mlp2", x, kWidth);
        x = b.sum(at + "add2", x, middle, Bound::kNone);
    }
    b.conv("head", x, {1000, 1, kTokens, 0, 1, Bound::kNone});  // of the class token alone
    // Keys and values become weights: of keys the words as they are, of values channels and tokens
    // changed.
    const auto cpu = [&](const char* op, int times, int rows, int channels) {
        b.graph().metadata[std::string("msd.cpu:") + op] =
            std::to_string(times) + "x" + std::to_string(rows) + "x" + std::to_string(channels);
    };
    cpu("softmax", kLayers, kHeads * kTokens, kTokens);
    cpu("layer_norm", 2 * kLayers + 1, kTokens, kWidth);
    cpu("gelu", kLayers, kTokens, 4 * kWidth);
    cpu("keys", kLayers, kTokens, kWidth);
    cpu("values", kLayers, kKeys, kWidth);
    Graph graph = b.finish(seed);
    for (const LayerId id : attention)  // activations come as int8, not as digits
        graph[id].weights.digits.assign(graph[id].shape.c, 0);
    return graph;
}

using Maker = std::function<Graph(uint64_t)>;

const std::map<std::string, Maker>& makers() {
    static const std::map<std::string, Maker> table{
        {"mobilenetv2", mobilenetv2},
        {"resnet18",
         [](uint64_t seed) {
             return resnet("resnet18", {2, 2, 2, 2}, false, seed);
         }},
        {"resnet50",
         [](uint64_t seed) {
             return resnet("resnet50", {3, 4, 6, 3}, true, seed);
         }},
        {"vgg16", vgg16},
        {"vitbase", vitbase}};
    return table;
}

}  // namespace

const std::vector<std::string>& zoo_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const auto& entry : makers()) all.push_back(entry.first);
        return all;
    }();
    return names;
}

Graph make_zoo(const std::string& name, uint64_t seed) {
    const auto found = makers().find(name);
    if (found != makers().end()) return found->second(seed);
    std::string names;
    for (const std::string& known : zoo_names()) names += (names.empty() ? "" : ", ") + known;
    throw ImportError("zoo:" + name + ": no such network; there are " + names);
}

std::string zoo_name(const std::string& path) {
    return path.compare(0, 4, "zoo:") == 0 ? path.substr(4) : "";
}

}  // namespace msd::network
