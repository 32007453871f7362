// report.json: what a run found, for people's scripts (docs/formats.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "network/graph.h"
#include "platform/output/recorder.h"
#include "platform/soc/cpu_work.h"
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

// A layer of the network's graph, for pictures of it.
struct NetworkNode {
    std::string name, op;
    int layer = -1;       // of the program; -1: the input, and what the host computes
    bool stores = false;  // the layer stores this node's tensor (others are fused into it)
    network::Shape shape;
    std::vector<int> inputs;  // nodes
};

// Small pictures of the images, in one PNG beside the report.
struct Thumbnails {
    int width = 0, height = 0, columns = 0;  // of a picture; pictures a row
    std::vector<int> inputs;                 // positions in `inputs`, in the order of pictures
    std::string png;                         // the file's bytes; empty: none
};

// pe.model = "both": cycles at both levels.
struct BothReport {
    int differences = 0;     // 1: the run stopped at the first
    std::string difference;  // in words
    uint64_t events = 0;     // compared: bursts, interrupts, register accesses, work of units
    struct Cycles {
        std::string name;
        uint64_t tlm = 0;
        std::optional<uint64_t> rtl;  // none: it did not come to the end of this
    };
    Cycles total;                // from the first image's start to the last one's end
    std::vector<Cycles> inputs;  // by image
    std::vector<Cycles> layers;  // windows of the first image, which add up
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
    std::string title, command;  // command: what repeats the run
    pe::AcceleratorConfig limits;
    std::string dram_preset;
    double dram_bytes_per_cycle = 0;  // the memory's peak; 0: unlimited
    DramStats dram;
    std::vector<NetworkNode> nodes;
    struct Split {
        int lut_channels = 0, dsp_channels = 0;
    };
    std::vector<Split> splits;  // by layer
    Thumbnails thumbnails;
    RunResult run;
    std::vector<InputReport> inputs;
    std::vector<Check> checks;
    std::optional<BothReport> both;
    std::vector<CpuWork> cpu;  // of an image, beside the program: not in the run's cycles
    HostReport host;

    uint64_t cpu_cycles() const;  // of `cpu`
    bool passed() const;
    int correct() const;
    bool labelled() const;  // every input has a label
};

// Cycles of a finished run at TLM and of one at RTL.
BothReport both_report(const RunResult& tlm, const Recorder& tlm_spans, const RunResult& rtl,
                       const Recorder& rtl_spans);

std::string report_json(const Report& report, const Recorder& recorder);

// The table that `run` prints; `coloured`: with a terminal's escape sequences.
std::string report_text(const Report& report, const Recorder& recorder, bool coloured = false);

}  // namespace msd::platform
