// Post-processing and pooling against plain 128-bit arithmetic.
#include <catch2/catch.hpp>

#include "ip/msd_pe/core/kernel.h"
#include "ip/msd_pe/core/tile.h"
#include "tests/tile/tile_model.h"

using namespace msd;
using test::ModelLimits;
using test::Random;
using test::TileModel;

namespace {

std::vector<int32_t> random_sums(Random& random, std::size_t count) {
    std::vector<int32_t> sums(count);
    for (int32_t& v : sums) {
        const int kind = random.in(0, 19);
        v = kind == 0   ? INT32_MAX
            : kind == 1 ? INT32_MIN
            : kind < 5  ? static_cast<int32_t>(random.bits())
                        : random.in(-200000, 200000);
    }
    return sums;
}

// A window with a tap inside for every output.
bool random_pool(Random& random, msd_tile& t, int side) {
    t.flags |= random.chance(50) ? MSD_TILE_POOL_MAX : MSD_TILE_POOL_AVG;
    const auto axis = [&](uint8_t& window, uint8_t& stride, int8_t& pad, uint16_t& out, int in) {
        window = static_cast<uint8_t>(random.in(1, side));
        stride = static_cast<uint8_t>(random.in(1, side));
        pad = static_cast<int8_t>(random.in(-1, window - 1));
        const int most = (in - 1 + pad) / stride + 1;
        if (in - 1 + pad < 0) return false;
        out = static_cast<uint16_t>(random.in(1, most));
        return true;
    };
    t.pool_zero = random.byte();
    t.pool_mul =
        static_cast<uint16_t>(random.chance(30) ? 1 << random.in(0, 15) : random.in(0, 65535));
    t.pool_shift = random.chance(80) ? random.in(12, 22) : random.in(1, 46);
    return axis(t.pool_h, t.pool_stride_y, t.pool_pad_y, t.pool_oh, t.th) &&
           axis(t.pool_w, t.pool_stride_x, t.pool_pad_x, t.pool_ow, t.tw) &&
           t.pool_oh * t.pool_ow <= t.th * t.tw;
}

}  // namespace

TEST_CASE("post-processing requantises adds the residual and clamps as docs/numbers.md says") {
    Random random(21);
    for (int n = 0; n < 3000; ++n) {
        pe::use_kernel(n % 2 ? pe::Kernel::kPortable : pe::Kernel::kAuto);
        const TileModel model = random_tile(random, test::roomy_device(random), ModelLimits{});
        const auto sums = random_sums(random, std::size_t(model.channels()) * model.pixels());
        std::vector<int8_t> out = model.residual;
        pe::post_process(model.tile, sums.data(), model.params.data(), out.data());
        INFO("tile " << n);
        REQUIRE(out == model.posted(sums));
    }
}

TEST_CASE("sum and bias together may leave 32 bits") {
    Random random(22);
    TileModel model = random_tile(random, test::roomy_device(random), ModelLimits{});
    model.tile.flags &= static_cast<uint16_t>(~(MSD_TILE_RESIDUAL | MSD_TILE_LOAD_RES));
    model.tile.zero_conv = model.tile.zero_out = 0;
    model.tile.clamp_lo = -128;
    model.tile.clamp_hi = 127;
    for (msd_channel& c : model.params) c = {INT32_MAX, 0xffffff, 50};
    const std::vector<int32_t> sums(std::size_t(model.channels()) * model.pixels(), INT32_MAX);
    std::vector<int8_t> out(model.residual.size());
    pe::post_process(model.tile, sums.data(), model.params.data(), out.data());
    CHECK(out[0] == 64);  // (2^32 - 2) * (2^24 - 1) / 2^50 = 63.999
    CHECK(out == model.posted(sums));
}

TEST_CASE("half rounds up where the shift is at most 24, and away from zero beyond") {
    msd_tile t{};
    t.k_dsp = t.th = 1;
    t.tw = 6;
    t.clamp_lo = -128;
    t.clamp_hi = 127;
    const std::vector<int32_t> sums{-3, -2, -1, 0, 1, 3};
    std::vector<int8_t> out(6 * 16, 99);
    for (const pe::Kernel kernel : {pe::Kernel::kPortable, pe::Kernel::kAuto}) {
        pe::use_kernel(kernel);
        const msd_channel half{0, 1u << 23, 24};
        pe::post_process(t, sums.data(), &half, out.data());
        const int up[] = {-1, -1, 0, 0, 1, 2};
        for (int p = 0; p < 6; ++p) CHECK(out[p * 16] == up[p]);
        const msd_channel quarter{0, 1u << 23, 25};  // of twice the sum
        std::vector<int32_t> twice;
        for (const int32_t v : sums) twice.push_back(2 * v);
        pe::post_process(t, twice.data(), &quarter, out.data());
        const int away[] = {-2, -1, -1, 0, 1, 2};
        for (int p = 0; p < 6; ++p) CHECK(out[p * 16] == away[p]);
    }
}

TEST_CASE("the first rounding can make the tie of the second") {
    msd_tile t{};
    t.k_dsp = t.th = t.tw = 1;
    t.clamp_lo = -128;
    t.clamp_hi = 127;
    // 0.4999999 rounds to 0 at once; to 2^-1 in the first step, it would to 1.
    const msd_channel c{0, (1u << 24) - 1, 25};
    std::vector<int8_t> out(16);
    for (const pe::Kernel kernel : {pe::Kernel::kPortable, pe::Kernel::kAuto}) {
        pe::use_kernel(kernel);
        for (const int32_t acc : {1, -1}) {
            pe::post_process(t, &acc, &c, out.data());
            CHECK(out[0] == acc);  // 0.99999994 -> 1, 1 / 2 -> 1
        }
    }
}

TEST_CASE("unused lanes of the last channel block are written as the output's zero point") {
    msd_tile t{};
    t.k_lut = 3;
    t.k_dsp = 14;
    t.th = t.tw = 1;
    t.zero_out = -77;
    t.clamp_lo = 0;  // the bounds do not touch them
    t.clamp_hi = 5;
    const std::vector<msd_channel> params(17, msd_channel{0, 1u << 23, 23});
    const std::vector<int32_t> sums(17, 3);
    std::vector<int8_t> out(32, 1);
    pe::post_process(t, sums.data(), params.data(), out.data());
    CHECK(out[16] == 3);
    for (int lane = 17; lane < 32; ++lane) CHECK(out[lane] == -77);
}

TEST_CASE("pooling skips the taps outside the map and works in place") {
    Random random(23);
    int average = 0, maximum = 0;
    for (int n = 0; n < 3000; ++n) {
        TileModel model = random_tile(random, test::roomy_device(random), ModelLimits{});
        if (!random_pool(random, model.tile, 5)) continue;
        ++(model.tile.flags & MSD_TILE_POOL_AVG ? average : maximum);
        test::place_blocks(model.tile);
        REQUIRE(pe::check_tile(model.config, model.tile) == 0);
        std::vector<int8_t> map = model.residual;
        pe::pool(model.tile, map.data());
        const auto expected = model.pooled(model.residual);
        map.resize(expected.size());
        INFO("tile " << n);
        REQUIRE(map == expected);
    }
    CHECK(average > 500);
    CHECK(maximum > 500);
}

TEST_CASE("global average pooling of a constant map gives the constant") {
    msd_tile t{};
    t.flags = MSD_TILE_POOL_AVG;
    t.k_dsp = 16;
    t.th = t.tw = t.pool_h = t.pool_w = 7;
    t.pool_stride_y = t.pool_stride_x = 1;
    t.pool_oh = t.pool_ow = 1;
    t.zero_out = t.pool_zero = -12;
    t.pool_mul = 42799;  // 2^21 / 49
    t.pool_shift = 21;
    for (int v = -128; v <= 127; ++v) {
        std::vector<int8_t> map(49 * 16, static_cast<int8_t>(v));
        pe::pool(t, map.data());
        for (int lane = 0; lane < 16; ++lane) REQUIRE(map[lane] == v);
    }
}
