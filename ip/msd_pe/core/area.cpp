// Sums of the measured modules.
#include "ip/msd_pe/core/area.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "ip/msd_pe/core/area_table.h"

namespace msd::pe {
namespace {

using area_table::Row;

// The rows of one family, by name.
struct Table {
    const Row *lut_array[2][2], *dsp_array[2][2];  // rows 4, 8; the smaller and larger columns
    const Row *act_lut, *act_dsp, *feeder_lut, *feeder_dsp, *weight_bank, *acc_bank, *drain_line;
    const Row *core_ctrl, *exec_ctrl, *core_own, *post_unit, *shell;
};

#define MSD_AREA_TABLE(family)                                                          \
    {                                                                                   \
        {{&area_table::family::lut_array_4x4, &area_table::family::lut_array_4x8},      \
         {&area_table::family::lut_array_8x4, &area_table::family::lut_array_8x8}},     \
            {{&area_table::family::dsp_array_4x2, &area_table::family::dsp_array_4x4},  \
             {&area_table::family::dsp_array_8x2, &area_table::family::dsp_array_8x4}}, \
            &area_table::family::act_edge_lut, &area_table::family::act_edge_dsp,       \
            &area_table::family::row_feeder_lut, &area_table::family::row_feeder_dsp,   \
            &area_table::family::weight_bank, &area_table::family::acc_bank,            \
            &area_table::family::drain_line, &area_table::family::core_ctrl,            \
            &area_table::family::exec_ctrl, &area_table::family::core_top_own,          \
            &area_table::family::post_unit, &area_table::family::shell                  \
    }

constexpr Table kXc7Table = MSD_AREA_TABLE(xc7);
constexpr Table kXcupTable = MSD_AREA_TABLE(xcup);
#undef MSD_AREA_TABLE

// LUT, FF and DSP of `count` modules; block RAM is counted apart, it depends on depths.
void add(Area& area, const Row& row, double count) {
    area.lut += row.lut * count;
    area.ff += row.ff * count;
    area.dsp += row.dsp * count;
}

// The bilinear form through four measured arrays, at rows x cols.
void add_array(Area& area, const Row* const (&m)[2][2], double cols0, double cols1, double rows,
               double cols) {
    const double y = (rows - 4) / 4, x = (cols - cols0) / (cols1 - cols0);
    add(area, *m[0][0], (1 - y) * (1 - x));
    add(area, *m[0][1], (1 - y) * x);
    add(area, *m[1][0], y * (1 - x));
    add(area, *m[1][1], y * x);
}

unsigned ceil_div(unsigned a, unsigned b) {
    return (a + b - 1) / b;
}

}  // namespace

double bram36(unsigned width_bits, unsigned depth) {
    // Width and depth of half a block and of a whole one, one read and one write port each.
    struct Shape {
        unsigned width, depth;
        double blocks;
    };
    static constexpr Shape kShapes[] = {{36, 512, 0.5}, {18, 1024, 0.5}, {9, 2048, 0.5},
                                        {4, 4096, 0.5}, {2, 8192, 0.5},  {72, 512, 1},
                                        {36, 1024, 1},  {18, 2048, 1},   {9, 4096, 1},
                                        {4, 8192, 1},   {2, 16384, 1},   {1, 32768, 1}};
    double best = 1e9;
    for (const Shape& s : kShapes)
        best = std::min(best, ceil_div(width_bits, s.width) * ceil_div(depth, s.depth) * s.blocks);
    return best;
}

Area area_of(const AcceleratorConfig& c, Family family) {
    const Table& t = family == Family::kXc7 ? kXc7Table : kXcupTable;
    Area area;
    add_array(area, t.lut_array, 4, 8, c.lut_rows, c.lut_cols);
    add_array(area, t.dsp_array, 2, 4, c.dsp_rows, c.dsp_cols);
    add(area, *t.act_lut, c.lut_groups() / 2.0);
    add(area, *t.act_dsp, c.dsp_groups() / 4.0);
    add(area, *t.feeder_lut, c.lut_rows);
    add(area, *t.feeder_dsp, c.dsp_rows);
    const unsigned lut_banks = ceil_div(c.lut_rows, kLutRowsPerBank),
                   dsp_banks = ceil_div(c.dsp_rows, kDspRowsPerBank);
    add(area, *t.weight_bank, lut_banks + dsp_banks);
    const unsigned pixel_columns = c.lut_cols + 2 * c.dsp_cols;
    add(area, *t.acc_bank, pixel_columns);
    add(area, *t.drain_line, (c.lut_cols + c.dsp_cols) / 16.0);
    add(area, *t.core_ctrl, 2);
    add(area, *t.exec_ctrl, 1);
    add(area, *t.core_own, c.groups() / 3.0);  // the multiplexer over groups
    add(area, *t.post_unit, 1);
    add(area, *t.shell, 1);

    // Two halves of each buffer; four sets of parameters, two channels of 62 bits a word.
    area.bram36 = c.groups() * bram36(128, 2 * c.act_words) +
                  lut_banks * bram36(128, 2 * c.lut_weight_words) +
                  dsp_banks * bram36(128, 2 * c.dsp_weight_words) +
                  pixel_columns * bram36(32, 2 * c.acc_entries) + 2 * 16 * bram36(8, c.out_words) +
                  bram36(124, 2 * c.tile_channels) + t.shell->bram18 / 2;
    return area;
}

const Board& board_of(std::string_view preset) {
    static const Board kBoards[] = {
        {"xc7z020", Family::kXc7, {53200, 106400, 220, 140}},
        {"ultra96", Family::kXcup, {70560, 141120, 360, 216}},   // ZU3EG
        {"zcu102", Family::kXcup, {274080, 548160, 2520, 912}},  // ZU9EG
    };
    const std::string_view name = preset.substr(0, preset.find("_fit"));
    for (const Board& board : kBoards)
        if (board.name == name) return board;
    throw std::invalid_argument(
        fmt::format("preset \"{}\" has no board; xc7z020, ultra96 and zcu102 have one", preset));
}

bool fits(const Area& area, const Board& board, double spare) {
    return area.lut <= board.capacity.lut * (1 - spare) && area.ff <= board.capacity.ff &&
           area.dsp <= board.capacity.dsp && area.bram36 <= board.capacity.bram36;
}

}  // namespace msd::pe
