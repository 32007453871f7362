// The files of a run, from the most to the least valuable.
#include "platform/cli/outputs.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <tuple>

#include "platform/output/files.h"
#include "platform/output/register_log.h"
#include "platform/output/wave.h"
#include "platform/report/page.h"

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
    RecorderOptions options = trace_files(scenario).recorder_options(
        trace_selection(scenario), dram_preset(scenario.dram.preset));
    options.processor |= scenario.debug.registers;
    return options;
}

namespace {

TraceInput trace_input(const Scenario& scenario, const Report& report, const Recorder& recorder,
                       const DramTimingConfig& dram) {
    return {recorder,
            report.run,
            scenario.device,
            dram,
            soc_config(scenario).period().value(),
            trace_selection(scenario)};
}

}  // namespace

std::string trace_text(const Scenario& scenario, const Report& report, const Recorder& recorder) {
    const DramTimingConfig dram = dram_preset(scenario.dram.preset);
    return perfetto_json(trace_input(scenario, report, recorder, dram),
                         trace_files(scenario).max_bytes);
}

void check_traces(const Scenario& scenario, const scheduler::Program& program) {
    const auto check = [&](const char* key, const std::string& fault) {
        if (fault.empty()) return;
        throw ScenarioError(fmt::format("{}: {}: {}", scenario.places.at(key), key, fault));
    };
    const DramTimingConfig dram = dram_preset(scenario.dram.preset);
    const unsigned banks = dram.ideal ? 0 : dram.banks * dram.bank_groups;
    if (!scenario.trace.signals.empty())
        check("trace.signals",
              idle_pattern(scenario.trace.signals, wave_paths(dram), false, trace_scopes(banks)));
    std::vector<std::string> layers;
    for (const auto& l : program.layers) layers.push_back(l.name);
    check("trace.layers", idle_pattern(scenario.trace.layers, layers, true));
    if (scenario.trace.fst && !fst_available())
        check("trace.fst", "this msd was built without an FST writer; use trace.vcd");
}

void describe_run(const Scenario& scenario, const Prepared& prepared, const DramStats& dram,
                  const std::string& command, Report& report) {
    report.title = scenario.title;
    report.command = command;
    report.limits = scenario.device;
    report.dram_preset = scenario.dram.preset;
    report.dram = dram;
    const DramTimingConfig timing = dram_preset(scenario.dram.preset);
    if (!timing.ideal)
        report.dram_bytes_per_cycle = timing.peak_bytes_per_s() / (scenario.device.clock_mhz * 1e6);
    std::map<network::LayerId, std::pair<int, bool>> layers;  // graph layer: step, stores
    for (const scheduler::LayerPlan& plan : prepared.schedule.layers) {
        const int step = static_cast<int>(report.splits.size());
        layers[plan.conv] = {step, false};
        layers[plan.layer] = {step, true};
        Report::Split split;
        for (const uint8_t lut : plan.on_lut) ++(lut ? split.lut_channels : split.dsp_channels);
        report.splits.push_back(split);
    }
    std::map<network::LayerId, int> positions;
    for (const network::LayerId id : prepared.graph.order()) {
        const network::Layer& layer = prepared.graph[id];
        NetworkNode node;
        node.name = layer.name;
        node.op = network::to_string(layer.op);
        node.shape = layer.shape;
        if (const auto step = layers.find(id); step != layers.end())
            std::tie(node.layer, node.stores) = step->second;
        for (const network::LayerId input : prepared.graph.inputs(id))
            node.inputs.push_back(positions.at(input));
        positions[id] = static_cast<int>(report.nodes.size());
        report.nodes.push_back(std::move(node));
    }
    // Noise is no picture.
    if (scenario.network.input != "random")
        report.thumbnails = make_thumbnails(prepared.images, prepared.image_shape, report.inputs);
}

void write_report(const Report& report, const Recorder& recorder, const std::string& directory) {
    const std::filesystem::path out(directory);
    PageRun page;
    page.label = report.scenario;
    page.report_json = report_json(report, recorder);
    page.latency_csv = latency_csv(recorder);
    page.thumbnails = report.thumbnails.png;
    write_file(out / "report.json", page.report_json);
    write_file(out / "latency.csv", page.latency_csv);
    if (!page.thumbnails.empty()) write_file(out / "thumbnails.png", page.thumbnails);
    if (recorder.images() > 0) write_file(out / "report.html", report_page({page}));
}

void write_outputs(const Scenario& scenario, const Prepared& prepared, const Report& report,
                   const Recorder& recorder, const std::string& directory) {
    const std::filesystem::path out(directory);
    write_report(report, recorder, directory);
    write_file(out / "schedule.csv", scheduler::to_csv(prepared.graph, prepared.schedule));
    if (scenario.debug.registers)
        write_file(out / "registers.log", register_log(recorder.accesses()));
    const DramTimingConfig dram = dram_preset(scenario.dram.preset);
    const TraceInput input = trace_input(scenario, report, recorder, dram);
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
