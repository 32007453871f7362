// The ONNX operators that reduce: pools, and the softmax at the end.
#include "network/onnx_builder.h"

namespace msd::network::onnx_import {

void Builder::pool(const NodeProto& node, Op op, Attributes& attributes) {
    const Value x = op == Op::kMaxPool ? activation(node, 0) : real_activation(node, 0);
    if (x.rank != 4) throw Bad("needs a map, 1 x C x H x W");
    const Shape in = graph_[x.layer].shape;
    const auto kernel = attributes.integers("kernel_shape", {});
    if (kernel.size() != 2) throw Bad("kernel_shape must have 2 values");
    const bool ceil_mode = attributes.integer("ceil_mode", 0) != 0;
    Layer layer;
    layer.op = op;
    layer.window = read_window(attributes, in, kernel[0], kernel[1], ceil_mode);
    if (op == Op::kAveragePool) {
        layer.window.count_pads = attributes.integer("count_include_pad", 0) != 0;
        const Window plain = read_window(attributes, in, kernel[0], kernel[1], false);
        if (layer.window.count_pads && (plain.pad_bottom != layer.window.pad_bottom ||
                                        plain.pad_right != layer.window.pad_right)) {
            throw Bad("ceil_mode with count_include_pad is not supported where it adds padding");
        }
    }
    attributes.finish();
    layer.shape = output_shape(in, layer.window, in.c);
    Value result = append(node, std::move(layer), {x});
    result.ints = x.ints;
    result.is_unsigned = x.is_unsigned;
    if (op == Op::kMaxPool && states_[x.layer].resolved) {
        resolve(result.layer, graph_[x.layer].quant);
        result.raw = false;  // its values are on the grid already
    }
    set(node, result);
}

void Builder::max_pool(const NodeProto& node) {
    arity(node, 1, 1);
    Attributes attributes(node);
    if (attributes.integer("storage_order", 0) != 0) throw Bad("storage_order must be 0");
    pool(node, Op::kMaxPool, attributes);
}

void Builder::average_pool(const NodeProto& node) {
    arity(node, 1, 1);
    Attributes attributes(node);
    pool(node, Op::kAveragePool, attributes);
}

void Builder::global_average_pool(const NodeProto& node) {
    arity(node, 1, 1);
    Attributes(node).finish();
    const Value x = real_activation(node, 0);
    if (x.rank != 4) throw Bad("needs a map, 1 x C x H x W");
    Layer layer;
    layer.op = Op::kAveragePool;
    layer.window.kernel_h = graph_[x.layer].shape.h;
    layer.window.kernel_w = graph_[x.layer].shape.w;
    layer.shape = {graph_[x.layer].shape.c, 1, 1};
    set(node, append(node, std::move(layer), {x}));
}

void Builder::softmax(const NodeProto& node) {
    arity(node, 1, 1);
    Attributes attributes(node);
    const Value x = real_activation(node, 0);
    const Shape& in = graph_[x.layer].shape;
    const int64_t axis = attributes.integer("axis", x.rank == 2 ? -1 : 1);
    attributes.finish();
    const bool over_channels = axis == 1 || axis == 1 - x.rank;
    if (!over_channels || (x.rank == 4 && in.h * in.w != 1)) {
        throw Bad("axis " + std::to_string(axis) +
                  " is not supported; Softmax must be over all classes of one image");
    }
    Layer layer;
    layer.op = Op::kSoftmax;
    layer.shape = in;
    Value result = append(node, std::move(layer), {x});
    if (graph_.quantised) resolve(result.layer, graph_[x.layer].quant);
    result.raw = false;
    set(node, result);
}

}  // namespace msd::network::onnx_import
