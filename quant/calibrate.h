// Post-training quantisation: a float network and some of its images become a network of integers.
#pragma once

#include <map>
#include <vector>

#include "network/graph.h"
#include "quant/placing.h"
#include "quant/ranges.h"
#include "quant/rsd.h"

namespace msd::quant {

struct PostTrainingOptions {
    RangeMethod ranges = RangeMethod::kMinMax;
    double percentile = 99.99;  // of kPercentile
    ScaleSearch scales = ScaleSearch::kBest;
    bool correct_biases = false;  // see quantised()
    bool equalise = false;        // quant/equalise.h, before all else
    bool order_channels = true;   // see placed()

    void check() const;  // throws std::invalid_argument
};

class PostTraining {
public:
    // Activations: int8, one scale and zero point a tensor, from the values over all images.
    // Maximum pooling and Softmax keep their operand's parameters. Images are [c][h][w] in real
    // values, as the network's input expects them. Throws network::ImportError if there is none,
    // one has the wrong size, a weight or tensor is not finite, or the network is quantised
    // already.
    PostTraining(const network::Graph& real, std::vector<std::vector<float>> images,
                 const PostTrainingOptions& options = {});

    // Weights: int8 or the RSD grid, one scale an output channel (encode_channel), always from the
    // float weights. Biases: int32 in units of input scale * weight scale. All scales are floats'
    // values, so a network written as ONNX and read back is the same.
    //
    // correct_biases: layer after layer, each channel's bias is moved by the mean difference, over
    // the images, between the float network's sums and those of the quantised network as it is up
    // to there (Nagel et al., ICCV 2019, section 4.2, with measured instead of modelled means).
    //
    // Throws network::ImportError if the network cannot be quantised, std::invalid_argument if
    // digits are not of this network.
    network::Graph quantised(const Digits& digits = {}) const;

    // quantised() with digits by place: channels come in the order in which those that lose most by
    // their digits lie where there are none (quant/placing.h, losses on the first 16 images), or
    // keep theirs if options.order_channels is off.
    network::Graph placed(const Digits& places) const;
    // That order.
    network::ChannelOrder order_for(const Digits& places) const;

    const network::Graph& real() const { return real_; }  // equalised, if that was asked for

private:
    using Tensor8s = std::vector<std::vector<int8_t>>;  // one an image

    void find_ranges();
    void correct(network::Graph& graph) const;
    std::vector<double> mean_patch(network::LayerId id, const network::QuantParams& in,
                                   const Tensor8s& tensors) const;

    network::Graph real_;
    std::vector<std::vector<float>> images_;
    PostTrainingOptions options_;
    std::vector<Range> ranges_;
    // Of each convolution: the mean over images and output pixels of every tap's operand,
    // [group][tap]; empty unless biases are corrected.
    std::vector<std::vector<double>> real_patches_;
    mutable std::map<std::pair<network::LayerId, int>, std::vector<double>> losses_;  // measured
};

// int8 with the options as they are by default.
network::Graph quantise(const network::Graph& real, const std::vector<std::vector<float>>& images);

}  // namespace msd::quant
