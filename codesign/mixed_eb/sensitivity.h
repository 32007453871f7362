// What a choice of digits does to a network's answers, measured on images in the integers of
// docs/numbers.md.
#pragma once

#include <cstdint>
#include <vector>

#include "network/graph.h"
#include "network/images.h"

namespace msd::mixed_eb {

struct Measured {
    int right = 0;    // images answered rightly
    double loss = 0;  // mean divergence from the reference answers, nats
};

// Images with the answers that others are compared with: the divergence is that of Kullback and
// Leibler from softmax(reference logits) to softmax(logits), a smooth stand-in for lost accuracy
// that needs no labels.
class Judge {
public:
    // `base`: quantised; its answers are the reference. Its tensors are kept for every image, so
    // that a network that differs in some layers is evaluated from the first of them on. Throws
    // network::ImportError if there is no image or the base is in float.
    Judge(network::Graph base, const std::vector<network::Image>& images);

    // `graph`: of the same layers and with the same input scale, else std::invalid_argument.
    Measured measure(const network::Graph& graph) const;

    std::size_t images() const { return labels_.size(); }

private:
    using Tensor8 = std::vector<int8_t>;
    std::vector<Tensor8> evaluate(const network::Graph& graph, const std::vector<bool>& changed,
                                  std::size_t image) const;
    std::vector<double> logits(const network::Graph& graph,
                               const std::vector<Tensor8>& tensors) const;

    network::Graph base_;
    std::vector<network::LayerId> order_;
    std::vector<int> labels_;
    std::vector<std::vector<Tensor8>> tensors_;   // [image][layer]
    std::vector<std::vector<double>> reference_;  // log softmax
};

}  // namespace msd::mixed_eb
