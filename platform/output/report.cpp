// report.json and the table on the terminal.
#include "platform/output/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace msd::platform {

using nlohmann::ordered_json;

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
    const auto& images = report.run.images;
    const uint64_t cycles =
        images.empty() ? 0 : images.back().end_cycle - images.front().start_cycle;
    totals["cycles"] = cycles;
    totals["latency_ms"] = static_cast<double>(cycles) / (report.clock_mhz * 1e3);
    totals["macs"] = total_macs(report, recorder);
    totals["dram_read_bytes"] = read;
    totals["dram_write_bytes"] = written;
    totals["lut_busy_cycles"] = lut;
    totals["dsp_busy_cycles"] = dsp;
    totals["predicted_cycles_per_image"] = recorder.program().predicted_cycles;
    return totals;
}

}  // namespace

std::string report_json(const Report& report, const Recorder& recorder) {
    ordered_json j;
    j["scenario"] = report.scenario;
    j["version"] = report.version;
    j["seed"] = report.seed;
    j["device"] = report.device;
    j["totals"] = totals_json(report, recorder);
    // Layers of the first image; the following ones differ only by where refreshes fall.
    ordered_json layers = ordered_json::array();
    if (recorder.images() > 0) {
        const std::vector<LayerStats>& stats = recorder.layer_stats(0);
        for (std::size_t i = 0; i < stats.size(); ++i) {
            const auto& l = recorder.program().layers[i];
            const LayerStats& s = stats[i];
            layers.push_back({{"name", l.name},
                              {"kind", l.kind},
                              {"start_cycle", s.start},
                              {"end_cycle", s.end},
                              {"predicted_cycles", l.predicted_cycles},
                              {"lut_busy_cycles", s.lut_busy},
                              {"dsp_busy_cycles", s.dsp_busy},
                              {"stall_cycles", s.exec_stall},
                              {"macs", l.macs},
                              {"bound", l.bound},
                              {"effective_bits", l.effective_bits},
                              {"dram_read_bytes", s.read_bytes},
                              {"dram_write_bytes", s.write_bytes}});
        }
    }
    j["layers"] = std::move(layers);
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
    j["host"] = {{"wall_s", report.host.wall_s},
                 {"cycles_per_s", report.host.cycles_per_s},
                 {"peak_rss_bytes", report.host.peak_rss_bytes}};
    return j.dump(1) + "\n";
}

std::string report_text(const Report& report, const Recorder& recorder) {
    std::string text =
        fmt::format("{:<24} {:<9} {:>11} {:>11} {:>11} {:>6} {:>6} {:>11}  {}\n", "layer", "kind",
                    "cycles", "predicted", "MACs", "LUT %", "DSP %", "bytes", "bound");
    if (recorder.images() > 0) {
        const std::vector<LayerStats>& stats = recorder.layer_stats(0);
        for (std::size_t i = 0; i < stats.size(); ++i) {
            const auto& l = recorder.program().layers[i];
            const LayerStats& s = stats[i];
            const uint64_t cycles = s.end - s.start;
            const auto percent = [cycles](uint64_t busy) {
                return cycles ? 100.0 * static_cast<double>(busy) / static_cast<double>(cycles)
                              : 0.0;
            };
            text +=
                fmt::format("{:<24.24} {:<9} {:>11} {:>11} {:>11} {:>6.1f} {:>6.1f} {:>11}  {}\n",
                            l.name, l.kind, cycles, l.predicted_cycles, l.macs, percent(s.lut_busy),
                            percent(s.dsp_busy), s.read_bytes + s.write_bytes, l.bound);
        }
    }
    const auto& images = report.run.images;
    if (!images.empty()) {
        const uint64_t first = images.front().end_cycle - images.front().start_cycle;
        text += fmt::format(
            "\n{} on {}: {} image{}, first one {} cycles = {:.3f} ms at {} MHz\n", report.scenario,
            report.device, images.size(), images.size() == 1 ? "" : "s", first,
            static_cast<double>(first) / (report.clock_mhz * 1e3), report.clock_mhz);
    }
    if (report.labelled())
        text += fmt::format("{} of {} right\n", report.correct(), report.inputs.size());
    for (const Check& c : report.checks)
        text += fmt::format("{}: {}{}{}\n", c.name, c.passed ? "holds" : "FAILS",
                            c.message.empty() ? "" : ": ", c.message);
    return text;
}

}  // namespace msd::platform
