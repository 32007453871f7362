// Every burst on the memory's ports: what is moved, how it is cut, and when it is issued and ends
// (docs/timing.md, "DMA").
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <tuple>

#include "tests/accelerator/bench.h"
#include "tests/accelerator/transfers.h"
#include "tests/platform/random_programs.h"

using namespace msd;
using namespace msd::test;

namespace {

constexpr unsigned kPorts[] = {platform::kMasterA, platform::kMasterA, platform::kMasterA,
                               platform::kMasterW, platform::kMasterS};  // by Kind
constexpr Unit kUnitOf[] = {Unit::kFetch, Unit::kLoadAct, Unit::kLoadRes, Unit::kLoadWgt,
                            Unit::kStore};

// docs/dma.md: a port registers the request, so bursts are issued from the cycle after the unit's
// start on, and a block is read in the cycle after its last beat. docs/timing.md writes ready =
// start and end = last + 2: for a read the same length, for a store one cycle less than here.
constexpr uint64_t kRequest = 1, kReadDone = 1;

// (master, write, address) of every 16-byte word moved.
using Words = std::vector<std::tuple<unsigned, bool, uint64_t>>;

std::string compare_words(const TileList& list, const ImageLog& log, std::size_t& count) {
    Words should, is;
    for (Kind kind : {Kind::kDescriptor, Kind::kAct, Kind::kRes, Kind::kWeights, Kind::kOut})
        for (const Transfer& t : transfers(list, kind))
            for (uint64_t word : words(t.block))
                should.emplace_back(kPorts[static_cast<int>(kind)], is_written(kind), word);
    for (const auto& b : log.bursts) {
        if (b.error || b.address % 16 != 0 || b.bytes % 16 != 0)
            return fmt::format("a burst of {} bytes at {:#x}", b.bytes, b.address);
        for (uint32_t at = 0; at < b.bytes; at += 16)
            is.emplace_back(b.master, b.write, b.address + at);
    }
    std::sort(should.begin(), should.end());
    std::sort(is.begin(), is.end());
    count += is.size();
    if (is == should) return "";
    const auto at = std::mismatch(is.begin(), is.end(), should.begin(), should.end());
    return fmt::format("{} words moved, {} due; the first difference is at {:#x} or {:#x}",
                       is.size(), should.size(), at.first == is.end() ? 0 : std::get<2>(*at.first),
                       at.second == should.end() ? 0 : std::get<2>(*at.second));
}

// The bursts that one unit should ask for, in order, with the first cycle in which each may be
// issued.
struct Stream {
    struct Item {
        CutBurst burst;
        uint64_t ready, end;
        bool last;
        std::string what;
    };
    std::vector<Item> items;
    std::size_t next = 0;

    bool left() const { return next < items.size(); }
    bool is(const platform::BurstRecord& b) const {
        return left() && items[next].burst == CutBurst{b.address, b.bytes};
    }
};

Stream stream(const TileList& list, const ImageLog& log, const std::vector<Kind>& kinds,
              unsigned beat_bytes) {
    std::vector<Transfer> all;
    for (Kind kind : kinds)
        for (const Transfer& t : transfers(list, kind)) all.push_back(t);
    std::stable_sort(all.begin(), all.end(),
                     [](const Transfer& x, const Transfer& y) { return x.tile < y.tile; });
    std::map<std::pair<Unit, uint64_t>, UnitSpan> spans;
    for (const UnitSpan& s : log.spans) spans.emplace(std::make_pair(s.unit, s.tile), s);
    Stream result;
    for (const Transfer& t : all) {
        const Unit unit = kUnitOf[static_cast<int>(t.kind)];
        const UnitSpan& span = spans.at({unit, t.tile});
        const uint64_t end =
            span.end - (t.kind == Kind::kDescriptor ? 24 : 0);  // the check's cycles
        for (const CutBurst& b : cut(t.block, beat_bytes))
            result.items.push_back({b, span.start + kRequest, end, false,
                                    fmt::format("{} of tile {}", to_string(unit), t.tile)});
        result.items.back().last = true;
    }
    return result;
}

std::string compare_cycles(const TileList& list, const ImageLog& log, unsigned master,
                           const pe::AcceleratorConfig& device) {
    const bool write = master == platform::kMasterS;
    std::vector<Stream> streams;  // an earlier stream goes first
    if (master == platform::kMasterA)
        streams.push_back(stream(list, log, {Kind::kDescriptor}, device.beat_bytes));
    streams.push_back(stream(list, log,
                             master == platform::kMasterA
                                 ? std::vector<Kind>{Kind::kAct, Kind::kRes}
                             : master == platform::kMasterW ? std::vector<Kind>{Kind::kWeights}
                                                            : std::vector<Kind>{Kind::kOut},
                             device.beat_bytes));
    std::vector<uint64_t> ends;  // of bursts: last beat, or response
    uint64_t issued = 0;
    for (const auto& b : log.bursts) {
        if (b.master != master) continue;
        if (b.address / 4096 != (b.address + b.bytes - 1) / 4096)
            return fmt::format("{} bytes at {:#x} cross 4 KiB", b.bytes, b.address);
        if (b.bytes > 16 * device.beat_bytes)
            return fmt::format("{} bytes are more than 16 beats", b.bytes);
        uint64_t floor = issued == 0 ? 0 : issued + 1;
        if (ends.size() >= device.outstanding)
            floor = std::max(floor, ends[ends.size() - device.outstanding] + 1);
        Stream* from = nullptr;
        uint64_t due = ~uint64_t{0};
        for (Stream& s : streams) {
            if (!s.left()) continue;
            const uint64_t at = std::max(floor, s.items[s.next].ready);
            if (at < due) due = at, from = &s;
        }
        if (!from || !from->is(b))
            return fmt::format("a burst at {:#x}, cycle {} is not due", b.address, b.issue_cycle);
        const Stream::Item& item = from->items[from->next++];
        if (b.issue_cycle != due)
            return fmt::format("{}, {:#x}: issued in {}, due in {}", item.what, b.address,
                               b.issue_cycle, due);
        issued = b.issue_cycle;
        const uint64_t beats = b.bytes / device.beat_bytes;
        const uint64_t before = ends.empty() ? 0 : ends.back();
        ends.push_back(write ? b.response_cycle
                             : std::max(b.response_cycle, before + 1) + beats - 1);
        const uint64_t end = ends.back() + (write ? 1 : kReadDone);
        if (item.last && item.end != end)
            return fmt::format("{}: ended in {}, due in {}", item.what, item.end, end);
    }
    for (const Stream& s : streams)
        if (s.left()) return s.items[s.next].what + " was never issued";
    return "";
}

void compare_programs(uint64_t first_seed, unsigned programs, const std::string& dram) {
    Bench bench("bench", dram);
    unsigned done = 0;
    std::size_t moved = 0;
    for (uint64_t seed = first_seed; done < programs; ++seed) {
        REQUIRE(seed < first_seed + 50 + 2 * programs);
        RandomProgram p;
        try {
            p = random_program(seed);
        } catch (const scheduler::ScheduleError&) {
            continue;  // the device's buffers are too small
        }
        const TileList list = tile_list(p.program);
        for (const ImageLog& log :
             run_images(bench, p.program, p.device, p.input, 1 + seed % 2, seed)) {
            INFO("seed " << seed);
            CHECK(compare_words(list, log, moved) == "");
            for (unsigned master : {platform::kMasterA, platform::kMasterW, platform::kMasterS}) {
                INFO("master " << master);
                REQUIRE(compare_cycles(list, log, master, p.device) == "");
            }
        }
        ++done;
    }
    CHECK(moved > 1000 * programs);
}

}  // namespace

TEST_CASE(
    "each word of a program is moved once, in bursts issued and ended as documented, on LPDDR4") {
    compare_programs(2'001, 40, "lpddr4_x32");
}
TEST_CASE(
    "each word of a program is moved once, in bursts issued and ended as documented, on DDR3") {
    compare_programs(12'001, 40, "ddr3_1050_x16");
}
TEST_CASE(
    "each word of a program is moved once, in bursts issued and ended as documented, on DDR4") {
    compare_programs(22'001, 40, "ddr4_2133_x64");
}
TEST_CASE(
    "each word of a program is moved once, in bursts issued and ended as documented, on ideal "
    "memory") {
    compare_programs(32'001, 40, "ideal");
}
