// `msd run`: a scenario from file to report.
#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "platform/cli/commands.h"
#include "platform/cli/fccm23_run.h"
#include "platform/cli/outputs.h"

namespace msd::platform {

int run_command(const RunArguments& arguments) {
    const Scenario scenario = arguments.scenario.empty()
                                  ? quickstart_scenario(arguments.sets)
                                  : read_scenario(arguments.scenario, arguments.sets);
    scenario.check();
    const std::string out = arguments.out.empty() ? "out/" + scenario.name : arguments.out;
    if (scenario.accelerator == "fccm23") return run_replay(scenario, out, arguments.quiet);
    const Prepared prepared = prepare(scenario);
    check_traces(scenario, prepared.program);
    // Before the simulation, so that a folder that cannot be made costs nobody a long run.
    std::error_code error, ignored;
    std::filesystem::create_directories(out, error);
    if (error)
        throw std::runtime_error(fmt::format("{}: cannot be created: {}", out, error.message()));
    Recorder recorder(prepared.program, recorder_options(scenario));
    Soc soc("soc", soc_config(scenario));
    const Report report = simulate(scenario, prepared, soc, recorder, !arguments.quiet);
    if (report.run.ending == Ending::kTimeout) {
        fmt::print(stderr, "{}\n", report.run.message);
        std::filesystem::remove(out, ignored);  // if nothing lies in it
        return 3;
    }
    if (report.run.ending == Ending::kFailed && report.passed()) {
        fmt::print(stderr, "{}\n", report.run.message);
        std::filesystem::remove(out, ignored);
        return 1;
    }
    write_outputs(scenario, prepared, report, recorder, out);
    if (!arguments.quiet) fmt::print("{}outputs in {}\n", report_text(report, recorder), out);
    for (const Check& c : report.checks)
        if (!c.passed) fmt::print(stderr, "{} fails: {}\n", c.name, c.message);
    return report.passed() ? 0 : 1;
}

}  // namespace msd::platform
