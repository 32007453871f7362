// `msd run`: a scenario from file to report.
#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "platform/cli/commands.h"
#include "platform/cli/fccm23_run.h"
#include "platform/cli/outputs.h"
#include "platform/cli/rtl_run.h"

namespace msd::platform {

namespace {

std::string quoted(const std::string& word) {
    const auto plain = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || std::strchr("-_./=:,+@%", c);
    };
    if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) return word;
    std::string text = "'";
    for (const char c : word) text += c == '\'' ? "'\\''" : std::string(1, c);
    return text + "'";
}

// The command that repeats the run; where its outputs go does not matter to them, nor whether it
// came there in one go.
std::string reproduce(const RunArguments& arguments) {
    std::string command = "msd run";
    if (!arguments.scenario.empty()) command += " " + quoted(arguments.scenario);
    for (const std::string& set : arguments.sets)
        if (set.rfind("debug.restart", 0) != 0 && set.rfind("debug.checkpoint", 0) != 0)
            command += " --set " + quoted(set);
    return command;
}

}  // namespace

int run_command(const RunArguments& arguments) {
    const Scenario scenario = arguments.scenario.empty()
                                  ? quickstart_scenario(arguments.sets)
                                  : read_scenario(arguments.scenario, arguments.sets);
    scenario.check();
    const std::string out = arguments.out.empty() ? "out/" + scenario.name : arguments.out;
    if (scenario.accelerator == "fccm23") return run_replay(scenario, out, arguments.quiet);
    const Prepared prepared = prepare(scenario);
    std::vector<CpuWork> cpu = cpu_work_of(prepared.graph);
    check_traces(scenario, prepared.program);
    Control control = run_control(scenario, prepared);
    // Before the simulation, so that a folder that cannot be made costs nobody a long run.
    std::error_code error, ignored;
    std::filesystem::create_directories(out, error);
    if (error)
        throw std::runtime_error(fmt::format("{}: cannot be created: {}", out, error.message()));
    Recorder recorder(prepared.program, recorder_options(scenario));
    SocConfig config = soc_config(scenario);
    config.level = reported_level(scenario);
    Soc soc("soc", config);
    std::optional<BothLevels> both;
    if (scenario.pe.model == "both") both.emplace(scenario, soc);
    try {
        prepare_rtl(scenario, soc, out, arguments.quiet);
    } catch (...) {
        std::filesystem::remove(out, ignored);  // if nothing lies in it
        throw;
    }
    std::optional<GdbServer> debugger;
    if (scenario.debug.gdb) {
        debugger.emplace(static_cast<uint16_t>(*scenario.debug.gdb));
        fmt::print(stderr,
                   "waiting for a debugger: gdb-multiarch -ex 'target remote 127.0.0.1:{}'\n",
                   debugger->port());
        debugger->wait_for_debugger();
        soc.debug(&*debugger);
    }
    const Talk talk = arguments.quiet     ? Talk::kQuiet
                      : arguments.verbose ? Talk::kVerbose
                                          : Talk::kNormal;
    Report report = simulate(scenario, prepared, soc, recorder, talk, &control);
    finish_rtl_waveform(scenario, out);
    if (both && report.run.ending == Ending::kFinished)
        both->compare(scenario, prepared, recorder, report,
                      arguments.quiet ? Talk::kQuiet : Talk::kNormal);
    if (report.run.ending == Ending::kTimeout) {
        fmt::print(stderr, "{}\n", report.run.message);
        std::filesystem::remove(out, ignored);  // if nothing lies in it
        return 3;
    }
    if (report.run.ending == Ending::kFailed && !report.run.message.empty()) {
        fmt::print(stderr, "{}\n", report.run.message);
        std::filesystem::remove(out, ignored);
        return 1;
    }
    describe_run(scenario, prepared, soc.dram().stats(), reproduce(arguments), report);
    if (config.level == Level::kTlm && report.run.ending == Ending::kFinished) {
        measure(soc, cpu);
        report.cpu = std::move(cpu);
    }
    if (!arguments.quiet) {
        const bool coloured = isatty(STDOUT_FILENO) && !std::getenv("NO_COLOR");
        fmt::print("{}", report_text(report, recorder, coloured));
        std::fflush(stdout);  // the table is there even if the outputs cannot be written
    }
    write_outputs(scenario, prepared, report, recorder, out);
    if (control.made)
        write_checkpoint(*control.made, std::filesystem::path(out) / "checkpoint.msdc");
    if (!arguments.quiet) fmt::print("outputs in {}\n", out);
    for (const Check& c : report.checks)
        if (!c.passed) fmt::print(stderr, "{} fails: {}\n", c.name, c.message);
    return report.passed() ? 0 : 1;
}

}  // namespace msd::platform
