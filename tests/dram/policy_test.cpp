// Which request goes first: FR-FCFS, the bypass cap, and order that depends on stamps alone.
#include <catch2/catch.hpp>

#include <algorithm>

#include "tests/dram/timing_bench.h"

using namespace msd::test;

TEST_CASE("dram: a row hit overtakes an older conflict") {
    TimingBench bench;
    bench.submit(0, 0, 64);
    bench.submit(1, kRow);  // conflict in bank 0
    bench.submit(2, 512);   // hit in bank 0
    bench.run();
    CHECK(bench.order() == std::vector<uint64_t>{0, 2, 1});
    CHECK(bench.dram.stats().reorders == 1);
}

TEST_CASE("dram: an access that is ready as early as a younger hit goes first") {
    TimingBench bench;
    bench.submit(0, 0, 256);  // bus is busy until 6 + 16 * 4 = 70
    bench.submit(0, 16);      // hit
    bench.submit(0, 32);      // hit
    bench.run();
    CHECK(bench.order() == std::vector<uint64_t>{0, 1, 2});
}

TEST_CASE("dram: a request overtaken bypass_cap times goes next") {
    DramTimingConfig config = round_config();
    config.bypass_cap = 5;
    TimingBench bench(config);
    bench.submit(0, 0, 64);
    const uint64_t conflict = bench.submit(1, kRow);
    for (unsigned i = 0; i < 20; ++i) bench.submit(1, 64 + 16 * i, 16, false, kMasterA);
    bench.run();
    const auto order = bench.order();
    const auto at = std::find(order.begin(), order.end(), conflict) - order.begin();
    CHECK(at == 1 + 5);  // the first request, five hits, then the conflict
}

TEST_CASE("dram: writes in both directions are grouped, so that the bus turns rarely") {
    TimingBench bench;
    for (unsigned i = 0; i < 8; ++i) {
        bench.submit(0, 64 * i, 64, false, kMasterW);
        bench.submit(0, kBank + 64 * i, 64, true, kMasterS);
    }
    bench.run();
    CHECK(bench.dram.stats().turnarounds == 1);
}

TEST_CASE(
    "dram: requests of one stamp are served W, A, S, CPU, in whatever order they were submitted") {
    std::vector<unsigned> masters{0, 1, 2, 3};
    do {
        TimingBench bench;
        for (unsigned m : masters) bench.submit(10, m * 16, 16, false, m);
        bench.run();
        for (unsigned m = 0; m < 4; ++m) {
            INFO("submitted " << masters[0] << masters[1] << masters[2] << masters[3]);
            CHECK(bench.served[m].request.master == m);
            CHECK(bench.served[m].first_ns() == 10 + 15 + 4 * m);
        }
    } while (std::next_permutation(masters.begin(), masters.end()));
}

TEST_CASE("dram: a decision comes one arbitration time after the stamp and not earlier") {
    DramTimingConfig config = round_config();
    config.arbitration_ps = 5'000;
    TimingBench bench(config);
    CHECK(bench.dram.next_decision_ps() == kNever);
    bench.submit(10, 0);
    CHECK(bench.dram.next_decision_ps() == 15'000);
    bench.run(14'999);
    CHECK(bench.served.empty());
    bench.submit(10, 16, 16, false, kMasterA);  // same stamp, later call
    bench.run(15'000);
    CHECK(bench.served.size() == 2);
    CHECK(bench.of(0).first_ns() == 30);  // 10 + arbitration 5 + tRCD 6 + CL 5 + burst 4
}

namespace {

// Random traffic with arrivals known in advance; `step_ps` is how often the caller comes by.
std::vector<Served> replay(const DramTimingConfig& config, uint64_t seed, uint64_t step_ps,
                           bool shuffle) {
    Random random(seed);
    std::vector<DramRequest> requests;
    uint64_t cycle = 0;
    for (unsigned i = 0; i < 3000; ++i) {
        if (random(3) == 0) cycle += random(20) == 0 ? random(4000) : random(12);
        const auto master = static_cast<unsigned>(random(4));
        const uint64_t address = uint64_t{random(64)} * 64 * 1024 + random(64) * 256;
        requests.push_back(
            {i, master, address, 16 * (1 + random(16)), master == kMasterS, cycle * 4673});
    }
    // one request a master and cycle, as on the bus
    std::vector<DramRequest> unique;
    for (const DramRequest& r : requests) {
        bool seen = false;
        for (size_t k = unique.size(); k-- > 0 && unique[k].arrival_ps == r.arrival_ps;)
            seen |= unique[k].master == r.master;
        if (!seen) unique.push_back(r);
    }
    DramTiming dram(config);
    std::vector<Served> served;
    const auto collect = [&](const DramRequest& r, const DramCompletion& c) {
        served.push_back({r, c});
    };
    size_t next = 0;
    for (uint64_t now = 0; next < unique.size() || !dram.empty(); now += step_ps) {
        // everything stamped up to now is known; decisions up to now concern stamps up to now - 1
        // cycle
        size_t end = next;
        while (end < unique.size() && unique[end].arrival_ps <= now) ++end;
        if (shuffle)  // reversed within the time step, which covers equal stamps
            for (size_t k = end; k-- > next;) dram.submit(unique[k]);
        else
            for (size_t k = next; k < end; ++k) dram.submit(unique[k]);
        next = end;
        dram.advance(now, collect);
    }
    return served;
}

}  // namespace

TEST_CASE("dram: results depend neither on the order of submit nor on when advance is called") {
    for (const char* preset : {"ddr3_1050_x16", "lpddr4_x32", "ddr4_2133_x64", "ideal"}) {
        for (uint64_t seed = 0; seed < 5; ++seed) {
            DramTimingConfig config = dram_preset(preset);
            config.arbitration_ps = 4673;
            const auto reference = replay(config, seed, 4673, false);
            REQUIRE(reference.size() > 1000);
            for (const auto& other :
                 {replay(config, seed, 4673, true), replay(config, seed, 577, false)}) {
                REQUIRE(other.size() == reference.size());
                for (size_t i = 0; i < reference.size(); ++i) {
                    REQUIRE(other[i].request.id == reference[i].request.id);
                    REQUIRE(other[i].completion.first_data_ps ==
                            reference[i].completion.first_data_ps);
                    REQUIRE(other[i].completion.last_data_ps ==
                            reference[i].completion.last_data_ps);
                }
            }
        }
    }
}

TEST_CASE("dram: no decision leads to data earlier than min_service_ps after it") {
    for (const char* preset : {"ddr3_1050_x16", "lpddr4_x32", "ddr4_2133_x64", "ideal"}) {
        DramTiming dram(dram_preset(preset));
        Random random(3);
        for (unsigned i = 0; i < 500; ++i)
            dram.submit(
                {i, i % 4, random(1 << 20) * 64ull, 64, i % 4 == 2, random(100000) * 100ull});
        unsigned served = 0;
        while (!dram.empty()) {
            const uint64_t decision = dram.next_decision_ps();
            dram.advance(decision, [&](const DramRequest&, const DramCompletion& c) {
                ++served;
                CHECK(c.first_data_ps >= decision + dram.min_service_ps());
                CHECK(c.last_data_ps >= c.first_data_ps);
            });
        }
        CHECK(served == 500);
    }
}

TEST_CASE("dram: a reset forgets requests, open rows and statistics") {
    TimingBench bench;
    bench.submit(0, 0, 64);
    bench.run();
    bench.submit(1000, 0);
    bench.dram.reset();
    CHECK(bench.dram.empty());
    CHECK(bench.dram.stats().bytes == 0);
    bench.submit(0, 0, 64);
    bench.run();
    REQUIRE(bench.served.size() == 2);
    CHECK(bench.served[1].first_ns() == bench.served[0].first_ns());
}
