// Turns the nodes of an ONNX model into layers, one method an operator.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "network/onnx_model.h"
#include "network/window.h"

namespace msd::network::onnx_import {

// What a tensor of the file has become: a constant, or the output of a layer.
struct Value {
    std::shared_ptr<const Constant> constant;
    LayerId layer = 0;
    int rank = 4;              // 4: [1][c][h][w]; 2: the same values as [1][c*h*w]
    bool ints = false;         // between QuantizeLinear and DequantizeLinear
    bool is_unsigned = false;  // of those integers
    bool exclusive = true;     // nothing else reads the layer
    bool raw = true;           // the layer's output as computed, before any QuantizeLinear
};

class Builder {
public:
    explicit Builder(const Model& model);
    Graph build();

private:
    // What a layer still needs before it is complete.
    struct State {
        bool resolved = false;     // its output's scale is known
        std::vector<double> bias;  // real, one a channel
        std::vector<int32_t>
            bias_q;  // the file's integers with their scales; empty: convert `bias`
        std::vector<double> bias_scale;
    };
    // A kernel [k][taps] with either integers and scales or reals.
    struct Kernel {
        std::vector<int8_t> q;
        std::vector<double> scale;
        std::vector<float> real;
    };
    using Handler = void (Builder::*)(const NodeProto&);
    static const std::map<std::string, Handler>& handlers();

    void input();
    void node(const NodeProto& node);
    Graph finish();
    void finish_bias(LayerId id);

    // onnx_operators.cpp
    void conv(const NodeProto& node);
    void gemm(const NodeProto& node);
    void matmul(const NodeProto& node);
    void add(const NodeProto& node);
    void relu(const NodeProto& node);
    void clip(const NodeProto& node);
    void max_pool(const NodeProto& node);
    void average_pool(const NodeProto& node);
    void global_average_pool(const NodeProto& node);
    void batch_normalization(const NodeProto& node);
    void softmax(const NodeProto& node);
    // onnx_tensors.cpp: operators that compute nothing, and quantisation
    void flatten(const NodeProto& node);
    void reshape(const NodeProto& node);
    void identity(const NodeProto& node);
    void dropout(const NodeProto& node);
    void constant(const NodeProto& node);
    void quantize(const NodeProto& node);
    void dequantize(const NodeProto& node);

    // Operands. All throw Bad.
    const Value* find(const NodeProto& node, int index);      // null if absent
    Value activation(const NodeProto& node, int index);       // a layer's output
    Value real_activation(const NodeProto& node, int index);  // and not integers
    std::shared_ptr<const Constant> constant_at(const NodeProto& node, int index, const char* what);
    std::shared_ptr<const Constant> optional_constant(const NodeProto& node, int index,
                                                      const char* what);
    void arity(const NodeProto& node, int at_least, int at_most) const;

    // Results.
    void set(const NodeProto& node, Value value);
    void alias(const NodeProto& node, int rank);  // the first input under another name
    Value append(const NodeProto& node, Layer layer, const std::vector<Value>& inputs);
    void set_constant(const NodeProto& node, Constant constant);

    void dense(const NodeProto& node, const Constant& weights, bool channel_first, double alpha,
               const Constant* bias, double beta);
    Kernel kernel_of(const Constant& weights, int channel_axis, bool channel_last) const;
    void set_kernel(Layer& layer, Kernel kernel) const;
    void pool(const NodeProto& node, Op op, Attributes& attributes);
    void affine(const NodeProto& node, const Value& value, const std::vector<double>& factor,
                const std::vector<double>& offset);
    void scale_kernel(Weights& weights, const std::vector<double>& factor) const;
    std::vector<double> per_channel(const Constant& constant, const Value& value) const;
    void bound(const NodeProto& node, double lo, double hi);
    bool open(const Value& value) const;  // may still absorb a following operator
    void resolve(LayerId id, const QuantParams& quant);
    void set_bias(State& state, const Constant* bias, int channels, double factor) const;
    QuantParams quant_params(const NodeProto& node, const Grid& grid, DType type) const;
    Grid grid_of(const NodeProto& node, Attributes& attributes, std::size_t rank, DType* type);

    const Model& model_;
    Graph graph_;
    std::vector<State> states_;  // by LayerId
    std::map<std::string, Value> values_;
    std::set<std::string> layer_names_;
};

// Reads strides, dilations, group-independent padding of a sliding window over `in`; the kernel is
// given. Throws Bad.
Window read_window(Attributes& attributes, const Shape& in, int64_t kernel_h, int64_t kernel_w,
                   bool ceil_mode);

}  // namespace msd::network::onnx_import
