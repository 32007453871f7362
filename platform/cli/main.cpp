// The `msd` command: parses arguments, calls a subcommand, turns exceptions into messages and exit
// statuses.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <stdexcept>
#include <systemc>

#include "platform/cli/commands.h"
#include "platform/version.h"

namespace {

using namespace msd::platform;

enum ExitStatus { kGood = 0, kCheckFailed = 1, kBadInput = 2, kTimeout = 3, kInternal = 4 };

int dispatch(int argc, char** argv) {
    CLI::App app{"Virtual platform of a mixed signed-digit DNN accelerator", "msd"};
    app.set_version_flag("--version", MSD_VERSION);
    app.require_subcommand(1);
    int status = kGood;

    RunArguments run;
    auto* run_app = app.add_subcommand("run", "simulate a scenario");
    run_app->add_option("scenario", run.scenario,
                        "scenario file (default: the built-in quickstart)");
    run_app->add_option("--set", run.sets, "key=value: overrides a key of the scenario")
        ->allow_extra_args(false);
    run_app->add_option("--out", run.out, "folder of the outputs (default: out/<scenario name>)");
    auto* quiet = run_app->add_flag("-q,--quiet", run.quiet, "print only errors");
    run_app->add_flag("-v,--verbose", run.verbose, "print a line a tile")->excludes(quiet);
    run_app->callback([&] { status = run_command(run); });

    ScheduleArguments schedule;
    auto* schedule_app =
        app.add_subcommand("schedule", "schedule a network: schedule.csv and program.msdp");
    schedule_app->add_option("network", schedule.network, ".onnx, .csv or zoo:NAME")->required();
    schedule_app->add_option("--device", schedule.device, "zcu102, ultra96, xc7z020")->required();
    schedule_app->add_option("--effective-bits", schedule.effective_bits,
                             "digits per LUT weight, 1..3");
    schedule_app->add_option("--lut-share", schedule.lut_share,
                             "0..1 of each layer's channels on the LUT core");
    schedule_app
        ->add_option("--style", schedule.style,
                     "msd, or fccm23: the published search, schedule.csv in its columns")
        ->check(CLI::IsMember({"msd", "fccm23"}));
    schedule_app->add_option("--roofline", schedule.roofline,
                             "SVG to write: layers under the roofs");
    schedule_app->add_option("--compare", schedule.compare,
                             "a schedule.csv of either style to set beside this one");
    schedule_app->add_option("--objective", schedule.objective, "latency, dram_bytes or energy")
        ->check(CLI::IsMember({"latency", "dram_bytes", "energy"}));
    schedule_app->add_option("--batch", schedule.batch, "images that run together")
        ->check(CLI::Range(1, 256));
    schedule_app->add_flag("--certificate", schedule.certificate,
                           "search every layer to the end, and write certificate.csv");
    schedule_app->add_option("-o,--out", schedule.out, "output folder")->required();
    schedule_app->callback([&] { status = schedule_command(schedule); });

    std::string key;
    auto* describe_app =
        app.add_subcommand("describe", "every scenario key with type, unit and default");
    describe_app->add_option("key", key, "one key, or the beginning of some");
    describe_app->callback([&] { status = describe_command(key); });

    std::string file;
    auto* dump_app = app.add_subcommand("dump", "a program image or a checkpoint as text");
    dump_app->add_option("file", file, ".msdp or .msdc")->required();
    dump_app->callback([&] { status = dump_command(file); });

    add_quantize_command(app, status);
    add_cost_command(app, status);
    add_compare_command(app, status);
    add_explore_command(app, status);
    add_report_command(app, status);
    add_manual_commands(app, status);
    add_size_command(app, status);
    add_crosscheck_command(app, status);
    add_train_command(app, status);

    BenchArguments bench;
    auto* bench_app = app.add_subcommand("bench", "measure ratios of things timed in one run");
    bench_app->add_option("name", bench.name,
                          "platform | arrays | trace | scheduler | cost | crosscheck | quantise");
    bench_app->add_option("--json", bench.json, "write the figures to a file");
    bench_app->add_option("--repeats", bench.repeats, "passes; the median counts")
        ->check(CLI::Range(1, 1000));
    bench_app->callback([&] { status = bench_command(bench); });

    try {
        app.parse(argc, argv);
        return status;
    } catch (const CLI::ParseError& e) {
        const int code = app.exit(e);
        return code == 0 ? kGood : kBadInput;
    }
}

}  // namespace

int sc_main(int argc, char** argv) {
    try {
        return dispatch(argc, argv);
    } catch (const std::bad_alloc&) {
        fmt::print(stderr, "msd: out of memory\n");
        return kInternal;
    } catch (const std::invalid_argument& e) {
        fmt::print(stderr, "{}\n", e.what());
        return kBadInput;
    } catch (const std::runtime_error& e) {  // bad input, or a file that cannot be written
        fmt::print(stderr, "{}\n", e.what());
        return kBadInput;
    } catch (const std::exception& e) {
        fmt::print(stderr, "msd: internal fault: {}\n", e.what());
        return kInternal;
    }
}

int main(int argc, char** argv) {
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    return sc_core::sc_elab_and_sim(argc, argv);
}
