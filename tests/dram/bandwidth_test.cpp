// How much of the pins' rate streams and random accesses get, and that masters share it.
#include <catch2/catch.hpp>

#include "tests/dram/timing_bench.h"

using namespace msd::test;

namespace {

struct Traffic {
    uint64_t start = 0;  // first address
    uint32_t bytes = 256;
    bool write = false;
    bool random = false;
    unsigned outstanding = 8;
};

struct Load {
    double efficiency = 0;  // of the peak rate
    double share[kMasters] = {};
    DramStats stats;
};

// Each master keeps `outstanding` requests in flight until `requests` are done in all.
Load run(const DramTimingConfig& config, const std::map<unsigned, Traffic>& traffic,
         uint64_t requests = 20'000) {
    DramTiming dram(config);
    Random random(11);
    std::map<unsigned, uint64_t> next;
    for (const auto& [m, t] : traffic) next[m] = t.start;
    uint64_t submitted = 0, last_ps = 0;
    const auto submit = [&](unsigned m, uint64_t arrival_ps) {
        if (submitted == requests) return;
        const Traffic& t = traffic.at(m);
        const uint64_t address = t.random ? random(1 << 20) * uint64_t{t.bytes} : next[m];
        next[m] += t.bytes;
        dram.submit({submitted++, m, address, t.bytes, t.write, arrival_ps});
    };
    for (const auto& [m, t] : traffic)
        for (unsigned i = 0; i < t.outstanding; ++i) submit(m, 0);
    dram.advance(kNever - 1, [&](const DramRequest& r, const DramCompletion& c) {
        last_ps = c.last_data_ps;
        submit(r.master, c.last_data_ps);
    });
    Load load;
    load.stats = dram.stats();
    load.efficiency = static_cast<double>(load.stats.bytes) / static_cast<double>(last_ps) * 1e12 /
                      config.peak_bytes_per_s();
    for (unsigned m = 0; m < kMasters; ++m)
        load.share[m] = static_cast<double>(load.stats.master[m].read_bytes +
                                            load.stats.master[m].write_bytes) /
                        static_cast<double>(load.stats.bytes);
    return load;
}

void check_range(const char* what, double value, double low, double high) {
    INFO(what << ": " << value);
    CHECK(value >= low);
    CHECK(value <= high);
}

}  // namespace

TEST_CASE("dram: a sequential stream gets the pins' rate less refresh") {
    const auto lost =
        [](const DramTimingConfig& c) {  // per refresh: PREA, REF, ACT until data flow again
            return static_cast<double>(c.tRFC.ps) / c.tREFI.ps;
        };
    for (const auto& [preset, slack] : std::map<std::string, double>{
             {"ddr3_1050_x16", 0.01}, {"lpddr4_x32", 0.025}, {"ddr4_2133_x64", 0.015}}) {
        const DramTimingConfig config = dram_preset(preset);
        const double best = 1 - lost(config);
        check_range((preset + " read").c_str(), run(config, {{kMasterW, {}}}).efficiency,
                    best - slack, best);
        Traffic write;
        write.write = true;
        check_range((preset + " write").c_str(), run(config, {{kMasterS, write}}).efficiency,
                    best - slack, best);
    }
}

TEST_CASE("dram: random 64-byte reads are bound by banks and activate windows") {
    Traffic traffic;
    traffic.bytes = 64;
    traffic.random = true;
    traffic.outstanding = 24;
    const auto efficiency = [&](const char* preset) {
        return run(dram_preset(preset), {{kMasterA, traffic}}).efficiency;
    };
    // DDR3: 64 B are 16 clocks of bus, tRC is 26 clocks over 8 banks: nearly hidden
    check_range("ddr3", efficiency("ddr3_1050_x16"), 0.85, 0.967);
    // LPDDR4: 8 clocks of bus, tRC is 32 clocks over 8 banks
    check_range("lpddr4", efficiency("lpddr4_x32"), 0.75, 0.93);
    // DDR4: 4 clocks of bus, but four activates take tFAW = 32 clocks, so at most 4 * 4 / 32
    check_range("ddr4", efficiency("ddr4_2133_x64"), 0.3, 0.5);
}

TEST_CASE("dram: two readers share the bandwidth equally, and beside a writer nobody starves") {
    for (const char* preset : {"ddr3_1050_x16", "lpddr4_x32", "ddr4_2133_x64"}) {
        const DramTimingConfig config = dram_preset(preset);
        Traffic w, a, s;
        a.start = 64 << 20;
        s.start = 128 << 20;
        s.write = true;
        const Load two = run(config, {{kMasterW, w}, {kMasterA, a}});
        check_range("share of W", two.share[kMasterW], 0.49, 0.51);
        check_range("two readers", two.efficiency, 0.88, 0.97);
        const Load three = run(config, {{kMasterW, w}, {kMasterA, a}, {kMasterS, s}});
        for (unsigned m : {kMasterW, kMasterA, kMasterS})
            check_range("share of three", three.share[m], 0.25, 0.45);
        check_range("2R + 1W", three.efficiency, 0.80, 0.96);
    }
}

TEST_CASE("dram: the hashed mapping keeps streams apart that the plain one sends to one bank") {
    const auto load = [](DramTimingConfig config, AddressMapping mapping, uint64_t stride,
                         unsigned outstanding) {
        Traffic t[3];
        for (unsigned m = 0; m < 3; ++m) {
            t[m].start = m * stride;
            t[m].outstanding = outstanding;
        }
        config.mapping = mapping;
        return run(config, {{kMasterW, t[0]}, {kMasterA, t[1]}, {kMasterCpu, t[2]}});
    };
    for (const char* preset : {"lpddr4_x32", "ddr4_2133_x64"}) {
        const DramTimingConfig config = dram_preset(preset);
        CHECK(config.mapping == AddressMapping::kRowBankColumnXor);
        // the same bank at every moment under the plain mapping
        const uint64_t all_banks = uint64_t{config.row_bytes} * config.banks;
        for (uint64_t stride : {all_banks, 8 * all_banks, 64 * all_banks}) {
            const Load plain = load(config, AddressMapping::kRowBankColumn, stride, 1);
            const Load hashed = load(config, AddressMapping::kRowBankColumnXor, stride, 1);
            INFO(preset << ", stride " << stride << ": plain " << plain.efficiency << ", hashed "
                        << hashed.efficiency);
            CHECK(hashed.stats.row_conflicts * 2 < plain.stats.row_conflicts);
            CHECK(hashed.efficiency > 1.02 * plain.efficiency);
            // with many requests to choose from, the controller groups row hits under either
            const Load deep_plain = load(config, AddressMapping::kRowBankColumn, stride, 8);
            const Load deep = load(config, AddressMapping::kRowBankColumnXor, stride, 8);
            CHECK(deep.efficiency > 0.98 * deep_plain.efficiency);
        }
    }
}

TEST_CASE("dram: interleaving banks below the row opens many rows for a stream") {
    DramTimingConfig config = dram_preset("ddr3_1050_x16");
    const Load rows = run(config, {{kMasterW, {}}});
    config.mapping = AddressMapping::kRowColumnBank;
    const Load interleaved = run(config, {{kMasterW, {}}});
    CHECK(interleaved.efficiency == Approx(rows.efficiency).epsilon(0.01));
    config.interleave_bytes = 64;
    Traffic small;
    small.bytes = 64;
    const Load fine = run(config, {{kMasterW, small}});
    check_range("64-byte interleave", fine.efficiency, 0.9, 0.967);
}

TEST_CASE("dram: busy time is the bytes' time on the pins") {
    const DramTimingConfig config = dram_preset("lpddr4_x32");
    const Load load = run(config, {{kMasterW, {}}}, 1000);
    CHECK(static_cast<double>(load.stats.busy_ps) ==
          Approx(1000 * 256 / config.peak_bytes_per_s() * 1e12).epsilon(1e-6));
    for (const auto& quantity : load.stats.list()) {
        CHECK_FALSE(quantity.unit.empty());
        CHECK_FALSE(quantity.description.empty());
    }
    CHECK(load.stats.list().front().value == 1000 * 256);
}
