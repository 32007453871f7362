// `msd size`: which arrays fit a device, as the published sizer says and by measured costs.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "codesign/array_size/size.h"
#include "platform/cli/commands.h"

namespace msd::platform {
namespace {

struct SizeArguments {
    std::string device, costs;
    int64_t luts = 0, ffs = 0, dsps = 0, brams = 0;
    int effective_bits = 2;
    double fill = 0.7;
    bool ultrascale = false;
};

int size_command(const SizeArguments& a) {
    using namespace array_size;
    const bool named = !a.device.empty();
    if (named == (a.luts != 0 || a.ffs != 0 || a.dsps != 0 || a.brams != 0))
        throw std::invalid_argument(
            "msd size: give a device's name, or its --luts, --ffs, --dsps and --brams");
    const Resources device =
        named ? device_resources(a.device) : Resources{a.luts, a.ffs, a.dsps, a.brams};
    const Array published = published_size(device, named ? a.device != "xc7z020" : a.ultrascale);
    const Costs costs = a.costs.empty() ? Costs{} : read_costs(a.costs);
    const Fit ours = measured_size(device, costs, {}, a.effective_bits, a.fill);
    fmt::print("device: {} LUT, {} FF, {} DSP, {} BRAM36\n", device.luts, device.ffs, device.dsps,
               device.brams);
    fmt::print("{:<10} {:>9} {:>9} {:>9} {:>9} {:>6} {:>6} {:>11}\n", "sizer", "LUT array",
               "DSP array", "LUT", "FF", "DSP", "BRAM", "MACs/cycle");
    const auto row = [&](const char* name, const Array& x, const std::string& rest) {
        fmt::print(
            "{:<10} {:>9} {:>9} {} {:>11.0f}\n", name, fmt::format("{}x{}", x.lut_rows, x.lut_cols),
            fmt::format("{}x{}", x.dsp_rows, x.dsp_cols), rest,
            double(x.lut_rows) * x.lut_cols / a.effective_bits + 2.0 * x.dsp_rows * x.dsp_cols);
    };
    row("published", published, fmt::format("{:>9} {:>9} {:>6} {:>6}", "-", "-", "-", "-"));
    row("measured", ours.array,
        fmt::format("{:>9} {:>9} {:>6} {:>6}", ours.luts, ours.ffs, ours.dsps, ours.brams));
    fmt::print(
        "measured: lut_pe {:g} LUT {:g} FF, dsp_pe {:g} LUT {:g} FF, the rest {:g} LUT {:g} FF "
        "({}); {:g} % of LUT and FF, 90 % of DSP, 95 % of BRAM\n"
        "buffers: act_words = {}, lut_weight_words = {}, dsp_weight_words = {}, acc_entries = {}, "
        "out_words = {}\n",
        costs.lut_pe_luts, costs.lut_pe_ffs, costs.dsp_pe_luts, costs.dsp_pe_ffs, costs.fixed_luts,
        costs.fixed_ffs, costs.source, 100 * a.fill, ours.buffers.act_words,
        ours.buffers.lut_weight_words, ours.buffers.dsp_weight_words, ours.buffers.acc_entries,
        ours.buffers.out_words);
    return 0;
}

}  // namespace

void add_size_command(CLI::App& app, int& status) {
    const auto a = std::make_shared<SizeArguments>();
    auto* size = app.add_subcommand("size", "which LUT and DSP arrays fit a device");
    size->add_option("device", a->device, "xc7z020, ultra96 or zcu102");
    size->add_option("--luts", a->luts, "of another device");
    size->add_option("--ffs", a->ffs, "flip-flops");
    size->add_option("--dsps", a->dsps, "DSP blocks");
    size->add_option("--brams", a->brams, "block RAMs of 36 Kbit");
    size->add_flag("--ultrascale", a->ultrascale, "UltraScale+ costs for the published sizer");
    size->add_option("--costs", a->costs,
                     "table with columns module, LUT, FF and rows lut_pe, dsp_pe[, fixed]");
    size->add_option("--effective-bits", a->effective_bits, "digits that count in MACs a cycle");
    size->add_option("--fill", a->fill, "share of LUTs and flip-flops that may be used");
    size->callback([a, &status] { status = size_command(*a); });
}

}  // namespace msd::platform
