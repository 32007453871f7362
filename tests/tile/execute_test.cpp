// Sums of products: every kernel against the plain loops, and at the ends of the number range.
#include <catch2/catch.hpp>

#include <stdexcept>

#include "ip/msd_pe/core/kernel.h"
#include "ip/msd_pe/core/tile.h"
#include "tests/tile/tile_model.h"

using namespace msd;
using test::ModelLimits;
using test::Random;
using test::TileModel;

namespace {

std::vector<int32_t> run(const TileModel& model, std::vector<int32_t> acc) {
    pe::TileWeights weights;
    pe::decode_weights(model.config, model.tile, model.stream().data(), weights);
    acc.resize(std::size_t(model.channels()) * model.pixels(), 0x5a5a5a5a);
    pe::execute(model.tile, model.act.data(), weights, acc.data());
    return acc;
}

void compare_all_kernels(uint64_t seed, int tiles, const ModelLimits& limits) {
    for (pe::Kernel kernel : pe::usable_kernels()) {
        pe::use_kernel(kernel);
        Random random(seed);
        for (int n = 0; n < tiles; ++n) {
            const TileModel model = random_tile(random, test::roomy_device(random), limits);
            INFO("kernel " << pe::kernel_name(kernel) << ", tile " << n << " of seed " << seed);
            REQUIRE(pe::check_tile(model.config, model.tile) == 0);
            REQUIRE(run(model, {}) == model.sums({}));
        }
    }
    pe::use_kernel(pe::Kernel::kAuto);
}

}  // namespace

TEST_CASE("a tile's sums equal the plain loops over its taps and channels") {
    compare_all_kernels(1, 2000, ModelLimits{});
}

TEST_CASE("tiles of many pixels and channels are summed as small ones are") {
    compare_all_kernels(2, 6, ModelLimits{40, 7, 6, 120, false});
}

TEST_CASE("digits that sum to more than an int8 still multiply exactly") {
    compare_all_kernels(3, 300, ModelLimits{9, 4, 3, 40, true});
}

TEST_CASE("a tile that is not the first of its input channels adds to the sums before it") {
    for (pe::Kernel kernel : pe::usable_kernels()) {
        pe::use_kernel(kernel);
        Random random(4);
        for (int n = 0; n < 300; ++n) {
            TileModel model = random_tile(random, test::roomy_device(random), ModelLimits{});
            model.tile.flags &= static_cast<uint16_t>(~MSD_TILE_FIRST_C);
            std::vector<int32_t> before(std::size_t(model.channels()) * model.pixels());
            for (int32_t& v : before) v = static_cast<int32_t>(random.bits());  // sums wrap
            INFO("kernel " << pe::kernel_name(kernel) << ", tile " << n);
            REQUIRE(run(model, before) == model.sums(before));
        }
    }
}

TEST_CASE("input channels in two tiles give the sums of one tile") {
    Random random(5);
    for (int n = 0; n < 200; ++n) {
        ModelLimits limits;
        limits.max_blocks = 5;
        TileModel whole = random_tile(random, test::roomy_device(random), limits);
        if (whole.depthwise() || whole.tile.c_blocks < 2) continue;
        const int cut = random.in(1, whole.tile.c_blocks - 1) * 16;
        std::vector<int32_t> acc;
        for (int part = 0; part < 2; ++part) {
            TileModel half = whole;
            const int first = part ? cut : 0, last = part ? whole.channels_in : cut;
            half.channels_in = last - first;
            half.tile.c_blocks = static_cast<uint16_t>((half.channels_in + 15) / 16);
            if (!part) half.tile.c_last = 16;
            half.tile.flags &= static_cast<uint16_t>(part ? ~MSD_TILE_FIRST_C : ~MSD_TILE_LAST_C);
            const std::size_t plane = std::size_t(whole.tile.in_rows) * whole.tile.in_cols * 16;
            half.act.assign(whole.act.begin() + static_cast<long>(first / 16 * plane),
                            whole.act.end());
            for (int k = 0; k < whole.channels(); ++k) {
                half.weights[k].clear();
                half.digits[k].clear();
                for (int tap = 0; tap < whole.taps(); ++tap) {
                    for (int c = first; c < last; ++c) {
                        const int at = tap * whole.channels_in + c;
                        half.weights[k].push_back(whole.weights[k][at]);
                        if (k >= whole.tile.k_lut) continue;
                        const int eb = whole.tile.effective_bits;
                        for (int e = 0; e < eb; ++e)
                            half.digits[k].push_back(whole.digits[k][at * eb + e]);
                    }
                }
            }
            acc = run(half, acc);
        }
        INFO("layer " << n);
        REQUIRE(acc == whole.sums({}));
    }
}

TEST_CASE("every kernel is exact at the extremes of int8 over the longest sums") {
    for (pe::Kernel kernel : pe::usable_kernels()) {
        pe::use_kernel(kernel);
        for (const int a : {-128, 127, -1, 1}) {
            for (const int b : {-128, 127, -1, 1}) {
                for (const int channels : {1, 60, 512 * 9, 512 * 9 + 5}) {
                    TileModel model;
                    msd_tile& t = model.tile;
                    t.flags = MSD_TILE_FIRST_C;
                    t.k_dsp = 17;
                    t.in_rows = t.th = 37;
                    t.in_cols = t.tw = t.kernel_h = t.kernel_w = t.stride_y = t.stride_x = 1;
                    t.c_blocks = static_cast<uint16_t>((channels + 15) / 16);
                    t.c_last = static_cast<uint8_t>((channels - 1) % 16 + 1);
                    model.act.assign(std::size_t(37) * t.c_blocks * 16, static_cast<int8_t>(a));
                    model.weights.assign(17, std::vector<int>(std::size_t(channels), b));
                    std::vector<int32_t> sums = run(model, {});
                    INFO(pe::kernel_name(kernel) << ": " << a << " * " << b << " * " << channels);
                    REQUIRE(sums == std::vector<int32_t>(17 * 37, a * b * channels));
                    t.flags = 0;
                    REQUIRE(run(model, sums) ==
                            std::vector<int32_t>(17 * 37, 2 * a * b * channels));
                }
            }
        }
    }
}

TEST_CASE("a kernel that this CPU lacks is refused and the list of usable ones is not empty") {
    const auto usable = pe::usable_kernels();
    REQUIRE_FALSE(usable.empty());
    CHECK(usable.back() == pe::Kernel::kPortable);
    for (pe::Kernel kernel :
         {pe::Kernel::kVnni, pe::Kernel::kOneDnn, pe::Kernel::kAvx2, pe::Kernel::kPortable}) {
        const bool have = std::find(usable.begin(), usable.end(), kernel) != usable.end();
        if (!have) CHECK_THROWS_AS(pe::use_kernel(kernel), std::invalid_argument);
        if (!have) continue;
        pe::use_kernel(kernel);
        CHECK(pe::kernel_in_use() == kernel);
    }
    pe::use_kernel(pe::Kernel::kAuto);
    CHECK(pe::kernel_in_use() == usable.front());
}

TEST_CASE("execute refuses weights that were decoded for another shape") {
    Random random(6);
    TileModel model = random_tile(random, test::roomy_device(random), ModelLimits{});
    pe::TileWeights weights;
    std::vector<int32_t> acc(std::size_t(model.channels()) * model.pixels());
    CHECK_FALSE(pe::fits(model.tile, weights));
    CHECK_THROWS_AS(pe::execute(model.tile, model.act.data(), weights, acc.data()),
                    std::invalid_argument);
    pe::decode_weights(model.config, model.tile, model.stream().data(), weights);
    CHECK(pe::fits(model.tile, weights));
    ++model.tile.kernel_h;
    CHECK_FALSE(pe::fits(model.tile, weights));
}
