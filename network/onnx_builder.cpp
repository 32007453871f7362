// The frame of the ONNX import: operands, results, layer names, and the last step that makes
// integers of biases.
#include "network/onnx_builder.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "network/check.h"
#include "network/reference.h"

namespace msd::network::onnx_import {

const std::map<std::string, Builder::Handler>& Builder::handlers() {
    static const std::map<std::string, Handler> table = {
        {"Add", &Builder::add},
        {"AveragePool", &Builder::average_pool},
        {"BatchNormalization", &Builder::batch_normalization},
        {"Clip", &Builder::clip},
        {"Constant", &Builder::constant},
        {"Conv", &Builder::conv},
        {"DequantizeLinear", &Builder::dequantize},
        {"Dropout", &Builder::dropout},
        {"Flatten", &Builder::flatten},
        {"Gemm", &Builder::gemm},
        {"GlobalAveragePool", &Builder::global_average_pool},
        {"Identity", &Builder::identity},
        {"MatMul", &Builder::matmul},
        {"MaxPool", &Builder::max_pool},
        {"QuantizeLinear", &Builder::quantize},
        {"Relu", &Builder::relu},
        {"Reshape", &Builder::reshape},
        {"Softmax", &Builder::softmax},
    };
    return table;
}

namespace {

// True if QuantizeLinear or DequantizeLinear works on anything but constants.
bool is_quantised(const Model& model) {
    std::set<std::string> constants;
    for (const auto& [name, tensor] : model.initialisers) constants.insert(name);
    for (const NodeProto* node : model.nodes) {
        const std::string& op = node->op_type();
        const bool changes_grid = op == "QuantizeLinear" || op == "DequantizeLinear";
        const bool of_constant = node->input_size() > 0 && constants.count(node->input(0));
        if (changes_grid && !of_constant) return true;
        if (op == "Constant" || ((changes_grid || op == "Identity") && of_constant)) {
            if (node->output_size() > 0) constants.insert(node->output(0));
        }
    }
    return false;
}

}  // namespace

Builder::Builder(const Model& model) : model_(model) {
    graph_.name = std::filesystem::path(model.path).stem().string();
    graph_.quantised = is_quantised(model);
    for (const auto& property : model.proto.metadata_props())
        graph_.metadata[property.key()] = property.value();
}

Graph Builder::build() {
    input();
    for (const NodeProto* n : model_.nodes) {
        try {
            node(*n);
        } catch (const Bad& bad) {
            throw Bad("node '" + node_name(*n) + "': " + bad.what());
        }
    }
    return finish();
}

void Builder::input() {
    const std::string name = clean(model_.input->name());
    const auto& type = model_.input->type();
    if (!type.has_tensor_type() || !type.tensor_type().has_shape()) {
        throw Bad("input '" + name + "' has no shape; it must be 1 x C x H x W");
    }
    const auto& dims = type.tensor_type().shape().dim();
    if (dims.size() != 4 && dims.size() != 2) {
        throw Bad("input '" + name + "' has " + std::to_string(dims.size()) +
                  " dimensions; it must have 4 (NCHW) or 2");
    }
    if (dims[0].has_dim_value() && dims[0].dim_value() != 1) {
        throw Bad("input '" + name + "' has batch size " + std::to_string(dims[0].dim_value()) +
                  "; it must be 1 or symbolic");
    }
    int sizes[3] = {1, 1, 1};
    for (int i = 1; i < dims.size(); ++i) {
        const int64_t size = dims[i].has_dim_value() ? dims[i].dim_value() : 0;
        if (size < 1 || size > kMaxDim) {
            throw Bad("input '" + name + "': dimension " + std::to_string(i) +
                      " must be a number of 1.." + std::to_string(kMaxDim));
        }
        sizes[i - 1] = static_cast<int>(size);
    }
    Layer layer;
    layer.name = name.empty() ? "input" : name;
    layer.op = Op::kInput;
    layer.shape = {sizes[0], sizes[1], sizes[2]};
    if (layer.shape.elements() > kMaxElements)
        throw Bad("input '" + name + "' has more than 2^28 elements");
    Value value;
    const int element = type.tensor_type().elem_type();
    value.ints = element == onnx::TensorProto::INT8 || element == onnx::TensorProto::UINT8;
    value.is_unsigned = element == onnx::TensorProto::UINT8;
    if (!value.ints && element != onnx::TensorProto::FLOAT) {
        throw Bad("input '" + name + "' has data type " + std::to_string(element) +
                  "; supported are float, int8 and uint8");
    }
    value.rank = dims.size();
    layer_names_.insert(layer.name);
    value.layer = graph_.add(std::move(layer), {});
    states_.emplace_back();
    values_[model_.input->name()] = value;
}

void Builder::node(const NodeProto& node) {
    const bool standard = node.domain().empty() || node.domain() == "ai.onnx";
    const bool grid = node.op_type() == "QuantizeLinear" || node.op_type() == "DequantizeLinear";
    const auto handler = handlers().find(node.op_type());
    if (handler == handlers().end() || !(standard || (grid && node.domain() == "com.microsoft"))) {
        std::string supported;
        for (const auto& [name, unused] : handlers())
            supported += (supported.empty() ? "" : ", ") + name;
        throw Bad("operator '" + (standard ? "" : clean(node.domain()) + ".") +
                  clean(node.op_type()) + "' is not supported; supported are " + supported);
    }
    if (node.output_size() < 1 || node.output(0).empty()) throw Bad("has no output");
    (this->*handler->second)(node);
}

const Value* Builder::find(const NodeProto& node, int index) {
    if (index >= node.input_size() || node.input(index).empty()) return nullptr;
    const std::string& name = node.input(index);
    const auto found = values_.find(name);
    if (found != values_.end()) return &found->second;
    const auto initialiser = model_.initialisers.find(name);
    if (initialiser == model_.initialisers.end()) {
        throw Bad("its input '" + clean(name) + "' is an output that is not supported");
    }
    Value value;
    value.constant = std::make_shared<Constant>(decode(*initialiser->second, model_.folder));
    return &(values_[name] = std::move(value));
}

Value Builder::activation(const NodeProto& node, int index) {
    const Value* value = find(node, index);
    if (!value) throw Bad("input " + std::to_string(index) + " is missing");
    if (value->constant)
        throw Bad("input '" + clean(node.input(index)) +
                  "' is a constant; it must come from the network's input");
    if (graph_[value->layer].op == Op::kSoftmax && node.op_type() != "Identity" &&
        node.op_type() != "QuantizeLinear" && node.op_type() != "DequantizeLinear") {
        throw Bad("reads the output of Softmax; Softmax must be the last operator");
    }
    Value result = *value;
    result.exclusive = result.exclusive && model_.uses.at(node.input(index)) == 1;
    return result;
}

Value Builder::real_activation(const NodeProto& node, int index) {
    Value value = activation(node, index);
    if (value.ints) {
        throw Bad("reads quantised integers '" + clean(node.input(index)) +
                  "'; put DequantizeLinear before it");
    }
    return value;
}

std::shared_ptr<const Constant> Builder::constant_at(const NodeProto& node, int index,
                                                     const char* what) {
    auto result = optional_constant(node, index, what);
    if (!result) throw Bad(std::string(what) + " (input " + std::to_string(index) + ") is missing");
    return result;
}

std::shared_ptr<const Constant> Builder::optional_constant(const NodeProto& node, int index,
                                                           const char* what) {
    const Value* value = find(node, index);
    if (!value) return nullptr;
    if (!value->constant)
        throw Bad(std::string(what) + " '" + clean(node.input(index)) + "' must be a constant");
    return value->constant;
}

void Builder::arity(const NodeProto& node, int at_least, int at_most) const {
    if (node.input_size() < at_least || node.input_size() > at_most) {
        throw Bad("has " + std::to_string(node.input_size()) + " inputs; it must have " +
                  std::to_string(at_least) +
                  (at_most > at_least ? " to " + std::to_string(at_most) : std::string()));
    }
}

void Builder::set(const NodeProto& node, Value value) {
    values_[node.output(0)] = std::move(value);
}

void Builder::set_constant(const NodeProto& node, Constant constant) {
    Value value;
    value.constant = std::make_shared<Constant>(std::move(constant));
    set(node, std::move(value));
}

void Builder::alias(const NodeProto& node, int rank) {
    Value value = activation(node, 0);
    value.rank = rank;
    set(node, std::move(value));
}

bool Builder::open(const Value& value) const {
    return !value.ints && value.exclusive && !states_[value.layer].resolved;
}

Value Builder::append(const NodeProto& node, Layer layer, const std::vector<Value>& inputs) {
    const bool passes_grid = layer.op == Op::kClamp || layer.op == Op::kMaxPool;
    std::vector<LayerId> ids;
    for (const Value& in : inputs) {
        // A clamp or maximum right behind an unquantised layer gives it its own grid, if nobody
        // else reads that layer.
        if (graph_.quantised && !states_[in.layer].resolved && !(passes_grid && in.exclusive)) {
            throw Bad(
                "the output of layer '" + graph_[in.layer].name +
                "' is not quantised; put QuantizeLinear and DequantizeLinear before this node");
        }
        if (graph_.quantised && states_[in.layer].resolved && in.raw) {
            throw Bad("the unquantised output of layer '" + graph_[in.layer].name +
                      "' is read by several nodes; they must all read it behind QuantizeLinear and "
                      "DequantizeLinear");
        }
        ids.push_back(in.layer);
    }
    const Shape& s = layer.shape;
    if (s.c < 1 || s.h < 1 || s.w < 1 || s.c > kMaxDim || s.h > kMaxDim || s.w > kMaxDim ||
        s.elements() > kMaxElements) {
        throw Bad("its output has more than 2^28 elements or a side beyond " +
                  std::to_string(kMaxDim));
    }
    const std::string base = node_name(node).empty() ? "layer" : node_name(node);
    layer.name = base;
    for (int i = 2; !layer_names_.insert(layer.name).second; ++i)
        layer.name = base + "_" + std::to_string(i);
    Value value;
    value.layer = graph_.add(std::move(layer), ids);
    value.rank = inputs[0].rank;
    states_.emplace_back();
    return value;
}

void Builder::resolve(LayerId id, const QuantParams& quant) {
    for (LayerId at = id;;) {
        graph_[at].quant = quant;
        states_[at].resolved = true;
        const std::vector<LayerId> inputs = graph_.inputs(at);
        if (inputs.empty() || states_[inputs[0]].resolved) return;
        at = inputs[0];  // append() allowed this for a clamp or maximum only
    }
}

void Builder::finish_bias(LayerId id) {
    Layer& layer = graph_[id];
    State& state = states_[id];
    Weights& w = layer.weights;
    if (!graph_.quantised) {
        w.bias_real.assign(state.bias.begin(), state.bias.end());
        for (const auto* values : {&w.real, &w.bias_real}) {
            if (std::all_of(values->begin(), values->end(),
                            [](float v) { return std::isfinite(v); }))
                continue;
            throw Bad("layer '" + layer.name +
                      "': its weights and biases leave the range of floats");
        }
        return;
    }
    const double in = graph_[graph_.inputs(id)[0]].quant.scale;
    const std::size_t taps = w.q.size() / w.scale.size();
    for (std::size_t k = 0; k < w.scale.size(); ++k) {
        const auto from = w.q.begin() + static_cast<std::ptrdiff_t>(k * taps);
        const bool silent = std::all_of(from, from + static_cast<std::ptrdiff_t>(taps),
                                        [](int8_t q) { return q == 0; });
        const double factor = in * w.scale[k] / layer.quant.scale;
        const double limit = 1 << 30;
        if (silent && (factor < std::ldexp(1, -39) || factor >= std::ldexp(1, 22) ||
                       std::abs(state.bias[k] / (in * w.scale[k])) > limit)) {
            w.scale[k] = layer.quant.scale / (256 * in);
            state.bias[k] =
                std::clamp(state.bias[k], -limit * in * w.scale[k], limit * in * w.scale[k]);
        }
        const double unit = in * w.scale[k];
        if (!state.bias_q.empty() && std::abs(state.bias_scale[k] / unit - 1) < 1e-5) {
            w.bias_q.push_back(state.bias_q[k]);
            continue;
        }
        const double bias = std::floor(state.bias[k] / unit + 0.5);
        if (!(std::abs(bias) <= std::numeric_limits<int32_t>::max())) {
            throw Bad("layer '" + layer.name + "': bias " + std::to_string(state.bias[k]) +
                      " of channel " + std::to_string(k) + " does not fit 32 bits in units of " +
                      std::to_string(unit) + "; its weights' scale is too small");
        }
        w.bias_q.push_back(static_cast<int32_t>(bias));
    }
}

Graph Builder::finish() {
    const auto found = values_.find(model_.output);
    if (found == values_.end())
        throw Bad("output '" + clean(model_.output) + "' is an output that is not supported");
    if (found->second.constant)
        throw Bad("output '" + clean(model_.output) + "' does not depend on the input");
    for (const LayerId id : graph_.order()) {
        if (graph_.quantised && !states_[id].resolved) {
            throw Bad("layer '" + graph_[id].name +
                      "': its output is not quantised; put QuantizeLinear and "
                      "DequantizeLinear behind it");
        }
    }
    for (const LayerId id : graph_.order()) {
        if (graph_[id].op == Op::kConv) finish_bias(id);
    }
    try {
        check(graph_);
    } catch (const std::invalid_argument& error) {
        throw Bad(error.what());
    }
    return std::move(graph_);
}

}  // namespace msd::network::onnx_import
