// Closed forms of one tile, each sum written out (docs/timing.md). tests/rtl compares the same
// forms with the RTL.
#include <catch2/catch.hpp>

#include "ip/msd_pe/core/core_model.h"
#include "ip/msd_pe/core/timing.h"

namespace {

using namespace msd::pe;

// A dense tile: kernel k x k, stride 1, th x tw outputs.
msd_tile dense(const AcceleratorConfig& config, unsigned kernel, unsigned c_blocks, unsigned c_last,
               unsigned eb, unsigned k_lut, unsigned k_dsp, unsigned th, unsigned tw) {
    msd_tile t{};
    t.flags = MSD_TILE_FIRST_C | MSD_TILE_LAST_C;
    t.kernel_h = t.kernel_w = static_cast<uint8_t>(kernel);
    t.stride_y = t.stride_x = 1;
    t.c_blocks = static_cast<uint16_t>(c_blocks);
    t.c_last = static_cast<uint8_t>(c_last);
    t.effective_bits = static_cast<uint8_t>(eb);
    t.k_lut = static_cast<uint16_t>(k_lut);
    t.k_dsp = static_cast<uint16_t>(k_dsp);
    t.th = static_cast<uint16_t>(th);
    t.tw = static_cast<uint16_t>(tw);
    const unsigned pixels = th * tw;
    t.p_lut = static_cast<uint16_t>(k_lut ? (pixels + config.lut_cols - 1) / config.lut_cols : 0);
    t.p_dsp = static_cast<uint16_t>(
        k_dsp ? (pixels + 2 * config.dsp_cols - 1) / (2 * config.dsp_cols) : 0);
    return t;
}

}  // namespace

TEST_CASE("a 3x3 tile on ultra96 is fed, drained and post-processed in the documented cycles") {
    const AcceleratorConfig config = preset("ultra96");
    // 96 channels on LUT, 32 on DSP; 14 x 14 pixels; 64 input channels; 2 digits
    const msd_tile t = dense(config, 3, 4, 16, 2, 96, 32, 14, 14);
    const TileTiming timing = tile_timing(config, t);
    // LUT: 2 K passes * ceil(196 / 48) = 5 pixel passes * (9 taps * 4 blocks * 16 channels * 2
    // digits + clear)
    CHECK(timing.lut_feed == 2 * 5 * (9 * 4 * 16 * 2 + 1));
    // DSP: 2 K passes * ceil(196 / 32) = 7 * (9 * 4 * 16 + clear)
    CHECK(timing.dsp_feed == 2 * 7 * (9 * 4 * 16 + 1));
    CHECK(timing.feed == 11530);
    CHECK(timing.release == 48);
    // feed 2 + rows 47 + columns 47 + tree 3 + bank 2
    CHECK(timing.drain == 101);
    // LUT sets: 3 groups of 16 columns, 5 passes each: 80 + 80 + 36 pixels = 5 + 5 + 3 sets;
    // DSP: 2 groups of 16, 7 passes: 112 + 84 pixels = 7 + 6 sets
    CHECK(timing.post == 13 * 96 + 13 * 32 + 22);
    CHECK(timing.pool == 0);
    CHECK(timing.lut_busy == 2 * 5 * 9 * 64 * 2);
    CHECK(timing.dsp_busy == 2 * 7 * 9 * 64);
}

TEST_CASE("a step takes at least 16 slots, for the activation port") {
    const AcceleratorConfig config = preset("tiny");
    // 3 channels: 2 digits are 6 slots, 16 with the port; 7 x 7 taps
    const msd_tile t = dense(config, 7, 1, 3, 2, 8, 4, 2, 4);
    CHECK(period(lut_shape(config, t), t, 0) == 49 * 16 + 1);
    CHECK(period(dsp_shape(config, t), t, 0) == 49 * 16 + 1);
    // 19 channels: 32 slots and 16
    const msd_tile two = dense(config, 1, 2, 3, 2, 8, 0, 2, 4);
    CHECK(period(lut_shape(config, two), two, 0) == 32 + 16 + 1);
}

TEST_CASE("a pass is at least as long as the array is high") {
    const AcceleratorConfig config = preset("ultra96");
    const msd_tile t = dense(config, 1, 1, 16, 1, 49, 17, 6, 8);
    // 16 slots, but 48 rows drain one a cycle; also in the last K pass, which uses one row
    CHECK(period(lut_shape(config, t), t, 0) == 48 + 1);
    CHECK(period(lut_shape(config, t), t, 1) == 48 + 1);
    CHECK(period(dsp_shape(config, t), t, 0) == 16 + 1);
}

TEST_CASE("a short last weight word lengthens a pass") {
    AcceleratorConfig config = preset("ultra96");
    config.lut_rows = 32;
    // 3x1 taps of 11 channels, 1 digit: 3 * 16 = 48 slots. Digit 32 is in slot 2 * 16 + 10 = 42,
    // row 31 reads in 73.
    msd_tile t = dense(config, 3, 1, 11, 1, 32, 0, 4, 12);
    t.kernel_w = 1;
    CHECK(period(lut_shape(config, t), t, 0) == 73 + 1);
    // 3 rows in use: row 2 reads in slot 44, before the steps end
    t.k_lut = 3;
    CHECK(period(lut_shape(config, t), t, 0) == 48 + 1);
    // 32 digits fill one word: nothing to wait for but the rows
    msd_tile full = dense(config, 1, 2, 16, 1, 32, 0, 4, 12);
    CHECK(period(lut_shape(config, full), full, 0) == 32 + 1);
}

TEST_CASE("a depthwise K pass streams the blocks that its channels touch") {
    const AcceleratorConfig config = preset("ultra96");
    msd_tile t = dense(config, 3, 4, 16, 2, 24, 40, 6, 8);
    t.flags |= MSD_TILE_DEPTHWISE;
    const CoreShape lut = lut_shape(config, t), dsp = dsp_shape(config, t);
    // LUT: channels 0..23, blocks 0 and 1: 9 taps * 2 blocks * 16 channels * 2 digits
    CHECK(streamed_blocks(lut, t, 0).begin == 0);
    CHECK(streamed_blocks(lut, t, 0).end == 2);
    CHECK(period(lut, t, 0) == 9 * 2 * 32 + 1);
    // DSP: channels 24..39 in blocks 1 and 2, 40..55 in 2 and 3, 56..63 in 3
    CHECK(streamed_blocks(dsp, t, 0).begin == 1);
    CHECK(streamed_blocks(dsp, t, 0).end == 3);
    CHECK(streamed_blocks(dsp, t, 2).begin == 3);
    CHECK(feed_cycles(dsp, t) == t.p_dsp * (9 * 2 * 16 + 1 + 9 * 2 * 16 + 1 + 9 * 16 + 1));
    CHECK(tile_timing(config, t).lut_busy == t.p_lut * 9 * 2 * 24u);
}

TEST_CASE("the slots of a tile are as many as its feed cycles, a pass's last one clears") {
    const AcceleratorConfig config = preset("tiny");
    for (unsigned kernel = 1; kernel <= 4; ++kernel)
        for (unsigned c_last = 1; c_last <= 16; c_last += 3)
            for (unsigned eb = 1; eb <= 3; ++eb)
                for (bool dw : {false, true}) {
                    msd_tile t = dense(config, kernel, 2, c_last, eb, 10, 6, 3, 5);
                    if (dw) t.flags |= MSD_TILE_DEPTHWISE;
                    for (const CoreShape& core : {lut_shape(config, t), dsp_shape(config, t)}) {
                        if (dw && core.first_channel + core.channels > 16 + c_last) continue;
                        const std::vector<Slot> all = slots(core, t);
                        REQUIRE(all.size() == feed_cycles(core, t));
                        unsigned clears = 0;
                        for (const Slot& slot : all) clears += slot.kind == Slot::kClear;
                        REQUIRE(clears == core.k_passes() * core.pixel_passes);
                        REQUIRE(all.back().kind == Slot::kClear);
                    }
                }
}

TEST_CASE("the drain is the same for every tile, and a core without channels feeds nothing") {
    const AcceleratorConfig config = preset("xc7z020");
    const msd_tile lut_only = dense(config, 1, 1, 16, 2, 7, 0, 2, 2);
    const msd_tile dsp_only = dense(config, 1, 1, 16, 2, 0, 7, 2, 2);
    // feed 2 + rows 39 + columns 39 + tree 3 + bank 2, against 2 + 13 + 14 + 2 + 2 (wraps, high
    // half) + 2
    CHECK(tile_timing(config, lut_only).drain == 85);
    CHECK(tile_timing(config, dsp_only).drain == 85);
    CHECK(tile_timing(config, lut_only).dsp_feed == 0);
    CHECK(tile_timing(config, dsp_only).lut_feed == 0);
}

TEST_CASE(
    "pooling reads every column of a window row, and one phase more for the last one's windows") {
    const AcceleratorConfig config = preset("ultra96");
    msd_tile t = dense(config, 3, 1, 16, 2, 20, 12, 9, 9);
    t.flags |= MSD_TILE_POOL_MAX;
    t.pool_h = t.pool_w = 3;
    t.pool_stride_y = t.pool_stride_x = 2;
    t.pool_oh = t.pool_ow = 4;
    CHECK(tile_timing(config, t).pool == (2 * 4 * 9 + 1) * 3 + 25);
    // A column in ceil(7 / 2) = 4 windows at a time is given to them in four slots.
    t.pool_w = 7;
    CHECK(tile_timing(config, t).pool == (2 * 4 * 9 + 1) * 4 + 25);
    t.pool_ow = 2;
    CHECK(tile_timing(config, t).pool == (2 * 4 * 9 + 1) * 3 + 25);
    t.flags &= ~MSD_TILE_LAST_C;  // nothing leaves yet
    CHECK(tile_timing(config, t).pool == 0);
    CHECK(tile_timing(config, t).post == 0);
}

TEST_CASE("a tile that only pools occupies neither feed nor drain") {
    const AcceleratorConfig config = preset("ultra96");
    msd_tile t{};
    t.flags = MSD_TILE_POOL_ONLY | MSD_TILE_POOL_AVG | MSD_TILE_LOAD_RES;
    t.k_lut = 64;
    t.th = t.tw = 7;
    t.pool_h = t.pool_w = 7;
    t.pool_oh = t.pool_ow = 1;
    const TileTiming timing = tile_timing(config, t);
    CHECK(timing.feed == 0);
    CHECK(timing.release == 0);
    CHECK(timing.drain == 0);
    CHECK(timing.post == 0);
    CHECK(timing.pool == (4 * 1 * 7 + 1) * 7 + 25);
}

TEST_CASE("a tree of four-input gates has as many levels as its rows need") {
    CHECK(tree_levels(1) == 0);
    CHECK(tree_levels(2) == 1);
    CHECK(tree_levels(4) == 1);
    CHECK(tree_levels(5) == 2);
    CHECK(tree_levels(16) == 2);
    CHECK(tree_levels(17) == 3);
    CHECK(tree_levels(64) == 3);
    CHECK(tree_levels(80) == 4);
}
