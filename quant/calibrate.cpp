// The ranges of tensors come from the float reference, image by image; then each layer is quantised
// on its own.
#include "quant/calibrate.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "network/check.h"
#include "network/images.h"
#include "network/patches.h"
#include "network/reference.h"
#include "network/reference_step.h"
#include "quant/equalise.h"

namespace msd::quant {

namespace {

using network::Graph;
using network::ImportError;
using network::Layer;
using network::LayerId;
using network::Op;
using network::QuantParams;

constexpr std::size_t kOrderImages = 16;  // that channels' losses are measured on

std::string named(const Graph& graph) {
    return "network '" + graph.name + "'";
}

void check_input(const Graph& graph, const std::vector<std::vector<float>>& images) {
    if (graph.quantised) throw ImportError(named(graph) + " is quantised already");
    if (images.empty())
        throw ImportError(named(graph) +
                          " is in float and there is no image to calibrate it with; give at least "
                          "one, better 50");
    const int64_t elements = graph[graph.input()].shape.elements();
    for (std::size_t i = 0; i < images.size(); ++i) {
        if (static_cast<int64_t>(images[i].size()) != elements)
            throw ImportError(named(graph) + ": calibration image " + std::to_string(i) + " has " +
                              std::to_string(images[i].size()) + " values; the input has " +
                              std::to_string(elements));
    }
    for (const LayerId id : graph.order()) {
        const network::Weights& w = graph[id].weights;
        for (const auto* values : {&w.real, &w.bias_real}) {
            for (const float v : *values) {
                if (!std::isfinite(v))
                    throw ImportError(named(graph) + ": layer '" + graph[id].name +
                                      "' has a weight or bias that is not a finite number");
            }
        }
    }
}

void check_digits(const Graph& graph, const Digits& digits) {
    for (const auto& [id, channels] : digits) {
        if (id >= graph.size() || graph[id].op != Op::kConv ||
            channels.size() != static_cast<std::size_t>(graph[id].shape.c))
            throw std::invalid_argument("digits of layer " + std::to_string(id) + " do not fit " +
                                        named(graph));
    }
}

bool keeps_grid(const Layer& layer) {
    return layer.op == Op::kMaxPool || layer.op == Op::kSoftmax;
}

// The least scale at which a channel's bias stays within +-2^30 and its multiplier within range.
double least_scale(double bias, double in_scale, double out_scale) {
    return std::max(std::abs(bias) / (in_scale * 0x1p30), out_scale / in_scale * 0x1p-38);
}

float rounded_up(double v) {
    const float f = static_cast<float>(v);
    return f < v ? std::nextafter(f, HUGE_VALF) : f;
}

void quantise_weights(Layer& layer, const QuantParams& in, const std::vector<uint8_t>& digits,
                      ScaleSearch search) {
    network::Weights& w = layer.weights;
    const std::size_t channels = layer.shape.c, taps = w.real.size() / channels;
    w.q.resize(w.real.size());
    w.digits = digits;
    for (std::size_t k = 0; k < channels; ++k) {
        const int own = digits.empty() ? 0 : digits[k];
        const std::vector<double> real(w.real.begin() + k * taps, w.real.begin() + (k + 1) * taps);
        int8_t* q = w.q.data() + k * taps;
        const double bias = k < w.bias_real.size() ? w.bias_real[k] : 0;
        double scale = static_cast<float>(encode_channel(real.data(), taps, own, q, search));
        const bool silent = std::all_of(q, q + taps, [](int8_t v) { return v == 0; });
        if (silent)
            scale = static_cast<float>(layer.quant.scale /
                                       (256 * in.scale));  // as docs/numbers.md says
        const double least = least_scale(bias, in.scale, layer.quant.scale);
        if (scale < least) scale = rounded_up(least);
        for (std::size_t i = 0; i < taps; ++i)
            q[i] = static_cast<int8_t>(nearest(real[i] / scale, own));
        w.scale.push_back(scale);
        w.bias_q.push_back(static_cast<int32_t>(std::floor(bias / (in.scale * scale) + 0.5)));
    }
    w.real.clear();
    w.bias_real.clear();
}

// Adds every tap's operand, summed over the output pixels, to sums[group][tap].
template <typename T, typename Value>
void add_patches(const Layer& layer, const network::Shape& in, const std::vector<T>& tensor,
                 Value value, std::vector<double>& sums) {
    const int c_group = in.c / layer.groups;
    const std::size_t taps = std::size_t(c_group) * layer.window.kernel_h * layer.window.kernel_w;
    sums.resize(taps * layer.groups);
    for (int group = 0; group < layer.groups; ++group)
        network::unroll(layer, in, tensor, group * c_group, c_group, 0,
                        layer.shape.h * layer.shape.w,
                        [&](int, int tap, T v) { sums[group * taps + tap] += value(v); });
}

void divide(std::vector<double>& sums, const Layer& layer, std::size_t images) {
    const double count = double(images) * layer.shape.h * layer.shape.w;
    for (double& sum : sums) sum /= count;
}

}  // namespace

void PostTrainingOptions::check() const {
    if (!(percentile > 50 && percentile <= 100))
        throw std::invalid_argument("a percentile of " + std::to_string(percentile) +
                                    "; it must be above 50 and at most 100");
}

PostTraining::PostTraining(const Graph& real, std::vector<std::vector<float>> images,
                           const PostTrainingOptions& options)
    : real_(real), images_(std::move(images)), options_(options) {
    options_.check();
    check_input(real_, images_);
    if (options_.equalise) real_ = quant::equalise(real_, images_);
    find_ranges();
}

void PostTraining::find_ranges() {
    ranges_.assign(real_.size(), {});
    if (options_.correct_biases) real_patches_.resize(real_.size());
    for (std::size_t i = 0; i < images_.size(); ++i) {
        const auto values = network::evaluate_float(real_, images_[i]);
        for (LayerId id = 0; id < real_.size(); ++id) {
            for (const float v : values[id]) {
                if (!std::isfinite(v))
                    throw ImportError(named(real_) + ": layer '" + real_[id].name +
                                      "' gives a value that is not finite for calibration image " +
                                      std::to_string(i));
                ranges_[id].lo = std::min(ranges_[id].lo, v);
                ranges_[id].hi = std::max(ranges_[id].hi, v);
            }
            if (!options_.correct_biases || real_[id].op != Op::kConv) continue;
            const LayerId from = real_.inputs(id)[0];
            add_patches(
                real_[id], real_[from].shape, values[from], [](float v) { return v; },
                real_patches_[id]);
        }
    }
    for (LayerId id = 0; id < real_patches_.size(); ++id)
        if (!real_patches_[id].empty()) divide(real_patches_[id], real_[id], images_.size());
    if (options_.ranges == RangeMethod::kMinMax) return;
    std::vector<Histogram> histograms(ranges_.begin(), ranges_.end());
    for (const auto& image : images_) {
        const auto values = network::evaluate_float(real_, image);
        for (LayerId id = 0; id < real_.size(); ++id) histograms[id].add(values[id]);
    }
    for (LayerId id = 0; id < real_.size(); ++id)
        ranges_[id] = options_.ranges == RangeMethod::kMse
                          ? histograms[id].least_error()
                          : histograms[id].percentile(options_.percentile);
}

Graph PostTraining::quantised(const Digits& digits) const {
    Graph graph = real_;
    graph.quantised = true;
    check_digits(graph, digits);
    for (const LayerId id : graph.order()) {
        Layer& layer = graph[id];
        const std::vector<LayerId> inputs = graph.inputs(id);
        const QuantParams in = inputs.empty() ? QuantParams{} : graph[inputs[0]].quant;
        layer.quant = keeps_grid(layer) ? in : params_of(ranges_[id], in.scale);
        if (layer.op != Op::kConv) continue;
        const auto own = digits.find(id);
        quantise_weights(layer, in, own == digits.end() ? std::vector<uint8_t>{} : own->second,
                         options_.scales);
    }
    try {
        network::check(graph);
        if (options_.correct_biases) {
            correct(graph);
            network::check(graph);
        }
    } catch (const std::invalid_argument& error) {
        throw ImportError(named(graph) + " cannot be quantised: " + error.what());
    }
    return graph;
}

network::ChannelOrder PostTraining::order_for(const Digits& places) const {
    check_digits(real_, places);
    if (!options_.order_channels) return {};
    const std::map<LayerId, int> wanted = ordered_layers(real_, places);
    std::map<LayerId, int> missing;
    for (const auto& layer : wanted)
        if (losses_.count(layer) == 0) missing.insert(layer);
    if (!missing.empty()) {
        const std::size_t count = std::min(images_.size(), kOrderImages);
        auto measured = measured_losses(real_, {images_.begin(), images_.begin() + count}, missing,
                                        options_.scales);
        for (const auto& layer : missing) losses_[layer] = std::move(measured.at(layer.first));
    }
    ChannelLosses losses;
    for (const auto& layer : wanted) losses[layer.first] = losses_.at(layer);
    return best_order(real_, places, losses);
}

Graph PostTraining::placed(const Digits& places) const {
    const network::ChannelOrder order = order_for(places);
    Graph graph = quantised(by_channel(places, order));
    network::reorder_channels(graph, order);
    return graph;
}

std::vector<double> PostTraining::mean_patch(LayerId id, const QuantParams& in,
                                             const Tensor8s& tensors) const {
    std::vector<double> means;
    const network::Shape shape = real_[real_.inputs(id)[0]].shape;
    for (const auto& tensor : tensors)
        add_patches(
            real_[id], shape, tensor, [&](int8_t q) { return in.scale * (q - in.zero_point); },
            means);
    divide(means, real_[id], tensors.size());
    return means;
}

void PostTraining::correct(Graph& graph) const {
    const std::vector<std::size_t> last = network::last_use(graph);
    const std::vector<LayerId> order = graph.order();
    std::vector<Tensor8s> values(graph.size());
    for (std::size_t at = 0; at < order.size(); ++at) {
        const LayerId id = order[at];
        Layer& layer = graph[id];
        const std::vector<LayerId> inputs = graph.inputs(id);
        if (layer.op == Op::kConv) {
            const QuantParams in = graph[inputs[0]].quant;
            const std::vector<double> patch = mean_patch(id, in, values[inputs[0]]);
            const std::vector<float>& real = real_[id].weights.real;
            network::Weights& w = layer.weights;
            const std::size_t channels = layer.shape.c, taps = w.q.size() / channels;
            for (std::size_t k = 0; k < channels; ++k) {
                const std::size_t group = k / (channels / layer.groups) * taps;
                double difference = 0;
                for (std::size_t t = 0; t < taps; ++t)
                    difference += double{real[k * taps + t]} * real_patches_[id][group + t] -
                                  w.scale[k] * w.q[k * taps + t] * patch[group + t];
                const double bias = w.bias_q[k] + difference / (in.scale * w.scale[k]);
                w.bias_q[k] =
                    static_cast<int32_t>(std::clamp(std::floor(bias + 0.5), -0x1p30, 0x1p30));
            }
        }
        for (std::size_t i = 0; i < images_.size(); ++i) {
            std::vector<const std::vector<int8_t>*> operands;
            for (const LayerId in : inputs) operands.push_back(&values[in][i]);
            values[id].push_back(layer.op == Op::kInput
                                     ? network::quantise_image({images_[i], -1}, layer.quant)
                                     : network::evaluate_layer(graph, id, operands));
        }
        for (LayerId done = 0; done < graph.size(); ++done)
            if (last[done] == at) values[done].clear();
    }
}

Graph quantise(const Graph& real, const std::vector<std::vector<float>>& images) {
    return PostTraining(real, images).quantised();
}

}  // namespace msd::quant
