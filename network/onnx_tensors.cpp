// The ONNX operators that compute nothing: constants, views of a tensor, and changes between reals
// and integers.
#include <cmath>

#include "network/onnx_builder.h"

namespace msd::network::onnx_import {

void Builder::identity(const NodeProto& node) {
    arity(node, 1, 1);
    Attributes(node).finish();
    const Value* value = find(node, 0);
    if (value && value->constant) return set(node, *value);
    alias(node, activation(node, 0).rank);
}

void Builder::dropout(const NodeProto& node) {
    arity(node, 1, 3);
    Attributes attributes(node);
    attributes.real("ratio", 0.5);
    attributes.integer("seed", 0);
    attributes.finish();
    if (node.input_size() == 3 && !node.input(2).empty()) {
        const auto mode = model_.initialisers.find(node.input(2));
        bool training = mode == model_.initialisers.end();
        if (!training) {
            for (const char byte : mode->second->raw_data()) training = training || byte != 0;
            for (const int value : mode->second->int32_data()) training = training || value != 0;
        }
        if (training) throw Bad("training_mode must be a constant false");
    }
    alias(node, activation(node, 0).rank);
}

void Builder::flatten(const NodeProto& node) {
    arity(node, 1, 1);
    Attributes attributes(node);
    const int64_t axis = attributes.integer("axis", 1);
    attributes.finish();
    const int rank = activation(node, 0).rank;
    if (axis != 1 && axis != 1 - rank)
        throw Bad("axis " + std::to_string(axis) + " is not supported; it must be 1");
    alias(node, 2);
}

void Builder::reshape(const NodeProto& node) {
    arity(node, 2, 2);
    Attributes attributes(node);
    if (attributes.integer("allowzero", 0) != 0) throw Bad("allowzero must be 0");
    attributes.finish();
    const Value x = activation(node, 0);
    const auto target = constant_at(node, 1, "its shape");
    if (target->type != DType::kInt64 || target->dims.size() != 1 || target->size() > 8) {
        throw Bad("its shape must be a list of at most 8 int64");
    }
    const Shape& in = graph_[x.layer].shape;
    const std::vector<int64_t> from = x.rank == 2 ? std::vector<int64_t>{1, in.elements()}
                                                  : std::vector<int64_t>{1, in.c, in.h, in.w};
    std::vector<int64_t> to = target->longs;
    int64_t known = 1;
    std::ptrdiff_t open_dim = -1;
    for (std::size_t i = 0; i < to.size(); ++i) {
        if (to[i] == 0 && i < from.size()) to[i] = from[i];
        if (to[i] == -1 && open_dim < 0) {
            open_dim = static_cast<std::ptrdiff_t>(i);
        } else if (to[i] < 1 || to[i] > kMaxElements || (known *= to[i]) > kMaxElements) {
            throw Bad("its shape " + dims_text(target->longs) + " is not possible");
        }
    }
    if (open_dim >= 0) to[open_dim] = in.elements() / known;
    if ((open_dim >= 0 ? known * to[open_dim] : known) != in.elements()) {
        throw Bad("its shape " + dims_text(target->longs) + " does not hold " +
                  std::to_string(in.elements()) + " values");
    }
    const bool flat = to.size() == 2 && to[0] == 1;
    const bool map = to.size() == 4 && to == std::vector<int64_t>{1, in.c, in.h, in.w};
    if (!flat && !map) {
        throw Bad("its shape " + dims_text(to) +
                  " is not supported; it must flatten, or keep, 1 x " + std::to_string(in.c) +
                  " x " + std::to_string(in.h) + " x " + std::to_string(in.w));
    }
    alias(node, static_cast<int>(to.size()));
}

void Builder::constant(const NodeProto& node) {
    Attributes attributes(node);
    Constant c;
    if (const auto* value = attributes.any("value")) {
        if (value->type() != onnx::AttributeProto::TENSOR)
            throw Bad("attribute 'value' must be a tensor");
        c = decode(value->t(), model_.folder);
    } else if (attributes.has("value_float")) {
        c.reals = {static_cast<float>(attributes.real("value_float", 0))};
    } else if (const auto* floats = attributes.any("value_floats")) {
        c.reals.assign(floats->floats().begin(), floats->floats().end());
        c.dims = {floats->floats_size()};
        for (const float v : c.reals) {
            if (!std::isfinite(v)) throw Bad("holds a value that is not finite");
        }
    } else if (attributes.has("value_int")) {
        c.type = DType::kInt64;
        c.longs = {attributes.integer("value_int", 0)};
    } else if (attributes.has("value_ints")) {
        c.type = DType::kInt64;
        c.longs = attributes.integers("value_ints", {});
        c.dims = {static_cast<int64_t>(c.longs.size())};
    } else {
        throw Bad("must have one of value, value_float, value_floats, value_int, value_ints");
    }
    attributes.finish();
    if (c.size() == 0) throw Bad("is empty");
    set_constant(node, std::move(c));
}

// Scale and zero point operands of Quantize- and DequantizeLinear. type: of the zero point,
// unchanged if absent.
Grid Builder::grid_of(const NodeProto& node, Attributes& attributes, std::size_t rank,
                      DType* type) {
    arity(node, 2, 3);
    int64_t axis = attributes.integer("axis", 1);
    if (attributes.integer("saturate", 1) != 1) throw Bad("saturate must be 1");
    if (attributes.integer("block_size", 0) != 0) throw Bad("block_size is not supported");
    attributes.finish();
    const auto scale = constant_at(node, 1, "its scale");
    const auto zero = optional_constant(node, 2, "its zero point");
    if (scale->type != DType::kFloat || scale->dims.size() > 1)
        throw Bad("its scale must be floats in one dimension");
    Grid grid;
    for (const float s : scale->reals) {
        if (!(s > 0)) throw Bad("its scale " + std::to_string(s) + " is not positive");
        grid.scale.push_back(s);
    }
    grid.zero.assign(grid.scale.size(), 0);
    if (zero) {
        if (zero->is_float() || zero->type == DType::kInt64 || zero->size() != grid.scale.size()) {
            throw Bad("its zero point must be as many integers as its scale has values");
        }
        grid.zero = zero->ints;
        *type = zero->type;
    }
    if (grid.scale.size() > 1) {
        const auto dimensions = static_cast<int64_t>(rank);
        if (dimensions == 1 && !attributes.has("axis")) axis = 0;
        if (axis < 0) axis += dimensions;
        if (axis < 0 || axis >= dimensions) throw Bad("its axis is outside its input's dimensions");
        grid.axis = static_cast<int>(axis);
    }
    return grid;
}

// One scale and zero point of a tensor as int8.
QuantParams Builder::quant_params(const NodeProto& node, const Grid& grid, DType type) const {
    if (grid.scale.size() != 1) {
        throw Bad("'" + clean(node.input(0)) + "' is an activation and has " +
                  std::to_string(grid.scale.size()) + " scales; it must have one");
    }
    if (type != DType::kInt8 && type != DType::kUint8) {
        throw Bad("its type is " + std::string(to_string(type)) +
                  "; activations must be int8 or uint8");
    }
    return {grid.scale[0], grid.zero[0] - (type == DType::kUint8 ? 128 : 0)};
}

void Builder::quantize(const NodeProto& node) {
    Attributes attributes(node);
    DType type = DType::kUint8;  // without a zero point
    const Value* operand = find(node, 0);
    if (operand && operand->constant) {
        const Constant& from = *operand->constant;
        const Grid grid = grid_of(node, attributes, from.dims.size(), &type);
        Constant to;
        to.type = type;
        to.dims = from.dims;
        to.grid = grid;  // for channel() below
        if (!from.is_float() || (type != DType::kInt8 && type != DType::kUint8)) {
            throw Bad("it must make int8 or uint8 of floats");
        }
        if (grid.scale.size() > 1 &&
            from.dims[grid.axis] != static_cast<int64_t>(grid.scale.size())) {
            throw Bad("it has " + std::to_string(grid.scale.size()) + " scales for " +
                      dims_text(from.dims));
        }
        const double lo = type == DType::kInt8 ? -128 : 0;
        for (std::size_t i = 0; i < from.size(); ++i) {
            const std::size_t c = to.channel(i);
            const double q = std::nearbyint(from.real(i) / grid.scale[c]) + grid.zero[c];
            to.ints.push_back(static_cast<int32_t>(std::clamp(q, lo, lo + 255)));
        }
        to.grid.reset();
        return set_constant(node, std::move(to));
    }
    Value value = real_activation(node, 0);
    const Grid grid = grid_of(node, attributes, value.rank, &type);
    const QuantParams quant = quant_params(node, grid, type);
    if (graph_[value.layer].op != Op::kSoftmax) {
        if (!states_[value.layer].resolved) {
            resolve(value.layer, quant);
        } else if (!same(graph_[value.layer].quant, quant)) {
            Layer layer;
            layer.op = Op::kClamp;
            layer.shape = graph_[value.layer].shape;
            const int rank = value.rank;
            value = append(node, std::move(layer), {value});
            value.rank = rank;
            resolve(value.layer, quant);
        }
    }
    value.ints = true;
    value.raw = false;
    value.is_unsigned = type == DType::kUint8;
    set(node, value);
}

void Builder::dequantize(const NodeProto& node) {
    Attributes attributes(node);
    const Value* operand = find(node, 0);
    if (operand && operand->constant) {
        Constant c = *operand->constant;
        DType type = c.type;
        const Grid grid = grid_of(node, attributes, c.dims.size(), &type);
        if (c.is_float() || c.type == DType::kInt64 || type != c.type) {
            throw Bad("it reads " + std::string(to_string(c.type)) + " with a zero point of " +
                      to_string(type) +
                      "; it must read int8, uint8 or int32 with a zero point of the same type");
        }
        if (grid.scale.size() > 1 && c.dims[grid.axis] != static_cast<int64_t>(grid.scale.size())) {
            throw Bad("it has " + std::to_string(grid.scale.size()) + " scales for " +
                      dims_text(c.dims));
        }
        c.grid = grid;
        return set_constant(node, std::move(c));
    }
    Value value = activation(node, 0);
    if (!value.ints) throw Bad("it reads reals; it must read what QuantizeLinear made");
    const DType made = value.is_unsigned ? DType::kUint8 : DType::kInt8;
    DType type = made;
    const Grid grid = grid_of(node, attributes, value.rank, &type);
    const QuantParams quant = quant_params(node, grid, type);
    if (type != made)
        throw Bad("its zero point is " + std::string(to_string(type)) + ", its input " +
                  to_string(made));
    if (!states_[value.layer].resolved) {
        resolve(value.layer, quant);
    } else if (!same(graph_[value.layer].quant, quant) && graph_[value.layer].op != Op::kSoftmax) {
        throw Bad("its scale or zero point differs from the QuantizeLinear that made '" +
                  clean(node.input(0)) + "'");
    }
    value.ints = false;
    value.raw = false;
    set(node, value);
}

}  // namespace msd::network::onnx_import
