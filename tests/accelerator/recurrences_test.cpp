// Every unit's start in every tile, worked out again from docs/timing.md and what the other units
// were seen to do.
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "ip/msd_pe/core/timing.h"
#include "tests/accelerator/bench.h"
#include "tests/accelerator/transfers.h"
#include "tests/platform/random_programs.h"

using namespace msd;
using namespace msd::test;

namespace {

// Stamps by number; a number below 0 is an event that never was, long past.
struct Tokens : std::vector<uint64_t> {
    uint64_t of(int64_t n) const { return n < 0 ? 0 : at(static_cast<std::size_t>(n)); }
};

class Checker {
public:
    std::string failure;
    std::size_t compared = 0;

    void check(const TileList& list, const ImageLog& log, const pe::AcceleratorConfig& device) {
        const auto n = static_cast<int64_t>(list.tiles.size());
        std::array<std::vector<const UnitSpan*>, accelerator::kUnits> seen;
        for (auto& unit : seen) unit.resize(list.tiles.size());
        for (const UnitSpan& s : log.spans) {
            auto& slot = seen[static_cast<unsigned>(s.unit)].at(s.tile);
            if (slot) fail(fmt::format("two spans of {}", to_string(s.unit)), s.tile, 1, 2);
            slot = &s;
        }

        Tokens fetched, retired, load_a_start, load_a_end, load_w_end, feed_end, acc_full;
        Tokens act_full, act_release, wgt_full, wgt_release, post_of_acc, store_of_out, post_end;
        uint64_t post_before = 0;
        std::array<uint64_t, 4> waits{};
        for (int64_t j = 0; j < n && failure.empty(); ++j) {
            tile_ = static_cast<uint64_t>(j);
            const msd_tile& t = list.tiles[tile_];
            const auto has = [&t](uint16_t flag) { return (t.flags & flag) != 0; };
            const auto span = [&](Unit u) { return seen[static_cast<unsigned>(u)][tile_]; };
            const auto timing = pe::tile_timing(device, t);
            const bool pool_only = has(MSD_TILE_POOL_ONLY), stored = stores(t);
            // Numbers of this tile's halves.
            const int64_t a =
                static_cast<int64_t>(act_full.size()) - (has(MSD_TILE_LOAD_ACT) ? 0 : 1);
            const int64_t w =
                static_cast<int64_t>(wgt_full.size()) - (has(MSD_TILE_LOAD_WGT) ? 0 : 1);
            const int64_t s =
                static_cast<int64_t>(post_of_acc.size()) - (has(MSD_TILE_FIRST_C) ? 0 : 1);
            const int64_t o = static_cast<int64_t>(store_of_out.size());  // if it is stored

            const UnitSpan* f = span(Unit::kFetch);
            if (!f) return fail("no span of fetch", 1, 0);
            const uint64_t pushed = list.begins[tile_] < 0 ? 0 : log.pushed[list.begins[tile_]];
            same("Fetch_start", f->start,
                 1 + std::max(
                         {fetched.of(j - 1), pushed, load_a_start.of(j - 2), retired.of(j - 8)}));
            fetched.push_back(f->end);

            // LoadA, and the residual behind it.
            const uint64_t load_free = 1 + std::max(load_a_end.of(j - 1), f->end);
            const uint64_t load =
                std::max({load_free, 1 + store_of_out.of(int64_t{t.wait_store} - 1),
                          has(MSD_TILE_LOAD_ACT) ? 1 + act_release.of(a - 2) : 0});
            load_a_start.push_back(load);
            uint64_t full = load;
            if (expect(Unit::kLoadAct, span(Unit::kLoadAct), has(MSD_TILE_LOAD_ACT))) {
                const UnitSpan& l = *span(Unit::kLoadAct);
                same("LoadA_start", l.start, load);
                same("stall of LoadA", l.stall, load - load_free);
                if (has(MSD_TILE_LOAD_OUT))
                    same("length of LoadA on chip", l.end - l.start,
                         uint64_t{t.act.planes} * t.act.rows * t.act.row_bytes / 16 + 2);
                full = l.end;
                act_full.push_back(l.end);
                act_release.push_back(0);
            }
            load_a_end.push_back(full);
            if (expect(Unit::kLoadRes, span(Unit::kLoadRes), has(MSD_TILE_LOAD_RES))) {
                const UnitSpan& r = *span(Unit::kLoadRes);
                same("Res_start", r.start, 1 + std::max(full, store_of_out.of(o - 2)));
                same("stall of Res", r.stall, r.start - (full + 1));
                load_a_end.back() = r.end;
            }

            // LoadW.
            const uint64_t loadw_free = 1 + std::max(load_w_end.of(j - 1), f->end);
            if (expect(Unit::kLoadWgt, span(Unit::kLoadWgt), has(MSD_TILE_LOAD_WGT))) {
                const UnitSpan& l = *span(Unit::kLoadWgt);
                same("LoadW_start", l.start, std::max(loadw_free, 1 + wgt_release.of(w - 2)));
                same("stall of LoadW", l.stall, l.start - loadw_free);
                load_w_end.push_back(l.end);
                wgt_full.push_back(l.end);
                wgt_release.push_back(0);
            } else {
                load_w_end.push_back(loadw_free);
            }

            // Exec.
            const uint64_t exec_free = 1 + std::max(feed_end.of(j - 1), f->end);
            if (expect(Unit::kExec, span(Unit::kExec), !pool_only)) {
                const UnitSpan& e = *span(Unit::kExec);
                const uint64_t act = std::max(exec_free, 1 + act_full.of(a));
                const uint64_t wgt = std::max(act, 1 + wgt_full.of(w));
                const uint64_t bank =
                    std::max(wgt, 1 + post_of_acc.of(has(MSD_TILE_FIRST_C) ? s - 2 : s - 1));
                same("Exec_start", e.start, bank);
                same("stall of Exec", e.stall, bank - exec_free);
                same("length of Exec", e.end - e.start, timing.feed);
                same("LUT busy", e.lut_busy, timing.lut_busy);
                same("DSP busy", e.dsp_busy, timing.dsp_busy);
                waits[0] += act - exec_free;
                waits[1] += wgt - act;
                waits[2] += bank - wgt;
                feed_end.push_back(e.end);
                acc_full.push_back(e.end + drain(device));
                const uint64_t release = e.end + std::max({device.lut_rows, device.lut_cols,
                                                           device.dsp_rows, device.dsp_cols});
                if (has(MSD_TILE_RELEASE_ACT))
                    act_release.at(static_cast<std::size_t>(a)) = release;
                if (has(MSD_TILE_RELEASE_WGT))
                    wgt_release.at(static_cast<std::size_t>(w)) = release;
                if (has(MSD_TILE_FIRST_C)) post_of_acc.push_back(0);
            } else {
                feed_end.push_back(exec_free);
                acc_full.push_back(exec_free);
            }

            // Post and Store.
            uint64_t done = acc_full.back();
            if (expect(Unit::kPost, span(Unit::kPost), stored)) {
                const UnitSpan& p = *span(Unit::kPost);
                const uint64_t ready = 1 + std::max(post_before, acc_full.back());
                const uint64_t out =
                    has(MSD_TILE_LOAD_RES) ? load_a_end.back() : store_of_out.of(o - 2);
                same("Post_start", p.start, std::max(ready, 1 + out));
                same("stall of Post", p.stall, p.start - ready);
                same("length of Post", p.end - p.start, timing.post + timing.pool);
                waits[3] += p.start - ready;
                post_before = p.end;
                if (!pool_only) post_of_acc.at(static_cast<std::size_t>(s)) = p.end;
                if (expect(Unit::kStore, span(Unit::kStore), true)) {
                    const UnitSpan& st = *span(Unit::kStore);
                    same("Store_start", st.start, 1 + std::max(store_of_out.of(o - 1), p.end));
                    same("stall of Store", st.stall, 0);
                    if (has(MSD_TILE_KEEP)) same("end of Store, kept", st.end, st.start);
                    done = st.end;
                    store_of_out.push_back(st.end);
                }
            }
            retired.push_back(std::max(done, retired.of(j - 1)));
        }
        for (unsigned i = 0; i < 4; ++i)
            same("wait counter " + std::to_string(i), log.waits[i], waits[i]);
    }

private:
    // docs/timing.md, "Pipeline", of the larger core.
    static uint64_t drain(const pe::AcceleratorConfig& d) {
        const auto core = [](uint64_t rows, uint64_t cols, uint64_t extra) {
            uint64_t levels = 0;
            for (uint64_t covered = 1; covered < rows; covered *= 4) ++levels;
            return 2 + (rows - 1) + (cols - 1) + levels + 2 + extra;
        };
        return std::max(core(d.lut_rows, d.lut_cols, 0), core(d.dsp_rows, d.dsp_cols, 2));
    }
    bool expect(Unit unit, const UnitSpan* span, bool due) {
        if ((span != nullptr) != due)
            fail(fmt::format("spans of {}", to_string(unit)), span ? 1 : 0, due);
        return span != nullptr && due;
    }
    void same(const std::string& what, uint64_t is, uint64_t should) {
        ++compared;
        if (is != should) fail(what, is, should);
    }
    void fail(const std::string& what, uint64_t is, uint64_t should) {
        fail(what, tile_, is, should);
    }
    void fail(const std::string& what, uint64_t tile, uint64_t is, uint64_t should) {
        if (failure.empty())
            failure = fmt::format("tile {}: {} is {}, but should be {}", tile, what, is, should);
    }
    uint64_t tile_ = 0;
};

void compare_programs(uint64_t first_seed, unsigned programs, const std::string& dram) {
    Bench bench("bench", dram);
    Checker checker;
    unsigned done = 0;
    std::size_t tiles = 0;
    for (uint64_t seed = first_seed; done < programs; ++seed) {
        REQUIRE(seed < first_seed + 50 + 2 * programs);
        RandomProgram p;
        try {
            p = random_program(seed);
        } catch (const scheduler::ScheduleError&) {
            continue;  // the device's buffers are too small
        }
        const TileList list = tile_list(p.program);
        const auto logs = run_images(bench, p.program, p.device, p.input, 1 + seed % 2, seed);
        for (const ImageLog& log : logs) {
            INFO("seed " << seed);
            checker.check(list, log, p.device);
            INFO(checker.failure);
            REQUIRE(checker.failure.empty());
        }
        ++done;
        tiles += list.tiles.size();
    }
    CHECK(tiles > 5 * programs);
    CHECK(checker.compared > 10 * tiles);
}

}  // namespace

TEST_CASE("every unit starts one cycle after the last token it waits for, on LPDDR4") {
    compare_programs(1, 60, "lpddr4_x32");
}
TEST_CASE("every unit starts one cycle after the last token it waits for, on DDR3") {
    compare_programs(10'001, 60, "ddr3_1050_x16");
}
TEST_CASE("every unit starts one cycle after the last token it waits for, on DDR4") {
    compare_programs(20'001, 60, "ddr4_2133_x64");
}
TEST_CASE("every unit starts one cycle after the last token it waits for, on ideal memory") {
    compare_programs(30'001, 60, "ideal");
}
TEST_CASE("every unit starts one cycle after the last token it waits for, in 3000 programs",
          "[.long]") {
    compare_programs(1'000'001, 3000, "lpddr4_x32");
}
