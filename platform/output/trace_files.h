// The trace files that a scenario asks for, written into a run's folder.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "platform/output/trace.h"

namespace msd::platform {

struct TraceFiles {
    bool perfetto = false, gzip = false;  // trace.json, or trace.json.gz
    bool vcd = false, fst = false;        // wave.vcd, wave.fst, each with wave.gtkw
    std::size_t max_bytes = 64u << 20;    // of trace.json

    bool waves() const { return vcd || fst; }
    RecorderOptions recorder_options(const Selection& selection,
                                     const DramTimingConfig& dram) const;
};

// Throws EmptyTrace or std::runtime_error; every file appears whole or not at all.
void write_traces(const TraceFiles& files, const TraceInput& input,
                  const std::filesystem::path& folder);

}  // namespace msd::platform
