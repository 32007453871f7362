// The descriptor check in RTL against ip/msd_pe/core/tile_check.cpp, on tiles that are good, nearly
// good and nonsense.
#include <catch2/catch.hpp>

#include <cstring>
#include <map>

#include "ip/accelerator/accelerator_regs.h"
#include "ip/msd_pe/core/tile.h"
#include "ip/msd_pe/core/tile_shape.h"
#include "ip/msd_pe/core/timing.h"
#include "platform/crosscheck/tile_lists.h"
#include "tests/rtl/shell/parts.h"

using namespace msd;
using namespace msd::test;

namespace {

pe::AcceleratorConfig device(bool large) {
    pe::AcceleratorConfig c = pe::preset(large ? "zcu102" : "tiny");
    if (large) return c;
    c.lut_rows = 6;
    c.lut_cols = 5;
    c.dsp_rows = 3;
    c.dsp_cols = 4;
    c.act_words = c.lut_weight_words = c.dsp_weight_words = c.acc_entries = c.out_words = 128;
    return c;
}

std::vector<msd_tile> tiles(const pe::AcceleratorConfig& device, uint64_t seed) {
    network::Random random(seed, 0x636865);
    crosscheck::Program p;
    p.device = device;
    crosscheck::add_tile_lists(p, random, false);
    std::vector<msd_tile> all;
    for (const crosscheck::List& list : p.lists)
        for (uint32_t i = 0; i < list.count; ++i) all.push_back(*p.tile(list.address + 256 * i));
    return all;
}

// One damage: a bit, a byte or a field off by a little, or a limit that just does or does not fit.
void damage(msd_tile& t, pe::AcceleratorConfig& c, network::Random& random) {
    auto* bytes = reinterpret_cast<uint8_t*>(&t);
    auto* halves = reinterpret_cast<uint16_t*>(&t);
    const auto near = [&](unsigned& limit, uint64_t need) {
        limit = static_cast<unsigned>(std::min<uint64_t>(
            limit, std::max<uint64_t>(need, 1) - 1 + static_cast<uint64_t>(random.below(2))));
    };
    switch (random.below(10)) {
        case 0:
            bytes[random.below(sizeof t)] ^= static_cast<uint8_t>(1 << random.below(8));
            break;
        case 1:
            bytes[random.below(sizeof t)] = static_cast<uint8_t>(random.below(256));
            break;
        case 2:
        case 3:  // sizes, most likely
            halves[random.below(sizeof t / 2)] += static_cast<uint16_t>(random.below(3) - 1);
            break;
        case 4:
            halves[random.below(sizeof t / 2)] = static_cast<uint16_t>(random.below(2) ? 0 : 65535);
            break;
        case 5: {
            uint64_t words = 0;
            for (unsigned g = 0; g < c.groups(); ++g)
                words = std::max<uint64_t>(
                    words, uint64_t(t.c_blocks) * (t.group[g].hi - t.group[g].lo) * t.in_cols);
            near(c.act_words, words);
            break;
        }
        case 6:
            near(c.acc_entries, std::max(t.p_lut * t.k_lut, t.p_dsp * t.k_dsp));
            break;
        case 7:
            near(c.out_words, t.flags & MSD_TILE_LOAD_OUT && random.below(2)
                                  ? uint64_t{t.c_blocks} * t.in_rows * t.in_cols
                                  : pe::out_words_of(t));
            break;
        case 8:
            near(c.tile_channels, pe::channels(t));
            break;
        default:
            c.lut_weight_words = 16 + static_cast<unsigned>(random.below(100));
            c.dsp_weight_words = 16 + static_cast<unsigned>(random.below(100));
    }
}

struct Counts {
    std::map<uint32_t, uint64_t> errors;
    uint64_t differences = 0;
    std::string first;
};

Counts compare(bool large, int fault, uint64_t programs) {
    DescriptorCheckRtl rtl(large, fault);
    const pe::AcceleratorConfig full = device(large);
    Counts counts;
    for (uint64_t seed = 0; seed < programs; ++seed) {
        network::Random random(seed, 0x64616d);
        for (const msd_tile& good : tiles(full, seed)) {
            for (int damages = 0; damages < 12; ++damages) {
                msd_tile t = good;
                pe::AcceleratorConfig c = full;
                for (int i = 0; i < (damages + 2) / 4; ++i) damage(t, c, random);
                const uint32_t want = pe::check_tile(c, t);
                const DescriptorCheckRtl::Result got = rtl.check(c, t);
                ++counts.errors[want];
                bool same = got.error == want && got.cycles == pe::kCheckCycles;
                if (want == 0) {
                    same = same && got.pool_base == pe::pool_base(t);
                    if (pe::stored(t)) same = same && got.result_words == pe::result_words(t);
                    if (!(t.flags & MSD_TILE_POOL_ONLY))
                        same = same && got.lut_row_words == pe::lut_words_per_row(t) &&
                               got.dsp_row_words == pe::dsp_words_per_row(t);
                }
                if (same) continue;
                if (counts.differences++ != 0) continue;
                counts.first = "seed " + std::to_string(seed) + ": rtl says " +
                               msd_error_name(got.error) + " after " + std::to_string(got.cycles) +
                               " cycles, model " + msd_error_name(want) + "; flags " +
                               std::to_string(t.flags) + " th " + std::to_string(t.th) + " tw " +
                               std::to_string(t.tw) + " k " + std::to_string(t.k_lut) + "+" +
                               std::to_string(t.k_dsp);
            }
        }
    }
    return counts;
}

}  // namespace

TEST_CASE("the descriptor check finds in 24 cycles what the model's finds") {
    for (bool large : {false, true}) {
        const Counts counts = compare(large, 0, large ? 60 : 120);
        INFO(counts.first << (large ? ", large" : ""));
        REQUIRE(counts.differences == 0);
        CHECK(counts.errors.at(MSD_ERROR_NONE) > 300);
        for (uint32_t error :
             {MSD_ERROR_MAGIC, MSD_ERROR_FLAGS, MSD_ERROR_EFFECTIVE_BITS, MSD_ERROR_GEOMETRY,
              MSD_ERROR_ACT_CAPACITY, MSD_ERROR_WEIGHT_CAPACITY, MSD_ERROR_ACC_CAPACITY,
              MSD_ERROR_OUT_CAPACITY, MSD_ERROR_CHANNEL_CAPACITY, MSD_ERROR_ALIGNMENT}) {
            INFO(msd_error_name(error));
            CHECK(counts.errors.count(error) != 0);
        }
    }
}

TEST_CASE("a check that forgets a capacity is caught") {
    CHECK(compare(false, 51, 60).differences > 0);
}
