// trace.json for Perfetto, made from what the recorder kept (docs/tracing.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "ip/msd_pe/core/config.h"
#include "platform/dram/dram_config.h"
#include "platform/output/recorder.h"
#include "platform/output/selection.h"

namespace msd::platform {

// A trace that would show nothing; what() says why, and what there is.
struct EmptyTrace : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// What traces and waveforms are made of.
struct TraceInput {
    const Recorder& recorder;
    const RunResult& run;
    const pe::AcceleratorConfig& device;
    const DramTimingConfig& dram;
    uint64_t period_ps = 4673;  // of the accelerator's clock
    Selection selection;

    unsigned banks() const { return dram.ideal ? 0 : dram.banks * dram.bank_groups; }
    uint64_t cycle_ps(uint64_t cycle) const { return cycle * period_ps; }
    uint64_t dram_ps(uint64_t clock) const {
        return static_cast<uint64_t>(static_cast<unsigned __int128>(clock) * dram.clock_fs / 1000);
    }
};

// Scopes of signals and tracks; what trace.signals chooses from. `banks`: of the memory.
std::vector<std::string> trace_scopes(unsigned banks);

// Chrome trace events: one track a unit, slices nested as layer, then tile; flow arrows from load
// to execution to store; counters. Slices are B and E events, whose ends cannot overlap by
// rounding; time stamps are microseconds of simulated time, exact to the nanosecond, and `args`
// hold exact cycles. Of each layer only every n-th tile is shown, n the smallest power of two with
// which the text is shorter than max_bytes (and otherData.tile_stride).
// Throws EmptyTrace.
std::string perfetto_json(const TraceInput& input, std::size_t max_bytes);

}  // namespace msd::platform
