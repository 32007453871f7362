// A memory with round numbers (one clock = 1 ns) and helpers to run requests through the timing
// model.
#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <vector>

#include "platform/dram/dram_timing.h"

namespace msd::test {

using namespace msd::platform;

inline JedecTime ns(uint32_t value) {
    return {value * 1000, 0};
}

// 16-byte column accesses of 4 clocks; rows of 1 KiB; address = row : bank (3 bits) : column (10
// bits).
inline DramTimingConfig round_config() {
    DramTimingConfig c;
    c.name = "round";
    c.clock_fs = 1'000'000;
    c.bus_bytes = 2;
    c.burst_length = 8;
    c.banks = 8;
    c.row_bytes = 1024;
    c.rows = 65536;
    c.CL = 5;
    c.CWL = 4;
    c.tRCD = ns(6);
    c.tRP = ns(7);
    c.tRPab = ns(9);
    c.tRAS = ns(20);
    c.tRC = ns(28);
    c.tRRD = ns(3);
    c.tFAW = ns(20);
    c.tCCD = 4;
    c.tWR = ns(8);
    c.tWTR = ns(5);
    c.tRTP = ns(4);
    c.turnaround_clocks = 2;
    c.mapping = AddressMapping::kRowBankColumn;
    return c;
}

constexpr uint64_t kRow = 8 * 1024;  // distance of two rows of one bank in round_config()
constexpr uint64_t kBank = 1024;     // distance of two banks

struct Served {
    DramRequest request;
    DramCompletion completion;
    uint64_t first_ns() const { return completion.first_data_ps / 1000; }
    uint64_t last_ns() const { return completion.last_data_ps / 1000; }
};

// Submits everything, then takes all decisions.
struct TimingBench {
    DramTiming dram;
    std::vector<Served> served;  // in order of decision
    uint64_t submitted = 0;

    explicit TimingBench(const DramTimingConfig& config = round_config()) : dram(config) {}

    uint64_t submit(uint64_t arrival_ns, uint64_t address, uint32_t bytes = 16, bool write = false,
                    unsigned master = kMasterW) {
        dram.submit({submitted, master, address, bytes, write, arrival_ns * 1000});
        return submitted++;
    }
    void run(uint64_t until_ps = kNever - 1) {
        dram.advance(until_ps, [this](const DramRequest& r, const DramCompletion& c) {
            served.push_back({r, c});
        });
    }
    const Served& of(uint64_t id) const {
        for (const Served& s : served)
            if (s.request.id == id) return s;
        throw std::logic_error("request was not served");
    }
    std::vector<uint64_t> order() const {
        std::vector<uint64_t> ids;
        for (const Served& s : served) ids.push_back(s.request.id);
        return ids;
    }
};

// Small fixed generator: the same numbers on every machine.
struct Random {
    uint64_t state;
    explicit Random(uint64_t seed) : state(seed * 2654435769u + 1) {}
    uint32_t operator()(uint32_t limit) {
        state = state * 6364136223846793005ull + 1442695040888963407ull;
        return static_cast<uint32_t>((state >> 33) % limit);
    }
};

}  // namespace msd::test
