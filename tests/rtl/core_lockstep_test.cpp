// The RTL core against the cycle model, the closed forms of docs/timing.md and plain integer sums.
#include <catch2/catch.hpp>

#include "tests/rtl/core_bench.h"

namespace {

using namespace msd;
using rtl::CoreSize;
using test::CoreBench;
using test::TileCase;

const pe::AcceleratorConfig kSquareConfig = test::core_config(CoreSize::kSquare);

// A 3x3 convolution with a border of one, 4 x 4 outputs.
TileCase convolution(unsigned k_lut, unsigned k_dsp, unsigned c_blocks, unsigned c_last,
                     unsigned eb) {
    TileCase c;
    msd_tile& t = c.tile;
    t.flags = MSD_TILE_FIRST_C | MSD_TILE_LAST_C;
    t.k_lut = static_cast<uint16_t>(k_lut);
    t.k_dsp = static_cast<uint16_t>(k_dsp);
    t.effective_bits = static_cast<uint8_t>(eb);
    t.kernel_h = t.kernel_w = 3;
    t.stride_y = t.stride_x = 1;
    t.pad_y = t.pad_x = 1;
    t.pad_value = -128;
    t.in_rows = t.in_cols = 4;
    t.th = t.tw = 4;
    t.c_blocks = static_cast<uint16_t>(c_blocks);
    t.c_last = static_cast<uint8_t>(c_last);
    std::mt19937 rng(3);
    test::fill(c, rng, kSquareConfig, true);
    return c;
}

// Runs `count` times a random tile alone, with a second one of the same sum, or with one of
// another; returns the first difference, or "".
std::string random_sums(CoreBench& bench, uint32_t seed, int count) {
    std::mt19937 rng(seed);
    test::Ranges ranges;  // several pixel passes
    if (bench.config().lut_cols > 16) ranges.size_max = 10;
    for (int i = 0; i < count; ++i) {
        TileCase first = test::random_case(rng, bench.config(), ranges), second;
        std::vector<const TileCase*> tiles{&first};
        const unsigned kind = rng() % 3;
        if (kind == 1) {
            first.tile.flags &= ~MSD_TILE_LAST_C;
            second = test::random_continuation(rng, bench.config(), first);
        } else if (kind == 2) {
            second = test::random_case(rng, bench.config(), ranges);
        }
        if (kind != 0) tiles.push_back(&second);
        std::vector<unsigned> gaps;
        for (int n = 0; n < 2; ++n) gaps.push_back(rng() % 2 == 0 ? 0 : rng() % 20);
        const std::string difference = bench.run(tiles, gaps);
        if (!difference.empty()) return "run " + std::to_string(i) + ": " + difference;
    }
    return "";
}

}  // namespace

TEST_CASE(
    "a 3x3 convolution runs through the RTL core in the documented cycles with the right sums") {
    // LUT: 8 channels in 2 K passes, 16 pixels in 4 pixel passes of 9 taps * 16 channels * 2 digits
    // + clear = 289. DSP: 4 channels in 1 K pass, 2 pixel passes of 9 taps * 16 channels + clear =
    // 145.
    const TileCase c = convolution(8, 4, 1, 16, 2);
    const pe::TileTiming timing = pe::tile_timing(kSquareConfig, c.tile);
    CHECK(timing.lut_feed == 2 * 4 * (9 * 16 * 2 + 1));
    CHECK(timing.dsp_feed == 1 * 2 * (9 * 16 + 1));
    CHECK(timing.feed == 2312);
    CHECK(timing.release == 4);
    // DSP: feed 2 + rows 3 + columns 3 + tree 1 + wraps 1 + high half 1 + bank 2
    CHECK(timing.drain == 13);
    CoreBench bench(CoreSize::kSquare);
    CHECK(bench.run({&c}, {0}) == "");
    CHECK(bench.first_operand() == 3);  // start 1 + RAM 1 + word register 1
    // LUT drain: feed 2 + rows 3 + columns 3 + tree 1 + bank 2 = 11, before the DSP core's 13.
    CHECK(bench.last_write() == 2312 + 11);
    CHECK(bench.acc_full() == 2312 + 13);
    CHECK(bench.compared_writes() == 4 * 4 * 8 + 8 * 2 * 4);
}

TEST_CASE("the last sum of a DSP bound tile is written exactly at feed_end + drain") {
    const TileCase c = convolution(4, 16, 1, 16, 1);
    const pe::TileTiming timing = pe::tile_timing(kSquareConfig, c.tile);
    // 4 K passes * 2 pixel passes * 145 against 1 * 4 * 145
    CHECK(timing.feed == 1160);
    CoreBench bench(CoreSize::kSquare);
    CHECK(bench.run({&c}, {0}) == "");  // no write a cycle early: every strobe is compared
    CHECK(bench.last_write() == timing.feed + timing.drain);
    CHECK(bench.acc_full() == bench.last_write());
}

TEST_CASE("sums over two C tiles are added in the accumulator banks") {
    TileCase first = convolution(5, 6, 2, 16, 3);
    first.tile.flags &= ~MSD_TILE_LAST_C;
    TileCase second = convolution(5, 6, 1, 7, 3);
    second.tile.flags &= ~MSD_TILE_FIRST_C;
    CoreBench bench(CoreSize::kSquare);
    CHECK(bench.run({&first, &second}, {0, 0}) == "");
    CHECK(bench.run({&first, &second}, {3, 17}) == "");
}

TEST_CASE("a short last weight word lengthens the pass until every row has read it") {
    // 33 digits a row: word 1 holds one. 3 taps of 11 channels, 16 slots each; digit 32 is in slot
    // 2 * 16 + 10 = 42, the bank's fourth row reads in slot 45: three slots before the steps end
    // (48), so the period stays 49.
    TileCase c = convolution(4, 0, 1, 11, 1);
    c.tile.kernel_w = 1;
    c.tile.pad_x = 0;
    std::mt19937 rng(5);
    test::fill(c, rng, kSquareConfig, true);
    CHECK(pe::period(pe::lut_shape(kSquareConfig, c.tile), c.tile, 0) == 49);
    CoreBench bench(CoreSize::kSquare);
    CHECK(bench.run({&c}, {0}) == "");

    // 1 tap of 11 channels with 3 digits = 33 slots; the fourth row reads word 1 in slot 32 + 3 =
    // 35: period 36, not 34.
    c.tile.kernel_h = 1;
    c.tile.pad_y = 0;
    c.tile.effective_bits = 3;
    test::fill(c, rng, kSquareConfig, true);
    CHECK(pe::period(pe::lut_shape(kSquareConfig, c.tile), c.tile, 0) == 36);
    CHECK(bench.run({&c}, {0}) == "");
}

TEST_CASE("a K pass of one row keeps behind the full one before it") {
    // 1x1, 16 channels, 1 digit: steps of 16 slots; 36 rows drain in 36 cycles, so the period is 37
    // in both K passes.
    TileCase c = convolution(37, 0, 1, 16, 1);
    c.tile.kernel_h = c.tile.kernel_w = 1;
    c.tile.pad_y = c.tile.pad_x = 0;
    c.tile.th = c.tile.tw = 2;
    CoreBench bench(CoreSize::kTall);
    std::mt19937 rng(6);
    test::fill(c, rng, bench.config(), true);
    const pe::CoreShape core = pe::lut_shape(bench.config(), c.tile);
    CHECK(pe::period(core, c.tile, 0) == 36 + 1);
    CHECK(pe::period(core, c.tile, 1) == 36 + 1);
    CHECK(bench.run({&c}, {0}) == "");
    // A tile of one channel right behind a full one.
    TileCase full = c, single = c;
    full.tile.k_lut = 36;
    single.tile.k_lut = 1;
    test::fill(full, rng, bench.config(), true);
    test::fill(single, rng, bench.config(), true);
    CHECK(bench.run({&full, &single}, {0, 0}) == "");
}

TEST_CASE("random tiles run through the RTL core in the documented cycles with the right sums") {
    for (uint32_t seed = 1; seed <= 4; ++seed) {
        CoreBench bench(CoreSize::kSquare);
        INFO("seed " << seed);
        CHECK(random_sums(bench, seed, 60) == "");
        CHECK(bench.compared_writes() > 1000);
    }
}

TEST_CASE("random tiles run through a core with more rows than a weight bank serves") {
    // Here the period is bound by rows (36 rows, steps of 16 slots) and by the weight port, too.
    for (uint32_t seed = 1; seed <= 4; ++seed) {
        CoreBench bench(CoreSize::kTall);
        INFO("seed " << seed);
        CHECK(random_sums(bench, seed, 30) == "");
        CHECK(bench.compared_writes() > 1000);
    }
}

TEST_CASE("random tiles run through a core with more columns than an activation group serves") {
    // 33 LUT columns: groups of 16, 16 and 1; 18 DSP columns: two pairs, of 16 and of 2. The
    // shortest tiles end before the third group has begun them.
    for (uint32_t seed = 1; seed <= 4; ++seed) {
        CoreBench bench(CoreSize::kWide);
        INFO("seed " << seed);
        CHECK(random_sums(bench, seed, 30) == "");
        CHECK(bench.compared_writes() > 1000);
    }
}

TEST_CASE("many random tiles run through the RTL core in the documented cycles", "[.long]") {
    for (uint32_t seed = 100; seed < 120; ++seed) {
        CoreBench bench(CoreSize::kSquare);
        INFO("seed " << seed);
        CHECK(random_sums(bench, seed, 200) == "");
        CoreBench tall(CoreSize::kTall);
        CHECK(random_sums(tall, seed, 200) == "");
        CoreBench wide(CoreSize::kWide);
        CHECK(random_sums(wide, seed, 200) == "");
    }
}

TEST_CASE("every fault planted in the RTL core is caught by the comparison") {
    struct Fault {
        int number;  // rtl/faults.svh
        const char* name;
        CoreSize size = CoreSize::kSquare;
    };
    const Fault faults[] = {
        {1, "lost carry of the low DSP sum"},
        {2, "operand skew"},
        {3, "no clear"},
        {4, "digit sign"},
        {5, "zero at one digit"},
        {6, "pad word"},
        {7, "next pass before the last word is read", CoreSize::kTall},
        {8, "sums overwritten"},
        {9, "wraps not taken from the high DSP sum"},
        {10, "wrong row of a quad"},
        {11, "no borrow from the high pixel"},
        {12, "lost carry of the LUT element's counter"},
        {13, "row correction without signs"},
        {14, "a block of columns takes the next tile's fields too early", CoreSize::kWide},
        {15, "a block of columns shifts a cycle early", CoreSize::kWide},
        {16, "digits of a byte swapped"},
        {17, "depthwise digit to the wrong row"},
        {18, "gap between passes in the bank"},
        {19, "weights not rewound"},
        {20, "always the same weight half"},
        {21, "next pass drains into the rows before", CoreSize::kTall},
        {22, "channels of the last block"},
        {23, "row below the image"},
        {24, "next output row"},
        {25, "busy counts slots without a row"},
        {26, "drained a cycle early"},
    };
    for (const Fault& fault : faults) {
        CoreBench bench(fault.size, fault.number);
        const std::string difference = random_sums(bench, 1, 60);
        INFO("fault " << fault.number << " (" << fault.name << ")");
        CHECK(difference != "");
    }
}
