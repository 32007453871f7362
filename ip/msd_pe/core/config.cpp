#include "ip/msd_pe/core/config.h"

#include <fmt/format.h>

#include <stdexcept>

namespace msd::pe {
namespace {

void range(const char* field, double value, double low, double high, const char* unit) {
    if (value >= low && value <= high) return;
    throw std::invalid_argument(
        fmt::format("device.{} = {}; it must be {} to {}{}", field, value, low, high, unit));
}

AcceleratorConfig xc7z020() {
    AcceleratorConfig c;
    c.name = "xc7z020";
    c.clock_mhz = 100.0;
    c.lut_rows = c.lut_cols = 40;
    c.dsp_rows = 14;
    c.dsp_cols = 15;
    c.beat_bytes = 8;
    c.act_words = 1024;
    c.lut_weight_words = 1024;
    c.dsp_weight_words = 1024;
    c.acc_entries = 256;
    c.out_words = 2048;
    return c;
}

AcceleratorConfig zcu102() {
    AcceleratorConfig c;
    c.name = "zcu102";
    c.lut_rows = c.lut_cols = 80;
    c.dsp_rows = c.dsp_cols = 48;
    c.act_words = 2048;
    c.lut_weight_words = 4096;
    c.dsp_weight_words = 4096;
    c.acc_entries = 512;
    c.out_words = 8192;
    return c;
}

// What fits the boards by docs/synthesis.md, a tenth of the LUTs spare: DSP elements first, which
// cost the fewest LUTs a product, then as many LUT elements as there is room for.
AcceleratorConfig fitted(AcceleratorConfig c, unsigned lut_rows, unsigned lut_cols,
                         unsigned dsp_rows, unsigned dsp_cols) {
    c.name += "_fit";
    c.lut_rows = lut_rows;
    c.lut_cols = lut_cols;
    c.dsp_rows = dsp_rows;
    c.dsp_cols = dsp_cols;
    return c;
}

AcceleratorConfig tiny() {
    AcceleratorConfig c;
    c.name = "tiny";
    c.clock_mhz = 100.0;
    c.lut_rows = c.lut_cols = 8;
    c.dsp_rows = c.dsp_cols = 4;
    c.act_words = 64;
    c.lut_weight_words = 64;
    c.dsp_weight_words = 64;
    c.acc_entries = 64;
    c.out_words = 64;
    c.tile_channels = 64;
    return c;
}

}  // namespace

void AcceleratorConfig::check() const {
    range("clock_mhz", clock_mhz, 1, 2000, " MHz");
    range("lut_rows", lut_rows, 1, 255, " rows");
    range("lut_cols", lut_cols, 1, 160, " columns");
    range("dsp_rows", dsp_rows, 1, 255, " rows");
    range("dsp_cols", dsp_cols, 1, 64, " columns");
    if (beat_bytes != 8 && beat_bytes != 16)
        throw std::invalid_argument(
            fmt::format("device.axi_bits = {}; it must be 64 or 128", beat_bytes * 8));
    range("act_words", act_words, 16, 65535, " words");
    range("lut_weight_words", lut_weight_words, 16, 65535, " words");
    range("dsp_weight_words", dsp_weight_words, 16, 65535, " words");
    range("acc_entries", acc_entries, 16, 65535, " entries");
    range("out_words", out_words, 16, 65535, " words");
    range("tile_channels", tile_channels, 16, 4096, " channels");
    range("outstanding", outstanding, 1, 64, " bursts");
    if (groups() > 16)
        throw std::invalid_argument(fmt::format(
            "device: {} LUT columns and {} DSP columns need {} activation groups; a tile "
            "descriptor holds 16",
            lut_cols, dsp_cols, groups()));
}

unsigned AcceleratorConfig::group_columns(unsigned g) const {
    const unsigned first =
        g < lut_groups() ? g * kGroupColumns : (g - lut_groups()) / 2 * kGroupColumns;
    const unsigned all = g < lut_groups() ? lut_cols : dsp_cols;
    return all - first < kGroupColumns ? all - first : kGroupColumns;
}

const std::vector<std::string>& preset_names() {
    static const std::vector<std::string> names{"xc7z020",     "ultra96",     "zcu102",    "tiny",
                                                "xc7z020_fit", "ultra96_fit", "zcu102_fit"};
    return names;
}

AcceleratorConfig preset(std::string_view name) {
    if (name == "ultra96") return {};
    if (name == "xc7z020") return xc7z020();
    if (name == "zcu102") return zcu102();
    if (name == "xc7z020_fit") return fitted(xc7z020(), 12, 8, 12, 9);
    if (name == "ultra96_fit") return fitted({}, 12, 16, 16, 15);
    if (name == "zcu102_fit") return fitted(zcu102(), 44, 32, 48, 48);
    if (name == "tiny") return tiny();
    throw std::invalid_argument(fmt::format("device.preset = \"{}\" is unknown; there are {}", name,
                                            fmt::join(preset_names(), ", ")));
}

}  // namespace msd::pe
