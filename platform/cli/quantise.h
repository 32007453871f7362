// A float network becomes integers as a scenario's [quant] keys and its schedule say.
#pragma once

#include "network/graph.h"
#include "platform/scenario/scenario.h"
#include "quant/calibrate.h"
#include "scheduler/schedule.h"

namespace msd::platform {

// The first quant.calibration_images of the scenario's input.
std::vector<std::vector<float>> calibration_images(const Scenario& scenario,
                                                   const network::Graph& graph);

// Calibrates the network on those images. Throws what quant::PostTraining does.
quant::PostTraining post_training(const Scenario& scenario, const network::Graph& real);

// The same, with the channels that the scenario's schedule gives to the LUT core on the RSD grid,
// encoded from the float weights, in the order that loses least.
network::Graph quantise_as_scheduled(const Scenario& scenario, const network::Graph& real);

// Puts a network in int8 into the order that is expected to lose least, then its LUT channels on
// the grid. One that is assigned already keeps its order.
void encode_as_scheduled(const Scenario& scenario, const scheduler::Schedule& schedule,
                         network::Graph& graph);

}  // namespace msd::platform
