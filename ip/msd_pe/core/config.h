// The accelerator's size: arrays, buffers and bus, as every level (TLM, RTL, scheduler) sees it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace msd::pe {

constexpr unsigned kWordBytes =
    16;  // a word: 16 channels of one pixel, or 16 bytes of a weight stream
constexpr unsigned kGroupColumns = 16;    // pixel columns served by one activation bank
constexpr unsigned kLutRowsPerBank = 32;  // rows that share one LUT weight bank
constexpr unsigned kDspRowsPerBank = 16;
constexpr unsigned kPoolWindows = 32;  // open at a column of the map

// Buffer capacities are per half (every buffer is double). A word is 16 bytes.
struct AcceleratorConfig {
    std::string name = "ultra96";
    double clock_mhz = 214.0;
    unsigned lut_rows = 48, lut_cols = 48;  // output channels x pixels
    unsigned dsp_rows = 16, dsp_cols = 16;  // a DSP column holds two pixels
    unsigned beat_bytes = 16;               // AXI data width: 8 or 16
    unsigned act_words = 1024;              // per activation group
    unsigned lut_weight_words = 2048;       // per bank of 32 rows
    unsigned dsp_weight_words = 2048;       // per bank of 16 rows
    unsigned acc_entries = 512;             // per pixel column: P * K of a tile
    unsigned out_words = 4096;
    unsigned tile_channels = 1024;  // parameter entries: k_lut + k_dsp of a tile
    unsigned outstanding = 8;       // bursts in flight per DMA master

    // Throws std::invalid_argument naming the field, its value and what is allowed.
    void check() const;

    unsigned lut_groups() const { return (lut_cols + kGroupColumns - 1) / kGroupColumns; }
    unsigned dsp_groups() const { return 2 * ((dsp_cols + kGroupColumns - 1) / kGroupColumns); }
    unsigned groups() const { return lut_groups() + dsp_groups(); }
    // Pixel columns of group g (LUT groups first; DSP groups in pairs low, high).
    unsigned group_columns(unsigned g) const;
};

// "xc7z020", "ultra96", "zcu102" (published array sizes), these with "_fit" (what fits the boards
// by docs/synthesis.md), "tiny" (8x8 LUT, 4x4 DSP, 64-word buffers, for tests); throws
// std::invalid_argument listing the names.
AcceleratorConfig preset(std::string_view name);
const std::vector<std::string>& preset_names();

}  // namespace msd::pe
