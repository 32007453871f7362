// What a scenario's run records and writes.
#pragma once

#include <string>

#include "platform/cli/session.h"
#include "platform/output/trace_files.h"

namespace msd::platform {

TraceFiles trace_files(const Scenario& scenario);
Selection trace_selection(const Scenario& scenario);
RecorderOptions recorder_options(const Scenario& scenario);

// trace.json's text.
std::string trace_text(const Scenario& scenario, const Report& report, const Recorder& recorder);

// Before the simulation, so that a pattern that matches nothing costs nobody a long run. Throws
// ScenarioError.
void check_traces(const Scenario& scenario, const scheduler::Program& program);

// What the page shows besides cycles: network, split, limits, memory, pictures, command.
void describe_run(const Scenario& scenario, const Prepared& prepared, const DramStats& dram,
                  const std::string& command, Report& report);

// At most 100 pictures; none of images that are no pictures.
Thumbnails make_thumbnails(const std::vector<network::Image>& images, const network::Shape& shape,
                           const std::vector<InputReport>& inputs);

// report.json, report.html, latency.csv and thumbnails.png.
void write_report(const Report& report, const Recorder& recorder, const std::string& directory);

}  // namespace msd::platform
