#include "scheduler/lowering.h"

#include <fmt/format.h>

#include <utility>

#include "scheduler/schedule.h"

namespace msd::scheduler {
namespace {

using network::Graph;
using network::Layer;
using network::LayerId;
using network::Op;

// The convolution that computes the later operand of an Add in the same step, if there is one.
std::optional<LayerId> fusible_producer(const Graph& graph, LayerId add,
                                        const std::vector<std::size_t>& position) {
    const auto inputs = graph.inputs(add);
    if (inputs.size() != 2 || inputs[0] == inputs[1]) return std::nullopt;
    const LayerId later = position[inputs[0]] > position[inputs[1]] ? inputs[0] : inputs[1];
    const Layer& conv = graph[later];
    if (conv.op != Op::kConv || graph.consumers(later).size() != 1) return std::nullopt;
    // The hardware clamps the convolution's own output to int8 only, so a ReLU before the Add
    // cannot be kept.
    if (graph.quantised ? conv.clamp_lo() != -128 || conv.clamp_hi() != 127
                        : conv.real_lo > -1e299 || conv.real_hi < 1e299)
        return std::nullopt;
    return later;
}

void check_shape(const Step& step) {
    const network::Window& w = step.window;
    auto fail = [&](const std::string& why) {
        throw ScheduleError(fmt::format("layer {}: {}", step.name, why));
    };
    for (const network::Shape& s : {step.in, step.out})
        if (s.c < 1 || s.h < 1 || s.w < 1 || s.c > 65536 || s.h > 32767 || s.w > 32767)
            fail(fmt::format(
                "a tensor of {}x{}x{}; each size must be at least 1, channels at most 65536, "
                "rows and columns at most 32767",
                s.c, s.h, s.w));
    if (w.kernel_h < 1 || w.kernel_w < 1 || w.kernel_h > 255 || w.kernel_w > 255)
        fail(fmt::format("kernel {}x{}; a tile descriptor holds 1 to 255", w.kernel_h, w.kernel_w));
    if (w.stride_y < 1 || w.stride_x < 1 || w.stride_y > 255 || w.stride_x > 255)
        fail(fmt::format("stride {}x{}; a tile descriptor holds 1 to 255", w.stride_y, w.stride_x));
    if (w.pad_top < 0 || w.pad_left < 0 || w.pad_bottom < 0 || w.pad_right < 0 || w.pad_top > 127 ||
        w.pad_left > 127)
        fail(fmt::format("padding {},{},{},{}; a tile descriptor holds 0 to 127", w.pad_top,
                         w.pad_left, w.pad_bottom, w.pad_right));
}

std::string convolution_label(const Step& step) {
    if (step.kind == StepKind::kDepthwise) return "depthwise";
    const network::Window& w = step.window;
    const bool whole = step.out.h == 1 && step.out.w == 1 && w.kernel_h == step.in.h &&
                       w.kernel_w == step.in.w && w.pad_top == 0 && w.pad_left == 0;
    return whole && step.groups == 1 ? "fc" : "conv";
}

Step lower_convolution(const Graph& graph, LayerId conv, std::optional<LayerId> add) {
    const Layer& layer = graph[conv];
    Step step;
    step.conv = conv;
    step.layer = step.post = add.value_or(conv);
    step.source = graph.inputs(conv).at(0);
    step.in = graph[step.source].shape;
    step.out = layer.shape;
    step.window = layer.window;
    step.groups = layer.groups;
    step.macs = graph.macs(conv);
    if (layer.groups < 1 || step.in.c % layer.groups != 0 || step.out.c % layer.groups != 0)
        throw ScheduleError(
            fmt::format("layer {}: {} groups do not divide {} input and {} output channels",
                        layer.name, layer.groups, step.in.c, step.out.c));
    if (layer.groups > 1 && layer.groups == step.in.c && layer.groups == step.out.c) {
        step.kind = StepKind::kDepthwise;
        step.groups = 1;
    }
    step.label = convolution_label(step);
    if (add) {
        const auto operands = graph.inputs(*add);
        step.residual = operands[0] == conv ? operands[1] : operands[0];
    }
    return step;
}

// An Add or a Clamp of its own: every channel times 1, then requantised.
Step lower_identity(const Graph& graph, LayerId id) {
    const auto inputs = graph.inputs(id);
    Step step;
    step.kind = StepKind::kDepthwise;
    step.identity = true;
    step.conv = step.layer = step.post = id;
    step.source = inputs.at(0);
    if (graph[id].op == Op::kAdd) step.residual = inputs.at(1);
    step.label = step.residual ? "add" : "clamp";
    step.in = graph[step.source].shape;
    step.out = graph[id].shape;
    return step;
}

Step lower_pool(const Graph& graph, LayerId id) {
    Step step;
    step.kind = StepKind::kPool;
    step.label = "pool";
    step.conv = step.layer = step.post = id;
    step.source = graph.inputs(id).at(0);
    step.in = graph[step.source].shape;
    step.out = graph[id].shape;
    step.window = graph[id].window;
    step.average = graph[id].op == Op::kAveragePool;
    return step;
}

// A fully connected layer sees a batch as the rows of one output map: image n's window begins at
// input row n * in.h. All images then share a tile's weights and columns.
void stack_images(Step& step) {
    step.window.stride_y = step.in.h;
    step.in.h *= step.images;
    step.out.h = step.images;
    step.stacked = true;
}

void fuse_pool(const Graph& graph, LayerId pool, Step& step) {
    const Layer& layer = graph[pool];
    step.pool = FusedPool{pool, layer.window, layer.shape, layer.op == Op::kAveragePool};
    step.layer = pool;
}

}  // namespace

LayerId stored_layer(const Graph& graph, LayerId id) {
    while (graph[id].op == Op::kSoftmax) id = graph.inputs(id).at(0);
    return id;
}

namespace {

// Which Add each convolution computes, by convolution.
std::vector<std::optional<LayerId>> fused_adds(const Graph& graph) {
    const auto order = graph.order();
    std::vector<std::size_t> position(graph.size());
    for (std::size_t i = 0; i < order.size(); ++i) position[order[i]] = i;
    std::vector<std::optional<LayerId>> add_of(graph.size());
    for (LayerId id : order)
        if (graph[id].op == Op::kAdd)
            if (const auto conv = fusible_producer(graph, id, position)) add_of[*conv] = id;
    return add_of;
}

bool fusible(const Graph& graph, LayerId pool, const std::vector<std::optional<LayerId>>& add_of) {
    const Layer& layer = graph[pool];
    if (layer.op != Op::kMaxPool && layer.op != Op::kAveragePool) return false;
    const network::Window& w = layer.window;
    const bool padded = w.pad_top || w.pad_left || w.pad_bottom || w.pad_right;
    if (layer.op == Op::kAveragePool && padded && !w.count_pads) return false;
    const LayerId from = graph.inputs(pool).at(0);
    if (graph.consumers(from).size() != 1) return false;
    const Op op = graph[from].op;
    if (op == Op::kConv) return true;
    for (const auto& add : add_of)
        if (add == from) return true;
    return false;
}

}  // namespace

PoolSet fusible_pools(const Graph& graph) {
    const auto add_of = fused_adds(graph);
    PoolSet pools;
    for (LayerId id : graph.order())
        if (fusible(graph, id, add_of)) pools.insert(id);
    return pools;
}

std::vector<Step> lower(const Graph& graph, const PoolSet& fused_pools, int images) {
    const auto order = graph.order();
    const auto add_of = fused_adds(graph);
    std::vector<bool> fused(graph.size());  // Adds and pools
    for (const auto& add : add_of)
        if (add) fused[*add] = true;
    std::vector<std::optional<LayerId>> pool_of(graph.size());  // by what it reads
    for (LayerId id : fused_pools)
        if (id < graph.size() && fusible(graph, id, add_of)) {
            pool_of[graph.inputs(id).at(0)] = id;
            fused[id] = true;
        }

    std::vector<Step> steps;
    for (LayerId id : order) {
        const Layer& layer = graph[id];
        switch (layer.op) {
            case Op::kInput:
            case Op::kSoftmax:
                continue;
            case Op::kConv:
                steps.push_back(lower_convolution(graph, id, add_of[id]));
                if (const auto pool = pool_of[steps.back().layer])
                    fuse_pool(graph, *pool, steps.back());
                break;
            case Op::kAdd:
                if (fused[id]) continue;
                [[fallthrough]];
            case Op::kClamp:
                steps.push_back(lower_identity(graph, id));
                break;
            case Op::kMaxPool:
            case Op::kAveragePool:
                if (fused[id]) continue;
                steps.push_back(lower_pool(graph, id));
                break;
        }
        Step& step = steps.back();
        step.name = graph[step.layer].name;
        step.source = stored_layer(graph, step.source);
        if (step.residual) step.residual = stored_layer(graph, *step.residual);
        step.macs *= images;
        step.images = images;
        const bool flat = step.in.h == 1 && step.in.w == 1;
        if (images > 1 && step.label == "fc" && flat && !step.pool) stack_images(step);
        check_shape(step);
    }
    return steps;
}

}  // namespace msd::scheduler
