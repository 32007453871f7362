// ResNet's layer shapes without weights: enough for make_schedule.
#pragma once

#include <string>
#include <vector>

#include "network/graph.h"

namespace msd::test {

// blocks: how many per stage; bottleneck: 1x1, 3x3, 1x1 with four times the channels (ResNet-50),
// else two 3x3.
inline network::Graph resnet_shapes(const std::vector<int>& blocks, bool bottleneck) {
    network::Graph graph;
    graph.name = "resnet";
    graph.quantised = true;
    int count = 0;
    const auto add = [&](network::Op op, network::Shape out, int kernel, int stride, int pad,
                         const std::vector<network::LayerId>& from) {
        network::Layer layer;
        layer.name = "layer" + std::to_string(count++);
        layer.op = op;
        layer.shape = out;
        layer.window.kernel_h = layer.window.kernel_w = kernel;
        layer.window.stride_y = layer.window.stride_x = stride;
        layer.window.pad_top = layer.window.pad_left = layer.window.pad_bottom =
            layer.window.pad_right = pad;
        layer.quant = {0.05, 0};
        return graph.add(layer, from);
    };
    using network::Op;
    auto x = add(Op::kInput, {3, 224, 224}, 1, 1, 0, {});
    x = add(Op::kConv, {64, 112, 112}, 7, 2, 3, {x});
    x = add(Op::kMaxPool, {64, 56, 56}, 3, 2, 1, {x});
    int side = 56, width = 64;
    for (std::size_t stage = 0; stage < blocks.size(); ++stage, width *= 2) {
        const int out = bottleneck ? 4 * width : width;
        for (int b = 0; b < blocks[stage]; ++b) {
            const int stride = b == 0 && stage > 0 ? 2 : 1;
            const int next = side / stride;
            network::LayerId y, shortcut = x;
            if (bottleneck) {
                y = add(Op::kConv, {width, side, side}, 1, 1, 0, {x});
                y = add(Op::kConv, {width, next, next}, 3, stride, 1, {y});
                y = add(Op::kConv, {out, next, next}, 1, 1, 0, {y});
            } else {
                y = add(Op::kConv, {width, next, next}, 3, stride, 1, {x});
                y = add(Op::kConv, {out, next, next}, 3, 1, 1, {y});
            }
            if (b == 0 && (stride > 1 || bottleneck))
                shortcut = add(Op::kConv, {out, next, next}, 1, stride, 0, {x});
            x = add(Op::kAdd, {out, next, next}, 1, 1, 0, {y, shortcut});
            side = next;
        }
    }
    const int features = graph[x].shape.c;
    x = add(Op::kAveragePool, {features, 1, 1}, side, 1, 0, {x});
    add(Op::kConv, {1000, 1, 1}, 1, 1, 0, {x});
    return graph;
}

}  // namespace msd::test
