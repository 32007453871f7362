// The graph's structure: insertion, operands, order, liveness, and the figures read off a single
// layer.
#include "network/graph.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace msd::network {
namespace {

// docs/numbers.md, "Bounds": a real bound on the grid, limited to int8.
int bound_on_grid(double real, const QuantParams& quant) {
    const double q = std::floor(real / quant.scale + 0.5) + quant.zero_point;
    return static_cast<int>(std::clamp(q, -128.0, 127.0));
}

}  // namespace

const char* to_string(Op op) {
    switch (op) {
        case Op::kInput:
            return "input";
        case Op::kConv:
            return "conv";
        case Op::kAdd:
            return "add";
        case Op::kMaxPool:
            return "maxpool";
        case Op::kAveragePool:
            return "averagepool";
        case Op::kClamp:
            return "clamp";
        case Op::kSoftmax:
            return "softmax";
    }
    return "unknown";
}

int Layer::clamp_lo() const {
    return bound_on_grid(real_lo, quant);
}
int Layer::clamp_hi() const {
    return bound_on_grid(real_hi, quant);
}

LayerId Graph::add(Layer layer, const std::vector<LayerId>& inputs) {
    for (const LayerId input : inputs) {
        if (input >= size())
            throw std::invalid_argument("layer '" + layer.name + "': no such operand");
    }
    const LayerId id = boost::add_vertex(std::move(layer), dag_);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        boost::add_edge(inputs[i], id, static_cast<int>(i), dag_);
    }
    return id;
}

std::vector<LayerId> Graph::inputs(LayerId id) const {
    std::vector<LayerId> result(boost::in_degree(id, dag_));
    for (const auto edge : boost::make_iterator_range(boost::in_edges(id, dag_))) {
        result.at(boost::get(boost::edge_index, dag_, edge)) = boost::source(edge, dag_);
    }
    return result;
}

std::vector<LayerId> Graph::consumers(LayerId id) const {
    std::vector<LayerId> result;
    for (const auto edge : boost::make_iterator_range(boost::out_edges(id, dag_))) {
        result.push_back(boost::target(edge, dag_));
    }
    std::sort(result.begin(), result.end());
    result.erase(std::unique(result.begin(), result.end()), result.end());
    return result;
}

std::vector<LayerId> Graph::order() const {
    // add() accepts existing operands only, so ascending ids are a topological order, and the one
    // with ties by id.
    std::vector<LayerId> result(size());
    std::iota(result.begin(), result.end(), LayerId{0});
    return result;
}

LayerId Graph::input() const {
    for (LayerId id = 0; id < size(); ++id) {
        if (dag_[id].op == Op::kInput) return id;
    }
    throw std::logic_error("network '" + name + "' has no input layer");
}

LayerId Graph::output() const {
    for (LayerId id = size(); id-- > 0;) {
        if (boost::out_degree(id, dag_) == 0) return id;
    }
    throw std::logic_error("network '" + name + "' has no layers");
}

int64_t Graph::macs(LayerId id) const {
    const Layer& layer = dag_[id];
    if (layer.op != Op::kConv) return 0;
    if (const auto known = metadata.find("msd.macs:" + layer.name); known != metadata.end())
        return std::stoll(known->second);
    const Shape& in = dag_[inputs(id).at(0)].shape;
    return layer.shape.elements() * (in.c / layer.groups) * layer.window.kernel_h *
           layer.window.kernel_w;
}

std::vector<std::size_t> last_use(const Graph& graph) {
    const std::vector<LayerId> order = graph.order();
    std::vector<std::size_t> position(graph.size()), last(graph.size());
    for (std::size_t i = 0; i < order.size(); ++i) position[order[i]] = i;
    for (const LayerId id : order) {
        last[id] = position[id];
        const std::vector<LayerId> readers = graph.consumers(id);
        if (readers.empty()) last[id] = order.size() - 1;
        for (const LayerId reader : readers) last[id] = std::max(last[id], position[reader]);
    }
    return last;
}

}  // namespace msd::network
