// Which records the wanted files need, and writing them.
#include "platform/output/trace_files.h"

#include "platform/output/files.h"
#include "platform/output/gzip.h"
#include "platform/output/wave.h"

namespace msd::platform {

RecorderOptions TraceFiles::recorder_options(const Selection& selection,
                                             const DramTimingConfig& dram) const {
    RecorderOptions options;
    options.memory = options.processor = perfetto || waves();
    options.instructions = waves() && selection.shows_signal("soc.cpu.pc");
    options.from_cycle = selection.from_cycle;
    options.to_cycle = selection.to_cycle;
    options.bank_groups = dram.bank_groups;
    return options;
}

void write_traces(const TraceFiles& files, const TraceInput& input,
                  const std::filesystem::path& folder) {
    if (files.perfetto) {
        const std::string text = perfetto_json(input, files.max_bytes);
        if (files.gzip)
            write_file(folder / "trace.json.gz", gzip(text));
        else
            write_file(folder / "trace.json", text);
    }
    if (!files.waves()) return;
    const Wave wave = make_wave(input);
    if (files.vcd) write_file(folder / "wave.vcd", vcd_text(wave));
    if (files.fst) write_fst(wave, folder / "wave.fst");
    for (const WaveNames& names : wave.names)
        write_file(folder / ("wave_" + names.name + ".txt"), names_text(names));
    write_file(folder / "wave.gtkw", gtkw_text(wave, files.fst ? "wave.fst" : "wave.vcd"));
}

namespace {

// A run of which only spans were recorded.
template <class Make>
auto from_spans(const Recorder& recorder, const TraceWindow& window, uint64_t period_ps,
                Make make) {
    RunResult run;
    for (uint32_t image = 0; image < recorder.images(); ++image) {
        ImageRun timed;
        for (const LayerStats& l : recorder.layer_stats(image)) {
            if (timed.start_cycle == 0 || l.start < timed.start_cycle) timed.start_cycle = l.start;
            timed.end_cycle = std::max(timed.end_cycle, l.end);
        }
        run.cycles = std::max(run.cycles, timed.end_cycle);
        run.images.push_back(timed);
    }
    const pe::AcceleratorConfig device;
    const DramTimingConfig ideal = dram_preset("ideal");
    TraceInput input{recorder, run, device, ideal, period_ps, {}};
    input.selection.from_cycle = window.from_cycle;
    input.selection.to_cycle = window.to_cycle;
    input.selection.signals = window.signals;
    return make(input);
}

}  // namespace

std::string perfetto_json(const Recorder& recorder, const TraceWindow& window, double clock_mhz) {
    return from_spans(recorder, window, static_cast<uint64_t>(1e6 / clock_mhz + 0.5),
                      [](const TraceInput& input) { return perfetto_json(input, 64u << 20); });
}

std::string vcd(const Recorder& recorder, const TraceWindow& window, uint64_t period_ps) {
    return from_spans(recorder, window, period_ps,
                      [](const TraceInput& input) { return vcd_text(make_wave(input)); });
}

}  // namespace msd::platform
