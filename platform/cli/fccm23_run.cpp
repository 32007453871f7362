// `msd run` of a scenario with accelerator = "fccm23".
#include "platform/cli/fccm23_run.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <system_error>

#include "platform/output/files.h"
#include "platform/output/recorder.h"
#include "platform/output/report.h"
#include "platform/version.h"

namespace msd::platform {
namespace {

// What the outputs need to know of the schedule: names, kinds, tiles, predictions.
scheduler::Program program_of(const Scenario& scenario, const PreparedReplay& prepared) {
    scheduler::Program program;
    program.network = scenario.network.file;
    program.device = scenario.device_preset;
    uint32_t first = 0;
    for (std::size_t i = 0; i < prepared.rows.size(); ++i) {
        const fccm23::ScheduleRow& row = prepared.rows[i];
        scheduler::ProgramLayer layer;
        layer.name = row.name;
        layer.kind = row.o * row.o_tiles == 1 ? "fc" : "conv";
        layer.bound = row.compute_bound ? "compute" : "memory";
        layer.first_tile = first;
        layer.tile_count = static_cast<uint32_t>(prepared.commands[i].tiles);
        layer.predicted_cycles = static_cast<uint64_t>(std::ceil(row.cycles));
        layer.macs = prepared.macs[i];
        layer.effective_bits = row.effective_bits;
        first += layer.tile_count;
        program.predicted_cycles += layer.predicted_cycles;
        program.layers.push_back(layer);
    }
    return program;
}

HostReport host_report(std::chrono::steady_clock::time_point start, uint64_t cycles) {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return {took.count(), static_cast<double>(cycles) / took.count(),
            static_cast<uint64_t>(usage.ru_maxrss) * 1024};
}

}  // namespace

PreparedReplay prepare_replay(const Scenario& scenario) {
    PreparedReplay p;
    const std::string& device = scenario.device_preset;
    if (!scenario.network.file.empty()) p.layers = fccm23::read_layers(scenario.network.file);
    if (scenario.schedule.file.empty()) {
        p.rows = fccm23::schedule(p.layers, fccm23::published_hardware(device),
                                  scenario.quant.effective_bits);
    } else {
        p.rows = fccm23::read_schedule(scenario.schedule.file);
        if (!p.layers.empty()) {
            try {
                fccm23::check_schedule(p.rows, p.layers);
            } catch (const fccm23::InputError& error) {
                throw fccm23::InputError(fmt::format("{}: {} (of {})", scenario.schedule.file,
                                                     error.what(), scenario.network.file));
            }
        }
    }
    p.commands = fccm23::commands(p.rows, scenario.fccm23.array == "rtl"
                                              ? fccm23::true_array(device)
                                              : fccm23::published_host_array(device));
    for (const fccm23::LayerShape& layer : p.layers)
        p.macs.insert(p.macs.end(), static_cast<std::size_t>(layer.repeats), layer.macs());
    if (p.layers.empty())
        for (const fccm23::ScheduleRow& row : p.rows) p.macs.push_back(row.tile_macs());
    p.format = fccm23::published_format(device);
    p.beat_bytes = static_cast<unsigned>(fccm23::published_host_array(device).beat_bytes);
    p.memory = published_memory(device);
    p.memory.dram_preset = scenario.dram.preset;
    const auto given = [](const std::optional<uint64_t>& value, unsigned& target) {
        if (value) target = static_cast<unsigned>(*value);
    };
    given(scenario.fccm23.read_latency_cycles, p.memory.read_latency_cycles);
    given(scenario.fccm23.write_latency_cycles, p.memory.write_latency_cycles);
    given(scenario.fccm23.status_latency_cycles, p.memory.status_latency_cycles);
    given(scenario.fccm23.outstanding, p.memory.outstanding);
    return p;
}

int run_replay(const Scenario& scenario, const std::string& out, bool quiet) {
    const auto start = std::chrono::steady_clock::now();
    const PreparedReplay prepared = prepare_replay(scenario);
    std::error_code error, ignored;
    std::filesystem::create_directories(out, error);
    if (error)
        throw std::runtime_error(fmt::format("{}: cannot be created: {}", out, error.message()));
    const scheduler::Program program = program_of(scenario, prepared);
    Recorder recorder(program);
    Replay replay("fccm23");
    const sc_core::sc_time period(std::llround(1e6 / scenario.device.clock_mhz), sc_core::SC_PS);
    const ReplayResult result =
        replay.run(prepared.commands, prepared.format, prepared.beat_bytes, period,
                   dram_preset(scenario.dram.preset), prepared.memory, scenario.run.timeout_cycles,
                   [&](const accelerator::UnitSpan& s) { recorder.add(0, s); });
    if (!result.finished) {
        fmt::print(stderr, "{}\n", result.message);
        std::filesystem::remove(out, ignored);  // if nothing lies in it
        return 3;
    }
    Report report;
    report.scenario = scenario.name;
    report.version = MSD_VERSION;
    report.seed = scenario.seed;
    report.device = scenario.device_preset;
    report.clock_mhz = scenario.device.clock_mhz;
    report.run.cycles = result.elapsed;
    report.run.images.push_back({result.elapsed - result.cycles, result.elapsed, {}});
    if (scenario.checks.max_cycles)
        report.checks.push_back(
            {"check.max_cycles", result.cycles <= *scenario.checks.max_cycles,
             fmt::format("{} cycles, allowed {}", result.cycles, *scenario.checks.max_cycles)});
    report.host = host_report(start, result.elapsed);

    const std::filesystem::path folder(out);
    write_file(folder / "latency.csv", latency_csv(recorder));
    write_file(folder / "schedule.csv", fccm23::to_csv(prepared.rows));
    write_file(folder / "report.json", report_json(report, recorder));
    if (!quiet) fmt::print("{}outputs in {}\n", report_text(report, recorder), out);
    for (const Check& c : report.checks)
        if (!c.passed) fmt::print(stderr, "{} fails: {}\n", c.name, c.message);
    return report.passed() ? 0 : 1;
}

}  // namespace msd::platform
