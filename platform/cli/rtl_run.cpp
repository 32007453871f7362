// The RTL in a run: building it, waveforms without a date, TLM beside RTL.
#include "platform/cli/rtl_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "platform/crosscheck/soc_recording.h"
#include "platform/rtl_accelerator/rtl_accelerator.h"

namespace msd::platform {
namespace {

namespace fs = std::filesystem;

RtlOptions options_of(const Scenario& scenario) {
    RtlOptions options;
    if (scenario.pe.model == "rtl" && scenario.trace.vcd) options.trace = "vcd";
    if (scenario.pe.model == "rtl" && scenario.trace.fst) options.trace = "fst";
    return options;
}

fs::path waveform(const Scenario& scenario, const std::string& out) {
    return fs::path(out) / ("rtl." + options_of(scenario).trace);
}

// Overwrites what lies between $date and $end (VCD), or the header's date (FST: 119 bytes at 202,
// after tag, length, times, counts, time scale and version).
void remove_date(const fs::path& file, bool fst) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    if (fst) {
        stream.seekp(202);
        stream << std::string(119, '\0');
        return;
    }
    std::string head(4096, '\0');
    stream.read(head.data(), static_cast<std::streamsize>(head.size()));
    stream.clear();
    const std::size_t from = head.find("$date"), to = head.find("$end", from);
    if (from == std::string::npos || to == std::string::npos) return;
    stream.seekp(static_cast<std::streamoff>(from + 5));
    stream << std::string(to - from - 5, ' ');
}

}  // namespace

Level reported_level(const Scenario& scenario) {
    return scenario.pe.model == "rtl" ? Level::kRtl : Level::kTlm;
}

void prepare_rtl(const Scenario& scenario, Soc& soc, const std::string& out, bool quiet) {
    if (scenario.pe.model == "tlm") return;
    const RtlOptions options = options_of(scenario);
    rtl_library(scenario.device, options, [quiet](const std::string& line) {
        if (!quiet) fmt::print(stderr, "{}\n", line);
    });
    auto* rtl = dynamic_cast<RtlAccelerator*>(&soc.accelerator());
    if (!rtl) return;
    rtl->set_options(options);
    rtl->on_violation = [&soc](const std::string& text) { soc.stop("rtl, " + text); };
    if (options.trace == "none") return;
    // All of the RTL's signals: trace.signals names those of wave.vcd.
    rtl->trace(waveform(scenario, out).string() + ".part", scenario.trace.from_cycle,
               scenario.trace.to_cycle);
}

void finish_rtl_waveform(const Scenario& scenario, const std::string& out) {
    const RtlOptions options = options_of(scenario);
    if (options.trace == "none") return;
    const fs::path file = waveform(scenario, out);
    const fs::path part = file.string() + ".part";
    if (!fs::exists(part)) return;  // the run ended before the traced cycles
    remove_date(part, options.trace == "fst");
    fs::rename(part, file);
}

struct BothLevels::State {
    State(const Scenario& scenario, Soc& soc) : tlm(soc), rtl("soc_rtl", config_of(scenario)) {
        crosscheck::record(tlm, recording);
    }
    static SocConfig config_of(const Scenario& scenario) {
        SocConfig config = soc_config(scenario);
        config.level = Level::kRtl;
        return config;
    }
    Soc& tlm;
    Soc rtl;
    crosscheck::Recording recording;
};

BothLevels::BothLevels(const Scenario& scenario, Soc& soc)
    : state_(std::make_unique<State>(scenario, soc)) {}
BothLevels::~BothLevels() = default;

void BothLevels::compare(const Scenario& scenario, const Prepared& prepared, const Recorder& spans,
                         Report& report, Talk talk) {
    State& s = *state_;
    s.recording.cycles = report.run.cycles;
    s.recording.finished = report.run.ending == Ending::kFinished;
    crosscheck::Comparison comparison(s.recording);
    crosscheck::compare_with(s.rtl, comparison);
    prepare_rtl(scenario, s.rtl, "", talk == Talk::kQuiet);
    Scenario untraced = scenario;
    untraced.trace = {};
    Recorder recorder(prepared.program);
    const Report other = simulate(untraced, prepared, s.rtl, recorder, talk);
    if (!comparison.difference())
        comparison.finish(other.run.cycles, other.run.ending == Ending::kFinished);
    const auto& difference = comparison.difference();
    report.both = both_report(report.run, spans, other.run, recorder);
    const bool agree = !difference && other.run.ending == report.run.ending;
    std::string text = fmt::format("TLM and RTL agree in {} cycles and {} events",
                                   report.run.cycles, s.recording.size());
    if (difference)
        text = fmt::format("seed {}: {}", scenario.seed, difference->text());
    else if (!agree)
        text = fmt::format("seed {}: rtl: {}", scenario.seed, other.run.message);
    report.checks.push_back({"pe.model", agree, text});
    report.both->differences = agree ? 0 : 1;
    if (!agree) report.both->difference = text;
    report.both->events = s.recording.size();
}

}  // namespace msd::platform
