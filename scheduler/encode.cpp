// encode_weights: the channels of the LUT core on the RSD grid, with the scale that loses least.
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "quant/rsd.h"
#include "scheduler/assignment.h"

namespace msd::scheduler {
namespace {

// bias_q is in units of input scale * weight scale: a new weight scale needs a new bias.
int32_t rescaled_bias(const network::Layer& conv, int32_t bias, double old_scale,
                      double new_scale) {
    const double value = std::floor(bias * (old_scale / new_scale) + 0.5);
    if (std::abs(value) > std::numeric_limits<int32_t>::max())
        throw ScheduleError(fmt::format(
            "layer {}: a bias of {} leaves int32 with the RSD weights' scale", conv.name, value));
    return static_cast<int32_t>(value);
}

}  // namespace

std::map<network::LayerId, std::vector<uint8_t>> assigned_digits(const network::Graph& graph,
                                                                 const Schedule& schedule) {
    std::map<network::LayerId, std::vector<uint8_t>> digits;
    for (const LayerPlan& plan : schedule.layers) {
        if (graph[plan.conv].op != network::Op::kConv) continue;
        std::vector<uint8_t> channels(plan.on_lut.size());
        for (std::size_t k = 0; k < channels.size(); ++k)
            channels[k] = static_cast<uint8_t>(plan.on_lut[k] != 0 ? plan.effective_bits : 0);
        digits.emplace(plan.conv, std::move(channels));
    }
    return digits;
}

void encode_weights(network::Graph& graph, const Schedule& schedule) {
    encode_weights(graph, schedule, quant::ScaleSearch::kBest);
}

void encode_weights(network::Graph& graph, const Schedule& schedule, quant::ScaleSearch scales) {
    for (const LayerPlan& plan : schedule.layers) {
        network::Layer& conv = graph[plan.conv];
        if (conv.op != network::Op::kConv) continue;
        network::Weights& w = conv.weights;
        const std::size_t channels = conv.shape.c;
        if (plan.on_lut.size() != channels || w.scale.size() != channels ||
            w.bias_q.size() != channels || w.q.size() % channels != 0)
            throw ScheduleError(fmt::format(
                "layer {}: the schedule is for another network, or its weights are not quantised",
                conv.name));
        const std::size_t count = w.q.size() / channels;
        std::vector<double> real(count);
        const bool encoded = w.digits.size() == channels;
        if (!encoded) w.digits.assign(channels, 0);
        for (std::size_t k = 0; k < channels; ++k) {
            if (!plan.on_lut[k]) continue;
            if (encoded && w.digits[k] > 0) continue;  // bound by an earlier encoding
            int8_t* q = w.q.data() + k * count;
            for (std::size_t i = 0; i < count; ++i) real[i] = q[i] * w.scale[k];
            bool zero = true;
            for (std::size_t i = 0; i < count; ++i) zero = zero && q[i] == 0;
            w.digits[k] = static_cast<uint8_t>(plan.effective_bits);
            if (zero) continue;  // only a bias: its scale stays
            const double scale =
                quant::encode_channel(real.data(), count, plan.effective_bits, q, scales);
            w.bias_q[k] = rescaled_bias(conv, w.bias_q[k], w.scale[k], scale);
            w.scale[k] = scale;
        }
    }
}

}  // namespace msd::scheduler
