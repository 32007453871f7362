// `msd size`: which arrays fit a device, as the published sizer says and by measured costs.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "codesign/array_size/size.h"
#include "ip/msd_pe/core/area.h"
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

// By the synthesis of every module (docs/synthesis.md).
array_size::AreaFunction area_by_synthesis(bool ultrascale) {
    const pe::AcceleratorConfig base = pe::preset(ultrascale ? "ultra96" : "xc7z020");
    return [=](const array_size::Array& a, const array_size::Buffers& b) {
        pe::AcceleratorConfig c = base;
        c.lut_rows = static_cast<unsigned>(a.lut_rows);
        c.lut_cols = static_cast<unsigned>(a.lut_cols);
        c.dsp_rows = static_cast<unsigned>(a.dsp_rows);
        c.dsp_cols = static_cast<unsigned>(a.dsp_cols);
        c.act_words = static_cast<unsigned>(b.act_words);
        c.lut_weight_words = static_cast<unsigned>(b.lut_weight_words);
        c.dsp_weight_words = static_cast<unsigned>(b.dsp_weight_words);
        c.acc_entries = static_cast<unsigned>(b.acc_entries);
        c.out_words = static_cast<unsigned>(b.out_words);
        const pe::Area area = pe::area_of(c, ultrascale ? pe::Family::kXcup : pe::Family::kXc7);
        return array_size::Used{area.lut, area.ff, area.dsp, area.bram36};
    };
}

// The device's presets by the same synthesis, each with its share of the board.
void print_presets(const std::string& device) {
    const pe::Board& board = pe::board_of(device);
    fmt::print("{:<14} {:>9} {:>9} {:>15} {:>15} {:>12} {:>14}\n", "preset", "LUT array",
               "DSP array", "LUT", "FF", "DSP", "BRAM36");
    const auto share = [](double used, double all, int digits) {
        return fmt::format("{:.{}f} ({:.0f} %)", used, digits, 100 * used / all);
    };
    for (const std::string& name : {device + "_fit", device}) {
        const pe::AcceleratorConfig c = pe::preset(name);
        const pe::Area area = pe::area_of(c, board.family);
        fmt::print("{:<14} {:>9} {:>9} {:>15} {:>15} {:>12} {:>14}{}\n", name,
                   fmt::format("{}x{}", c.lut_rows, c.lut_cols),
                   fmt::format("{}x{}", c.dsp_rows, c.dsp_cols),
                   share(area.lut, board.capacity.lut, 0), share(area.ff, board.capacity.ff, 0),
                   share(area.dsp, board.capacity.dsp, 0),
                   share(area.bram36, board.capacity.bram36, 1),
                   pe::fits(area, board) ? "" : "  does not fit");
    }
}

int size_command(const SizeArguments& a) {
    using namespace array_size;
    const bool named = !a.device.empty();
    if (named == (a.luts != 0 || a.ffs != 0 || a.dsps != 0 || a.brams != 0))
        throw std::invalid_argument(
            "msd size: give a device's name, or its --luts, --ffs, --dsps and --brams");
    const Resources device =
        named ? device_resources(a.device) : Resources{a.luts, a.ffs, a.dsps, a.brams};
    const bool ultrascale = named ? a.device != "xc7z020" : a.ultrascale;
    const Array published = published_size(device, ultrascale);
    std::string source = "every module's synthesis, docs/synthesis.md";
    AreaFunction area = area_by_synthesis(ultrascale);
    if (!a.costs.empty()) {
        const Costs c = read_costs(a.costs);
        area = area_by(c);
        source = fmt::format(
            "lut_pe {:g} LUT {:g} FF, dsp_pe {:g} LUT {:g} FF, the rest {:g} LUT {:g} FF ({})",
            c.lut_pe_luts, c.lut_pe_ffs, c.dsp_pe_luts, c.dsp_pe_ffs, c.fixed_luts, c.fixed_ffs,
            c.source);
    }
    const Fit ours = measured_size(device, area, {}, a.effective_bits, a.fill);
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
        "measured: {}; {:g} % of LUT and FF, 90 % of DSP, 95 % of BRAM\n"
        "buffers: act_words = {}, lut_weight_words = {}, dsp_weight_words = {}, acc_entries = {}, "
        "out_words = {}\n",
        source, 100 * a.fill, ours.buffers.act_words, ours.buffers.lut_weight_words,
        ours.buffers.dsp_weight_words, ours.buffers.acc_entries, ours.buffers.out_words);
    if (named) print_presets(a.device);
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
    size->add_flag("--ultrascale", a->ultrascale, "UltraScale+ costs, else 7-series");
    size->add_option(
        "--costs", a->costs,
        "instead of our synthesis: table with columns module, LUT, FF and rows lut_pe, "
        "dsp_pe[, fixed]");
    size->add_option("--effective-bits", a->effective_bits, "digits that count in MACs a cycle");
    size->add_option("--fill", a->fill, "share of LUTs and flip-flops that may be used");
    size->callback([a, &status] { status = size_command(*a); });
}

}  // namespace msd::platform
