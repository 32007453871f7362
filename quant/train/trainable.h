// A network of the product as LibTorch sees it: trained with its quantisers in place, exported as
// integers.
#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "network/graph.h"

namespace msd::train {

enum class Method {
    kFloat,    // no quantiser: the teacher
    kRsd,      // straight-through estimator; each channel on the grid of its digits (int8 where 0),
               // scale a channel, learned
    kLsqPlus,  // 8 bits: one learned scale a weight tensor, learned scale and offset an activation
               // (LSQ+, SpaceEvo)
    kLowBit,   // Gaussian-step weights and half-wave Gaussian activations of a few bits
               // (DeepBurning-MixQ)
};

struct MethodOptions {
    Method method = Method::kRsd;
    bool learn_weight_scales = true;  // of kRsd
    bool quirk_init = false;  // of kLsqPlus: the scale of SpaceEvo's code, half of what was meant
    int weight_bits = 4, activation_bits = 4;  // of kLowBit, 1..8
};

class TrainableNetwork {
public:
    // `real` has the weights, `integer` the grids: activations' scales and zero points, channels'
    // digits and scales, as quant::PostTraining made them of `real`; for kRsd also the biases,
    // which may be corrected. Throws network::ImportError if they are not of one network.
    TrainableNetwork(const network::Graph& real, const network::Graph& integer,
                     const MethodOptions& options);

    // images: [n][c][h][w] in the network's real input values; returns logits [n][classes] (before
    // Softmax).
    torch::Tensor forward(const torch::Tensor& images);

    // Sets what a method takes from data: kLowBit's deviations, kLsqPlus's ranges. Once, before
    // training.
    void initialise(const torch::Tensor& images);

    std::vector<torch::Tensor> weights() const;  // weights and biases
    std::vector<torch::Tensor> scales() const;   // what the quantisers learn; may be empty
    std::vector<torch::Tensor> state() const;    // all that training changes, for checkpoints

    // The network in integers, as it is now. Scales are floats' values, so ONNX keeps them.
    network::Graph exported() const;

private:
    struct Tensors {  // of one layer
        // Trained are directions and logarithms, so that one rate suits channels of any magnitude
        // (normalisation was folded into them): weight = direction * unit, bias = offset *
        // bias_unit, scale = scale * exp(log_scale), s = s * exp(log_s), beta = beta + s * shift.
        torch::Tensor direction,
            unit;  // [k][c/groups][h][w], of length 1 a channel at first; [k][1][1][1]
        torch::Tensor offset, bias_unit;  // [k]
        torch::Tensor scale, log_scale;   // of the weights: [k], or [1] for kLsqPlus
        torch::Tensor s, beta;            // of the activation: [1]
        torch::Tensor log_s, shift;       // of kLsqPlus: [1]
        torch::Tensor deviation;  // [1]; kLowBit: of the Gaussian whose half the activation is; 0:
                                  // signed, stays int8
    };
    torch::Tensor layer(network::LayerId id, const std::vector<torch::Tensor>& values,
                        bool observe);
    torch::Tensor quantised(network::LayerId id, const torch::Tensor& real, bool observe);
    torch::Tensor weight(network::LayerId id) const;
    torch::Tensor weight_scale(network::LayerId id) const;
    torch::Tensor activation_scale(network::LayerId id) const;
    torch::Tensor activation_offset(network::LayerId id) const;
    torch::Tensor quantised_weight(network::LayerId id) const;
    network::QuantParams grid_of(network::LayerId id) const;
    void export_weights(network::LayerId id, const network::QuantParams& in,
                        network::Layer& layer) const;
    bool keeps_grid(network::LayerId id) const;

    network::Graph real_, integer_;
    MethodOptions options_;
    std::vector<Tensors> tensors_;
};

}  // namespace msd::train
