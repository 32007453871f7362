// Descriptors: groups by brute force, every contradiction with its code, and hostile bytes.
#include <catch2/catch.hpp>

#include <cstring>
#include <functional>
#include <memory>

#include "ip/accelerator/accelerator_regs.h"
#include "ip/msd_pe/core/tile.h"
#include "tests/tile/tile_model.h"

using namespace msd;
using test::ModelLimits;
using test::Random;
using test::TileModel;

namespace {

// 3x3, 6x8 outputs, 20 channels in, 24 out (10 LUT, 14 DSP), residual, on ultra96.
TileModel plain_tile() {
    TileModel model;
    model.config = pe::preset("ultra96");
    msd_tile& t = model.tile;
    t.magic = MSD_TILE_MAGIC;
    t.flags = MSD_TILE_LOAD_ACT | MSD_TILE_LOAD_WGT | MSD_TILE_LOAD_RES | MSD_TILE_RELEASE_ACT |
              MSD_TILE_RELEASE_WGT | MSD_TILE_FIRST_C | MSD_TILE_LAST_C | MSD_TILE_RESIDUAL;
    t.th = t.in_rows = 6;
    t.tw = t.in_cols = 8;
    t.kernel_h = t.kernel_w = 3;
    t.stride_y = t.stride_x = 1;
    t.pad_y = t.pad_x = 1;
    t.c_blocks = 2;
    t.c_last = 4;
    t.k_lut = 10;
    t.k_dsp = 14;
    t.effective_bits = 2;
    t.clamp_lo = -128;
    t.clamp_hi = 127;
    t.shift_res = 23;
    t.lut_words = 10 * 12;  // 9 * 20 * 2 digits
    t.dsp_words = 14 * 12;  // 9 * 20 bytes
    pe::fill_groups(model.config, t);
    test::place_blocks(t);
    return model;
}

uint32_t error_after(const std::function<void(msd_tile&, pe::AcceleratorConfig&)>& change) {
    TileModel model = plain_tile();
    change(model.tile, model.config);
    return pe::check_tile(model.config, model.tile);
}

void add_pool(msd_tile& t) {
    t.flags |= MSD_TILE_POOL_MAX;
    t.pool_h = t.pool_w = t.pool_stride_y = t.pool_stride_x = 2;
    t.pool_oh = 3;
    t.pool_ow = 4;
    test::place_blocks(t);
}

msd_tile pool_only() {
    msd_tile t{};
    t.magic = MSD_TILE_MAGIC;
    t.flags = MSD_TILE_POOL_ONLY | MSD_TILE_POOL_MAX | MSD_TILE_LOAD_RES;
    t.k_dsp = 24;
    t.th = 6;
    t.tw = 8;
    t.pool_h = t.pool_w = t.pool_stride_y = t.pool_stride_x = 2;
    t.pool_oh = 3;
    t.pool_ow = 4;
    test::place_blocks(t);
    return t;
}

template <typename T>
std::unique_ptr<T[]> exactly(std::size_t count) {  // the sanitizer sees one byte too many
    return std::unique_ptr<T[]>(new T[count]());
}

// Runs an accepted tile in buffers of exactly the blocks' sizes.
void run_accepted(const pe::AcceleratorConfig& config, const msd_tile& t, Random& random) {
    const auto size = [](const msd_block& b) {
        return std::size_t{b.planes} * b.rows * b.row_bytes;
    };
    const std::size_t blocks = (std::size_t{t.k_lut} + t.k_dsp + 15) / 16;
    auto out = exactly<int8_t>(blocks * t.th * t.tw * 16);
    if (!(t.flags & MSD_TILE_POOL_ONLY)) {
        const bool loads = t.flags & MSD_TILE_LOAD_ACT;
        auto act = exactly<int8_t>(loads ? size(t.act)
                                         : std::size_t{t.c_blocks} * t.in_rows * t.in_cols * 16);
        const std::size_t words = pe::lut_stream_words(config, t) + pe::dsp_stream_words(config, t);
        auto stream = exactly<uint8_t>(words * 16);
        for (std::size_t i = 0; i < words * 16; ++i)
            stream[i] = static_cast<uint8_t>(random.bits());
        auto params = exactly<msd_channel>(pe::param_words(t) * 2);
        for (unsigned i = 0; i < pe::param_words(t) * 2; ++i) {
            const uint64_t bits = random.bits();
            std::memcpy(&params[i], &bits, sizeof bits);  // any shift, any multiplier
        }
        pe::TileWeights weights;
        pe::decode_weights(config, t, stream.get(), weights);
        auto acc = exactly<int32_t>((std::size_t{t.k_lut} + t.k_dsp) * t.th * t.tw);
        pe::execute(t, act.get(), weights, acc.get());
        if (t.flags & MSD_TILE_LAST_C) pe::post_process(t, acc.get(), params.get(), out.get());
    }
    if (t.flags & (MSD_TILE_POOL_MAX | MSD_TILE_POOL_AVG)) pe::pool(t, out.get());
}

uint64_t work(const msd_tile& t) {
    const uint64_t depth = uint64_t{t.kernel_h} * t.kernel_w * t.c_blocks * 16;
    const uint64_t exec = (uint64_t{t.k_lut} + t.k_dsp + 16) * (uint64_t{t.th} * t.tw + 1) * depth;
    const uint64_t pool = uint64_t{t.pool_oh} * t.pool_ow * t.pool_h * t.pool_w;
    return exec + pool * 64;
}

}  // namespace

TEST_CASE("a good tile passes and names no error") {
    CHECK(error_after([](msd_tile&, pe::AcceleratorConfig&) {}) == MSD_ERROR_NONE);
    CHECK(error_after([](msd_tile& t, pe::AcceleratorConfig&) { add_pool(t); }) == MSD_ERROR_NONE);
    CHECK(pe::check_tile(pe::preset("ultra96"), pool_only()) == MSD_ERROR_NONE);
}

TEST_CASE("groups own consecutive pixels and keep exactly the rows these read") {
    Random random(31);
    for (int n = 0; n < 3000; ++n) {
        TileModel model = random_tile(random, test::roomy_device(random), ModelLimits{});
        const msd_tile& t = model.tile;
        const auto& config = model.config;
        unsigned g = 0;
        for (int core = 0; core < 2; ++core) {
            const int columns = static_cast<int>(core ? 2 * config.dsp_cols : config.lut_cols);
            const int used = core ? t.k_dsp : t.k_lut, passes = core ? t.p_dsp : t.p_lut;
            int whole = 0;  // passes, by counting
            while (used && whole * columns < model.pixels()) ++whole;
            REQUIRE(passes == whole);
            int next = 0;
            const unsigned end = core ? config.groups() : config.lut_groups();
            for (; g < end; ++g) {
                const int last = std::min(next + static_cast<int>(config.group_columns(g)) * passes,
                                          model.pixels());
                int lo = 1 << 20, hi = -1;
                for (int p = next; p < last; ++p) {
                    for (int i = 0; i < t.kernel_h; ++i) {
                        const int iy = p / t.tw * t.stride_y + i - t.pad_y;
                        if (iy < 0 || iy >= t.in_rows) continue;
                        lo = std::min(lo, iy);
                        hi = std::max(hi, iy + 1);
                    }
                }
                INFO("tile " << n << ", group " << g);
                if (t.stride_y > t.kernel_h && next < last) {  // rows between the taps are kept too
                    REQUIRE((hi < 0 || t.group[g].lo <= lo));
                    REQUIRE((hi < 0 || t.group[g].hi >= hi));
                } else if (hi < 0) {
                    REQUIRE(t.group[g].lo == t.group[g].hi);
                } else {
                    REQUIRE(t.group[g].lo == lo);
                    REQUIRE(t.group[g].hi == hi);
                }
                if (next < last) REQUIRE(t.group[g].oy0 * t.tw + t.group[g].ox0 == next);
                next = std::max(next, last);
            }
            REQUIRE(next == (used ? model.pixels() : 0));
        }
        for (; g < MSD_MAX_GROUPS; ++g) REQUIRE(t.group[g].lo == t.group[g].hi);
    }
}

TEST_CASE("a word that does not begin a tile is error MAGIC") {
    CHECK(error_after([](auto& t, auto&) { t.magic = 0; }) == MSD_ERROR_MAGIC);
    msd_tile zero{};
    CHECK(pe::check_tile(pe::preset("tiny"), zero) == MSD_ERROR_MAGIC);
}

TEST_CASE("flags that contradict each other are error FLAGS") {
    const auto with = [](unsigned set, unsigned clear) {
        return error_after([=](msd_tile& t, pe::AcceleratorConfig&) {
            t.flags = static_cast<uint16_t>((t.flags | set) & ~clear);
        });
    };
    CHECK(with(0x8000, 0) == MSD_ERROR_FLAGS);
    CHECK(with(MSD_TILE_LOAD_OUT, MSD_TILE_LOAD_ACT) == MSD_ERROR_FLAGS);
    CHECK(with(MSD_TILE_KEEP, MSD_TILE_LAST_C | MSD_TILE_RESIDUAL | MSD_TILE_LOAD_RES) ==
          MSD_ERROR_FLAGS);  // of sums that are not complete
    CHECK(with(MSD_TILE_POOL_MAX | MSD_TILE_POOL_AVG, 0) == MSD_ERROR_FLAGS);
    CHECK(with(0, MSD_TILE_LOAD_RES) == MSD_ERROR_FLAGS);
    CHECK(with(0, MSD_TILE_RESIDUAL) == MSD_ERROR_FLAGS);
    CHECK(with(0, MSD_TILE_LAST_C) == MSD_ERROR_FLAGS);  // residual of sums that are not complete
    CHECK(with(MSD_TILE_POOL_MAX, MSD_TILE_LAST_C | MSD_TILE_RESIDUAL | MSD_TILE_LOAD_RES) ==
          MSD_ERROR_FLAGS);
    for (unsigned flag :
         {MSD_TILE_LOAD_ACT, MSD_TILE_LOAD_WGT, MSD_TILE_RELEASE_ACT, MSD_TILE_RELEASE_WGT,
          MSD_TILE_DEPTHWISE, MSD_TILE_RESIDUAL, MSD_TILE_LOAD_OUT}) {
        msd_tile t = pool_only();
        t.flags |= static_cast<uint16_t>(flag);
        CHECK(pe::check_tile(pe::preset("ultra96"), t) == MSD_ERROR_FLAGS);
    }
    for (unsigned flag : {MSD_TILE_LOAD_RES, MSD_TILE_POOL_MAX}) {
        msd_tile t = pool_only();
        t.flags &= static_cast<uint16_t>(~flag);
        CHECK(pe::check_tile(pe::preset("ultra96"), t) == MSD_ERROR_FLAGS);
    }
}

TEST_CASE("no digit or more than three a weight is error EFFECTIVE_BITS") {
    CHECK(error_after([](auto& t, auto&) { t.effective_bits = 0; }) == MSD_ERROR_EFFECTIVE_BITS);
    CHECK(error_after([](auto& t, auto&) { t.effective_bits = 4; }) == MSD_ERROR_EFFECTIVE_BITS);
}

TEST_CASE("sizes that contradict each other are error GEOMETRY") {
    using Change = std::function<void(msd_tile&, pe::AcceleratorConfig&)>;
    const std::vector<std::pair<const char*, Change>> changes{
        {"no rows", [](auto& t, auto&) { t.th = 0; }},
        {"no columns", [](auto& t, auto&) { t.tw = 0; }},
        {"no channels", [](auto& t, auto&) { t.k_lut = t.k_dsp = 0; }},
        {"no input rows", [](auto& t, auto&) { t.in_rows = 0; }},
        {"no input columns", [](auto& t, auto&) { t.in_cols = 0; }},
        {"no input channels", [](auto& t, auto&) { t.c_blocks = 0; }},
        {"an empty last block", [](auto& t, auto&) { t.c_last = 0; }},
        {"a last block of 17", [](auto& t, auto&) { t.c_last = 17; }},
        {"no kernel", [](auto& t, auto&) { t.kernel_w = 0; }},
        {"no stride", [](auto& t, auto&) { t.stride_y = 0; }},
        {"a pass too many", [](auto& t, auto&) { ++t.p_lut; }},
        {"a pass too few", [](auto& t, auto&) { t.p_dsp = 0; }},
        {"depthwise out of range", [](auto& t, auto&) { t.flags |= MSD_TILE_DEPTHWISE; }},
        {"a row missing", [](auto& t, auto&) { ++t.group[1].lo; }},
        {"a last row missing", [](auto& t, auto&) { --t.group[0].hi; }},
        {"a row that is not loaded", [](auto& t, auto&) { t.group[2].hi = 7; }},
        {"another first row", [](auto& t, auto&) { ++t.group[1].oy0; }},
        {"another first column", [](auto& t, auto&) { ++t.group[1].ox0; }},
        {"a group in use that is not there", [](auto& t, auto&) { t.group[15].hi = 1; }},
        {"LUT words", [](auto& t, auto&) { ++t.lut_words; }},
        {"DSP words", [](auto& t, auto&) { --t.dsp_words; }},
        {"bounds crossed", [](auto& t, auto&) { t.clamp_lo = 3, t.clamp_hi = 2; }},
        {"no residual shift", [](auto& t, auto&) { t.shift_res = 0; }},
        {"a residual shift of 63", [](auto& t, auto&) { t.shift_res = 63; }},
        {"act planes", [](auto& t, auto&) { ++t.act.planes; }},
        {"act rows", [](auto& t, auto&) { --t.act.rows; }},
        {"res bytes", [](auto& t, auto&) { t.res.row_bytes += 16; }},
        {"out bytes", [](auto& t, auto&) { t.out.row_bytes -= 16; }},
        {"out of the unpooled size",
         [](auto& t, auto&) {
             add_pool(t);
             t.out = t.res;
         }},
        {"an empty pool window", [](auto& t, auto&) { add_pool(t), t.pool_h = 0; }},
        {"a pool window left of the map", [](auto& t, auto&) { add_pool(t), t.pool_pad_x = 2; }},
        {"a pool window below the map",
         [](auto& t, auto&) {
             add_pool(t);
             t.pool_oh = 4;
             test::place_blocks(t);
         }},
        {"a pooled map larger than the map",
         [](auto& t, auto&) {
             add_pool(t);
             t.pool_stride_x = 1;
             t.pool_pad_x = 1;
             t.pool_ow = 9;
             t.pool_h = t.pool_stride_y = 1;
             t.pool_oh = 6;
             test::place_blocks(t);
         }},
        {"no average shift",
         [](auto& t, auto&) {
             add_pool(t);
             t.flags ^= MSD_TILE_POOL_MAX | MSD_TILE_POOL_AVG;
         }},
    };
    for (const auto& [what, change] : changes) {
        INFO(what);
        CHECK(error_after(change) == MSD_ERROR_GEOMETRY);
    }
    msd_tile t = pool_only();
    t.k_lut = 1;
    CHECK(pe::check_tile(pe::preset("ultra96"), t) == MSD_ERROR_GEOMETRY);
    t = pool_only();
    t.group[0].hi = 1;
    CHECK(pe::check_tile(pe::preset("ultra96"), t) == MSD_ERROR_GEOMETRY);
}

TEST_CASE("a buffer of exactly the tile's size holds it and one word less does not") {
    struct Limit {
        unsigned pe::AcceleratorConfig::*field;
        unsigned exact;
        uint32_t error;
    };
    const Limit limits[] = {
        // the first DSP group: 16 columns * 2 passes = 4 output rows, which read 5 rows of 8 in 2
        // blocks
        {&pe::AcceleratorConfig::act_words, 2 * 5 * 8, MSD_ERROR_ACT_CAPACITY},
        {&pe::AcceleratorConfig::lut_weight_words, 10 * 12, MSD_ERROR_WEIGHT_CAPACITY},
        {&pe::AcceleratorConfig::dsp_weight_words, 14 * 12, MSD_ERROR_WEIGHT_CAPACITY},
        {&pe::AcceleratorConfig::acc_entries, 2 * 14,
         MSD_ERROR_ACC_CAPACITY},  // 48 pixels, 32 columns
        {&pe::AcceleratorConfig::out_words, 2 * 48, MSD_ERROR_OUT_CAPACITY},
        {&pe::AcceleratorConfig::tile_channels, 24, MSD_ERROR_CHANNEL_CAPACITY},
    };
    for (const Limit& limit : limits) {
        CHECK(error_after([&](auto&, auto& config) { config.*limit.field = limit.exact; }) == 0);
        CHECK(error_after([&](auto&, auto& config) { config.*limit.field = limit.exact - 1; }) ==
              limit.error);
    }
}

TEST_CASE("a weight bank holds its 32 rows of every pass") {
    TileModel model = plain_tile();
    msd_tile& t = model.tile;
    t.k_lut = 48 + 40;  // 48 rows: bank 0 holds 32 + 32 rows, bank 1 16 + 8
    t.k_dsp = 0;
    t.lut_words = 88 * 12;
    t.dsp_words = 0;
    model.config.acc_entries = model.config.out_words = 4096;
    pe::fill_groups(model.config, t);
    test::place_blocks(t);
    model.config.lut_weight_words = 64 * 12;
    CHECK(pe::check_tile(model.config, t) == MSD_ERROR_NONE);
    model.config.lut_weight_words = 64 * 12 - 1;
    CHECK(pe::check_tile(model.config, t) == MSD_ERROR_WEIGHT_CAPACITY);
}

TEST_CASE("an address that is not a multiple of 16 is error ALIGNMENT") {
    CHECK(error_after([](auto& t, auto&) { t.act.address += 8; }) == MSD_ERROR_ALIGNMENT);
    CHECK(error_after([](auto& t, auto&) { t.act.row_stride += 1; }) == MSD_ERROR_ALIGNMENT);
    CHECK(error_after([](auto& t, auto&) { t.res.plane_stride += 4; }) == MSD_ERROR_ALIGNMENT);
    CHECK(error_after([](auto& t, auto&) { t.out.row_bytes += 2; }) == MSD_ERROR_ALIGNMENT);
    CHECK(error_after([](auto& t, auto&) { t.wgt_address += 8; }) == MSD_ERROR_ALIGNMENT);
    CHECK(error_after([](auto& t, auto&) {  // not loaded, so it does not matter
              t.flags &= static_cast<uint16_t>(~MSD_TILE_LOAD_ACT);
              t.act.address += 8;
          }) == MSD_ERROR_NONE);
}

TEST_CASE("what is handed over fits the output buffer, and of what is kept no place is looked at") {
    const auto words = [](unsigned out_words, unsigned flags) {
        return error_after([=](msd_tile& t, pe::AcceleratorConfig& config) {
            t.flags |= static_cast<uint16_t>(flags);
            t.in_rows = 30;  // 480 words to load, 96 to store
            pe::fill_groups(config, t);
            test::place_blocks(t);
            config.out_words = out_words;
        });
    };
    CHECK(words(480, MSD_TILE_LOAD_OUT) == MSD_ERROR_NONE);
    CHECK(words(479, MSD_TILE_LOAD_OUT) == MSD_ERROR_OUT_CAPACITY);
    CHECK(words(479, 0) == MSD_ERROR_NONE);
    const auto stored_to = [](unsigned flags, auto change) {
        return error_after([&](msd_tile& t, pe::AcceleratorConfig&) {
            t.flags |= static_cast<uint16_t>(flags);
            change(t.out);
        });
    };
    const auto odd = [](msd_block& b) { b.address += 1; };
    const auto short_by_a_word = [](msd_block& b) { b.row_bytes -= 16; };
    CHECK(stored_to(0, odd) == MSD_ERROR_ALIGNMENT);
    CHECK(stored_to(MSD_TILE_KEEP, odd) == MSD_ERROR_NONE);
    CHECK(stored_to(0, short_by_a_word) == MSD_ERROR_GEOMETRY);
    CHECK(stored_to(MSD_TILE_KEEP, short_by_a_word) == MSD_ERROR_NONE);
}

TEST_CASE("hostile descriptors are refused or run without touching a byte outside their buffers") {
    Random random(41);
    int accepted = 0, refused[11] = {};
    for (int n = 0; n < 100000; ++n) {
        const auto config = random.chance(70) ? pe::preset("tiny") : pe::preset("xc7z020");
        ModelLimits limits{5, 3, 2, 20, false};
        TileModel model = random_tile(random, config, limits);
        msd_tile& t = model.tile;
        if (random.chance(5)) t = pool_only();
        auto* bytes = reinterpret_cast<uint8_t*>(&t);
        for (int change = random.in(0, 3); change > 0; --change) {
            const int at = random.in(0, sizeof t - 1);
            const int kind = random.in(0, 3);
            bytes[at] = static_cast<uint8_t>(kind == 0   ? bytes[at] ^ 1 << random.in(0, 7)
                                             : kind == 1 ? random.in(0, 3)
                                             : kind == 2 ? 0xff
                                                         : random.bits());
        }
        if (random.chance(1))
            for (std::size_t i = 4; i < sizeof t; ++i)
                bytes[i] = static_cast<uint8_t>(random.bits());
        if (random.chance(50)) {  // let changed sizes get past the dependent fields
            pe::fill_groups(config, t);
            t.lut_words = static_cast<uint16_t>(pe::lut_stream_words(config, t));
            t.dsp_words = static_cast<uint16_t>(pe::dsp_stream_words(config, t));
            test::place_blocks(t);
        }
        const uint32_t error = pe::check_tile(config, t);
        REQUIRE(error <= 10);
        ++refused[error];
        if (error || work(t) > 20'000'000) continue;
        ++accepted;
        run_accepted(config, t, random);
    }
    CHECK(accepted > 10000);
    for (uint32_t error = 1; error <= 10; ++error) {
        INFO("error " << error);
        CHECK(refused[error] > 0);
    }
}
