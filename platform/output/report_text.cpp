// The table on the terminal.
#include <fmt/color.h>
#include <fmt/format.h>

#include <algorithm>

#include "platform/output/report.h"

namespace msd::platform {
namespace {

std::string paint(bool coloured, fmt::text_style style, const std::string& text) {
    return coloured ? fmt::format(style, "{}", text) : text;
}

// The arrays' share of a layer: green from half on, red below a tenth.
fmt::text_style style_of(double percent) {
    constexpr double kGood = 50, kBad = 10;
    if (percent >= kGood) return fmt::fg(fmt::terminal_color::green);
    if (percent < kBad) return fmt::fg(fmt::terminal_color::red);
    return {};
}

std::string layer_lines(const Recorder& recorder, uint64_t from, bool coloured) {
    std::string text;
    const std::vector<LayerStats>& stats = recorder.layer_stats(0);
    for (std::size_t i = 0; i < stats.size(); ++i) {
        const auto& l = recorder.program().layers[i];
        const LayerStats& s = stats[i];
        const uint64_t cycles = s.end - std::min(from, s.end);
        from = std::max(from, s.end);
        const auto percent = [cycles](uint64_t busy) {
            return cycles ? 100.0 * static_cast<double>(busy) / static_cast<double>(cycles) : 0.0;
        };
        const double lut = percent(s.lut_busy), dsp = percent(s.dsp_busy);
        const bool multiplies = l.macs > 0;
        text += fmt::format("{:<24.24} {:<9} {:>11} {:>11} {:>11} {} {:>6.1f} {:>11}  {}\n", l.name,
                            l.kind, cycles, l.predicted_cycles, l.macs,
                            paint(coloured && multiplies, style_of(std::max(lut, dsp)),
                                  fmt::format("{:>6.1f}", lut)),
                            dsp, s.read_bytes + s.write_bytes, l.bound);
    }
    return text;
}

}  // namespace

std::string report_text(const Report& report, const Recorder& recorder, bool coloured) {
    std::string text = paint(
        coloured, fmt::emphasis::bold,
        fmt::format("{:<24} {:<9} {:>11} {:>11} {:>11} {:>6} {:>6} {:>11}  {}", "layer", "kind",
                    "cycles", "predicted", "MACs", "LUT %", "DSP %", "bytes", "bound"));
    text += '\n';
    const auto& images = report.run.images;
    if (recorder.images() > 0) text += layer_lines(recorder, report.run.first_cycle(), coloured);
    if (!images.empty()) {
        const uint64_t first = images.front().end_cycle - images.front().start_cycle;
        text += fmt::format(
            "\n{} on {}: {} image{}, first one {} cycles = {:.3f} ms at {} MHz\n", report.scenario,
            report.device, images.size(), images.size() == 1 ? "" : "s", first,
            static_cast<double>(first) / (report.clock_mhz * 1e3), report.clock_mhz);
    }
    if (!report.cpu.empty()) {
        text += "beside the arrays, an image, on the CPU:\n";
        for (const CpuWork& w : report.cpu)
            text += fmt::format("  {:<11} {} times {} rows of {}: {} cycles\n", w.name, w.times,
                                w.rows, w.channels, w.cycles);
        const uint64_t all = report.cpu_cycles();
        text +=
            fmt::format("  {:<11} {} cycles = {:.3f} ms, to be added where they do not overlap\n",
                        "together", all, static_cast<double>(all) / (report.clock_mhz * 1e3));
    }
    if (report.run.ending == Ending::kStopped) text += "\n" + report.run.message + "\n";
    if (report.labelled())
        text += fmt::format("{} of {} right\n", report.correct(), report.inputs.size());
    for (const Check& c : report.checks)
        text += fmt::format(
            "{}: {}{}{}\n", c.name,
            paint(coloured,
                  fmt::fg(c.passed ? fmt::terminal_color::green : fmt::terminal_color::red),
                  c.passed ? "holds" : "FAILS"),
            c.message.empty() ? "" : ": ", c.message);
    return text;
}

}  // namespace msd::platform
