// The RTL post unit against post_process(), pool() and the closed forms of docs/timing.md.
#include <catch2/catch.hpp>

#include "ip/msd_pe/core/tile_shape.h"
#include "ip/msd_pe/core/timing.h"
#include "tests/rtl/post/post_bench.h"

namespace {

using namespace msd;
using rtl::PostSize;
using test::PostBench;
using test::PostCase;
using test::PostKind;

constexpr PostKind kKinds[] = {PostKind::kPlain, PostKind::kResidual, PostKind::kPooled,
                               PostKind::kResidualPooled, PostKind::kPoolOnly};

// Runs tiles of random kinds, four in a row; returns the first difference, or "".
std::string random_tiles(PostBench& bench, uint32_t seed, int rows) {
    std::mt19937 rng(seed);
    for (int i = 0; i < rows; ++i) {
        std::vector<PostCase> tiles;
        std::vector<unsigned> gaps;
        for (int n = 0; n < 4; ++n) {
            tiles.push_back(test::random_post(rng, bench.config(), kKinds[rng() % 5]));
            gaps.push_back(rng() % 2 ? 0 : rng() % 8);
        }
        const std::string difference = bench.run(tiles, gaps);
        if (!difference.empty()) return "run " + std::to_string(i) + ": " + difference;
    }
    return "";
}

}  // namespace

TEST_CASE("the post unit works on one channel of sixteen pixels a cycle, 22 cycles to the last") {
    PostBench bench(PostSize::kSmall);
    std::mt19937 rng(1);
    PostCase c = test::random_post(rng, bench.config(), PostKind::kPlain);
    c.tile.k_lut = 5;  // 9 pixels in 4 columns: 3 sets; DSP: 4 low and 4 high, 2 passes: 3 sets
    c.tile.k_dsp = 3;
    c.tile.th = c.tile.tw = 3;
    c.channels.assign(8, msd_channel{});
    c.sums.assign(8 * 9, 0);
    test::complete(c, bench.config());
    CHECK(bench.run({c}, {0}) == "");
    CHECK(bench.last_cycles() == 3 * 5 + 3 * 3 + 22);
}

TEST_CASE("the post unit pools a column of a window row in max(rows, open windows) cycles") {
    PostBench bench(PostSize::kSmall);
    std::mt19937 rng(2);
    PostCase c = test::random_post(rng, bench.config(), PostKind::kPoolOnly);
    msd_tile& t = c.tile;
    t.k_dsp = 16;
    t.th = t.tw = 8;
    t.pool_h = t.pool_w = 3;
    t.pool_stride_y = t.pool_stride_x = 1;
    t.pool_pad_y = t.pool_pad_x = 1;  // as large as the stride: the map begins a row later
    t.pool_oh = t.pool_ow = 8;
    c.input.resize(64 * 16);
    for (int8_t& v : c.input) v = static_cast<int8_t>(rng());
    CHECK(bench.run({c}, {0}) == "");
    CHECK(bench.last_cycles() == (8 * 8 + 1) * 3 + 25);
}

TEST_CASE("random tiles leave the RTL post unit with the core functions' bytes and cycles") {
    PostBench small(PostSize::kSmall), wide(PostSize::kWide);
    CHECK(random_tiles(small, 3, 300) == "");
    CHECK(random_tiles(wide, 4, 300) == "");
    CHECK(small.compared_words() + wide.compared_words() > 40000);
}

TEST_CASE("ten thousand random tiles leave the RTL post unit as they should", "[.long]") {
    PostBench small(PostSize::kSmall), wide(PostSize::kWide);
    CHECK(random_tiles(small, 5, 1250) == "");
    CHECK(random_tiles(wide, 6, 1250) == "");
}

TEST_CASE("the comparison catches every fault planted in the RTL post unit") {
    // rtl/faults.svh: bias, high product's carry, both roundings, last K pass's entries, surplus
    // lanes, rotation, parameter set, unused bytes, right edge, phase length, zero point; unused
    // bytes and words behind the map where it is handed over.
    for (int fault = 60; fault <= 73; ++fault) {
        INFO("fault " << fault);
        PostBench bench(PostSize::kWide, fault);
        CHECK(random_tiles(bench, 7, 60) != "");
    }
}
