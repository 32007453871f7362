// What a scenario's run records and writes.
#pragma once

#include <string>

#include "platform/cli/session.h"
#include "platform/output/trace_files.h"

namespace msd::platform {

TraceFiles trace_files(const Scenario& scenario);
Selection trace_selection(const Scenario& scenario);
RecorderOptions recorder_options(const Scenario& scenario);

// Before the simulation, so that a pattern that matches nothing costs nobody a long run. Throws
// ScenarioError.
void check_traces(const Scenario& scenario, const scheduler::Program& program);

}  // namespace msd::platform
