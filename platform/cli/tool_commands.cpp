// `msd schedule`, `msd describe`, `msd dump`: the steps around a simulation, each alone.
#include <fmt/format.h>

#include <optional>

#include "codesign/msd_fccm23/schedule.h"
#include "codesign/schedule_view/view.h"
#include "network/fold.h"
#include "platform/checkpoint/checkpoint.h"
#include "platform/cli/commands.h"
#include "platform/cli/quantise.h"
#include "platform/cli/session.h"
#include "platform/output/files.h"

namespace msd::platform {

namespace {

// The scenario that a command's flags amount to.
Scenario scenario_of(const char* command, const std::string& network, const std::string& device,
                     std::optional<int> effective_bits, double lut_share) {
    std::vector<std::string> keys{"network.file=" + network, "device.preset=" + device};
    if (effective_bits) keys.push_back(fmt::format("quant.effective_bits={}", *effective_bits));
    if (lut_share >= 0) keys.push_back(fmt::format("schedule.lut_share={}", lut_share));
    const Scenario scenario = parse_scenario("", command, keys);
    scenario.check();
    return scenario;
}

// The memory's peak, bytes a cycle of the accelerator; 0: no limit.
double dram_bytes_per_cycle(const Scenario& scenario) {
    const DramTimingConfig dram = dram_preset(scenario.dram.preset);
    return dram.ideal ? 0 : dram.peak_bytes_per_s() / (scenario.device.clock_mhz * 1e6);
}

// Table, roofline and comparison, as asked for.
void show(const ScheduleArguments& arguments, const schedule_view::View& view) {
    fmt::print("{}", schedule_view::table(view));
    if (!arguments.compare.empty())
        fmt::print("\n{}",
                   schedule_view::comparison(view, schedule_view::read_view(arguments.compare)));
    if (!arguments.roofline.empty())
        write_file(arguments.roofline, schedule_view::roofline_svg(view));
}

int published_schedule(const ScheduleArguments& arguments) {
    if (arguments.effective_bits < 1 || arguments.effective_bits > 3)
        throw std::invalid_argument(
            fmt::format("--effective-bits {}: it must be 1, 2 or 3", arguments.effective_bits));
    if (arguments.lut_share >= 0)
        throw std::invalid_argument(
            "--lut-share: the published search chooses the share itself; leave it out");
    fccm23::SearchStats stats;
    const auto layers = fccm23::read_layers(arguments.network);
    const auto hardware = fccm23::published_hardware(arguments.device);
    const auto rows = fccm23::schedule(layers, hardware, arguments.effective_bits, &stats);
    // The published model knows no limit but the ports'.
    show(arguments, schedule_view::view_of(rows, layers, hardware, 0));
    write_file(std::filesystem::path(arguments.out) / "schedule.csv", fccm23::to_csv(rows));
    double cycles = 0;
    for (const fccm23::ScheduleRow& row : rows) cycles += row.cycles;
    fmt::print(
        "{} layers, {:.0f} cycles by the published model; {} of {} candidates visited; "
        "schedule.csv in {}\n",
        rows.size(), cycles, stats.candidates_visited, stats.candidates_total, arguments.out);
    return 0;
}

}  // namespace

int schedule_command(const ScheduleArguments& arguments) {
    if (arguments.style == "fccm23") return published_schedule(arguments);
    const Scenario scenario = scenario_of("msd schedule", arguments.network, arguments.device,
                                          arguments.effective_bits, arguments.lut_share);
    network::Graph graph = load_network(scenario);
    if (!graph.quantised)
        throw std::invalid_argument(
            fmt::format("{}: a float network has no scales to schedule with; put it through `msd "
                        "quantize` first",
                        arguments.network));
    network::fold_input(graph);
    scheduler::Options options = schedule_options(scenario);
    options.objective = scheduler::objective_of(arguments.objective);
    options.batch = arguments.batch;
    options.certificate = arguments.certificate;
    const scheduler::Schedule schedule = scheduler::make_schedule(graph, scenario.device, options);
    encode_as_scheduled(scenario, schedule, graph);
    const scheduler::Program program = scheduler::make_program(graph, schedule, scenario.device);
    show(arguments, schedule_view::view_of(program, schedule, scenario.device,
                                           dram_bytes_per_cycle(scenario)));
    const std::filesystem::path out(arguments.out);
    std::filesystem::create_directories(out);
    write_file(out / "schedule.csv", scheduler::to_csv(graph, schedule));
    scheduler::write_program(program, (out / "program.msdp").string());
    if (arguments.certificate)
        write_file(out / "certificate.csv", scheduler::certificate(schedule));
    fmt::print(
        "{} bytes of DRAM moved; {} bytes handed over on chip, {} maps never stored\n"
        "feature maps take {} bytes, at least {} are alive at once\n",
        schedule.dram_bytes, schedule.handed_over_bytes, schedule.kept_maps, schedule.peak_bytes,
        schedule.peak_bound);
    fmt::print("{} layers, {} cycles predicted; schedule.csv and program.msdp in {}\n",
               schedule.layers.size(), schedule.predicted_cycles, arguments.out);
    return 0;
}

int describe_command(const std::string& key) {
    fmt::print("{}", describe(key));
    return 0;
}

int dump_command(const std::string& file) {
    if (is_checkpoint(file))
        fmt::print("{}", to_text(read_checkpoint(file)));
    else
        fmt::print("{}", scheduler::to_text(scheduler::read_program(file)));
    return 0;
}

}  // namespace msd::platform
