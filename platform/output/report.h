// report.json: what a run found, for people's scripts (docs/formats.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/output/recorder.h"
#include "platform/soc/soc.h"

namespace msd::platform {

struct Check {
    std::string name;  // the scenario's key: "check.output", …
    bool passed = true;
    std::string message;
};

struct InputReport {
    int index = 0;      // of the image in its source
    int label = -1;     // -1: none
    int predicted = 0;  // index of the largest logit, the lowest on a tie
    std::vector<int> logits;
    std::optional<double>
        probability;  // of `predicted`, if the network ends in a softmax; 6 decimals
    uint64_t cycles = 0;
};

struct HostReport {
    double wall_s = 0;
    double cycles_per_s = 0;
    uint64_t peak_rss_bytes = 0;
};

struct Report {
    std::string scenario, version, device;
    uint64_t seed = 0;
    double clock_mhz = 0;
    RunResult run;
    std::vector<InputReport> inputs;
    std::vector<Check> checks;
    HostReport host;

    bool passed() const;
    int correct() const;
    bool labelled() const;  // every input has a label
};

std::string report_json(const Report& report, const Recorder& recorder);

// The table that `run` prints.
std::string report_text(const Report& report, const Recorder& recorder);

}  // namespace msd::platform
