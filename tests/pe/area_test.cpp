// The device model: what a configuration costs by the modules' synthesis, and which presets fit.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "ip/msd_pe/core/area.h"
#include "ip/msd_pe/core/area_table.h"

namespace {

using namespace msd::pe;

// A row of docs/synthesis.md's table of totals.
std::string total_row(const std::string& name) {
    const AcceleratorConfig c = preset(name);
    const Board& board = board_of(name);
    const Area a = area_of(c, board.family);
    const auto cell = [](double used, double capacity, const char* format) {
        return fmt::format(fmt::runtime(format), used, 100 * used / capacity);
    };
    return fmt::format("| `{}` | {} x {} | {} x {} | {} | {} | {} | {} |", name, c.lut_rows,
                       c.lut_cols, c.dsp_rows, c.dsp_cols,
                       cell(a.lut, board.capacity.lut, "{:.0f} ({:.0f} %)"),
                       cell(a.ff, board.capacity.ff, "{:.0f} ({:.0f} %)"),
                       cell(a.dsp, board.capacity.dsp, "{:.0f} ({:.0f} %)"),
                       cell(a.bram36, board.capacity.bram36, "{:.1f} ({:.0f} %)"));
}

}  // namespace

TEST_CASE("each fit preset fits its board by the synthesis table, the published sizes do not") {
    for (const char* name : {"xc7z020", "ultra96", "zcu102"}) {
        INFO(name);
        const std::string fit = std::string(name) + "_fit";
        CHECK_NOTHROW(preset(fit).check());
        CHECK(preset(fit).name == fit);
        CHECK(fits(area_of(preset(fit), board_of(fit).family), board_of(fit), 0.1));
        CHECK_FALSE(fits(area_of(preset(name), board_of(name).family), board_of(name)));
        CHECK(preset(fit).clock_mhz == preset(name).clock_mhz);
        CHECK(preset(fit).beat_bytes == preset(name).beat_bytes);
    }
    CHECK_THROWS_WITH(board_of("tiny"), Catch::Contains("xc7z020, ultra96 and zcu102"));
}

TEST_CASE("one row or column more is never cheaper, and a measured array costs what was measured") {
    AcceleratorConfig c = preset("ultra96");
    for (const Family family : {Family::kXc7, Family::kXcup}) {
        const Area before = area_of(c, family);
        for (unsigned AcceleratorConfig::*size :
             {&AcceleratorConfig::lut_rows, &AcceleratorConfig::lut_cols,
              &AcceleratorConfig::dsp_rows, &AcceleratorConfig::dsp_cols}) {
            AcceleratorConfig more = c;
            ++(more.*size);
            CHECK(area_of(more, family).lut > before.lut);
            CHECK(area_of(more, family).ff > before.ff);
        }
    }
    AcceleratorConfig small = preset("tiny"), smaller = small;
    smaller.lut_cols = 4;  // both in one activation group
    const double arrays = area_table::xcup::lut_array_8x8.lut - area_table::xcup::lut_array_8x4.lut;
    const double banks =
        4 * area_table::xcup::acc_bank.lut + 4 / 16.0 * area_table::xcup::drain_line.lut;
    CHECK(area_of(small, Family::kXcup).lut - area_of(smaller, Family::kXcup).lut ==
          Approx(arrays + banks));
}

TEST_CASE("block RAM follows from width and depth as Yosys maps it") {
    // 72 x 512, 36 x 1024, 18 x 2048, 9 x 4096 a block; half a block half the width.
    CHECK(bram36(36, 512) == 0.5);
    CHECK(bram36(32, 1024) == 1);
    CHECK(bram36(8, 2048) == 0.5);
    CHECK(bram36(8, 4096) == 1);
    CHECK(bram36(128, 512) == 2);
    // Measured: a group's and a weight bank's two halves, an accumulator bank's.
    CHECK(4 * bram36(128, 2048) >= area_table::xcup::act_edge_dsp.bram18 / 2);
    CHECK(bram36(128, 4096) >= area_table::xcup::weight_bank.bram18 / 2);
    CHECK(bram36(32, 1024) >= area_table::xcup::acc_bank.bram18 / 2);
}

TEST_CASE("docs/synthesis.md lists the totals of today's table") {
    std::ifstream file(MSD_SOURCE_DIR "/docs/synthesis.md");
    std::stringstream text;
    text << file.rdbuf();
    for (const char* name :
         {"xc7z020", "ultra96", "zcu102", "xc7z020_fit", "ultra96_fit", "zcu102_fit"}) {
        INFO(total_row(name));  // what belongs there
        CHECK(text.str().find(total_row(name)) != std::string::npos);
    }
}
