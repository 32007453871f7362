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

}  // namespace msd::platform
