// From a scenario to a program: every step of the flow before simulation, each on its own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "network/graph.h"
#include "network/images.h"
#include "platform/cli/run_control.h"
#include "platform/output/report.h"
#include "platform/scenario/scenario.h"
#include "platform/soc/soc.h"
#include "scheduler/program.h"

namespace msd::platform {

struct Prepared {
    network::Graph graph;  // quantised, LUT channels on the RSD grid
    scheduler::Schedule schedule;
    scheduler::Program program;
    network::Shape image_shape;  // of the images; the graph's input may be folded
    std::vector<network::Image> images;
    std::vector<std::vector<int8_t>> inputs;  // [c][h][w] in the input's grid
};

// Reads the network, with the assignment of channels to the cores that `msd quantize` stored in it,
// if any.
network::Graph load_network(const Scenario& scenario);

// Reads network and images, schedules, encodes. Throws what the steps throw.
Prepared prepare(const Scenario& scenario);

SocConfig soc_config(const Scenario& scenario);

// The scheduler's view of a memory preset: bytes a cycle and latency, for predictions.
scheduler::Options schedule_options(const Scenario& scenario);

// How much a run says while it goes on: nothing, progress on a terminal, a line a tile besides.
enum class Talk { kQuiet, kNormal, kVerbose };

// Simulates and checks; the report's host block is filled in. control: as made by run_control(),
// and receives the checkpoint; null: to the end.
Report simulate(const Scenario& scenario, const Prepared& prepared, Soc& soc, Recorder& recorder,
                Talk talk, Control* control = nullptr);

// Writes report.json, report.html, latency.csv, schedule.csv and the traces the scenario asks for.
void write_outputs(const Scenario& scenario, const Prepared& prepared, const Report& report,
                   const Recorder& recorder, const std::string& directory);

}  // namespace msd::platform
