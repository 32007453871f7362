// An ONNX file as far as it needs no knowledge of operators: parsed, pruned to what the output
// needs, and in order.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "network/onnx_tensor.h"

namespace msd::network::onnx_import {

using onnx::NodeProto;

struct Model {
    std::string path;
    std::filesystem::path folder;
    onnx::ModelProto proto;
    std::map<std::string, const onnx::TensorProto*> initialisers;
    const onnx::ValueInfoProto* input = nullptr;  // the one that is no initialiser
    std::string output;
    std::vector<const NodeProto*> nodes;  // those the output needs, each after its inputs
    std::map<std::string, int> uses;      // of a tensor, by those nodes; the output is one more
};

// The node's name for messages: its own, else its operator and first output.
std::string node_name(const NodeProto& node);

// Throws Bad.
void load(const std::string& path, Model& model);

// A node's attributes by name. finish() throws Bad if the node has one that nobody asked for,
// because it may change the meaning.
class Attributes {
public:
    explicit Attributes(const NodeProto& node);
    int64_t integer(const std::string& name, int64_t fallback);
    double real(const std::string& name, double fallback);
    std::string text(const std::string& name, const std::string& fallback);
    std::vector<int64_t> integers(const std::string& name, const std::vector<int64_t>& fallback);
    const onnx::AttributeProto* any(const std::string& name);  // null if absent
    bool has(const std::string& name) const { return attributes_.count(name) != 0; }
    void finish() const;

private:
    const onnx::AttributeProto* find(const std::string& name, int type, const char* what);
    std::map<std::string, const onnx::AttributeProto*> attributes_;
    std::set<std::string> read_;
};

}  // namespace msd::network::onnx_import
