// The counters of trace.json.
#include <algorithm>
#include <array>

#include "platform/output/timeline.h"
#include "platform/output/trace.h"
#include "platform/output/trace_events.h"

namespace msd::platform {

using accelerator::Unit;

namespace {

constexpr uint64_t kBins = 1000;
constexpr uint64_t kMinBinCycles = 64;

struct Bins {
    uint64_t from, until, width;  // cycles
    std::size_t count;

    uint64_t start(std::size_t i) const { return from + i * width; }
};

void utilisation(TraceEvents& events, const TraceInput& in, const Bins& bins) {
    std::vector<double> busy[2] = {std::vector<double>(bins.count),
                                   std::vector<double>(bins.count)};
    for (const Span& s : in.recorder.spans()) {
        if (s.unit != Unit::kExec || s.end <= s.start) continue;
        for (uint64_t c = std::max(s.start, bins.from); c < std::min(s.end, bins.until);) {
            const std::size_t i = (c - bins.from) / bins.width;
            const uint64_t stop = std::min({s.end, bins.until, bins.start(i + 1)});
            const double share =
                static_cast<double>(stop - c) / static_cast<double>(s.end - s.start);
            busy[0][i] += share * static_cast<double>(s.lut_busy);
            busy[1][i] += share * static_cast<double>(s.dsp_busy);
            c = stop;
        }
    }
    const auto percent = [&](double cycles) {
        return static_cast<uint64_t>(100 * cycles / static_cast<double>(bins.width) + 0.5);
    };
    for (std::size_t i = 0; i < bins.count; ++i)
        events.counter(kAcceleratorTracks, in.cycle_ps(bins.start(i)), "array utilisation (%)",
                       {{"LUT", percent(busy[0][i])}, {"DSP", percent(busy[1][i])}});
}

void bandwidth(TraceEvents& events, const TraceInput& in, const Bins& bins) {
    std::vector<std::array<uint64_t, kMasters>> bytes(bins.count);
    for (const BurstRecord& b : in.recorder.bursts())
        if (b.response_cycle >= bins.from && b.response_cycle < bins.until)
            bytes[(b.response_cycle - bins.from) / bins.width][b.master] += b.bytes;
    const uint64_t bin_ps = bins.width * in.period_ps;
    const auto rate = [bin_ps](uint64_t moved) { return moved * 1'000'000 / bin_ps; };
    for (std::size_t i = 0; i < bins.count; ++i)
        events.counter(kDramTracks, in.cycle_ps(bins.start(i)), "DRAM bandwidth (MB/s)",
                       {{"read A", rate(bytes[i][kMasterA])},
                        {"read W", rate(bytes[i][kMasterW])},
                        {"write S", rate(bytes[i][kMasterS])},
                        {"CPU", rate(bytes[i][kMasterCpu])}});
}

// The level that each buffer had at the end of each bin, where it changed.
void fill(TraceEvents& events, const TraceInput& in, const Bins& bins) {
    const std::vector<FillStep> steps = buffer_fill(in.recorder, in.device);
    std::array<int64_t, kBuffers> halves{}, bytes{};
    const auto level = [](int64_t value) {  // what was loaded before the window is not known
        return static_cast<uint64_t>(std::max<int64_t>(value, 0));
    };
    std::size_t next = 0;
    for (std::size_t i = 0; i <= bins.count; ++i) {
        bool changed = i == 0;
        for (; next < steps.size() && steps[next].cycle <= bins.start(i); ++next, changed = true) {
            const auto b = static_cast<std::size_t>(steps[next].buffer);
            halves[b] += steps[next].halves;
            bytes[b] += steps[next].bytes;
        }
        if (!changed) continue;
        const uint64_t ps = in.cycle_ps(std::min(bins.start(i), bins.until));
        events.counter(kAcceleratorTracks, ps, "buffer fill (KiB)",
                       {{"act", level(bytes[0]) >> 10},
                        {"wgt", level(bytes[1]) >> 10},
                        {"out", level(bytes[3]) >> 10}});
        events.counter(kAcceleratorTracks, ps, "accumulator halves in use",
                       {{"acc", level(halves[2])}});
    }
}

}  // namespace

void write_counters(TraceEvents& events, const TraceInput& in, uint32_t stride) {
    Bins bins{in.selection.from_cycle, std::min(in.selection.to_cycle, in.run.cycles), 0, 0};
    if (bins.from >= bins.until) return;
    const uint64_t length = bins.until - bins.from;
    const uint64_t wanted = std::max<uint64_t>(kBins / stride, 1);
    bins.width = std::max(kMinBinCycles, (length + wanted - 1) / wanted);
    bins.count = (length + bins.width - 1) / bins.width;
    if (in.selection.shows_signal("soc.accelerator.exec")) utilisation(events, in, bins);
    if (in.selection.shows_signal("soc.accelerator.buffers")) fill(events, in, bins);
    if (in.selection.shows_signal("soc.dram")) bandwidth(events, in, bins);
}

}  // namespace msd::platform
