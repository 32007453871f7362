// Parses an ONNX file and orders its nodes; see onnx_model.h.
#include "network/onnx_model.h"

#include <google/protobuf/io/coded_stream.h>

#include <cmath>
#include <fstream>
#include <queue>

namespace msd::network::onnx_import {
namespace {

namespace fs = std::filesystem;

void parse(const std::string& path, onnx::ModelProto& proto) {
    std::error_code error;
    if (!fs::is_regular_file(path, error))
        throw Bad("cannot be opened; it must be an existing file");
    const auto size = fs::file_size(path, error);
    if (error || size > 0x7fffffffu)
        throw Bad("is larger than 2 GiB; keep weights in external data");
    std::string bytes(size, '\0');
    std::ifstream stream(path, std::ios::binary);
    if (!stream.read(bytes.data(), static_cast<std::streamsize>(size))) throw Bad("cannot be read");
    google::protobuf::io::CodedInputStream coded(reinterpret_cast<const uint8_t*>(bytes.data()),
                                                 static_cast<int>(size));
    coded.SetRecursionLimit(32);
    if (!proto.ParseFromCodedStream(&coded) || !coded.ConsumedEntireMessage()) {
        throw Bad("is not an ONNX model (its protobuf encoding is broken); is the file complete?");
    }
    if (!proto.has_graph() || proto.graph().node_size() == 0)
        throw Bad("holds no graph; an ONNX model is expected");
}

void check_opset(const onnx::ModelProto& proto) {
    for (const auto& opset : proto.opset_import()) {
        if (!opset.domain().empty() && opset.domain() != "ai.onnx") continue;
        if (opset.version() < 7 || opset.version() > 21) {
            throw Bad("operator set " + std::to_string(opset.version()) +
                      " is not supported; supported are 7 to 21");
        }
        return;
    }
    throw Bad(
        "names no operator set; opset_import must give the version of the standard operators");
}

void find_ends(Model& model) {
    const onnx::GraphProto& graph = model.proto.graph();
    for (const auto& tensor : graph.initializer()) {
        if (tensor.name().empty() || !model.initialisers.emplace(tensor.name(), &tensor).second) {
            throw Bad("two initialisers are called '" + clean(tensor.name()) +
                      "'; names must be unique");
        }
    }
    int inputs = 0;
    for (const auto& input : graph.input()) {
        if (model.initialisers.count(input.name())) continue;
        model.input = &input;
        ++inputs;
    }
    if (inputs != 1) throw Bad("has " + std::to_string(inputs) + " inputs; one is supported");
    if (graph.output_size() != 1) {
        throw Bad("has " + std::to_string(graph.output_size()) + " outputs; one is supported");
    }
    model.output = graph.output(0).name();
}

// Index of the node that makes each tensor.
std::map<std::string, int> producers_of(const Model& model) {
    std::map<std::string, int> producers;
    const onnx::GraphProto& graph = model.proto.graph();
    for (int n = 0; n < graph.node_size(); ++n) {
        for (const std::string& name : graph.node(n).output()) {
            if (name.empty()) continue;
            if (model.initialisers.count(name) || name == model.input->name() ||
                !producers.emplace(name, n).second) {
                throw Bad("tensor '" + clean(name) + "' is produced twice; names must be unique");
            }
        }
    }
    return producers;
}

// Marks the nodes the output needs, and for each the nodes that read it.
struct Needed {
    std::vector<bool> live;
    std::vector<std::vector<int>> readers;
    std::vector<int> waits;  // inputs made by other nodes
};

Needed needed(Model& model, const std::map<std::string, int>& producers) {
    const onnx::GraphProto& graph = model.proto.graph();
    Needed result{std::vector<bool>(graph.node_size()),
                  std::vector<std::vector<int>>(graph.node_size()),
                  std::vector<int>(graph.node_size())};
    const auto last = producers.find(model.output);
    if (last == producers.end())
        throw Bad("output '" + clean(model.output) + "' is produced by no node");
    std::vector<int> work{last->second};
    result.live[last->second] = true;
    ++model.uses[model.output];
    while (!work.empty()) {
        const int n = work.back();
        work.pop_back();
        for (const std::string& name : graph.node(n).input()) {
            if (name.empty()) continue;
            ++model.uses[name];
            if (model.initialisers.count(name) || name == model.input->name()) continue;
            const auto producer = producers.find(name);
            if (producer == producers.end()) {
                throw Bad("node '" + node_name(graph.node(n)) + "': its input '" + clean(name) +
                          "' is neither an initialiser nor produced by a node");
            }
            result.readers[producer->second].push_back(n);
            ++result.waits[n];
            if (!result.live[producer->second]) work.push_back(producer->second);
            result.live[producer->second] = true;
        }
    }
    return result;
}

void sort(Model& model, Needed needed) {
    const onnx::GraphProto& graph = model.proto.graph();
    std::priority_queue<int, std::vector<int>, std::greater<>> ready;
    std::size_t live = 0;
    for (int n = 0; n < graph.node_size(); ++n) {
        if (!needed.live[n]) continue;
        ++live;
        if (needed.waits[n] == 0) ready.push(n);
    }
    while (!ready.empty()) {
        const int n = ready.top();
        ready.pop();
        model.nodes.push_back(&graph.node(n));
        for (const int reader : needed.readers[n]) {
            if (--needed.waits[reader] == 0) ready.push(reader);
        }
    }
    if (model.nodes.size() == live) return;
    for (int n = 0; n < graph.node_size(); ++n) {
        if (needed.live[n] && needed.waits[n] > 0) {
            throw Bad("node '" + node_name(graph.node(n)) +
                      "': is part of or behind a cycle; a network must be acyclic");
        }
    }
}

}  // namespace

std::string node_name(const NodeProto& node) {
    if (!node.name().empty()) return clean(node.name());
    return clean(node.op_type() + (node.output_size() ? "_" + node.output(0) : std::string()));
}

void load(const std::string& path, Model& model) {
    model.path = path;
    model.folder = fs::path(path).parent_path();
    if (model.folder.empty()) model.folder = ".";
    parse(path, model.proto);
    check_opset(model.proto);
    find_ends(model);
    sort(model, needed(model, producers_of(model)));
}

Attributes::Attributes(const NodeProto& node) {
    for (const auto& attribute : node.attribute()) {
        if (!attributes_.emplace(attribute.name(), &attribute).second) {
            throw Bad("attribute '" + clean(attribute.name()) + "' is given twice");
        }
    }
}

const onnx::AttributeProto* Attributes::any(const std::string& name) {
    const auto found = attributes_.find(name);
    if (found == attributes_.end()) return nullptr;
    read_.insert(name);
    return found->second;
}

const onnx::AttributeProto* Attributes::find(const std::string& name, int type, const char* what) {
    const onnx::AttributeProto* attribute = any(name);
    if (attribute && (attribute->type() != type || !attribute->ref_attr_name().empty())) {
        throw Bad("attribute '" + name + "' must be " + what);
    }
    return attribute;
}

int64_t Attributes::integer(const std::string& name, int64_t fallback) {
    const auto* attribute = find(name, onnx::AttributeProto::INT, "an integer");
    return attribute ? attribute->i() : fallback;
}

double Attributes::real(const std::string& name, double fallback) {
    const auto* attribute = find(name, onnx::AttributeProto::FLOAT, "a float");
    if (attribute && !std::isfinite(attribute->f()))
        throw Bad("attribute '" + name + "' is not finite");
    return attribute ? attribute->f() : fallback;
}

std::string Attributes::text(const std::string& name, const std::string& fallback) {
    const auto* attribute = find(name, onnx::AttributeProto::STRING, "a string");
    return attribute ? attribute->s() : fallback;
}

std::vector<int64_t> Attributes::integers(const std::string& name,
                                          const std::vector<int64_t>& fallback) {
    const auto* attribute = find(name, onnx::AttributeProto::INTS, "a list of integers");
    return attribute ? std::vector<int64_t>(attribute->ints().begin(), attribute->ints().end())
                     : fallback;
}

void Attributes::finish() const {
    for (const auto& [name, attribute] : attributes_) {
        if (!read_.count(name)) throw Bad("attribute '" + clean(name) + "' is not known");
    }
}

}  // namespace msd::network::onnx_import
