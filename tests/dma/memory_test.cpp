// Three ports on the real memory: AXI rules, contention, data, repeatability.
#include <catch2/catch.hpp>

#include "ip/dma/read_port.h"
#include "ip/dma/write_port.h"
#include "platform/dram/dram.h"
#include "tests/dma/bench.h"

using namespace msd::dma;
using namespace msd::platform;
using namespace msd::test;

namespace {

constexpr uint32_t kBase = 0x80100000;

msd_block linear(uint32_t address, uint32_t bytes) {
    return {address, 0, 0, bytes, 1, 1};
}

PortConfig port_config(unsigned beat_bytes = 16) {
    return {kPeriod, beat_bytes, 8};
}

DramConfig dram_config(const std::string& preset, unsigned beat_bytes = 16) {
    DramConfig c;
    c.timing = dram_preset(preset);
    c.period = kPeriod;
    c.beat_bytes = beat_bytes;
    c.size_bytes = 64 << 20;
    return c;
}

struct IdleCpu : sc_core::sc_module {
    tlm_utils::simple_initiator_socket<IdleCpu> socket{"socket"};
    explicit IdleCpu(const sc_core::sc_module_name& name) : sc_module(name) {}
};

struct Bench {
    Driver driver{"driver"};
    IdleCpu cpu{"cpu"};
    Dram dram;
    ReadPort w{"w", port_config()}, a{"a", port_config()};
    WritePort s{"s", port_config()};
    std::vector<BurstRecord> bursts;
    uint64_t end = 0;  // cycle of the last block
    unsigned errors = 0;

    explicit Bench(const std::string& preset) : dram("dram", dram_config(preset)) {
        w.socket.bind(dram.weights);
        a.socket.bind(dram.activations);
        s.socket.bind(dram.stores);
        cpu.socket.bind(dram.cpu);
        w.on_done =
            a.on_done = [this](unsigned, uint64_t cycle, bool error) { done(cycle, error); };
        s.on_done = [this](uint64_t cycle, bool error) { done(cycle, error); };
        dram.on_burst = [this](const BurstRecord& r) { bursts.push_back(r); };
    }
    void done(uint64_t cycle, bool error) {
        end = cycle;
        errors += error;
    }
    void start_over(const std::string& preset, unsigned beat_bytes = 16) {
        dram.configure(dram_config(preset, beat_bytes));
        w.configure(port_config(beat_bytes));
        a.configure(port_config(beat_bytes));
        s.configure(port_config(beat_bytes));
        bursts.clear();
    }
    void finish() {
        while (!(w.idle() && a.idle() && s.idle())) Driver::cycles(100);
    }
};

// The rules of an AXI slave with one ID per master, seen from the records. Cycles from `origin`.
std::string broken_rule(const std::vector<BurstRecord>& bursts, unsigned beat_bytes) {
    for (unsigned m = 0; m < 3; ++m) {
        std::vector<BurstRecord> own;
        for (const BurstRecord& r : bursts)
            if (r.master == m) own.push_back(r);
        for (size_t i = 0; i < own.size(); ++i) {
            const BurstRecord& r = own[i];
            if (r.address / 4096 != (r.address + r.bytes - 1) / 4096) return "crosses 4 KiB";
            if (r.bytes > 16 * beat_bytes) return "more than 16 beats";
            if (r.response_cycle <= r.issue_cycle + 1 + 8) return "response too early";
            if (i == 0) continue;
            const BurstRecord& before = own[i - 1];
            if (r.issue_cycle <= before.issue_cycle) return "two addresses in a cycle";
            const uint64_t beats = r.write ? 1 : before.bytes / beat_bytes;
            if (r.response_cycle < before.response_cycle + beats) return "beats overlap";
            if (i >= 8) {
                const BurstRecord& credit = own[i - 8];
                const uint64_t last =
                    credit.response_cycle + (r.write ? 1 : credit.bytes / beat_bytes) - 1;
                if (r.issue_cycle <= last) return "more than 8 outstanding";
            }
        }
    }
    return "";
}

constexpr uint32_t kBytes = 256 * 1024;

}  // namespace

TEST_CASE("dma: one port gets the slower of bus and memory, three ports share the memory") {
    Bench bench("lpddr4_x32");
    std::vector<uint8_t> wd(kBytes), ad(kBytes), sd(kBytes, 0x77);
    struct Result {
        double one, three;  // bytes a cycle
    };
    std::map<std::string, Result> results;
    std::map<std::string, std::string> rules;
    bench.driver.run([&] {
        for (const std::string preset : {"ddr3_1050_x16", "lpddr4_x32", "ddr4_2133_x64", "ideal"}) {
            Result& r = results[preset];
            bench.start_over(preset);
            uint64_t start = cycle_now();
            bench.w.read(1, linear(kBase, kBytes), wd.data());
            bench.finish();
            r.one = static_cast<double>(kBytes) / static_cast<double>(bench.end - start);
            rules[preset + " alone"] = broken_rule(bench.bursts, 16);

            bench.start_over(preset);
            start = cycle_now();
            bench.w.read(1, linear(kBase, kBytes), wd.data());
            bench.a.read(1, linear(kBase + 0x1000000, kBytes), ad.data());
            bench.s.write(linear(kBase + 0x2000000, kBytes), sd.data());
            bench.finish();
            r.three = 3.0 * kBytes / static_cast<double>(bench.end - start);
            rules[preset + " together"] = broken_rule(bench.bursts, 16);
        }
    });
    for (const auto& [what, rule] : rules) {
        INFO(what);
        CHECK(rule == "");
    }
    const auto check = [&](const char* preset, double one_low, double one_high, double three_low,
                           double three_high) {
        INFO(preset << ": " << results[preset].one << ", " << results[preset].three);
        CHECK(results[preset].one >= one_low);
        CHECK(results[preset].one <= one_high);
        CHECK(results[preset].three >= three_low);
        CHECK(results[preset].three <= three_high);
    };
    // bytes a cycle of 4.673 ns: DDR3 peaks at 9.8, LPDDR4 at 19.9, DDR4 at 79.8; a port at 16
    check("ddr3_1050_x16", 9.2, 9.5, 9.0, 9.5);
    check("lpddr4_x32", 14.5, 16.0, 17.0, 18.6);
    check("ddr4_2133_x64", 15.5, 16.0, 44.0, 48.0);
    check("ideal", 15.5, 16.0, 46.0, 48.0);
}

TEST_CASE("dma: what the ports move is what lies in memory, under contention and with strides") {
    Bench bench("lpddr4_x32");
    Random random(5);
    unsigned wrong = 0, blocks = 0;
    std::string rule;
    bench.driver.run([&] {
        for (unsigned round = 0; round < 60; ++round) {
            const unsigned beat_bytes = random(2) ? 8 : 16;
            const char* presets[] = {"ddr3_1050_x16", "lpddr4_x32", "ddr4_2133_x64", "ideal"};
            bench.start_over(presets[round % 4], beat_bytes);
            uint8_t* const memory = bench.dram.data(kBase, 0x300000);
            for (uint32_t i = 0; i < 0x200000; i += 4) {
                const uint32_t value = i * 2654435761u + round;
                std::memcpy(memory + i, &value, 4);
            }
            std::deque<std::pair<msd_block, std::vector<uint8_t>>> reads, writes;
            for (unsigned i = 0; i < 6; ++i) {
                auto& r = reads.emplace_back(random_block(random, kBase, 0x100000), 0);
                r.second.resize(count_bytes(r.first));
                (i % 2 ? bench.w : bench.a).read(random(2), r.first, r.second.data());
                auto& w = writes.emplace_back(
                    random_block(random, kBase + 0x200000 + i * 0x10000, 0x1000), 0);
                for (uint64_t k = 0; k < count_bytes(w.first); ++k)
                    w.second.push_back(static_cast<uint8_t>(random(256)));
                bench.s.write(w.first, w.second.data());
                Driver::cycles(random(200));
            }
            bench.finish();
            const auto compare = [&](const auto& block) {
                size_t at = 0;
                ++blocks;
                for (unsigned p = 0; p < block.first.planes; ++p)
                    for (unsigned row = 0; row < block.first.rows; ++row) {
                        const uint8_t* m = memory + (block.first.address - kBase) +
                                           p * block.first.plane_stride +
                                           row * block.first.row_stride;
                        wrong +=
                            std::memcmp(m, block.second.data() + at, block.first.row_bytes) != 0;
                        at += block.first.row_bytes;
                    }
            };
            for (const auto& r : reads) compare(r);
            for (const auto& w : writes) compare(w);
            if (rule.empty()) rule = broken_rule(bench.bursts, beat_bytes);
        }
    });
    CHECK(blocks == 60 * 12);
    CHECK(wrong == 0);
    CHECK(rule == "");
    CHECK(bench.errors == 0);
}

TEST_CASE(
    "dma: the same work after a reset takes the same cycles, also after a reset in mid-flight") {
    Bench bench("ddr4_2133_x64");
    std::vector<uint8_t> wd(kBytes), ad(kBytes), sd(kBytes, 1);
    using Line = std::tuple<unsigned, uint64_t, uint64_t, uint64_t>;
    std::vector<std::vector<Line>> runs;
    bench.driver.run([&] {
        for (unsigned run = 0; run < 4; ++run) {
            Driver::cycles(17 + 1000 * run);
            bench.dram.reset();
            bench.w.reset();
            bench.a.reset();
            bench.s.reset();
            bench.bursts.clear();
            const uint64_t origin = cycle_now();
            bench.s.write(linear(kBase + 0x2000000, kBytes), sd.data());
            bench.w.read(1, linear(kBase, kBytes), wd.data());
            Driver::cycles(5);
            bench.a.read(1, linear(kBase + 0x1000000, kBytes), ad.data());
            bench.a.read(0, linear(kBase + 0x1000, 256), ad.data());
            if (run == 2) {
                Driver::cycles(333);  // and the next run begins with a reset
                continue;
            }
            bench.finish();
            runs.emplace_back();
            for (const BurstRecord& r : bench.bursts)
                runs.back().emplace_back(r.master, r.address, r.issue_cycle - origin,
                                         r.response_cycle - origin);
        }
    });
    REQUIRE(runs.size() == 3);
    CHECK(runs[0].size() == 3 * kBytes / 256 + 1);
    CHECK(runs[1] == runs[0]);
    CHECK(runs[2] == runs[0]);
}

TEST_CASE("dma: a block outside the memory is reported, and the port goes on") {
    Bench bench("lpddr4_x32");
    std::vector<uint8_t> data(4096);
    std::vector<bool> read_errors, write_errors;
    bench.w.on_done = [&](unsigned, uint64_t, bool error) { read_errors.push_back(error); };
    bench.s.on_done = [&](uint64_t, bool error) { write_errors.push_back(error); };
    const uint32_t end = kBase + (64 << 20);
    bench.driver.run([&] {
        bench.w.read(1, linear(end - 2048, 4096), data.data());
        bench.w.read(1, linear(0x40000000, 256), data.data());
        bench.w.read(1, linear(end - 4096, 4096), data.data());
        bench.s.write(linear(0xfffffff0, 32), data.data());  // wraps around
        bench.s.write(linear(kBase, 4096), data.data());
        bench.finish();
    });
    CHECK(read_errors == std::vector<bool>{true, true, false});
    CHECK(write_errors == std::vector<bool>{true, false});
}
