// Classes by union of tensors; weights move by rows (output channels) and columns (input channels).
#include "network/channel_order.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <stdexcept>

namespace msd::network {
namespace {

const std::string kPrefix = "msd.order:";

bool depthwise(const Graph& graph, LayerId id) {
    const Layer& layer = graph[id];
    return layer.op == Op::kConv && layer.groups > 1 && layer.groups == layer.shape.c &&
           layer.groups == graph[graph.inputs(id)[0]].shape.c;
}

class Union {
public:
    explicit Union(std::size_t size) : parent_(size) {
        std::iota(parent_.begin(), parent_.end(), LayerId{0});
    }
    LayerId find(LayerId id) {
        while (parent_[id] != id) id = parent_[id] = parent_[parent_[id]];
        return id;
    }
    void join(LayerId a, LayerId b) { parent_[find(a)] = find(b); }

private:
    std::vector<LayerId> parent_;
};

// The new channel i is the old order[i]; of a layer that keeps its order, i itself.
int old_channel(const ChannelOrder& order, LayerId id, int i) {
    const auto found = order.find(id);
    return found == order.end() ? i : found->second[static_cast<std::size_t>(i)];
}

template <typename T>
void move_rows(std::vector<T>& values, const std::vector<int>& order) {
    if (values.empty()) return;
    const std::size_t row = values.size() / order.size();
    std::vector<T> moved;
    moved.reserve(values.size());
    for (const int k : order) moved.insert(moved.end(), &values[k * row], &values[k * row] + row);
    values = std::move(moved);
}

// Weights [k][c / groups][taps]: within its group, column c becomes the one that was source(k, c).
template <typename T, typename Source>
void move_columns(std::vector<T>& values, std::size_t rows, std::size_t columns, Source source) {
    if (values.empty()) return;
    const std::size_t taps = values.size() / rows / columns;
    std::vector<T> moved(values.size());
    for (std::size_t k = 0; k < rows; ++k)
        for (std::size_t c = 0; c < columns; ++c)
            std::copy_n(&values[(k * columns + source(k, c)) * taps], taps,
                        &moved[(k * columns + c) * taps]);
    values = std::move(moved);
}

void check_order(const std::vector<ChannelClass>& classes, const ChannelOrder& order) {
    for (const ChannelClass& c : classes) {
        const auto first = order.find(c.layers[0]);
        for (const LayerId id : c.layers) {
            const auto own = order.find(id);
            if ((own == order.end()) != (first == order.end()) ||
                (own != order.end() && own->second != first->second))
                throw std::invalid_argument(
                    "channels of tensors that share an order are put in different ones");
        }
        if (first == order.end()) continue;
        bool fits = first->second.size() == static_cast<std::size_t>(c.channels);
        for (std::size_t part = 0; fits && part + 1 < c.cuts.size(); ++part) {
            std::vector<int> channels(first->second.begin() + c.cuts[part],
                                      first->second.begin() + c.cuts[part + 1]);
            std::sort(channels.begin(), channels.end());
            for (std::size_t i = 0; i < channels.size(); ++i)
                fits = fits && channels[i] == c.cuts[part] + static_cast<int>(i);
        }
        if (!fits)
            throw std::invalid_argument("an order is none of a tensor's " +
                                        std::to_string(c.channels) +
                                        " channels, or takes one out of its group");
    }
}

std::vector<int> recorded(const Graph& graph, LayerId id) {
    const auto found = graph.metadata.find(kPrefix + graph[id].name);
    std::vector<int> order;
    if (found == graph.metadata.end()) return order;
    std::size_t at = 0;
    const std::string& text = found->second;
    while (at < text.size()) {
        std::size_t end = at;
        while (end < text.size() && end < at + 6 && text[end] >= '0' && text[end] <= '9') ++end;
        if (end == at || (end < text.size() && text[end] != ',') || end + 1 == text.size()) {
            order.clear();
            break;
        }
        order.push_back(std::stoi(text.substr(at, end - at)));
        at = end + 1;
    }
    std::vector<int> sorted(order);
    std::sort(sorted.begin(), sorted.end());
    bool whole = sorted.size() == static_cast<std::size_t>(graph[id].shape.c);
    for (std::size_t i = 0; whole && i < sorted.size(); ++i)
        whole = sorted[i] == static_cast<int>(i);
    if (!whole)
        throw ImportError("metadata '" + found->first + "': '" + text.substr(0, 40) +
                          "' must be the numbers 0 to " + std::to_string(graph[id].shape.c - 1) +
                          " in some order, with commas between");
    return order;
}

}  // namespace

std::vector<ChannelClass> channel_classes(const Graph& graph) {
    Union sets(graph.size());
    std::map<LayerId, std::set<int>> cuts;  // by layer
    const auto cut = [&](LayerId id, int step) {
        for (int c = 0; c <= graph[id].shape.c; c += step) cuts[id].insert(c);
    };
    for (const LayerId id : graph.order()) {
        const Layer& layer = graph[id];
        const std::vector<LayerId> in = graph.inputs(id);
        cut(id, std::max(layer.shape.c, 1));
        if (layer.op != Op::kConv || depthwise(graph, id)) {
            for (const LayerId from : in) sets.join(id, from);
        } else if (layer.groups > 1) {
            cut(id, layer.shape.c / layer.groups);
            cut(in[0], graph[in[0]].shape.c / layer.groups);
        }
    }
    cut(graph.input(), 1);
    cut(graph.output(), 1);
    std::map<LayerId, ChannelClass> by_root;
    std::map<LayerId, std::set<int>> joint;
    for (LayerId id = 0; id < graph.size(); ++id) {
        ChannelClass& c = by_root[sets.find(id)];
        c.layers.push_back(id);
        c.channels = graph[id].shape.c;
        joint[sets.find(id)].insert(cuts[id].begin(), cuts[id].end());
    }
    std::vector<ChannelClass> classes;
    for (auto& [root, c] : by_root) {
        c.cuts.assign(joint[root].begin(), joint[root].end());
        classes.push_back(std::move(c));
    }
    return classes;
}

void reorder_channels(Graph& graph, const ChannelOrder& order) {
    check_order(channel_classes(graph), order);
    std::vector<std::pair<std::string, std::string>> notes;
    for (const auto& [id, own] : order) {
        if (graph[id].op != Op::kConv) continue;
        const std::vector<int> before = recorded(graph, id);
        std::string text;
        for (const int k : own)
            text += (text.empty() ? "" : ",") +
                    std::to_string(before.empty() ? k : before[static_cast<std::size_t>(k)]);
        notes.emplace_back(kPrefix + graph[id].name, text);
    }
    for (const LayerId id : graph.order()) {
        if (graph[id].op != Op::kConv) continue;
        Layer& layer = graph[id];
        Weights& w = layer.weights;
        const LayerId from = graph.inputs(id)[0];
        const std::size_t rows = layer.shape.c, columns = graph[from].shape.c / layer.groups;
        if (order.count(from) != 0 && !depthwise(graph, id)) {
            const auto source = [&](std::size_t k, std::size_t c) {
                const std::size_t first = k / (rows / layer.groups) * columns;
                return old_channel(order, from, static_cast<int>(first + c)) - first;
            };
            move_columns(w.q, rows, columns, source);
            move_columns(w.real, rows, columns, source);
        }
        const auto own = order.find(id);
        if (own == order.end()) continue;
        move_rows(w.q, own->second);
        move_rows(w.real, own->second);
        move_rows(w.scale, own->second);
        move_rows(w.bias_q, own->second);
        move_rows(w.bias_real, own->second);
        move_rows(w.digits, own->second);
    }
    for (auto& [key, text] : notes) graph.metadata[key] = std::move(text);
}

ChannelOrder recorded_order(const Graph& graph, const std::string& path) {
    ChannelOrder order;
    try {
        for (const ChannelClass& c : channel_classes(graph)) {
            for (const LayerId id : c.layers) {
                if (graph[id].op != Op::kConv) continue;
                const std::vector<int> own = recorded(graph, id);
                if (!own.empty())
                    for (const LayerId other : c.layers) order[other] = own;
            }
        }
        check_order(channel_classes(graph), order);
    } catch (const std::exception& error) {
        throw ImportError(path + ": " + error.what());
    }
    return order;
}

}  // namespace msd::network
