// Evaluates what changed, and compares the answers.
#include "codesign/mixed_eb/sensitivity.h"

#include <algorithm>
#include <cmath>

#include "network/check.h"
#include "network/reference_step.h"
#include "network/window.h"

namespace msd::mixed_eb {
namespace {

using network::Graph;
using network::Layer;
using network::LayerId;

std::vector<double> log_softmax(std::vector<double> logits) {
    const double most = *std::max_element(logits.begin(), logits.end());
    double sum = 0;
    for (const double v : logits) sum += std::exp(v - most);
    for (double& v : logits) v -= most + std::log(sum);
    return logits;
}

bool same_layer(const Layer& a, const Layer& b) {
    return a.weights.q == b.weights.q && a.weights.scale == b.weights.scale &&
           a.weights.bias_q == b.weights.bias_q && a.quant.scale == b.quant.scale &&
           a.quant.zero_point == b.quant.zero_point;
}

}  // namespace

Judge::Judge(Graph base, const std::vector<network::Image>& images)
    : base_(std::move(base)), order_(base_.order()) {
    if (!base_.quantised || images.empty())
        throw network::ImportError("network '" + base_.name +
                                   "': answers are compared on a quantised network and at least "
                                   "one image");
    network::check(base_);
    const std::vector<bool> all(base_.size(), true);
    for (const network::Image& image : images) {
        labels_.push_back(image.label);
        std::vector<Tensor8> tensors(base_.size());
        tensors[base_.input()] = network::quantise_image(image, base_[base_.input()].quant);
        tensors_.push_back(std::move(tensors));
        tensors_.back() = evaluate(base_, all, tensors_.size() - 1);
        reference_.push_back(log_softmax(logits(base_, tensors_.back())));
    }
}

std::vector<Judge::Tensor8> Judge::evaluate(const Graph& graph, const std::vector<bool>& changed,
                                            std::size_t image) const {
    std::vector<Tensor8> tensors(graph.size());
    const std::vector<Tensor8>& base = tensors_[image];
    const auto tensor = [&](LayerId id) { return changed[id] ? &tensors[id] : &base[id]; };
    tensors[graph.input()] = base[graph.input()];
    for (const LayerId id : order_) {
        if (!changed[id] || graph[id].op == network::Op::kInput) continue;
        std::vector<const Tensor8*> operands;
        for (const LayerId in : graph.inputs(id)) operands.push_back(tensor(in));
        tensors[id] = network::evaluate_layer(graph, id, operands);
    }
    return tensors;
}

std::vector<double> Judge::logits(const Graph& graph, const std::vector<Tensor8>& tensors) const {
    LayerId last = graph.output();
    if (graph[last].op == network::Op::kSoftmax) last = graph.inputs(last)[0];
    const network::QuantParams& q = graph[last].quant;
    std::vector<double> values;
    for (const int8_t v : tensors[last]) values.push_back(q.scale * (v - q.zero_point));
    return values;
}

Measured Judge::measure(const Graph& graph) const {
    network::check(graph);
    if (!network::same(graph[graph.input()].quant, base_[base_.input()].quant))
        throw std::invalid_argument("network '" + graph.name + "': its input has another scale");
    std::vector<bool> changed(graph.size(), false);
    bool any = false;
    for (const LayerId id : order_) {
        changed[id] = !same_layer(graph[id], base_[id]);
        for (const LayerId in : graph.inputs(id)) changed[id] = changed[id] || changed[in];
        any = any || changed[id];
    }
    Measured sum;
    for (std::size_t i = 0; i < labels_.size(); ++i) {
        std::vector<double> answer = reference_[i];
        if (any && changed[graph.output()])
            answer = log_softmax(logits(graph, evaluate(graph, changed, i)));
        const auto best = std::max_element(answer.begin(), answer.end()) - answer.begin();
        sum.right += best == labels_[i];
        for (std::size_t k = 0; k < answer.size(); ++k)
            sum.loss += std::exp(reference_[i][k]) * (reference_[i][k] - answer[k]);
    }
    sum.loss /= static_cast<double>(labels_.size());
    return sum;
}

}  // namespace msd::mixed_eb
