// A layer becomes its operator with DequantizeLinear before every operand and QuantizeLinear behind
// it.
#include "network/onnx_write.h"

#include <onnx/onnx_pb.h>

#include <cmath>
#include <set>
#include <stdexcept>

#include "network/check.h"
#include "network/digits.h"
#include "network/write_file.h"

namespace msd::network {

namespace {

constexpr int kOpset = 13, kIrVersion = 7;  // the pair of ONNX 1.8
using onnx::NodeProto;
using onnx::TensorProto;

class Writer {
public:
    explicit Writer(const Graph& graph) : graph_(graph), real_(graph.size()) {}

    onnx::ModelProto model() {
        onnx::ModelProto model;
        model.set_ir_version(kIrVersion);
        model.set_producer_name("msd-platform");
        model.add_opset_import()->set_version(kOpset);
        proto_ = model.mutable_graph();
        proto_->set_name(graph_.name.empty() ? "network" : graph_.name);
        for (const LayerId id : graph_.order()) name(id);
        for (const LayerId id : graph_.order()) layer(id);
        const LayerId out = graph_.output();
        const bool flat = flat_.count(out) != 0;
        value_info(proto_->add_output(), real_[out], graph_[out].shape, flat);
        auto metadata = graph_.metadata;
        store_digits(graph_, metadata);
        for (const auto& [key, value] : metadata) {
            auto* property = model.add_metadata_props();
            property->set_key(key);
            property->set_value(value);
        }
        return model;
    }

private:
    // Node names are the layers' names, because the reader names layers after nodes.
    void name(LayerId id) {
        if (graph_[id].name.empty())
            throw std::invalid_argument("layer " + std::to_string(id) + " has no name");
        if (!names_.insert(graph_[id].name).second)
            throw std::invalid_argument("two layers are called '" + graph_[id].name + "'");
    }

    void layer(LayerId id) {
        const Layer& l = graph_[id];
        switch (l.op) {
            case Op::kInput:
                value_info(proto_->add_input(), l.name, l.shape, false);
                quantise(id, l.name);
                break;
            case Op::kConv:
                conv(id);
                break;
            case Op::kAdd: {
                NodeProto* add = node("Add", id);
                operands(add, id);
                quantise(id, bounded(id, add->output(0)));
                break;
            }
            case Op::kMaxPool:
            case Op::kAveragePool:
                pool(id);
                break;
            case Op::kClamp: {  // a Clip even without bounds, so that it stays a layer
                NodeProto* n = node("Clip", id);
                clip(n, id, real_[graph_.inputs(id)[0]]);
                quantise(id, n->output(0));
                break;
            }
            case Op::kSoftmax: {
                const bool flat = flat_.count(graph_.inputs(id)[0]) != 0;
                NodeProto* softmax = node("Softmax", id);
                operands(softmax, id);
                integer(softmax, "axis", flat ? -1 : 1);
                real_[id] = softmax->output(0);
                if (flat) flat_.insert(id);
                break;
            }
        }
    }

    void conv(LayerId id) {
        const Layer& l = graph_[id];
        const LayerId in = graph_.inputs(id)[0];
        const Shape& from = graph_[in].shape;
        const Window& w = l.window;
        const bool dense = is_dense(id);
        std::string x = real_[in];
        if (dense) {
            NodeProto* flatten = node("Flatten", l.name + "/flatten");
            flatten->add_input(x);
            x = flatten->output(0);
            flat_.insert(id);
        }
        using Dims = std::vector<int64_t>;
        const std::string kernel =
            weights(id, dense ? Dims{l.shape.c, from.elements()}
                              : Dims{l.shape.c, from.c / l.groups, w.kernel_h, w.kernel_w});
        const std::string biases = bias(id, graph_[in].quant.scale);
        NodeProto* n = node(dense ? "Gemm" : "Conv", id);
        for (const std::string& input : {x, kernel, biases}) n->add_input(input);
        if (dense) {
            integer(n, "transB", 1);
        } else {
            integers(n, "kernel_shape", {w.kernel_h, w.kernel_w});
            window(n, w);
            integer(n, "group", l.groups);
        }
        quantise(id, bounded(id, n->output(0)));
    }

    // The last layer, over the whole map: a classifier.
    bool is_dense(LayerId id) const {
        const Layer& l = graph_[id];
        const Shape& in = graph_[graph_.inputs(id)[0]].shape;
        const Window& w = l.window;
        const bool whole = w.kernel_h == in.h && w.kernel_w == in.w &&
                           w.pad_top + w.pad_left + w.pad_bottom + w.pad_right == 0;
        if (l.groups != 1 || !whole || w.stride_y != 1 || w.stride_x != 1) return false;
        for (const LayerId reader : graph_.consumers(id)) {
            if (graph_[reader].op != Op::kSoftmax) return false;
        }
        return true;
    }

    void pool(LayerId id) {
        const Layer& l = graph_[id];
        const Window& w = l.window;
        const Shape& in = graph_[graph_.inputs(id)[0]].shape;
        const bool average = l.op == Op::kAveragePool;
        const bool global = average && w.kernel_h == in.h && w.kernel_w == in.w &&
                            w.stride_y == 1 && w.stride_x == 1 &&
                            w.pad_top + w.pad_left + w.pad_bottom + w.pad_right == 0 &&
                            !w.count_pads;
        NodeProto* n = node(global ? "GlobalAveragePool" : average ? "AveragePool" : "MaxPool", id);
        operands(n, id);
        if (!global) {
            integers(n, "kernel_shape", {w.kernel_h, w.kernel_w});
            window(n, w);
            if (average) integer(n, "count_include_pad", w.count_pads ? 1 : 0);
        }
        quantise(id, n->output(0));
    }

    std::string weights(LayerId id, const std::vector<int64_t>& dims) {
        const Layer& l = graph_[id];
        TensorProto* q = initialiser(l.name + "/weights", TensorProto::INT8, dims);
        q->set_raw_data(std::string(l.weights.q.begin(), l.weights.q.end()));
        TensorProto* zero = initialiser(l.name + "/weights_zero", TensorProto::INT8, {l.shape.c});
        zero->set_raw_data(std::string(l.shape.c, '\0'));
        return dequantise(q->name(), l.weights.scale, zero->name());
    }

    std::string bias(LayerId id, double in_scale) {
        const Layer& l = graph_[id];
        TensorProto* q = initialiser(l.name + "/bias", TensorProto::INT32, {l.shape.c});
        for (const int32_t b : l.weights.bias_q) q->add_int32_data(b);
        std::vector<double> scale;
        for (const double s : l.weights.scale) scale.push_back(in_scale * s);
        return dequantise(q->name(), scale, "");
    }

    // DequantizeLinear of a constant along its first axis.
    std::string dequantise(const std::string& name, const std::vector<double>& scale,
                           const std::string& zero) {
        TensorProto* scales =
            initialiser(name + "_scale", TensorProto::FLOAT, {static_cast<int64_t>(scale.size())});
        for (const double v : scale) scales->add_float_data(static_cast<float>(v));
        NodeProto* n = node("DequantizeLinear", name + "/dequantize");
        n->add_input(name);
        n->add_input(scales->name());
        if (!zero.empty()) n->add_input(zero);
        integer(n, "axis", 0);
        return n->output(0);
    }

    // QuantizeLinear and DequantizeLinear of a layer's output, which its readers then read.
    void quantise(LayerId id, const std::string& raw) {
        const Layer& l = graph_[id];
        TensorProto* scale = initialiser(l.name + "/scale", TensorProto::FLOAT, {});
        scale->add_float_data(static_cast<float>(l.quant.scale));
        TensorProto* zero = initialiser(l.name + "/zero_point", TensorProto::INT8, {});
        zero->add_int32_data(l.quant.zero_point);
        NodeProto* q = node("QuantizeLinear", l.name + "/quantize");
        q->add_input(raw);
        NodeProto* dq = node("DequantizeLinear", l.name + "/dequantize");
        dq->add_input(q->output(0));
        for (NodeProto* n : {q, dq}) {
            n->add_input(scale->name());
            n->add_input(zero->name());
        }
        real_[id] = dq->output(0);
    }

    std::string bounded(LayerId id, const std::string& x) {
        const Layer& l = graph_[id];
        const bool below = l.real_lo > -1e300, above = l.real_hi < 1e300;
        if (!below && !above) return x;
        if (l.real_lo == 0 && !above) {
            NodeProto* relu = node("Relu", l.name + "/relu");
            relu->add_input(x);
            return relu->output(0);
        }
        NodeProto* n = node("Clip", l.name + "/clip");
        clip(n, id, x);
        return n->output(0);
    }

    void clip(NodeProto* n, LayerId id, const std::string& x) {
        const Layer& l = graph_[id];
        const std::string lo = bound(id, "/min", l.real_lo, l.real_lo > -1e300, l.clamp_lo());
        const std::string hi = bound(id, "/max", l.real_hi, l.real_hi < 1e300, l.clamp_hi());
        n->add_input(x);
        if (!lo.empty() || !hi.empty()) n->add_input(lo);
        if (!hi.empty()) n->add_input(hi);
    }

    // A float that means the same bound on the layer's grid; empty if there is none.
    std::string bound(LayerId id, const char* suffix, double real, bool present, int on_grid) {
        if (!present) return {};
        const Layer& l = graph_[id];
        auto value = static_cast<float>(real);
        Layer rounded;
        rounded.quant = {static_cast<float>(l.quant.scale), l.quant.zero_point};
        rounded.real_lo = value;
        if (!std::isfinite(value) || rounded.clamp_lo() != on_grid)
            value = static_cast<float>((on_grid - l.quant.zero_point) * rounded.quant.scale);
        TensorProto* tensor = initialiser(l.name + suffix, TensorProto::FLOAT, {});
        tensor->add_float_data(value);
        return tensor->name();
    }

    // The node of a layer, called as the layer.
    NodeProto* node(const char* op, LayerId id) {
        NodeProto* n = proto_->add_node();
        n->set_op_type(op);
        n->set_name(graph_[id].name);
        n->add_output(unique(graph_[id].name + "/raw"));
        return n;
    }

    // A node beside it.
    NodeProto* node(const char* op, const std::string& name) {
        NodeProto* n = proto_->add_node();
        n->set_op_type(op);
        n->set_name(unique(name));
        n->add_output(n->name());
        return n;
    }

    std::string unique(const std::string& wanted) {
        std::string name = wanted;
        for (int i = 2; !names_.insert(name).second; ++i) name = wanted + "_" + std::to_string(i);
        return name;
    }

    void operands(NodeProto* n, LayerId id) {
        for (const LayerId in : graph_.inputs(id)) n->add_input(real_[in]);
    }

    TensorProto* initialiser(const std::string& name, TensorProto::DataType type,
                             const std::vector<int64_t>& dims) {
        TensorProto* tensor = proto_->add_initializer();
        tensor->set_name(unique(name));
        tensor->set_data_type(type);
        for (const int64_t d : dims) tensor->add_dims(d);
        return tensor;
    }

    static void value_info(onnx::ValueInfoProto* info, const std::string& name, const Shape& s,
                           bool flat) {
        info->set_name(name);
        auto* tensor = info->mutable_type()->mutable_tensor_type();
        tensor->set_elem_type(TensorProto::FLOAT);
        auto* shape = tensor->mutable_shape();
        shape->add_dim()->set_dim_value(1);
        if (flat) {
            shape->add_dim()->set_dim_value(s.elements());
            return;
        }
        for (const int d : {s.c, s.h, s.w}) shape->add_dim()->set_dim_value(d);
    }

    static void integer(NodeProto* n, const char* name, int64_t value) {
        auto* a = n->add_attribute();
        a->set_name(name);
        a->set_type(onnx::AttributeProto::INT);
        a->set_i(value);
    }

    static void integers(NodeProto* n, const char* name, const std::vector<int>& values) {
        auto* a = n->add_attribute();
        a->set_name(name);
        a->set_type(onnx::AttributeProto::INTS);
        for (const int v : values) a->add_ints(v);
    }

    static void window(NodeProto* n, const Window& w) {
        integers(n, "strides", {w.stride_y, w.stride_x});
        integers(n, "pads", {w.pad_top, w.pad_left, w.pad_bottom, w.pad_right});
    }

    const Graph& graph_;
    onnx::GraphProto* proto_ = nullptr;
    std::vector<std::string> real_;  // by LayerId: the tensor its readers read
    std::set<LayerId> flat_;         // layers whose tensor has two dimensions
    std::set<std::string> names_;
};

}  // namespace

void write_onnx(const Graph& graph, const std::string& path) {
    if (!graph.quantised)
        throw std::invalid_argument("network '" + graph.name + "' is not quantised");
    check(graph);
    write_file(path, Writer(graph).model().SerializeAsString());
}

}  // namespace msd::network
