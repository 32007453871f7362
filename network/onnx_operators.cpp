// The ONNX operators that compute: convolutions, sums, bounds, normalisation.
#include <cmath>

#include "network/onnx_builder.h"

namespace msd::network::onnx_import {
namespace {

bool unbounded(const Layer& layer) {
    return layer.real_lo == -1e300 && layer.real_hi == 1e300;
}

int channels_of(int64_t count) {
    if (count < 1 || count > kMaxDim)
        throw Bad(std::to_string(count) + " output channels are not possible");
    return static_cast<int>(count);
}

}  // namespace

Builder::Kernel Builder::kernel_of(const Constant& weights, int channel_axis,
                                   bool channel_last) const {
    const std::size_t channels = weights.dims[channel_axis], taps = weights.size() / channels;
    const auto source = [&](std::size_t k, std::size_t i) {
        return channel_last ? i * channels + k : k * taps + i;
    };
    Kernel kernel;
    if (!graph_.quantised) {
        kernel.real.resize(weights.size());
        for (std::size_t k = 0; k < channels; ++k) {
            for (std::size_t i = 0; i < taps; ++i) {
                kernel.real[k * taps + i] = static_cast<float>(weights.real(source(k, i)));
            }
        }
        return kernel;
    }
    if (!weights.grid || (weights.type != DType::kInt8 && weights.type != DType::kUint8)) {
        throw Bad(
            "its weights are not quantised; in a quantised network they must be int8 or uint8 "
            "behind DequantizeLinear");
    }
    const Grid& grid = *weights.grid;
    if (grid.scale.size() > 1 && grid.axis != channel_axis) {
        throw Bad("its weights are quantised along axis " + std::to_string(grid.axis) +
                  "; they must be along axis " + std::to_string(channel_axis) +
                  ", the output channels");
    }
    const int zero = weights.type == DType::kUint8 ? 128 : 0;
    for (const int z : grid.zero) {
        if (z != zero) {
            throw Bad("its " + std::string(to_string(weights.type)) + " weights have zero point " +
                      std::to_string(z) + "; it must be " + std::to_string(zero) + " (symmetric)");
        }
    }
    kernel.q.resize(weights.size());
    for (std::size_t k = 0; k < channels; ++k) {
        kernel.scale.push_back(grid.scale.size() > 1 ? grid.scale[k] : grid.scale[0]);
        for (std::size_t i = 0; i < taps; ++i) {
            kernel.q[k * taps + i] = static_cast<int8_t>(weights.ints[source(k, i)] - zero);
        }
    }
    return kernel;
}

void Builder::set_kernel(Layer& layer, Kernel kernel) const {
    layer.weights.q = std::move(kernel.q);
    layer.weights.scale = std::move(kernel.scale);
    layer.weights.real = std::move(kernel.real);
}

void Builder::scale_kernel(Weights& weights, const std::vector<double>& factor) const {
    const std::size_t taps = (weights.q.size() + weights.real.size()) / factor.size();
    for (std::size_t k = 0; k < factor.size(); ++k) {
        for (std::size_t i = k * taps; i < (k + 1) * taps; ++i) {
            if (!graph_.quantised) {
                weights.real[i] = static_cast<float>(weights.real[i] * factor[k]);
                continue;
            }
            if (factor[k] < 0 && weights.q[i] == -128) {
                throw Bad("cannot fold a negative factor into channel " + std::to_string(k) +
                          ", which holds the weight -128; quantise weights to -127..127");
            }
            weights.q[i] = static_cast<int8_t>(factor[k] < 0   ? -weights.q[i]
                                               : factor[k] > 0 ? weights.q[i]
                                                               : 0);
        }
        if (graph_.quantised && factor[k] != 0) weights.scale[k] *= std::abs(factor[k]);
    }
}

void Builder::set_bias(State& state, const Constant* bias, int channels, double factor) const {
    state.bias.assign(channels, 0.0);
    if (!bias) return;
    const auto count = static_cast<std::size_t>(channels);
    if (!bias->is_float() || (bias->size() != count && bias->size() != 1) ||
        bias->dims.size() > 2 || (bias->dims.size() == 2 && bias->dims[0] != 1)) {
        throw Bad("its bias is " + std::string(to_string(bias->type)) + " " +
                  dims_text(bias->dims) + "; it must be " + std::to_string(channels) + " floats");
    }
    for (std::size_t k = 0; k < count; ++k)
        state.bias[k] = bias->real(bias->size() == 1 ? 0 : k) * factor;
    if (!bias->grid || bias->type != DType::kInt32 || bias->size() != count || factor != 1) return;
    for (std::size_t k = 0; k < count; ++k) {
        if (bias->grid->zero[bias->channel(k)] != 0) {
            state.bias_q.clear();
            return;
        }
        state.bias_q.push_back(bias->ints[k]);
        state.bias_scale.push_back(bias->grid->scale[bias->channel(k)]);
    }
}

void Builder::conv(const NodeProto& node) {
    arity(node, 2, 3);
    Attributes attributes(node);
    const Value x = real_activation(node, 0);
    const Shape in = graph_[x.layer].shape;
    const auto kernel = constant_at(node, 1, "its kernel");
    const auto bias = optional_constant(node, 2, "its bias");
    const auto& dims = kernel->dims;
    if (x.rank != 4 || dims.size() != 4 || !kernel->is_float()) {
        throw Bad("its kernel is " + dims_text(dims) +
                  "; supported are convolutions of maps: kernels K x C x H x W of floats");
    }
    const int64_t group = attributes.integer("group", 1);
    if (group < 1 || group > in.c || dims[0] % group || dims[1] > in.c || dims[1] * group != in.c) {
        throw Bad("its kernel " + dims_text(dims) + " in " + std::to_string(group) +
                  " groups does not fit " + std::to_string(in.c) + " input channels");
    }
    const auto shape = attributes.integers("kernel_shape", {dims[2], dims[3]});
    if (shape.size() != 2 || shape[0] != dims[2] || shape[1] != dims[3]) {
        throw Bad("kernel_shape differs from its kernel, " + dims_text(dims));
    }
    Layer layer;
    layer.op = Op::kConv;
    layer.groups = static_cast<int>(group);
    layer.window = read_window(attributes, in, dims[2], dims[3], false);
    attributes.finish();
    layer.shape = output_shape(in, layer.window, channels_of(dims[0]));
    set_kernel(layer, kernel_of(*kernel, 0, false));
    State state;
    set_bias(state, bias.get(), layer.shape.c, 1);
    const Value result = append(node, std::move(layer), {x});
    states_[result.layer] = std::move(state);
    set(node, result);
}

// A matrix product over the flattened map is a convolution whose kernel is the whole map.
void Builder::dense(const NodeProto& node, const Constant& weights, bool channel_first,
                    double alpha, const Constant* bias, double beta) {
    const Value x = real_activation(node, 0);
    const Shape in = graph_[x.layer].shape;
    const int axis = channel_first ? 0 : 1;
    if (x.rank != 2 || weights.dims.size() != 2 || !weights.is_float() ||
        weights.dims[1 - axis] != in.elements()) {
        throw Bad("its weights are " + dims_text(weights.dims) +
                  "; they must be a matrix of floats over " + std::to_string(in.elements()) +
                  " values of a flattened input");
    }
    if (alpha == 0) throw Bad("alpha must not be 0");
    Layer layer;
    layer.op = Op::kConv;
    layer.window.kernel_h = in.h;
    layer.window.kernel_w = in.w;
    layer.shape = {channels_of(weights.dims[axis]), 1, 1};
    set_kernel(layer, kernel_of(weights, axis, !channel_first));
    if (alpha != 1) scale_kernel(layer.weights, std::vector<double>(layer.shape.c, alpha));
    State state;
    set_bias(state, bias, layer.shape.c, beta);
    const Value result = append(node, std::move(layer), {x});
    states_[result.layer] = std::move(state);
    set(node, result);
}

void Builder::gemm(const NodeProto& node) {
    arity(node, 2, 3);
    Attributes attributes(node);
    if (attributes.integer("transA", 0) != 0) throw Bad("transA is not supported");
    const bool channel_first = attributes.integer("transB", 0) != 0;
    const double alpha = attributes.real("alpha", 1), beta = attributes.real("beta", 1);
    attributes.finish();
    const auto weights = constant_at(node, 1, "its matrix");
    const auto bias = optional_constant(node, 2, "its bias");
    dense(node, *weights, channel_first, alpha, bias.get(), beta);
}

void Builder::matmul(const NodeProto& node) {
    arity(node, 2, 2);
    Attributes(node).finish();
    dense(node, *constant_at(node, 1, "its second operand"), false, 1, nullptr, 1);
}

// One value a channel from a constant that broadcasts so (numpy's rules).
std::vector<double> Builder::per_channel(const Constant& constant, const Value& value) const {
    const Shape& shape = graph_[value.layer].shape;
    const auto channels = static_cast<std::size_t>(shape.c);
    bool fits = constant.is_float() && constant.dims.size() <= static_cast<std::size_t>(value.rank);
    const bool scalar = constant.size() == 1;
    if (fits && !scalar) {
        std::vector<int64_t> dims(value.rank - constant.dims.size(), 1);
        dims.insert(dims.end(), constant.dims.begin(), constant.dims.end());
        fits = constant.size() == channels && dims[1] == shape.c &&
               (value.rank == 4 || shape.h * shape.w == 1);
    }
    if (!fits) {
        throw Bad("its constant of " + dims_text(constant.dims) +
                  " is not supported; it must be one float or one a channel");
    }
    std::vector<double> result(channels);
    for (std::size_t k = 0; k < channels; ++k) result[k] = constant.real(scalar ? 0 : k);
    return result;
}

// y = factor * x + offset, one of each a channel: folded into a convolution, or a depthwise one of
// its own.
void Builder::affine(const NodeProto& node, const Value& value, const std::vector<double>& factor,
                     const std::vector<double>& offset) {
    for (std::size_t k = 0; k < factor.size(); ++k) {
        if (!std::isfinite(factor[k]) || !std::isfinite(offset[k]))
            throw Bad("its factors are not finite");
    }
    const Layer& source = graph_[value.layer];
    if (open(value) && source.op == Op::kConv && unbounded(source)) {
        scale_kernel(graph_[value.layer].weights, factor);
        State& state = states_[value.layer];
        for (std::size_t k = 0; k < factor.size(); ++k) {
            if (factor[k] != 1 || offset[k] != 0) state.bias_q.clear();
            state.bias[k] = state.bias[k] * factor[k] + offset[k];
        }
        Value result = value;
        result.exclusive = true;
        return set(node, result);
    }
    Layer layer;
    layer.op = Op::kConv;
    layer.groups = source.shape.c;
    layer.shape = source.shape;
    constexpr int kOne = 64;  // |q| of each weight: a power of two keeps the scale exact and leaves
                              // the bias fine steps
    for (const double f : factor) {
        if (!graph_.quantised) {
            layer.weights.real.push_back(static_cast<float>(f));
            continue;
        }
        layer.weights.q.push_back(f > 0 ? kOne : f < 0 ? -kOne : 0);
        layer.weights.scale.push_back(f == 0 ? 1.0 : std::abs(f) / kOne);
    }
    const Value result = append(node, std::move(layer), {value});
    states_[result.layer].bias = offset;
    set(node, result);
}

void Builder::add(const NodeProto& node) {
    arity(node, 2, 2);
    Attributes(node).finish();
    for (const int i : {0, 1}) {
        const Value* constant = find(node, i);
        if (!constant || !constant->constant) continue;
        const Value x = real_activation(node, 1 - i);
        const std::vector<double> offset = per_channel(*constant->constant, x);
        return affine(node, x, std::vector<double>(offset.size(), 1.0), offset);
    }
    const Value a = real_activation(node, 0), b = real_activation(node, 1);
    Layer layer;
    layer.op = Op::kAdd;
    layer.shape = graph_[a.layer].shape;
    if (!(layer.shape == graph_[b.layer].shape) || a.rank != b.rank) {
        throw Bad("its operands differ in shape; broadcasting is supported for constants only");
    }
    set(node, append(node, std::move(layer), {a, b}));
}

void Builder::batch_normalization(const NodeProto& node) {
    arity(node, 5, 5);
    Attributes attributes(node);
    const double epsilon = attributes.real("epsilon", 1e-5f);
    attributes.real("momentum", 0.9);
    if (attributes.integer("training_mode", 0) != 0) throw Bad("training_mode must be 0");
    if (attributes.integer("spatial", 1) != 1) throw Bad("spatial must be 1");
    attributes.finish();
    const Value x = real_activation(node, 0);
    const auto channels = static_cast<std::size_t>(graph_[x.layer].shape.c);
    if (x.rank == 2 && graph_[x.layer].shape.h * graph_[x.layer].shape.w != 1) {
        throw Bad("over a flattened map it is not supported");
    }
    std::vector<std::shared_ptr<const Constant>> p;
    for (int i = 1; i < 5; ++i) {
        p.push_back(constant_at(node, i, "its parameter"));
        if (p.back()->size() != channels || !p.back()->is_float()) {
            throw Bad("its parameter '" + clean(node.input(i)) + "' must be " +
                      std::to_string(channels) + " floats");
        }
    }
    std::vector<double> factor(channels), offset(channels);
    for (std::size_t k = 0; k < channels; ++k) {
        const double variance = p[3]->real(k) + epsilon;
        if (!(variance > 0))
            throw Bad("the variance of channel " + std::to_string(k) + " is not positive");
        factor[k] = p[0]->real(k) / std::sqrt(variance);
        offset[k] = p[1]->real(k) - p[2]->real(k) * factor[k];
    }
    affine(node, x, factor, offset);
}

void Builder::bound(const NodeProto& node, double lo, double hi) {
    if (!(lo <= hi)) throw Bad("its lower bound is above its upper bound");
    Value value = real_activation(node, 0);
    const Op op = graph_[value.layer].op;
    if (!open(value) || (op != Op::kConv && op != Op::kAdd && op != Op::kClamp)) {
        Layer layer;
        layer.op = Op::kClamp;
        layer.shape = graph_[value.layer].shape;
        layer.real_lo = lo;
        layer.real_hi = hi;
        return set(node, append(node, std::move(layer), {value}));
    }
    Layer& layer = graph_[value.layer];
    layer.real_lo = std::clamp(layer.real_lo, lo, hi);
    layer.real_hi = std::clamp(layer.real_hi, lo, hi);
    value.exclusive = true;
    set(node, value);
}

void Builder::relu(const NodeProto& node) {
    arity(node, 1, 1);
    Attributes(node).finish();
    bound(node, 0, 1e300);
}

void Builder::clip(const NodeProto& node) {
    arity(node, 1, 3);
    Attributes attributes(node);
    double limits[2] = {attributes.real("min", -1e300), attributes.real("max", 1e300)};
    attributes.finish();
    for (const int i : {0, 1}) {
        const auto constant = optional_constant(node, i + 1, "its bound");
        if (!constant) continue;
        if (constant->size() != 1 || !constant->is_float())
            throw Bad("its bounds must be one float each");
        limits[i] = constant->real(0);
    }
    bound(node, limits[0], limits[1]);
}

}  // namespace msd::network::onnx_import
