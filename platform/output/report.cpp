// report.json.
#include "platform/output/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "platform/output/timeline.h"

namespace msd::platform {

using nlohmann::ordered_json;

uint64_t Report::cpu_cycles() const {
    uint64_t all = 0;
    for (const CpuWork& w : cpu) all += w.cycles;
    return all;
}

bool Report::passed() const {
    return std::all_of(checks.begin(), checks.end(), [](const Check& c) { return c.passed; });
}

int Report::correct() const {
    return static_cast<int>(std::count_if(
        inputs.begin(), inputs.end(), [](const InputReport& i) { return i.label == i.predicted; }));
}

bool Report::labelled() const {
    return !inputs.empty() && std::all_of(inputs.begin(), inputs.end(),
                                          [](const InputReport& i) { return i.label >= 0; });
}

namespace {

// A layer's window of the first image, if it is complete: from the end of the layer before to its
// own.
std::vector<uint64_t> windows(const RunResult& run, const Recorder& recorder) {
    std::vector<uint64_t> cycles;
    if (recorder.images() == 0) return cycles;
    uint64_t from = run.first_cycle();
    for (const LayerStats& s : recorder.layer_stats(0)) {
        if (run.images.empty() && cycles.size() == run.layers_done) break;
        cycles.push_back(s.end - std::min(from, s.end));
        from = std::max(from, s.end);
    }
    return cycles;
}

ordered_json both_json(const BothReport& both) {
    const auto rows = [](const std::vector<BothReport::Cycles>& all) {
        ordered_json list = ordered_json::array();
        for (const BothReport::Cycles& c : all)
            list.push_back({{"name", c.name},
                            {"tlm_cycles", c.tlm},
                            {"rtl_cycles", c.rtl ? ordered_json(*c.rtl) : ordered_json(nullptr)}});
        return list;
    };
    return {{"differences", both.differences},
            {"difference", both.difference},
            {"events", both.events},
            {"tlm_cycles", both.total.tlm},
            {"rtl_cycles", both.total.rtl.value_or(0)},
            {"inputs", rows(both.inputs)},
            {"layers", rows(both.layers)}};
}

int64_t total_macs(const Report& report, const Recorder& recorder) {
    int64_t macs = 0;
    for (const auto& l : recorder.program().layers) macs += l.macs;
    return macs * static_cast<int64_t>(report.run.images.size());
}

ordered_json totals_json(const Report& report, const Recorder& recorder) {
    ordered_json totals;
    uint64_t read = 0, written = 0, lut = 0, dsp = 0;
    for (uint32_t image = 0; image < recorder.images(); ++image) {
        for (const LayerStats& l : recorder.layer_stats(image)) {
            read += l.read_bytes;
            written += l.write_bytes;
            lut += l.lut_busy;
            dsp += l.dsp_busy;
        }
    }
    const uint64_t cycles = report.run.measured_cycles();
    totals["cycles"] = cycles;
    totals["latency_ms"] = static_cast<double>(cycles) / (report.clock_mhz * 1e3);
    totals["macs"] = total_macs(report, recorder);
    totals["dram_read_bytes"] = read;
    totals["dram_write_bytes"] = written;
    totals["lut_busy_cycles"] = lut;
    totals["dsp_busy_cycles"] = dsp;
    totals["predicted_cycles_per_image"] = recorder.program().predicted_cycles;
    if (!report.cpu.empty()) totals["cpu_cycles_per_image"] = report.cpu_cycles();
    return totals;
}

ordered_json limits_json(const Report& report) {
    const pe::AcceleratorConfig& c = report.limits;
    return {{"clock_mhz", report.clock_mhz},
            {"lut_rows", c.lut_rows},
            {"lut_cols", c.lut_cols},
            {"dsp_rows", c.dsp_rows},
            {"dsp_cols", c.dsp_cols},
            {"beat_bytes", c.beat_bytes},
            {"dram_bytes_per_cycle", report.dram_bytes_per_cycle}};
}

ordered_json dram_json(const Report& report) {
    const DramStats& d = report.dram;
    const double ps = static_cast<double>(report.run.cycles) * 1e6 / report.clock_mhz;
    ordered_json j{{"preset", report.dram_preset},
                   {"row_hits", d.row_hits},
                   {"row_misses", d.row_misses},
                   {"row_conflicts", d.row_conflicts},
                   {"refreshes", d.refreshes},
                   {"turnarounds", d.turnarounds},
                   {"busy_share", ps > 0 ? static_cast<double>(d.busy_ps) / ps : 0.0}};
    static const char* const names[kMasters] = {"W (weights)", "A (activations)", "S (stores)",
                                                "CPU"};
    ordered_json masters = ordered_json::array();
    for (unsigned m = 0; m < kMasters; ++m)
        masters.push_back({{"name", names[m]},
                           {"requests", d.master[m].requests},
                           {"row_hits", d.master[m].row_hits},
                           {"row_misses", d.master[m].row_misses},
                           {"row_conflicts", d.master[m].row_conflicts}});
    j["masters"] = std::move(masters);
    return j;
}

ordered_json nodes_json(const Report& report) {
    ordered_json nodes = ordered_json::array();
    for (const NetworkNode& n : report.nodes)
        nodes.push_back({{"name", n.name},
                         {"op", n.op},
                         {"layer", n.layer},
                         {"stores", n.stores},
                         {"shape", {n.shape.c, n.shape.h, n.shape.w}},
                         {"inputs", n.inputs}});
    return {{"nodes", std::move(nodes)}};
}

ordered_json causes_json(const CycleCauses& causes) {
    ordered_json j;
    for (unsigned c = 0; c < kCauses; ++c) j[to_string(static_cast<CycleCause>(c))] = causes[c];
    return j;
}

// Layers of the first image; the following ones differ only by where refreshes fall.
ordered_json layers_json(const Report& report, const Recorder& recorder) {
    ordered_json layers = ordered_json::array();
    if (recorder.images() == 0) return layers;
    const std::vector<LayerStats>& stats = recorder.layer_stats(0);
    uint64_t from = report.run.first_cycle();
    const std::vector<CycleCauses> causes = layer_causes(recorder, 0, from);
    for (std::size_t i = 0; i < stats.size(); ++i) {
        const auto& l = recorder.program().layers[i];
        const LayerStats& s = stats[i];
        const Report::Split split = i < report.splits.size() ? report.splits[i] : Report::Split{};
        const network::Shape& shape = l.output.shape;
        layers.push_back({{"name", l.name},
                          {"kind", l.kind},
                          {"start_cycle", s.start},
                          {"end_cycle", s.end},
                          {"cycles", s.end - std::min(from, s.end)},
                          {"predicted_cycles", l.predicted_cycles},
                          {"lut_busy_cycles", s.lut_busy},
                          {"dsp_busy_cycles", s.dsp_busy},
                          {"stall_cycles", s.exec_stall},
                          {"causes", causes_json(causes[i])},
                          {"macs", l.macs},
                          {"bound", l.bound},
                          {"effective_bits", l.effective_bits},
                          {"shape", {shape.c, shape.h, shape.w}},
                          {"tiles", l.tile_count},
                          {"lut_channels", split.lut_channels},
                          {"dsp_channels", split.dsp_channels},
                          {"dram_read_bytes", s.read_bytes},
                          {"dram_write_bytes", s.write_bytes}});
        from = std::max(from, s.end);
    }
    return layers;
}

}  // namespace

BothReport both_report(const RunResult& tlm, const Recorder& tlm_spans, const RunResult& rtl,
                       const Recorder& rtl_spans) {
    BothReport both;
    using Reached = std::optional<uint64_t>;
    both.total = {"all", tlm.measured_cycles(), rtl.measured_cycles()};
    const auto cycles = [](const ImageRun& image) { return image.end_cycle - image.start_cycle; };
    for (std::size_t i = 0; i < tlm.images.size(); ++i)
        both.inputs.push_back(
            {std::to_string(i), cycles(tlm.images[i]),
             i < rtl.images.size() ? Reached(cycles(rtl.images[i])) : std::nullopt});
    const std::vector<uint64_t> a = windows(tlm, tlm_spans), b = windows(rtl, rtl_spans);
    for (std::size_t l = 0; l < a.size(); ++l)
        both.layers.push_back({tlm_spans.program().layers[l].name, a[l],
                               l < b.size() ? Reached(b[l]) : std::nullopt});
    return both;
}

std::string report_json(const Report& report, const Recorder& recorder) {
    ordered_json j;
    j["scenario"] = report.scenario;
    j["version"] = report.version;
    j["seed"] = report.seed;
    j["device"] = report.device;
    j["title"] = report.title;
    j["command"] = report.command;
    if (report.run.ending == Ending::kStopped)
        j["stopped"] = {{"cycle", report.run.cycles}, {"message", report.run.message}};
    j["totals"] = totals_json(report, recorder);
    j["layers"] = layers_json(report, recorder);
    ordered_json inputs = ordered_json::array();
    for (const InputReport& i : report.inputs) {
        ordered_json item;
        item["index"] = i.index;
        item["label"] = i.label >= 0 ? ordered_json(i.label) : ordered_json(nullptr);
        item["predicted"] = i.predicted;
        item["logits"] = i.logits;
        if (i.probability) item["probability"] = *i.probability;
        item["cycles"] = i.cycles;
        inputs.push_back(std::move(item));
    }
    j["inputs"] = std::move(inputs);
    if (report.labelled()) {
        const auto images = static_cast<int>(report.inputs.size());
        j["accuracy"] = {{"correct", report.correct()},
                         {"images", images},
                         {"top1", static_cast<double>(report.correct()) / images}};
    } else {
        j["accuracy"] = nullptr;
    }
    ordered_json checks = ordered_json::array();
    for (const Check& c : report.checks)
        checks.push_back({{"name", c.name}, {"passed", c.passed}, {"message", c.message}});
    j["checks"] = std::move(checks);
    if (report.both) j["rtl"] = both_json(*report.both);
    for (const CpuWork& w : report.cpu)
        j["cpu"].push_back({{"op", w.name},
                            {"times", w.times},
                            {"rows", w.rows},
                            {"channels", w.channels},
                            {"cycles", w.cycles}});
    j["limits"] = limits_json(report);
    j["dram"] = dram_json(report);
    j["network"] = nodes_json(report);
    const Thumbnails& t = report.thumbnails;
    if (!t.png.empty())
        j["thumbnails"] = {
            {"width", t.width}, {"height", t.height}, {"columns", t.columns}, {"inputs", t.inputs}};
    j["host"] = {{"wall_s", report.host.wall_s},
                 {"cycles_per_s", report.host.cycles_per_s},
                 {"peak_rss_bytes", report.host.peak_rss_bytes}};
    // Names may hold any bytes.
    return j.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace msd::platform
