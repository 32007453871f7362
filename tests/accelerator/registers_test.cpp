// The accelerator's registers as software sees them, to the cycle (docs/timing.md, "Registers,
// interrupt, counters").
#include <catch2/catch.hpp>

#include <cstring>

#include "ip/msd_pe/core/timing.h"
#include "tests/accelerator/bench.h"
#include "tests/accelerator/transfers.h"
#include "tests/platform/random_programs.h"

using namespace msd;
using namespace msd::test;

namespace {

constexpr uint32_t kOutside = 0x40000000;  // no memory there

// A program of at least this many lists and tiles, loaded.
struct Loaded {
    RandomProgram p;
    TileList list;
    std::vector<msd_layer> layers;

    Loaded(Bench& bench, std::size_t lists, std::size_t tiles, uint64_t seed = 1) {
        for (;; ++seed) {
            try {
                p = random_program(seed, {}, false);  // each tile loads and stores
            } catch (const scheduler::ScheduleError&) {
                continue;
            }
            list = tile_list(p.program);
            if (list.last_tile.size() >= lists && list.last_tile.front() + 1 >= tiles) break;
        }
        layers.resize(p.program.header().layer_count);
        std::memcpy(layers.data(),
                    p.program.image.data() + (p.program.header().layers_address - MSD_PROGRAM_BASE),
                    layers.size() * sizeof(msd_layer));
        bench.start_over(p.device);
        bench.load(p.program);
    }
    uint64_t push(Bench& bench, std::size_t l) const {
        return bench.push(layers[l].tiles_address, layers[l].tile_count);
    }
    msd_tile& tile(Bench& bench, std::size_t j) const {
        return *reinterpret_cast<msd_tile*>(bench.dram.data(list.address[j], sizeof(msd_tile)));
    }
};

const UnitSpan* find(const Bench& bench, Unit unit, uint64_t tile) {
    for (const UnitSpan& s : bench.spans)
        if (s.unit == unit && s.tile == tile) return &s;
    return nullptr;
}

// What some registers read in one cycle.
struct Sample {
    uint64_t cycle;
    uint32_t status, irq_status, lists, stored, tiles, lut_busy, dsp_busy, error, read_a, read_w,
        written;
    bool line;
};

Sample sample(Bench& b) {
    return {b.cycle(),
            b.read(MSD_STATUS),
            b.read(MSD_IRQ_STATUS),
            b.read(MSD_LISTS_DONE),
            b.read(MSD_STORED),
            b.read(MSD_TILES_DONE),
            b.read(MSD_LUT_BUSY),
            b.read(MSD_DSP_BUSY),
            b.read(MSD_ERROR),
            b.read(MSD_READ_BEATS_A),
            b.read(MSD_READ_BEATS_W),
            b.read(MSD_WRITE_BEATS),
            b.irq.read()};
}

// One sample a cycle, in the middle of the deltas of no edge: half a period behind it.
std::vector<Sample> record(Bench& bench, uint64_t cycles) {
    std::vector<Sample> all;
    for (uint64_t i = 0; i < cycles; ++i) {
        sc_core::wait(bench.period);
        all.push_back(sample(bench));
    }
    return all;
}

}  // namespace

TEST_CASE("registers answer words only, and only those that exist") {
    Bench bench("bench", "ideal");
    const auto device = pe::preset("tiny");
    bench.start_over(device);
    struct Answer {
        bool write;
        uint32_t offset, bytes;
        tlm::tlm_response_status status;
    };
    const auto ok = tlm::TLM_OK_RESPONSE, burst = tlm::TLM_BURST_ERROR_RESPONSE,
               hole = tlm::TLM_ADDRESS_ERROR_RESPONSE;
    std::vector<Answer> cases{{false, MSD_ID, 1, burst},
                              {false, MSD_ID, 2, burst},
                              {true, MSD_IRQ_ENABLE, 1, burst},
                              {true, MSD_IRQ_ENABLE, 2, burst},
                              {false, MSD_ID, 8, burst},
                              {false, MSD_ID + 2, 4, burst},
                              {false, MSD_CONTROL, 4, hole},
                              {false, MSD_LIST_PUSH, 4, hole},
                              {false, MSD_SIZE_DSP + 4, 4, hole},
                              {true, MSD_SIZE_DSP + 4, 4, hole},
                              {false, 0xffc, 4, hole},
                              {true, 0xffc, 4, hole}};
    for (uint32_t ro : {MSD_ID, MSD_STATUS, MSD_LISTS_DONE, MSD_STORED, MSD_TILES_DONE, MSD_ERROR,
                        MSD_ERROR_TILE, MSD_CYCLES, MSD_LUT_BUSY, MSD_DSP_BUSY, MSD_WAIT_ACT,
                        MSD_WAIT_WGT, MSD_WAIT_ACC, MSD_WAIT_OUT, MSD_READ_BEATS_A,
                        MSD_READ_BEATS_W, MSD_WRITE_BEATS, MSD_SIZE_LUT, MSD_SIZE_DSP}) {
        cases.push_back({true, ro, 4, hole});
        cases.push_back({false, ro, 4, ok});
    }
    std::vector<tlm::tlm_response_status> got;
    uint32_t id = 0, lut = 0, dsp = 0, enable = 0, status = 0, address = 0, error = 0, from = 0,
             to = 0;
    bench.run([&] {
        for (const Answer& c : cases) {
            uint8_t data[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
            got.push_back(bench.access(c.write, c.offset, data, c.bytes));
        }
        id = bench.read(MSD_ID), lut = bench.read(MSD_SIZE_LUT), dsp = bench.read(MSD_SIZE_DSP);
        enable = bench.read(MSD_IRQ_ENABLE);  // refused writes have not changed it
        bench.write(MSD_LIST_ADDRESS, 0x12345678);
        address = bench.read(MSD_LIST_ADDRESS);
        status = bench.read(MSD_STATUS), error = bench.read(MSD_ERROR);
        bench.write(MSD_CONTROL, MSD_CONTROL_CLEAR);
        from = bench.read(MSD_CYCLES);
        bench.cycles(17);
        to = bench.read(MSD_CYCLES);
    });
    for (std::size_t i = 0; i < cases.size(); ++i) {
        INFO((cases[i].write ? "write" : "read")
             << " of " << cases[i].bytes << " bytes at " << cases[i].offset);
        CHECK(got[i] == cases[i].status);
    }
    const auto refused =
        std::count_if(got.begin(), got.end(), [&](auto status) { return status != ok; });
    CHECK(bench.warnings.size() == static_cast<std::size_t>(refused));
    CHECK(id == 0x4d534431);
    CHECK(lut == (device.lut_rows | device.lut_cols << 16));
    CHECK(dsp == (device.dsp_rows | device.dsp_cols << 16));
    CHECK(enable == 0);
    CHECK(address == 0x12345678);
    CHECK(status == MSD_STATUS_IDLE);
    CHECK(error == 0);
    CHECK(to - from == 17);
}

TEST_CASE("four lists wait in the queue, and a fifth is error QUEUE_FULL and drops them") {
    Bench bench("bench", "lpddr4_x32");
    const Loaded l(bench, 1, 4);
    std::vector<unsigned> levels;
    uint32_t before = 0, status = 0, error = 0, done = 0, again = 0, idle_level = 9;
    bool idle_after_push = true;
    bench.run([&] {
        l.push(bench, 0);
        levels.push_back(bench.queue_level());  // a write acts from the next cycle on
        bench.cycles(1);
        levels.push_back(bench.queue_level());  // Fetch_start = pushed + 1: taken in this cycle
        idle_after_push = bench.idle();
        bench.cycles(1);
        levels.push_back(bench.queue_level());
        for (int i = 0; i < 4; ++i) {
            l.push(bench, 0);
            bench.cycles(1);
            levels.push_back(bench.queue_level());
        }
        before = bench.read(MSD_ERROR);
        l.push(bench, 0);
        again = bench.read(MSD_ERROR);
        bench.cycles(1);
        error = bench.read(MSD_ERROR);
        status = bench.read(MSD_STATUS);
        idle_level = bench.queue_level();
        bench.wait_idle();
        done = bench.read(MSD_LISTS_DONE);
    });
    CHECK(levels == std::vector<unsigned>{0, 1, 0, 1, 2, 3, 4});
    CHECK_FALSE(idle_after_push);
    CHECK(before == 0);
    CHECK(again == 0);
    CHECK(error == MSD_ERROR_QUEUE_FULL);
    CHECK(status == MSD_STATUS_ERROR);  // not idle: tiles already fetched finish
    CHECK(idle_level == 0);
    CHECK(done == 0);
}

TEST_CASE("bad pushes and commands give their error codes, the first of which stays until CLEAR") {
    Bench bench("bench", "lpddr4_x32");
    const Loaded l(bench, 1, 3);
    std::vector<uint32_t> errors, tiles, lines, statuses;
    const auto note = [&] {
        const uint32_t early = bench.read(MSD_ERROR);
        bench.cycles(1);
        errors.push_back(early), errors.push_back(bench.read(MSD_ERROR));
        tiles.push_back(bench.read(MSD_ERROR_TILE));
        lines.push_back(bench.read(MSD_IRQ_STATUS));
        bench.wait_idle();
        statuses.push_back(bench.read(MSD_STATUS));
        bench.cycles(1);
        bench.write(MSD_CONTROL, MSD_CONTROL_CLEAR);
        bench.cycles(1);
        statuses.push_back(bench.read(MSD_STATUS) | bench.read(MSD_ERROR) |
                           bench.read(MSD_IRQ_STATUS) | bench.read(MSD_STORED) |
                           bench.read(MSD_READ_BEATS_A));
    };
    uint32_t first_stays = 0;
    bench.run([&] {
        bench.push(l.layers[0].tiles_address, 0);
        note();
        bench.push(l.layers[0].tiles_address + 16, 1);
        note();
        l.push(bench, 0);
        bench.cycles(2);
        bench.write(MSD_CONTROL, MSD_CONTROL_CLEAR);  // a descriptor is on its way
        note();
        bench.push(l.layers[0].tiles_address, 0);
        bench.cycles(1);
        bench.push(l.layers[0].tiles_address + 16, 1);
        bench.cycles(1);
        first_stays = bench.read(MSD_ERROR);
    });
    CHECK(errors == std::vector<uint32_t>{0, MSD_ERROR_EMPTY_LIST, 0, MSD_ERROR_ALIGNMENT, 0,
                                          MSD_ERROR_BUSY});
    CHECK(tiles == std::vector<uint32_t>{0, 0, 0});
    for (uint32_t line : lines) CHECK(line == MSD_IRQ_STATUS_ERROR);
    const uint32_t stopped = MSD_STATUS_IDLE | MSD_STATUS_ERROR, clean = MSD_STATUS_IDLE;
    CHECK(statuses == std::vector<uint32_t>{stopped, clean, stopped, clean, stopped, clean});
    CHECK(first_stays == MSD_ERROR_EMPTY_LIST);
}

TEST_CASE("a broken descriptor stops fetching 24 cycles after its read, with its code and tile") {
    Bench bench("bench", "lpddr4_x32");
    const Loaded l(bench, 1, 4);
    l.tile(bench, 2).magic ^= 1;
    std::vector<Sample> samples;
    uint32_t tile = 0;
    bench.run([&] {
        bench.write(MSD_IRQ_ENABLE, MSD_IRQ_ENABLE_ERROR);
        l.push(bench, 0);
        while (bench.read(MSD_ERROR) == 0 && bench.cycle() < 100'000) {
            sc_core::wait(bench.period);
            samples.push_back(sample(bench));
        }
        tile = bench.read(MSD_ERROR_TILE);
        bench.wait_idle();
        bench.cycles(10);
        samples.push_back(sample(bench));
    });
    // Bursts of the third descriptor: its last beat.
    uint64_t last = 0;
    for (const auto& b : bench.bursts)
        if (b.master == platform::kMasterA && b.address / 256 == l.list.address[2] / 256)
            last = std::max(last, b.response_cycle + b.bytes / l.p.device.beat_bytes - 1);
    REQUIRE(last != 0);
    const Sample& seen = samples[samples.size() - 2];
    const Sample& before = samples[samples.size() - 3];
    CHECK(seen.cycle == last + 1 + 24 + 1);
    CHECK(seen.error == MSD_ERROR_MAGIC);
    CHECK((seen.irq_status & MSD_IRQ_STATUS_ERROR) != 0);
    CHECK((before.irq_status & MSD_IRQ_STATUS_ERROR) == 0);
    CHECK((before.status & MSD_STATUS_ERROR) == 0);
    CHECK((seen.status & MSD_STATUS_ERROR) != 0);
    REQUIRE(bench.irq_changes.size() == 1);
    CHECK(bench.irq_changes[0] == std::make_pair(seen.cycle, true));
    CHECK(tile == 2);
    CHECK(samples.back().tiles == 2);  // those fetched before have finished
    CHECK_FALSE(find(bench, Unit::kFetch, 3));
}

TEST_CASE("an address without memory is error BUS of the tile that used it") {
    Bench bench("bench", "lpddr4_x32");
    std::vector<uint32_t> codes, tiles;
    const auto run = [&](const Loaded&, const std::function<void()>& push) {
        bench.run([&] {
            push();
            bench.cycles(1);
            bench.wait_idle();
            codes.push_back(bench.read(MSD_ERROR));
            tiles.push_back(bench.read(MSD_ERROR_TILE));
        });
    };
    const Loaded l(bench, 1, 3);
    run(l, [&] { bench.push(kOutside, 1); });
    for (int which = 0; which < 3; ++which) {
        const Loaded again(bench, 1, 3);
        std::size_t j = 0;
        const uint16_t flags[] = {MSD_TILE_LOAD_ACT, MSD_TILE_LOAD_WGT, MSD_TILE_LAST_C};
        while (j + 1 < again.list.tiles.size() && !(again.list.tiles[j].flags & flags[which])) ++j;
        msd_tile& t = again.tile(bench, j);
        (which == 0 ? t.act.address : which == 1 ? t.wgt_address : t.out.address) = kOutside;
        run(again, [&] { again.push(bench, 0); });
        CHECK(codes.back() == MSD_ERROR_BUS);
        CHECK(tiles.back() == j);
    }
    CHECK(codes[0] == MSD_ERROR_BUS);
    CHECK(tiles[0] == 0);
}

TEST_CASE(
    "a tile that keeps its weights takes the parameters behind them, whatever it says of words") {
    Bench bench("bench", "lpddr4_x32");
    const uint16_t wanted = MSD_TILE_LAST_C, unwanted = MSD_TILE_LOAD_WGT | MSD_TILE_POOL_ONLY;
    uint64_t seed = 1;
    std::size_t j = 0;
    const auto keeps = [&](const Loaded& l) {
        for (j = 0; j <= l.list.last_tile.front(); ++j)
            if ((l.list.tiles[j].flags & (wanted | unwanted)) == wanted) return true;
        return false;
    };
    while (!keeps(Loaded(bench, 1, 2, seed))) ++seed;
    std::vector<std::vector<uint8_t>> outputs;
    for (const bool damaged : {false, true}) {
        const Loaded l(bench, 1, 2, seed);
        msd_tile& t = l.tile(bench, j);
        if (damaged) t.lut_words = t.dsp_words = 40000;
        bench.run([&] {
            l.push(bench, 0);
            bench.cycles(1);
            bench.wait_idle();
            CHECK(bench.read(MSD_ERROR) == 0);
        });
        const auto* out = bench.dram.data(t.out.address, t.out.row_bytes);
        outputs.emplace_back(out, out + t.out.row_bytes);
    }
    CHECK(outputs[0] == outputs[1]);
}

TEST_CASE("events are readable, and up on the interrupt line, in the cycle after and not before") {
    Bench bench("bench", "lpddr4_x32");
    const Loaded l(bench, 2, 4);
    for (std::size_t j = 0; j < l.list.tiles.size(); ++j)
        if (stores(l.list.tiles[j])) l.tile(bench, j).flags |= MSD_TILE_IRQ;
    std::vector<Sample> samples;
    bench.run([&] {
        bench.write(MSD_IRQ_ENABLE, MSD_IRQ_ENABLE_LIST);
        l.push(bench, 0);
        l.push(bench, 1);
        while (bench.lists_done < 2 && samples.size() < 200'000) {
            sc_core::wait(bench.period);
            samples.push_back(sample(bench));
        }
        const auto rest = record(bench, 400);
        samples.insert(samples.end(), rest.begin(), rest.end());
    });
    const uint64_t tiles = l.list.last_tile[1] + 1;
    std::vector<uint64_t> stored, retired, list_ends, tile_irqs;
    uint64_t first_list = 0;
    struct Busy {
        uint64_t end, lut, dsp;
    };
    std::vector<Busy> feeds;
    std::vector<std::pair<uint64_t, uint64_t>> reads_a, reads_w, writes;  // end, beats
    const unsigned beat = l.p.device.beat_bytes;
    for (uint64_t j = 0; j < tiles; ++j) {
        const msd_tile& t = l.list.tiles[j];
        const auto timing = pe::tile_timing(l.p.device, t);
        const UnitSpan* exec = find(bench, Unit::kExec, j);
        const UnitSpan* store = find(bench, Unit::kStore, j);
        if (exec) feeds.push_back({exec->end, timing.lut_busy, timing.dsp_busy});
        if (store) stored.push_back(store->end);
        uint64_t done = store ? store->end : exec->end + timing.drain;
        if (!retired.empty()) done = std::max(done, retired.back());
        retired.push_back(done);
        for (Unit u : {Unit::kLoadAct, Unit::kLoadRes})
            if (const UnitSpan* s = find(bench, u, j))
                reads_a.emplace_back(s->end, s->bytes / beat);
        if (const UnitSpan* s = find(bench, Unit::kFetch, j))
            reads_a.emplace_back(s->end - 24, 256 / beat);
        if (const UnitSpan* s = find(bench, Unit::kLoadWgt, j)) {
            CHECK(s->bytes == weight_bytes(t));
            reads_w.emplace_back(s->end, s->bytes / beat);
        }
        if (store) writes.emplace_back(store->end, store->bytes / beat);
    }
    for (int i = 0; i < 2; ++i)
        list_ends.push_back(find(bench, Unit::kStore, l.list.last_tile[i])->end);
    first_list = list_ends[0];
    const auto before = [](const std::vector<uint64_t>& stamps, uint64_t now) {
        return static_cast<uint32_t>(
            std::count_if(stamps.begin(), stamps.end(), [&](uint64_t s) { return s < now; }));
    };
    const auto beats = [](const std::vector<std::pair<uint64_t, uint64_t>>& ends, uint64_t now) {
        uint64_t sum = 0;
        for (const auto& e : ends)
            if (e.first < now) sum += e.second;
        return static_cast<uint32_t>(sum);
    };
    for (const Sample& s : samples) {
        INFO("cycle " << s.cycle);
        REQUIRE(s.stored == before(stored, s.cycle));
        REQUIRE(s.tiles == before(retired, s.cycle));
        REQUIRE(s.lists == before(list_ends, s.cycle));
        uint64_t lut = 0, dsp = 0;
        for (const Busy& f : feeds)
            if (f.end < s.cycle) lut += f.lut, dsp += f.dsp;
        REQUIRE(s.lut_busy == lut);
        REQUIRE(s.dsp_busy == dsp);
        REQUIRE(s.read_a == beats(reads_a, s.cycle));
        REQUIRE(s.read_w == beats(reads_w, s.cycle));
        REQUIRE(s.written == beats(writes, s.cycle));
        REQUIRE(((s.irq_status & MSD_IRQ_STATUS_LIST) != 0) == (first_list < s.cycle));
        REQUIRE(((s.irq_status & MSD_IRQ_STATUS_TILE) != 0) == (stored[0] < s.cycle));
        REQUIRE(((s.status & MSD_STATUS_IDLE) != 0) == (retired.back() < s.cycle));
    }
    REQUIRE(bench.irq_changes.size() == 1);
    CHECK(bench.irq_changes[0] == std::make_pair(first_list + 1, true));
    CHECK(samples.back().lists == 2);
    CHECK(samples.back().tiles == tiles);
    CHECK(samples.back().lut_busy + samples.back().dsp_busy > 0);
}

TEST_CASE(
    "the line follows status and enable one cycle later, and an event beats a write-1-to-clear") {
    Bench bench("bench", "lpddr4_x32");
    const Loaded l(bench, 1, 4);
    // Once to learn when the list ends, counted from its push.
    uint64_t pushed = 0, length = 0;
    bench.run([&] {
        bench.cycles(100);
        pushed = l.push(bench, 0);
        sc_core::wait(bench.list_done);
    });
    length = find(bench, Unit::kStore, l.list.last_tile[0])->end - pushed;
    bench.start_over(l.p.device);
    bench.load(l.p.program);
    std::vector<uint32_t> status;
    std::vector<bool> line;
    std::vector<uint64_t> changed;
    const auto note = [&] {
        status.push_back(bench.read(MSD_IRQ_STATUS) & MSD_IRQ_STATUS_LIST);
        line.push_back(bench.irq.read());
    };
    bench.run([&] {
        bench.cycles(100);
        const uint64_t end = l.push(bench, 0) + length;
        bench.write(MSD_IRQ_ENABLE, MSD_IRQ_ENABLE_LIST);
        bench.until(end);
        note();
        bench.write(MSD_IRQ_STATUS, MSD_IRQ_STATUS_LIST);  // in the cycle of the event
        sc_core::wait(bench.period + sc_core::sc_time(1, sc_core::SC_PS));
        note();  // stays set
        bench.cycles(1);
        changed.push_back(bench.cycle());
        bench.write(MSD_IRQ_ENABLE, MSD_IRQ_ENABLE_TILE | MSD_IRQ_ENABLE_ERROR);
        note();  // nothing yet
        bench.cycles(1);
        bench.cycles(1);
        note();  // disabled
        changed.push_back(bench.cycle());
        bench.write(MSD_IRQ_ENABLE, MSD_IRQ_ENABLE_LIST);
        bench.cycles(2);
        note();  // pending again
        bench.write(MSD_IRQ_STATUS, MSD_IRQ_STATUS_TILE | MSD_IRQ_STATUS_ERROR);
        bench.cycles(2);
        note();  // other bits do not clear it
        changed.push_back(bench.cycle());
        bench.write(MSD_IRQ_STATUS, MSD_IRQ_STATUS_LIST);
        bench.cycles(2);
        note();  // cleared
    });
    const uint32_t bit = MSD_IRQ_STATUS_LIST;
    CHECK(status == std::vector<uint32_t>{0, bit, bit, bit, bit, bit, 0});
    CHECK(line == std::vector<bool>{false, true, true, false, true, true, false});
    const uint64_t end = find(bench, Unit::kStore, l.list.last_tile[0])->end;
    CHECK(bench.irq_changes == std::vector<std::pair<uint64_t, bool>>{{end + 1, true},
                                                                      {changed[0] + 1, false},
                                                                      {changed[1] + 1, true},
                                                                      {changed[2] + 1, false}});
}
