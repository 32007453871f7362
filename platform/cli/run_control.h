// Stops, checkpoints and restarts as a scenario asks for them.
#pragma once

#include <optional>

#include "platform/checkpoint/checkpoint.h"
#include "platform/scenario/scenario.h"
#include "platform/soc/soc.h"

namespace msd::platform {

struct Prepared;

struct Control {
    RunControl run;
    std::optional<Checkpoint> from;  // where it begins
    std::optional<Checkpoint> made;  // where it stopped
};

// Before the simulation. Throws ScenarioError or std::runtime_error if a stop can never come, or
// the checkpoint is damaged or of another run.
Control run_control(const Scenario& scenario, const Prepared& prepared);

// What must be the same in two runs for one to go on from the other's checkpoint.
std::vector<Checkpoint::Property> run_properties(const Scenario& scenario,
                                                 const Prepared& prepared);

}  // namespace msd::platform
