// What every unit did when, kept for latency.csv, trace.json, wave.vcd and the report.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ip/accelerator/accelerator.h"
#include "scheduler/program.h"

namespace msd::platform {

struct Span {
    uint32_t image, layer, tile;  // tile: within its layer
    accelerator::Unit unit;
    uint64_t start, end, stall, bytes, lut_busy, dsp_busy;  // cycles since power-up
};

// Sums of a layer over one image.
struct LayerStats {
    uint64_t start = 0, end = 0;  // first load's start, last store's end
    uint64_t lut_busy = 0, dsp_busy = 0;
    uint64_t exec_stall = 0;  // cycles the arrays waited
    uint64_t read_bytes = 0, write_bytes = 0;
};

class Recorder {
public:
    explicit Recorder(const scheduler::Program& program);

    void add(uint32_t image, const accelerator::UnitSpan& span);

    const std::vector<Span>& spans() const { return spans_; }
    const scheduler::Program& program() const { return program_; }
    uint32_t images() const { return static_cast<uint32_t>(stats_.size()); }
    const std::vector<LayerStats>& layer_stats(uint32_t image) const { return stats_[image]; }

private:
    const scheduler::Program& program_;
    std::vector<uint32_t> layer_of_tile_;
    std::vector<Span> spans_;
    std::vector<std::vector<LayerStats>> stats_;  // by image, then layer
};

// latency.csv: image,layer,tile,unit,start_cycle,end_cycle,stall_cycles,bytes
std::string latency_csv(const Recorder& recorder);

// What part of a long run a trace shows.
struct TraceWindow {
    uint64_t from_cycle = 0, to_cycle = ~uint64_t{0};
    std::vector<std::string> signals;  // units by name; empty: all
    bool shows(const Span& span) const;
};

// trace.json: Chrome trace events, one track a unit; opens in Perfetto. Time stamps are
// microseconds of simulated time.
std::string perfetto_json(const Recorder& recorder, const TraceWindow& window, double clock_mhz);

// wave.vcd: per unit `busy`, `layer` and `tile`; no date.
std::string vcd(const Recorder& recorder, const TraceWindow& window, uint64_t period_ps);

}  // namespace msd::platform
