// `msd schedule`, `msd describe`, `msd dump`: the steps around a simulation, each alone.
#include <fmt/format.h>

#include "platform/cli/commands.h"
#include "platform/cli/session.h"
#include "platform/output/files.h"

namespace msd::platform {

int schedule_command(const ScheduleArguments& arguments) {
    std::vector<std::string> keys{"network.file=" + arguments.network, "device.preset=" + arguments.device,
                                  fmt::format("quant.effective_bits={}", arguments.effective_bits)};
    if (arguments.lut_share >= 0) keys.push_back(fmt::format("schedule.lut_share={}", arguments.lut_share));
    const Scenario scenario = parse_scenario("", "msd schedule", keys);
    scenario.check();

    network::Graph graph = network::read_network(arguments.network, scenario.seed);
    if (!graph.quantised)
        throw std::invalid_argument(fmt::format(
            "{}: a float network has no scales to schedule with; quantise it first, or let `msd run` calibrate it",
            arguments.network));
    const scheduler::Schedule schedule =
        scheduler::make_schedule(graph, scenario.device, schedule_options(scenario));
    scheduler::encode_weights(graph, schedule);
    const std::filesystem::path out(arguments.out);
    std::filesystem::create_directories(out);
    write_file(out / "schedule.csv", scheduler::to_csv(graph, schedule));
    scheduler::write_program(scheduler::make_program(graph, schedule, scenario.device),
                             (out / "program.msdp").string());
    fmt::print("{} layers, {} cycles predicted; schedule.csv and program.msdp in {}\n", schedule.layers.size(),
               schedule.predicted_cycles, arguments.out);
    return 0;
}

int describe_command(const std::string& key) {
    fmt::print("{}", describe(key));
    return 0;
}

int dump_command(const std::string& file) {
    fmt::print("{}", scheduler::to_text(scheduler::read_program(file)));
    return 0;
}

}  // namespace msd::platform
