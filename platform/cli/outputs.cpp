// The files of a run, from the most to the least valuable.
#include "platform/cli/outputs.h"

#include <fmt/format.h>

#include <filesystem>

#include "platform/output/files.h"
#include "platform/output/wave.h"

namespace msd::platform {

TraceFiles trace_files(const Scenario& scenario) {
    TraceFiles files;
    files.perfetto = scenario.trace.perfetto;
    files.gzip = scenario.trace.gzip;
    files.vcd = scenario.trace.vcd;
    files.fst = scenario.trace.fst;
    files.max_bytes = scenario.trace.max_mib << 20;
    return files;
}

Selection trace_selection(const Scenario& scenario) {
    Selection selection;
    selection.from_cycle = scenario.trace.from_cycle;
    selection.to_cycle = scenario.trace.to_cycle;
    selection.signals = scenario.trace.signals;
    selection.layers = scenario.trace.layers;
    return selection;
}

RecorderOptions recorder_options(const Scenario& scenario) {
    return trace_files(scenario).recorder_options(trace_selection(scenario),
                                                  dram_preset(scenario.dram.preset));
}

void check_traces(const Scenario& scenario, const scheduler::Program& program) {
    const auto check = [&](const char* key, const std::string& fault) {
        if (fault.empty()) return;
        throw ScenarioError(fmt::format("{}: {}: {}", scenario.places.at(key), key, fault));
    };
    const DramTimingConfig dram = dram_preset(scenario.dram.preset);
    const unsigned banks = dram.ideal ? 0 : dram.banks * dram.bank_groups;
    check("trace.signals", idle_pattern(scenario.trace.signals, trace_scopes(banks), false));
    std::vector<std::string> layers;
    for (const auto& l : program.layers) layers.push_back(l.name);
    check("trace.layers", idle_pattern(scenario.trace.layers, layers, true));
    if (scenario.trace.fst && !fst_available())
        check("trace.fst", "this msd was built without an FST writer; use trace.vcd");
}

void write_outputs(const Scenario& scenario, const Prepared& prepared, const Report& report,
                   const Recorder& recorder, const std::string& directory) {
    const std::filesystem::path out(directory);
    write_file(out / "report.json", report_json(report, recorder));
    write_file(out / "latency.csv", latency_csv(recorder));
    write_file(out / "schedule.csv", scheduler::to_csv(prepared.graph, prepared.schedule));
    const DramTimingConfig dram = dram_preset(scenario.dram.preset);
    const TraceInput input{recorder,
                           report.run,
                           scenario.device,
                           dram,
                           soc_config(scenario).period().value(),
                           trace_selection(scenario)};
    try {
        write_traces(trace_files(scenario), input, out);
    } catch (const EmptyTrace& empty) {
        const char* key =
            scenario.given("trace.from_cycle") ? "trace.from_cycle" : "trace.to_cycle";
        throw ScenarioError(
            fmt::format("{}: {}: {}; the report is in {}, the traces were left out",
                        scenario.given(key) ? scenario.places.at(key) : scenario.file, key,
                        empty.what(), directory));
    }
}

}  // namespace msd::platform
