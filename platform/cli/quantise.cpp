// From [quant] keys to quant::PostTraining, and from a schedule to digits.
#include "platform/cli/quantise.h"

#include "network/fold.h"
#include "network/images.h"
#include "platform/cli/session.h"
#include "scheduler/assignment.h"

namespace msd::platform {

std::vector<std::vector<float>> calibration_images(const Scenario& scenario,
                                                   const network::Graph& graph) {
    const int most = scenario.quant.calibration_images;
    std::vector<std::vector<float>> pixels;
    for (network::Image& image :
         network::read_images(scenario.network.input, graph[graph.input()].shape, scenario.seed,
                              scenario.network.first, scenario.network.images)) {
        if (static_cast<int>(pixels.size()) == most) break;
        pixels.push_back(std::move(image.pixels));
    }
    return pixels;
}

quant::PostTraining post_training(const Scenario& scenario, const network::Graph& real) {
    quant::PostTrainingOptions options;
    options.ranges = quant::range_method_of(scenario.quant.ranges);
    options.percentile = scenario.quant.percentile;
    options.scales = quant::scale_search_of(scenario.quant.weight_scales);
    options.correct_biases = scenario.quant.bias_correction;
    options.equalise = scenario.quant.equalise;
    options.order_channels = scenario.quant.order_channels;
    return {real, calibration_images(scenario, real), options};
}

network::Graph quantise_as_scheduled(const Scenario& scenario, const network::Graph& real) {
    const quant::PostTraining post = post_training(scenario, real);
    network::Graph folded = post.quantised();  // as `run` sees it; layers keep ids and channels
    network::fold_input(folded);
    const scheduler::Schedule schedule =
        scheduler::make_schedule(folded, scenario.device, schedule_options(scenario));
    return post.placed(scheduler::assigned_digits(folded, schedule));
}

void encode_as_scheduled(const Scenario& scenario, const scheduler::Schedule& schedule,
                         network::Graph& graph) {
    const auto scales = quant::scale_search_of(scenario.quant.weight_scales);
    bool assigned = false;
    for (network::LayerId id = 0; id < graph.size(); ++id)
        assigned = assigned || !graph[id].weights.digits.empty();
    if (scenario.quant.order_channels && !assigned) {
        const quant::Digits places = scheduler::assigned_digits(graph, schedule);
        const auto losses =
            quant::expected_losses(graph, quant::ordered_layers(graph, places), scales);
        network::reorder_channels(graph, quant::best_order(graph, places, losses));
    }
    scheduler::encode_weights(graph, schedule, scales);
}

}  // namespace msd::platform
