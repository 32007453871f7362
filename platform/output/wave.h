// Waveforms at transaction level: signals and their changes, and the files made of them (names and
// conventions: docs/tracing.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "platform/output/trace.h"

namespace msd::platform {

// Names of a signal's values; becomes a translate filter file of GTKWave. A name may begin with
// "?colour?".
struct WaveNames {
    std::string name;  // the file is wave_<name>.txt
    std::vector<std::pair<uint64_t, std::string>> values;
};

struct WaveSignal {
    enum class Show { kBit, kDecimal, kHex, kLevel };  // kLevel: drawn as an analogue step

    std::string scope, name;  // path: scope.name
    unsigned width = 1;
    Show show = Show::kBit;
    int names = -1;     // index of its WaveNames, or -1
    bool main = false;  // in the save file's first view

    std::string path() const { return scope + "." + name; }
};

struct WaveChange {
    uint64_t ps;
    uint32_t signal;
    uint64_t value;
};

struct Wave {
    std::vector<WaveSignal> signals;  // signals of one scope follow each other
    std::vector<WaveNames> names;
    std::vector<WaveChange> changes;  // by time; at most one a signal and time
    uint64_t from_ps = 0, to_ps = 0;
};

// The signals that the selection shows. Throws EmptyTrace if there are none, or the window lies
// behind the run's end.
Wave make_wave(const TraceInput& input);

// Paths of all signals of a platform with this memory: what trace.signals may name.
std::vector<std::string> wave_paths(const DramTimingConfig& dram);

// IEEE 1364 VCD, timescale 1 ps, no date.
std::string vcd_text(const Wave& wave);

// The same as FST, written beside `path` and renamed. Throws std::runtime_error.
void write_fst(const Wave& wave, const std::filesystem::path& path);
bool fst_available();  // false if this was built without Verilator's FST writer

// GTKWave's save file for `dump` ("wave.vcd"), and the filter files it names.
std::string gtkw_text(const Wave& wave, const std::string& dump);
std::string names_text(const WaveNames& names);

}  // namespace msd::platform
