// Forward pass and export: what each layer of the graph is in LibTorch's terms.
#include "quant/train/trainable.h"

#include <algorithm>
#include <cmath>

#include "network/check.h"
#include "quant/rsd.h"
#include "quant/train/fake_quant.h"

namespace msd::train {
namespace {

namespace F = torch::nn::functional;
using network::Graph;
using network::Layer;
using network::LayerId;
using network::Op;
using network::QuantParams;
using network::Window;
using torch::Tensor;

constexpr double kNoBound = 1e299;

Tensor bounded(const Tensor& x, const Layer& layer) {
    if (layer.real_lo == 0 && layer.real_hi > kNoBound) return torch::relu(x);
    if (layer.real_lo < -kNoBound && layer.real_hi > kNoBound) return x;
    return torch::clamp(x, layer.real_lo, layer.real_hi);
}

Tensor padded(const Tensor& x, const Window& w, double value) {
    if (w.pad_top == w.pad_bottom && w.pad_left == w.pad_right && value == 0 && w.pad_top == 0 &&
        w.pad_left == 0)
        return x;
    return F::pad(
        x, F::PadFuncOptions({w.pad_left, w.pad_right, w.pad_top, w.pad_bottom}).value(value));
}

Tensor convolved(const Tensor& x, const Tensor& weight, const Tensor& bias, const Layer& layer) {
    const Window& w = layer.window;
    const bool even = w.pad_top == w.pad_bottom && w.pad_left == w.pad_right;
    const std::vector<int64_t> pad = {even ? w.pad_top : 0, even ? w.pad_left : 0};
    return torch::conv2d(even ? x : padded(x, w, 0), weight, bias, {w.stride_y, w.stride_x}, pad,
                         {1, 1}, layer.groups);
}

Tensor averaged(const Tensor& x, const Window& w) {
    const auto mean = [&w](const Tensor& t) {
        return torch::avg_pool2d(padded(t, w, 0), {w.kernel_h, w.kernel_w},
                                 {w.stride_y, w.stride_x});
    };
    if (w.count_pads || (w.pad_top | w.pad_left | w.pad_bottom | w.pad_right) == 0) return mean(x);
    return mean(x) / mean(torch::ones({1, 1, x.size(2), x.size(3)}));
}

std::vector<float> real_biases(const Layer& conv) {
    std::vector<float> biases(conv.weights.bias_real);
    biases.resize(static_cast<std::size_t>(conv.shape.c), 0.0f);
    return biases;
}

// Those of a quantised network, corrected or not.
std::vector<float> biases_of(const Graph& integer, LayerId conv) {
    const network::Weights& w = integer[conv].weights;
    const double in = integer[integer.inputs(conv)[0]].quant.scale;
    std::vector<float> biases;
    for (std::size_t k = 0; k < w.scale.size(); ++k)
        biases.push_back(static_cast<float>(w.bias_q[k] * in * w.scale[k]));
    return biases;
}

void check_pair(const Graph& real, const Graph& integer) {
    bool same = real.size() == integer.size() && !real.quantised && integer.quantised;
    for (LayerId id = 0; same && id < real.size(); ++id)
        same = real[id].op == integer[id].op && real[id].shape == integer[id].shape &&
               real.inputs(id) == integer.inputs(id);
    if (!same)
        throw network::ImportError("network '" + integer.name + "' is not the quantised form of '" +
                                   real.name + "'; make it with msd quantize");
}

}  // namespace

TrainableNetwork::TrainableNetwork(const Graph& real, const Graph& integer,
                                   const MethodOptions& options)
    : real_(real), integer_(integer), options_(options), tensors_(real.size()) {
    check_pair(real, integer);
    for (LayerId id = 0; id < real_.size(); ++id) {
        Tensors& t = tensors_[id];
        const QuantParams q = integer_[id].quant;
        t.s = torch::full({1}, q.scale);
        t.beta = torch::full({1}, -(q.zero_point + 128) * q.scale);
        t.deviation = torch::zeros({1});
        const bool learned =
            options_.method == Method::kLsqPlus && !keeps_grid(id) && real_[id].op != Op::kInput;
        if (learned) {
            t.log_s = torch::zeros({1}).set_requires_grad(true);
            t.shift = torch::zeros({1}).set_requires_grad(true);
        }
        if (real_[id].op != Op::kConv) continue;
        const Layer& layer = real_[id];
        const network::Weights& w = layer.weights;
        for (const float v : w.real)
            if (!std::isfinite(v))
                throw network::ImportError("network '" + real_.name + "': layer '" + layer.name +
                                           "' has a weight that is not a finite number");
        const int64_t k = layer.shape.c;
        const torch::NoGradGuard none;
        t.direction =
            torch::tensor(w.real).reshape({k, real_[real_.inputs(id)[0]].shape.c / layer.groups,
                                           layer.window.kernel_h, layer.window.kernel_w});
        t.unit = t.direction.pow(2).sum({1, 2, 3}, true).sqrt().clamp_min(1e-12);
        const std::vector<float> bias =
            options_.method == Method::kRsd ? biases_of(integer_, id) : real_biases(layer);
        t.bias_unit = torch::full({k}, 32 * q.scale);  // an eighth of the output's range
        t.offset = torch::tensor(bias) / t.bias_unit;
        if (options_.method == Method::kRsd) {
            const auto& scales = integer_[id].weights.scale;
            t.scale = torch::tensor(std::vector<float>(scales.begin(), scales.end()));
            t.log_scale = torch::zeros({k}).set_requires_grad(options_.learn_weight_scales);
        } else if (options_.method == Method::kLsqPlus) {
            const double most = std::max(t.direction.abs().max().item<double>(), 1e-7);
            t.scale = torch::full({1}, (options_.quirk_init ? 1 : 2) * most / 255);
            t.log_scale = torch::zeros({1}).set_requires_grad(true);
        }
        t.direction /= t.unit;
        t.direction.set_requires_grad(true);
        t.offset.set_requires_grad(true);
        if (integer_[id].weights.digits.empty())
            integer_[id].weights.digits.assign(static_cast<std::size_t>(k), 0);
        if (options_.method != Method::kRsd)
            std::fill(integer_[id].weights.digits.begin(), integer_[id].weights.digits.end(), 0);
    }
}

bool TrainableNetwork::keeps_grid(LayerId id) const {
    return real_[id].op == Op::kMaxPool || real_[id].op == Op::kSoftmax;
}

Tensor TrainableNetwork::weight(LayerId id) const {
    return tensors_[id].direction * tensors_[id].unit;
}

Tensor TrainableNetwork::weight_scale(LayerId id) const {
    const Tensors& t = tensors_[id];
    return t.log_scale.defined() ? t.scale * torch::exp(t.log_scale) : t.scale;
}

Tensor TrainableNetwork::activation_scale(LayerId id) const {
    const Tensors& t = tensors_[id];
    return t.log_s.defined() ? t.s * torch::exp(t.log_s) : t.s;
}

Tensor TrainableNetwork::activation_offset(LayerId id) const {
    const Tensors& t = tensors_[id];
    return t.shift.defined() ? t.beta + t.s * t.shift : t.beta;
}

Tensor TrainableNetwork::quantised_weight(LayerId id) const {
    switch (options_.method) {
        case Method::kFloat:
            return weight(id);
        case Method::kLowBit:
            return gaussian_weights(weight(id), options_.weight_bits);
        default:
            return quantise_weights(weight(id), weight_scale(id), integer_[id].weights.digits);
    }
}

Tensor TrainableNetwork::quantised(LayerId id, const Tensor& real, bool observe) {
    Tensors& t = tensors_[id];
    const Layer& layer = integer_[id];
    if (options_.method == Method::kFloat) return bounded(real, layer);
    if (options_.method == Method::kLowBit && layer.real_lo == 0) {
        // The layer's sum before its Relu is taken for the whole Gaussian.
        if (observe) t.deviation.fill_(std::max(real.detach().std().item<double>(), 1e-7));
        const double deviation = t.deviation.item<float>();
        if (deviation > 0) return hwgq(real, options_.activation_bits, deviation);
    }
    const bool learned = t.log_s.defined();
    const Tensor x = learned ? bounded(real, layer) : real;
    if (learned && observe) {
        const torch::NoGradGuard none;
        const double lo = x.min().item<double>(), hi = x.max().item<double>();
        t.s.fill_(std::max(hi - lo, 1e-7) / 255);
        t.beta.fill_(lo);
    }
    return quantise_activation(x, activation_scale(id), activation_offset(id),
                               learned ? 0 : layer.clamp_lo() + 128,
                               learned ? 255 : layer.clamp_hi() + 128);
}

Tensor TrainableNetwork::layer(LayerId id, const std::vector<Tensor>& values, bool observe) {
    const Layer& layer = real_[id];
    const std::vector<LayerId> in = real_.inputs(id);
    const Window& w = layer.window;
    switch (layer.op) {
        case Op::kConv:
            return quantised(id,
                             convolved(values[in[0]], quantised_weight(id),
                                       tensors_[id].offset * tensors_[id].bias_unit, layer),
                             observe);
        case Op::kAdd:
            return quantised(id, values[in[0]] + values[in[1]], observe);
        case Op::kMaxPool:
            return torch::max_pool2d(padded(values[in[0]], w, -1e30), {w.kernel_h, w.kernel_w},
                                     {w.stride_y, w.stride_x});
        case Op::kAveragePool:
            return quantised(id, averaged(values[in[0]], w), observe);
        case Op::kClamp:
            return quantised(id, values[in[0]], observe);
        default:  // Softmax is not part of the logits
            return values[in[0]];
    }
}

Tensor TrainableNetwork::forward(const Tensor& images) {
    std::vector<Tensor> values(real_.size());
    for (const LayerId id : real_.order())
        values[id] =
            real_[id].op == Op::kInput ? quantised(id, images, false) : layer(id, values, false);
    return values[real_.output()].flatten(1);
}

void TrainableNetwork::initialise(const Tensor& images) {
    const torch::NoGradGuard none;
    std::vector<Tensor> values(real_.size());
    for (const LayerId id : real_.order())
        values[id] =
            real_[id].op == Op::kInput ? quantised(id, images, false) : layer(id, values, true);
}

std::vector<Tensor> TrainableNetwork::weights() const {
    std::vector<Tensor> all;
    for (const Tensors& t : tensors_)
        if (t.direction.defined()) all.insert(all.end(), {t.direction, t.offset});
    return all;
}

std::vector<Tensor> TrainableNetwork::scales() const {
    std::vector<Tensor> all;
    for (const Tensors& t : tensors_) {
        for (const Tensor& s : {t.log_scale, t.log_s, t.shift})
            if (s.defined() && s.requires_grad()) all.push_back(s);
    }
    return all;
}

std::vector<Tensor> TrainableNetwork::state() const {
    std::vector<Tensor> all = weights();
    for (const Tensors& t : tensors_) {
        all.insert(all.end(), {t.s, t.beta, t.deviation});
        for (const Tensor& s : {t.scale, t.log_scale, t.log_s, t.shift})
            if (s.defined()) all.push_back(s);
    }
    return all;
}

QuantParams TrainableNetwork::grid_of(LayerId id) const {
    const Tensors& t = tensors_[id];
    const double deviation = t.deviation.item<float>();
    if (deviation > 0)
        return {static_cast<float>(hwgq_step(options_.activation_bits) * deviation), -128};
    if (!t.log_s.defined()) return integer_[id].quant;
    const double s = activation_scale(id).item<float>(), beta = activation_offset(id).item<float>();
    return {s, static_cast<int>(std::clamp(std::nearbyint(-beta / s) - 128, -128.0, 127.0))};
}

void TrainableNetwork::export_weights(LayerId id, const QuantParams& in, Layer& layer) const {
    const Tensors& t = tensors_[id];
    network::Weights& w = layer.weights;
    const torch::NoGradGuard none;
    const Tensor real = weight(id).contiguous(), biases = t.offset * t.bias_unit;
    const Tensor scales = weight_scale(id);
    const std::size_t channels = layer.shape.c, count = real.numel() / channels;
    const float *from = real.data_ptr<float>(), *bias = biases.data_ptr<float>();
    const bool low_bit = options_.method == Method::kLowBit;
    const double step = low_bit ? gaussian_step(real, options_.weight_bits) : 0;
    const double half = low_bit ? std::ldexp(1, options_.weight_bits - 1) : 0;
    w.q.resize(channels * count);
    w.scale.resize(channels);
    w.bias_q.resize(channels);
    for (std::size_t k = 0; k < channels; ++k) {
        const double scale = low_bit ? static_cast<float>(step)
                                     : scales.data_ptr<float>()[scales.numel() == 1 ? 0 : k];
        w.scale[k] = scale;
        for (std::size_t i = k * count; i < (k + 1) * count; ++i) {
            const double v = from[i] / scale;
            w.q[i] = static_cast<int8_t>(low_bit ? std::clamp(std::nearbyint(v), -half, half - 1)
                                                 : quant::nearest(v, w.digits[k]));
        }
        w.bias_q[k] = static_cast<int32_t>(
            std::clamp(std::floor(bias[k] / (in.scale * scale) + 0.5), -0x1p30, 0x1p30));
    }
}

Graph TrainableNetwork::exported() const {
    if (options_.method == Method::kFloat)
        throw std::invalid_argument("a float network has no integers to export");
    Graph graph = integer_;
    for (const LayerId id : graph.order()) {
        Layer& layer = graph[id];
        const std::vector<LayerId> inputs = graph.inputs(id);
        const QuantParams in = inputs.empty() ? QuantParams{} : graph[inputs[0]].quant;
        layer.quant = keeps_grid(id) ? in : grid_of(id);
        if (tensors_[id].deviation.item<float>() > 0)
            layer.real_hi = std::min(
                layer.real_hi, layer.quant.scale * (std::ldexp(1, options_.activation_bits) - 1));
        if (layer.op == Op::kConv) export_weights(id, in, layer);
    }
    network::check(graph);
    return graph;
}

}  // namespace msd::train
