// Each test is a line of the data sheet: the sum is written out, and equality means not a
// picosecond early.
#include <catch2/catch.hpp>

#include "tests/dram/timing_bench.h"

using namespace msd::test;

TEST_CASE("dram: a read from a closed bank waits for activate, column and transfer") {
    TimingBench bench;
    bench.submit(0, 0, 64);
    bench.run();
    CHECK(bench.of(0).completion.first_data_ps == 15'000);  // ACT 0 + tRCD 6 + CL 5 + burst 4
    CHECK(bench.of(0).completion.last_data_ps == 27'000);   // + 3 more column accesses, tCCD 4 each
    CHECK(bench.dram.stats().row_misses == 1);
}

TEST_CASE("dram: a read from an open row needs no activate") {
    TimingBench bench;
    bench.submit(0, 0);
    bench.submit(100, 512);
    bench.run();
    CHECK(bench.of(1).first_ns() == 109);  // RD 100 + CL 5 + burst 4
    CHECK(bench.dram.stats().row_hits == 1);
}

TEST_CASE("dram: a read from another row of the bank precharges first") {
    TimingBench bench;
    bench.submit(0, 0);
    bench.submit(100, kRow);
    bench.run();
    CHECK(bench.of(1).first_ns() == 122);  // PRE 100 + tRP 7 + tRCD 6 + CL 5 + burst 4
    CHECK(bench.dram.stats().row_conflicts == 1);
}

TEST_CASE("dram: a row stays open for tRAS and two activates of a bank are tRC apart") {
    TimingBench bench;
    bench.submit(0, 0);
    bench.submit(1, kRow);
    bench.run();
    // PRE at ACT 0 + tRAS 20, + tRP 7 = 27, but ACT 0 + tRC 28 = 28; + tRCD 6 + CL 5 + burst 4
    CHECK(bench.of(1).first_ns() == 43);
}

TEST_CASE("dram: tRAS alone holds the precharge when tRC is short") {
    DramTimingConfig config = round_config();
    config.tRC = ns(20);
    TimingBench bench(config);
    bench.submit(0, 0);
    bench.submit(1, kRow);
    bench.run();
    CHECK(bench.of(1).first_ns() == 42);  // ACT 0 + tRAS 20 + tRP 7 + tRCD 6 + CL 5 + burst 4
}

TEST_CASE("dram: a precharge comes tRTP after the last read") {
    TimingBench bench;
    bench.submit(0, 0);
    bench.submit(50, 16);
    bench.submit(51, kRow);
    bench.run();
    CHECK(bench.of(2).first_ns() == 76);  // RD 50 + tRTP 4 + tRP 7 + tRCD 6 + CL 5 + burst 4
}

TEST_CASE("dram: a precharge comes tWR after the last write data") {
    TimingBench bench;
    bench.submit(0, 0);
    bench.submit(50, 16, 16, true, kMasterS);
    bench.submit(51, kRow);
    bench.run();
    CHECK(bench.of(1).last_ns() == 58);   // WR 50 + CWL 4 + burst 4
    CHECK(bench.of(2).first_ns() == 88);  // 58 + tWR 8 = PRE 66, + tRP 7 + tRCD 6 + CL 5 + burst 4
}

TEST_CASE("dram: two activates are tRRD apart") {
    DramTimingConfig config = round_config();
    config.tRRD = ns(8);
    TimingBench bench(config);
    bench.submit(0, 0);
    bench.submit(0, kBank);
    bench.run();
    CHECK(bench.of(0).first_ns() == 15);
    CHECK(bench.of(1).first_ns() == 23);  // ACT tRRD 8 + tRCD 6 + CL 5 + burst 4
}

TEST_CASE("dram: a fifth activate waits for tFAW") {
    DramTimingConfig config = round_config();
    config.tRRD = ns(5);
    config.tFAW = ns(40);
    TimingBench bench(config);
    for (unsigned b = 0; b < 5; ++b) bench.submit(0, b * kBank);
    bench.run();
    CHECK(bench.of(3).first_ns() == 30);  // ACT 3 * tRRD 5 + tRCD 6 + CL 5 + burst 4
    CHECK(bench.of(4).first_ns() == 55);  // ACT tFAW 40 + tRCD 6 + CL 5 + burst 4
}

TEST_CASE("dram: the data bus carries one column access at a time") {
    TimingBench bench;
    bench.submit(0, 0);
    bench.submit(0, kBank);
    bench.run();
    // second bank would be ready at ACT tRRD 3 + tRCD 6 = 9; the bus is free at RD 6 + tCCD 4 = 10
    CHECK(bench.of(1).first_ns() == 19);
}

TEST_CASE("dram: a read after a write waits for tWTR") {
    TimingBench bench;
    bench.submit(0, 0, 16, true, kMasterS);
    bench.submit(0, 16, 16, false, kMasterCpu);
    bench.run();
    CHECK(bench.of(0).last_ns() == 14);   // ACT 0 + tRCD 6 + CWL 4 + burst 4
    CHECK(bench.of(1).first_ns() == 28);  // write data end 14 + tWTR 5 + CL 5 + burst 4
    CHECK(bench.dram.stats().turnarounds == 1);
}

TEST_CASE("dram: a write after a read waits until the bus has turned") {
    TimingBench bench;
    bench.submit(0, 0);
    bench.submit(0, 16, 16, true, kMasterS);
    bench.run();
    // read data end 6 + CL 5 + burst 4 = 15, gap 2: write data 17..21
    CHECK(bench.of(1).last_ns() == 21);
}

TEST_CASE("dram: a refresh closes all rows and blocks for tRFC") {
    DramTimingConfig config = round_config();
    config.tREFI = ns(1000);
    config.tRFC = ns(100);
    TimingBench bench(config);
    bench.submit(0, 0);
    bench.submit(1000, 0);
    bench.run();
    // PREA at tREFI 1000, + tRPab 9 = REF 1009, + tRFC 100 = ACT 1109, + tRCD 6 + CL 5 + burst 4
    CHECK(bench.of(1).first_ns() == 1124);
    CHECK(bench.dram.stats().refreshes == 1);
    CHECK(bench.dram.stats().row_misses == 2);
}

TEST_CASE("dram: a request just before the refresh is served and the refresh waits for it") {
    DramTimingConfig config = round_config();
    config.tREFI = ns(1000);
    config.tRFC = ns(100);
    TimingBench bench(config);
    bench.submit(0, 0);
    bench.submit(999, 0);
    bench.submit(1001, 0);
    bench.run();
    CHECK(bench.of(1).first_ns() == 1008);  // RD 999 + CL 5 + burst 4
    // RD 999 + tRTP 4 + tRPab 9 = REF 1012, + tRFC 100 = ACT 1112, + tRCD 6 + CL 5 + burst 4
    CHECK(bench.of(2).first_ns() == 1127);
}

TEST_CASE("dram: refreshes of a long idle time count, and only the last can be felt") {
    DramTimingConfig config = round_config();
    config.tREFI = ns(1000);
    config.tRFC = ns(100);
    TimingBench bench(config);
    bench.submit(0, 0);
    bench.submit(50'000'050, 0);
    bench.run();
    CHECK(bench.dram.stats().refreshes == 50'000);
    // the last refresh at 50 000 000 needs no precharge: ACT at + tRFC 100, + tRCD 6 + CL 5 + burst
    // 4
    CHECK(bench.of(1).first_ns() == 50'000'115);
}

TEST_CASE("dram: a burst that crosses a row opens the next one in time") {
    TimingBench bench;
    bench.submit(0, kBank - 32, 64);
    bench.run();
    const DramCompletion& c = bench.of(0).completion;
    CHECK(c.first_data_ps == 15'000);  // ACT 0 + tRCD 6 + CL 5 + burst 4
    CHECK(c.split_bytes == 32);
    CHECK(c.split_data_ps ==
          23'000);  // RD 6, 10, then 14 (ACT 3 + tRCD 6 = 9 is past), + CL 5 + burst 4
    CHECK(c.last_data_ps == 27'000);
}

TEST_CASE("dram: a request that does not fill its column accesses still pays for them") {
    TimingBench bench;
    bench.submit(0, 8, 16);  // bytes 8..23 lie in two accesses
    bench.run();
    CHECK(bench.of(0).first_ns() == 15);
    CHECK(bench.of(0).last_ns() == 19);
}

TEST_CASE("dram: DDR4 column accesses go round the bank groups at tCCD_S, within one at tCCD_L") {
    DramTimingConfig config = round_config();
    config.bank_groups = 2;
    config.tCCD_L = ns(6);
    config.tRRD_L = ns(9);
    TimingBench bench(config);
    bench.submit(0, 0, 32);  // both groups: ACT 0 and ACT tRRD 3
    bench.submit(100, 0);    // group 0
    bench.submit(100, 32);   // group 0 again
    bench.submit(200, 0);    // group 0
    bench.submit(200, 16);   // group 1
    bench.run();
    CHECK(bench.of(0).first_ns() == 15);
    CHECK(bench.of(0).last_ns() == 19);  // + tCCD_S 4: group 1 is open at 3 + 6 = 9, read at 10
    CHECK(bench.of(1).first_ns() == 109);
    CHECK(bench.of(2).first_ns() == 115);  // + tCCD_L 6
    CHECK(bench.of(4).first_ns() == 213);  // + tCCD_S 4
}

TEST_CASE("dram: each preset answers a first read after tRCD + CL + burst of its own clock") {
    const auto first = [](const char* preset, uint32_t bytes) {
        TimingBench bench{dram_preset(preset)};
        bench.submit(0, 0, bytes);
        bench.run();
        return bench.of(0).completion.first_data_ps;
    };
    CHECK(first("ddr3_1050_x16", 256) == 34'286);  // (tRCD 7 + CL 7 + 4) * 1904.762 ps
    CHECK(first("lpddr4_x32", 256) == 56'286);     // (tRCD 10 + CL 10 + tDQSCK 2 + 8) * 1876.173 ps
    CHECK(first("ddr4_2133_x64", 64) == 31'875);   // (tRCD 15 + CL 15 + 4) * 937.5 ps
    // both groups: the second ACT at tRRD_S 6, its read at 6 + 15 = 21, so the first one at 21 -
    // tCCD 4 = 17
    CHECK(first("ddr4_2133_x64", 256) == 33'750);  // (17 + CL 15 + 4) * 937.5 ps
    CHECK(first("ideal", 256) == 40'000);
}

TEST_CASE("dram: the ideal memory has no bandwidth limit") {
    TimingBench bench{dram_preset("ideal")};
    for (unsigned i = 0; i < 10; ++i) bench.submit(7, i * kRow, 256);
    bench.run();
    for (unsigned i = 0; i < 10; ++i) CHECK(bench.of(i).completion.last_data_ps == 47'000);
}
