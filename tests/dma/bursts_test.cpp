// Cutting blocks into bursts.
#include <catch2/catch.hpp>

#include <vector>

#include "ip/dma/core/bursts.h"
#include "tests/dma/reference.h"

using namespace msd::dma;
using namespace msd::test;

namespace {
std::vector<Burst> all(const msd_block& block, unsigned beat_bytes) {
    std::vector<Burst> bursts;
    for (BurstCursor cursor(block, beat_bytes); !cursor.done();) bursts.push_back(cursor.next());
    return bursts;
}
}  // namespace

TEST_CASE("dma: a run is cut after 16 beats") {
    const msd_block block{0x80200000, 0, 0, 600, 1, 1};
    const auto wide = all(block, 16);
    REQUIRE(wide.size() == 3);  // 256 + 256 + 88
    CHECK(wide[0].beats(16) == 16);
    CHECK(wide[2].address == 0x80200200);
    CHECK(wide[2].bytes == 88);
    CHECK(wide[2].offset == 512);
    CHECK(all(block, 8).size() == 5);  // 4 * 128 + 88
    CHECK(count_bursts(block, 8) == 5);
}

TEST_CASE("dma: a run is cut where it would cross 4 KiB") {
    const msd_block block{0x80200fe0, 0, 0, 64, 1, 1};
    const auto bursts = all(block, 16);
    REQUIRE(bursts.size() == 2);
    CHECK(bursts[0].bytes == 32);
    CHECK(bursts[1].address == 0x80201000);
    CHECK(bursts[1].bytes == 32);
}

TEST_CASE("dma: rows and planes follow their strides, and adjacent rows are not merged") {
    const msd_block block{0x80200000, 64, 4096, 64, 2, 3};
    const auto bursts = all(block, 16);
    REQUIRE(bursts.size() == 6);
    CHECK(bursts[1].address == 0x80200040);
    CHECK(bursts[2].address == 0x80201000);
    CHECK(bursts[5].address == 0x80202040);
    CHECK(bursts[5].offset == 5 * 64);
    CHECK(count_beats(block, 16) == 24);
    CHECK(count_bytes(block) == 384);
}

TEST_CASE("dma: a block without rows, planes or bytes has no burst") {
    CHECK(count_bursts({0x80200000, 64, 64, 64, 0, 1}, 16) == 0);
    CHECK(count_bursts({0x80200000, 64, 64, 64, 1, 0}, 16) == 0);
    CHECK(count_bursts({0x80200000, 64, 64, 0, 1, 1}, 16) == 0);
}

TEST_CASE("dma: bursts of random blocks equal those of a beat-by-beat walk") {
    Random random(1);
    for (unsigned i = 0; i < 20'000; ++i) {
        const unsigned beat_bytes = random(2) ? 16 : 8;
        const msd_block block = random_block(random, 0x80200000, 1 << 16);
        const auto bursts = all(block, beat_bytes);
        const auto reference = walk(block, beat_bytes);
        REQUIRE(bursts.size() == reference.size());
        for (size_t b = 0; b < bursts.size(); ++b) {
            REQUIRE(bursts[b].address == reference[b].address);
            REQUIRE(bursts[b].beats(beat_bytes) == reference[b].beats);
            REQUIRE(bursts[b].offset == reference[b].offset);
            REQUIRE(bursts[b].beats(beat_bytes) <= 16);
            REQUIRE(bursts[b].address / 4096 == (bursts[b].address + bursts[b].bytes - 1) / 4096);
        }
        REQUIRE(count_bursts(block, beat_bytes) == bursts.size());
        REQUIRE(count_beats(block, beat_bytes) * beat_bytes == count_bytes(block));
    }
}
