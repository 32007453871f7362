// `msd crosscheck`: random programs through TLM and RTL, up to the first difference.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <stdexcept>

#include "platform/cli/commands.h"
#include "platform/cli/crosscheck_bench.h"
#include "platform/cli/progress.h"
#include "platform/crosscheck/campaign.h"
#include "platform/output/files.h"

namespace msd::platform {
namespace {

struct CrosscheckArguments {
    uint64_t programs = 1000, seed = 1, first = 0;
    std::string json, junit, coverage, device, kind, network, preset, layer;
    int fault = 0;
    double seconds = 0;
    bool no_shrink = false;
};

// "16x16+8x4": LUT and DSP array, with the built-in model's buffers doubled as often as they need.
pe::AcceleratorConfig device_of(const std::string& text) {
    pe::AcceleratorConfig config = built_in_rtl();
    if (text.empty()) return config;
    unsigned r = 0, c = 0, dr = 0, dc = 0, beat = 16;
    char rest = 0;
    const int read = std::sscanf(text.c_str(), "%ux%u+%ux%u/%u%c", &r, &c, &dr, &dc, &beat, &rest);
    if (read != 4 && read != 5)
        throw std::invalid_argument(fmt::format(
            "--arrays {}: rows x columns of LUT and DSP array, and bytes a beat if not 16, e.g. "
            "16x16+8x8 or 12x20+3x5/8",
            text));
    config.lut_rows = r, config.lut_cols = c, config.dsp_rows = dr, config.dsp_cols = dc;
    config.beat_bytes = beat;
    config.check();
    return config;
}

int crosscheck_command(const CrosscheckArguments& a) {
    crosscheck::CampaignOptions options;
    options.programs = a.programs;
    options.seed = a.seed;
    options.first = a.first;
    options.shrink = !a.no_shrink;
    options.max_seconds = a.seconds;
    options.generator.device = device_of(a.device);
    options.generator.kind = a.kind;
    std::optional<crosscheck::Program> given;
    std::string layer = a.layer;
    if (!a.network.empty()) {
        given = network_layer(a.network, a.preset, layer);
        options.generator.device = given->device;
        options.shrink = false;
    }
    RtlOptions rtl;
    rtl.faults = a.fault != 0;
    rtl.coverage = !a.coverage.empty();
    // Built before the clock of the progress runs.
    rtl_library(options.generator.device, rtl,
                [](const std::string& line) { fmt::print(stderr, "{}\n", line); });
    crosscheck::Bench tlm("tlm", Level::kTlm), other("rtl", Level::kRtl);
    other.rtl()->set_options(rtl, a.fault);
    if (!a.coverage.empty()) other.rtl()->collect_coverage(a.coverage);
    crosscheck::CampaignResult result;
    if (given) {
        result.seed = given->seed;
        run_program(tlm, other, *given, options, result);
    } else {
        Progress progress("programs", static_cast<double>(a.programs), true);
        options.progress = [&](uint64_t done) { progress.at(static_cast<double>(done)); };
        result = crosscheck::run_campaign(tlm, other, options);
    }
    if (!a.json.empty()) write_file(a.json, to_json(result));
    if (!a.junit.empty()) write_file(a.junit, to_junit(result));
    if (result.failure) {
        fmt::print("crosscheck: {}", failure_text(*result.failure));
        return 1;
    }
    if (given) fmt::print("layer {} of {} on {}: ", layer, a.network, a.preset);
    fmt::print(
        "{} programs (seed {}), {} cycles: TLM and RTL agree in {} events and {} stored bytes\n",
        result.programs, result.seed, result.cycles, result.events, result.bytes);
    return 0;
}

}  // namespace

void add_crosscheck_command(CLI::App& app, int& status) {
    const auto a = std::make_shared<CrosscheckArguments>();
    auto* command = app.add_subcommand("crosscheck", "random programs through TLM and RTL");
    command->add_option("--programs", a->programs, "how many (default: 1000)");
    command->add_option("--seed", a->seed, "what they are drawn from (default: 1)");
    command->add_option("--first", a->first, "number of the first program (default: 0)");
    command->add_option("--seconds", a->seconds, "stop after so long");
    command->add_option("--arrays", a->device,
                        "sizes, e.g. 16x16+8x8 (default: 8x8+4x4, which is built in)");
    command->add_option("--kind", a->kind, "only programs of this kind")
        ->check(CLI::IsMember({"network", "tiles", "damaged", "outside", "abuse", "extreme"}));
    auto* network = command->add_option("--network", a->network,
                                        "instead of random programs, a layer of this network");
    auto* preset = command->add_option("--device", a->preset, "preset that runs it");
    command->add_option("--layer", a->layer, "its name (default: the longest of many channels)")
        ->needs(network);
    network->needs(preset);
    preset->needs(network);
    command->add_option("--fault", a->fault, "switch on a planted fault of rtl/faults.svh");
    command->add_option("--coverage", a->coverage, "Verilator coverage data to write");
    command->add_flag("--no-shrink", a->no_shrink, "leave a failing program as it is");
    command->add_option("--json", a->json, "write the result to a file");
    command->add_option("--junit", a->junit, "write the result to a file");
    command->callback([a, &status] { status = crosscheck_command(*a); });
}

}  // namespace msd::platform
