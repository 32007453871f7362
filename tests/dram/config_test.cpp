// Presets and what a wrong configuration is told.
#include <catch2/catch.hpp>

#include "platform/dram/dram.h"

using namespace msd::platform;

TEST_CASE("dram: presets are valid, hold their boards' bytes and peak at their boards' rates") {
    for (const std::string& name : dram_preset_names()) {
        CHECK(dram_preset(name).name == name);
        CHECK_NOTHROW(dram_preset(name).check());
    }
    const auto gib = [](const char* name) {
        return static_cast<double>(dram_preset(name).capacity_bytes()) / (1 << 30);
    };
    CHECK(gib("ddr3_1050_x16") == 0.5);
    CHECK(gib("lpddr4_x32") == 2.0);
    CHECK(gib("ddr4_2133_x64") == 4.0);
    CHECK(dram_preset("ddr3_1050_x16").peak_bytes_per_s() / 1e9 == Approx(2.1).epsilon(0.001));
    CHECK(dram_preset("lpddr4_x32").peak_bytes_per_s() / 1e9 == Approx(4.264).epsilon(0.001));
    CHECK(dram_preset("ddr4_2133_x64").peak_bytes_per_s() / 1e9 == Approx(17.07).epsilon(0.001));
    CHECK_THROWS_WITH(dram_preset("ddr5"),
                      "unknown DRAM preset 'ddr5'; there are ddr3_1050_x16, lpddr4_x32, "
                      "ddr4_2133_x64, ideal");
}

TEST_CASE("dram: a wrong configuration is named together with what is allowed") {
    DramTimingConfig c = dram_preset("ddr3_1050_x16");
    SECTION("power of two") {
        c.banks = 6;
        CHECK_THROWS_WITH(c.check(),
                          "dram ddr3_1050_x16: banks is 6; it must be a power of two in 1..64");
    }
    SECTION("row smaller than an access") {
        c.row_bytes = 8;
        CHECK_THROWS_WITH(c.check(),
                          "dram ddr3_1050_x16: row_bytes is 8; it must be a power of two "
                          "in 16..65536");
    }
    SECTION("tCCD shorter than the transfer") {
        c.tCCD = 3;
        CHECK_THROWS_WITH(c.check(),
                          "dram ddr3_1050_x16: tCCD is 3 clocks, but a column access "
                          "occupies the data bus for burst_length / 2 = 4");
    }
    SECTION("tRC shorter than tRAS") {
        c.tRC = {30'000, 0};
        CHECK_THROWS_WITH(c.check(),
                          "dram ddr3_1050_x16: tRC (16 clocks) is shorter than tRAS (19 "
                          "clocks)");
    }
    SECTION("refresh without end") {
        c.tRFC = {7'800'000, 0};
        CHECK_THROWS_WITH(c.check(),
                          "dram ddr3_1050_x16: tRFC is 4095 clocks; with tREFI of 4095 "
                          "clocks it must be 1..4087");
    }
    SECTION("forgotten timing") {
        c.tWR = {};
        CHECK_THROWS_WITH(c.check(),
                          "dram ddr3_1050_x16: tWR is 0; it must be at least 1 ps or 1 clock");
    }
    SECTION("no cap") {
        c.bypass_cap = 0;
        CHECK_THROWS_WITH(c.check(), "dram ddr3_1050_x16: bypass_cap is 0; it must be 1 or more");
    }
}

TEST_CASE("dram: the memory may not be larger than the devices") {
    DramConfig c;
    c.timing = dram_preset("ddr3_1050_x16");
    c.size_bytes = 1ull << 30;
    CHECK_THROWS_WITH(c.check(),
                      "dram: size_bytes is 1073741824, but ddr3_1050_x16 holds 536870912");
    c.size_bytes = 5000;
    CHECK_THROWS_WITH(c.check(), "dram: size_bytes is 5000; it must be a multiple of 4096");
}
