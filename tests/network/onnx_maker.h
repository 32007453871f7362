// Builds small ONNX models for tests, good ones and broken ones.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/network/files.h"

namespace msd::test {

class OnnxMaker {
public:
    using Dims = std::vector<int64_t>;

    explicit OnnxMaker(const Dims& input_dims, int element = onnx::TensorProto::FLOAT) {
        auto* opset = model.add_opset_import();
        opset->set_domain("");
        opset->set_version(13);
        model.set_ir_version(7);
        graph().set_name("test");
        auto* input = graph().add_input();
        input->set_name("x");
        auto* type = input->mutable_type()->mutable_tensor_type();
        type->set_elem_type(element);
        for (const int64_t dim : input_dims) {
            auto* d = type->mutable_shape()->add_dim();
            if (dim > 0)
                d->set_dim_value(dim);
            else
                d->set_dim_param("N");
        }
    }

    onnx::ModelProto model;
    onnx::GraphProto& graph() { return *model.mutable_graph(); }

    std::string floats(const std::string& name, const Dims& dims,
                       const std::vector<float>& values) {
        auto& t = tensor(name, dims, onnx::TensorProto::FLOAT);
        for (const float v : values) t.add_float_data(v);
        return name;
    }
    std::string raw(const std::string& name, const Dims& dims, int type, const std::string& bytes) {
        tensor(name, dims, type).set_raw_data(bytes);
        return name;
    }
    std::string ints(const std::string& name, const Dims& dims, int type,
                     const std::vector<int>& values) {
        auto& t = tensor(name, dims, type);
        for (const int v : values) {
            if (type == onnx::TensorProto::INT64)
                t.add_int64_data(v);
            else
                t.add_int32_data(v);
        }
        return name;
    }

    // A node whose output is called like the node.
    std::string node(const std::string& name, const std::string& op,
                     const std::vector<std::string>& inputs) {
        auto* n = graph().add_node();
        n->set_name(name);
        n->set_op_type(op);
        for (const auto& in : inputs) n->add_input(in);
        n->add_output(name);
        return name;
    }
    void attribute(const std::string& name, int64_t value) {
        auto* a = add_attribute(name, onnx::AttributeProto::INT);
        a->set_i(value);
    }
    void attribute(const std::string& name, const Dims& values) {
        auto* a = add_attribute(name, onnx::AttributeProto::INTS);
        for (const int64_t v : values) a->add_ints(v);
    }
    void attribute(const std::string& name, const std::string& value) {
        add_attribute(name, onnx::AttributeProto::STRING)->set_s(value);
    }
    void attribute_float(const std::string& name, float value) {
        add_attribute(name, onnx::AttributeProto::FLOAT)->set_f(value);
    }

    // QuantizeLinear, DequantizeLinear; the name of the real tensor behind them.
    std::string qdq(const std::string& from, float scale, int zero, bool is_unsigned = false) {
        const std::string base = from + "_" + std::to_string(count_++);
        const int type = is_unsigned ? onnx::TensorProto::UINT8 : onnx::TensorProto::INT8;
        floats(base + "_scale", {}, {scale});
        ints(base + "_zero", {}, type, {zero});
        node(base + "_q", "QuantizeLinear", {from, base + "_scale", base + "_zero"});
        return node(base + "_dq", "DequantizeLinear",
                    {base + "_q", base + "_scale", base + "_zero"});
    }
    // An int8 initialiser behind DequantizeLinear, scales along `axis`.
    std::string weights(const std::string& name, const Dims& dims, const std::vector<int>& q,
                        const std::vector<float>& scale, int axis = 0,
                        int type = onnx::TensorProto::INT8, int zero = 0) {
        ints(name + "_q", dims, type, q);
        floats(name + "_scale",
               scale.size() == 1 ? Dims{} : Dims{static_cast<int64_t>(scale.size())}, scale);
        ints(name + "_zero", scale.size() == 1 ? Dims{} : Dims{static_cast<int64_t>(scale.size())},
             type, std::vector<int>(scale.size(), zero));
        node(name, "DequantizeLinear", {name + "_q", name + "_scale", name + "_zero"});
        if (scale.size() > 1) attribute("axis", axis);
        return name;
    }

    std::string bytes(const std::string& output) {
        if (graph().output_size() == 0) graph().add_output()->set_name(output);
        return model.SerializeAsString();
    }
    std::string write(const Folder& folder, const std::string& output,
                      const std::string& file = "model.onnx") {
        return folder.write(file, bytes(output));
    }

private:
    onnx::TensorProto& tensor(const std::string& name, const Dims& dims, int type) {
        auto* t = graph().add_initializer();
        t->set_name(name);
        t->set_data_type(type);
        for (const int64_t dim : dims) t->add_dims(dim);
        return *t;
    }
    onnx::AttributeProto* add_attribute(const std::string& name,
                                        onnx::AttributeProto::AttributeType type) {
        auto* a = graph().mutable_node(graph().node_size() - 1)->add_attribute();
        a->set_name(name);
        a->set_type(type);
        return a;
    }
    int count_ = 0;
};

}  // namespace msd::test
