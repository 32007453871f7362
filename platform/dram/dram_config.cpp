// Presets of the three boards' memories, and what a configuration may be.
#include "platform/dram/dram_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace msd::platform {

namespace {

constexpr uint32_t ns(double value) {
    return static_cast<uint32_t>(value * 1000.0 + 0.5);
}

// PYNQ-Z1/Z2 and most Zynq-7020 boards: one Micron MT41K256M16-125 (4 Gb x16) at 525 MHz, 7-7-7.
// The boards' PS settings are CL 7, CWL 6, tRCD 7, tRP 7 clocks, tRAS 35 ns, tRC 48.91 ns, tFAW 40
// ns.
DramTimingConfig ddr3_1050_x16() {
    DramTimingConfig c;
    c.name = "ddr3_1050_x16";
    c.clock_fs = 1'904'762;  // 525 MHz
    c.bus_bytes = 2;
    c.burst_length = 8;  // JESD79-3F, MR0 BL8
    c.banks = 8;
    c.row_bytes = 2048;  // 1024 columns x 2 bytes: a 2 KB page
    c.rows = 32768;
    c.CL = 7;  // JESD79-3F speed bin DDR3-1066F (7-7-7): tCK 1.875..2.5 ns -> CL 7, CWL 6
    c.CWL = 6;
    c.tRCD = {ns(13.125), 0};  // JESD79-3F speed bin DDR3-1066F
    c.tRP = {ns(13.125), 0};
    c.tRPab = c.tRP;
    c.tRAS = {ns(35.0), 0};  // MT41K256M16-125 data sheet, as the boards set it
    c.tRC = {ns(48.75), 0};
    c.tRRD = {ns(7.5), 4};  // JESD79-3F timing parameters, DDR3-1600, 2 KB page: max(4 nCK, 7.5 ns)
    c.tFAW = {ns(40.0), 0};  // same, 2 KB page
    c.tCCD = 4;              // JESD79-3F timing parameters
    c.tWR = {ns(15.0), 0};
    c.tWTR = {ns(7.5), 4};
    c.tRTP = {ns(7.5), 4};
    c.turnaround_clocks = 2;  // JESD79-3F: read to write = RL + tCCD + 2 tCK - WL
    c.tREFI = {ns(7800), 0};  // up to 85 C
    c.tRFC = {ns(260), 0};    // 4 Gb
    return c;
}

// Ultra96-V2: Micron MT53D512M32D2 (two x16 channels of 8 Gb in one package), at 1066 MT/s as in
// the published setup although the part can do 3733. Both channels run in lockstep as one 32-bit
// bus.
DramTimingConfig lpddr4_x32() {
    DramTimingConfig c;
    c.name = "lpddr4_x32";
    c.clock_fs = 1'876'173;  // 533 MHz, 1066 MT/s: 4.26 GB/s
    c.bus_bytes = 4;
    c.burst_length = 16;  // JESD209-4: BL16
    c.banks = 8;
    c.row_bytes = 4096;     // 2 KB page a channel, two channels
    c.rows = 65536;         // 8 Gb a channel
    c.CL = 10;              // JESD209-4 read and write latencies, 266 < f <= 533 MHz, no DBI: RL 10
    c.CWL = 6 + 1;          // same row, set A: WL 6; + tDQSS, nominally 1 tCK
    c.tDQSCK_ps = ns(3.5);  // JESD209-4 core AC timing: maximum 3.5 ns
    c.tRCD = {ns(18.0), 4};  // JESD209-4 core AC timing, as all below
    c.tRP = {ns(18.0), 4};   // tRPpb
    c.tRPab = {ns(21.0), 4};
    c.tRAS = {ns(42.0), 3};
    c.tRC = {ns(60.0), 0};  // tRAS + tRPpb
    c.tRRD = {ns(10.0), 4};
    c.tFAW = {ns(40.0), 0};
    c.tCCD = 8;  // BL16
    c.tWR = {ns(18.0), 6};
    c.tWTR = {ns(10.0), 8};
    c.tRTP = {ns(7.5), 8};
    // Read to write = RL + tDQSCK + BL/2 + tWPRE 2 - WL; 1 more because WL above holds tDQSS.
    c.turnaround_clocks = 2 + 1;
    c.tREFI = {ns(3904), 0};
    c.tRFC = {ns(280), 0};  // tRFCab, 8 Gb a channel
    return c;
}

// ZCU102: SODIMM MTA4ATF51264HZ (four Micron MT40A512M16, 8 Gb x16) at 2133 MT/s, bin 2133P
// (15-15-15).
DramTimingConfig ddr4_2133_x64() {
    DramTimingConfig c;
    c.name = "ddr4_2133_x64";
    c.clock_fs = 937'500;  // 1066.7 MHz
    c.bus_bytes = 8;
    c.burst_length = 8;
    c.banks = 8;  // x16 devices: 2 bank groups of 4
    c.bank_groups = 2;
    c.row_bytes = 8192;  // 1024 columns x 8 bytes
    c.rows = 65536;
    c.CL = 15;  // JESD79-4 speed bin DDR4-2133P
    c.CWL = 11;
    c.tRCD = {ns(14.06), 0};
    c.tRP = {ns(14.06), 0};
    c.tRPab = c.tRP;
    c.tRAS = {ns(33.0), 0};
    c.tRC = {ns(47.06), 0};
    // JESD79-4 timing parameters by speed grade, 2133, 2 KB page, as all below: tRRD_S(2K)
    c.tRRD = {ns(5.3), 4};
    c.tRRD_L = {ns(6.4), 4};
    c.tFAW = {ns(30.0), 28};
    c.tCCD = 4;  // tCCD_S
    c.tCCD_L = {ns(5.355), 5};
    c.tWR = {ns(15.0), 0};
    c.tWTR = {ns(7.5), 4};  // tWTR_L: bursts touch both groups
    c.tRTP = {ns(7.5), 4};
    c.turnaround_clocks = 2;  // JESD79-4: read to write = RL + BL/2 + 2 tCK - WL
    c.tREFI = {ns(7800), 0};
    c.tRFC = {ns(350), 0};  // tRFC1, 8 Gb
    return c;
}

DramTimingConfig ideal() {
    DramTimingConfig c;
    c.name = "ideal";
    c.ideal = true;
    c.ideal_latency_ps = ns(40.0);
    c.rows = 65536;
    return c;
}

bool power_of_two(uint64_t value) {
    return value != 0 && (value & (value - 1)) == 0;
}

[[noreturn]] void fail(const std::string& message) {
    throw std::invalid_argument(message);
}

}  // namespace

void DramTimingConfig::check() const {
    const auto power = [this](const char* field, uint64_t value, uint64_t low, uint64_t high) {
        if (!power_of_two(value) || value < low || value > high)
            fail(fmt::format("dram {}: {} is {}; it must be a power of two in {}..{}", name, field,
                             value, low, high));
    };
    power("bus_bytes", bus_bytes, 1, 64);
    power("burst_length", burst_length, 2, 32);
    power("banks", banks, 1, 64);
    power("bank_groups", bank_groups, 1, 4);
    power("row_bytes", row_bytes, access_bytes(), 65536);
    power("rows", rows, 1, 1u << 20);
    power("interleave_bytes", interleave_bytes, access_bytes(), row_bytes);
    if (clock_fs < 100'000 || clock_fs > 100'000'000)
        fail(fmt::format("dram {}: clock_fs is {}; it must be 100000..100000000 (10 GHz..10 MHz)",
                         name, clock_fs));
    if (bank_groups > banks)
        fail(fmt::format("dram {}: bank_groups is {}, more than the {} banks", name, bank_groups,
                         banks));
    if (bypass_cap < 1) fail(fmt::format("dram {}: bypass_cap is 0; it must be 1 or more", name));
    if (ideal) return;

    const auto clocks = [this](const JedecTime& t) {
        return std::max<uint64_t>((uint64_t{t.ps} * 1000 + clock_fs - 1) / clock_fs, t.clocks);
    };
    const auto needed = [&](const char* field, const JedecTime& t) {
        if (clocks(t) == 0)
            fail(fmt::format("dram {}: {} is 0; it must be at least 1 ps or 1 clock", name, field));
    };
    needed("tRCD", tRCD);
    needed("tRP", tRP);
    needed("tRPab", tRPab);
    needed("tRAS", tRAS);
    needed("tRRD", tRRD);
    needed("tFAW", tFAW);
    needed("tWR", tWR);
    needed("tWTR", tWTR);
    needed("tRTP", tRTP);
    if (CL == 0 || CWL == 0)
        fail(fmt::format("dram {}: CL is {} and CWL is {}; both must be 1 or more", name, CL, CWL));
    if (tCCD < burst_length / 2)
        fail(
            fmt::format("dram {}: tCCD is {} clocks, but a column access occupies the data bus for "
                        "burst_length / 2 = {}",
                        name, tCCD, burst_length / 2));
    if (clocks(tRC) < clocks(tRAS))
        fail(fmt::format("dram {}: tRC ({} clocks) is shorter than tRAS ({} clocks)", name,
                         clocks(tRC), clocks(tRAS)));
    if (clocks(tFAW) < clocks(tRRD))
        fail(fmt::format("dram {}: tFAW ({} clocks) is shorter than tRRD ({} clocks)", name,
                         clocks(tFAW), clocks(tRRD)));
    if (clocks(tREFI) != 0 && (clocks(tRFC) == 0 || clocks(tRFC) + clocks(tRPab) >= clocks(tREFI)))
        fail(fmt::format(
            "dram {}: tRFC is {} clocks; with tREFI of {} clocks it must be 1..{}", name,
            clocks(tRFC), clocks(tREFI),
            static_cast<int64_t>(clocks(tREFI)) - static_cast<int64_t>(clocks(tRPab)) - 1));
}

DramTimingConfig dram_preset(std::string_view name) {
    if (name == "ddr3_1050_x16") return ddr3_1050_x16();
    if (name == "lpddr4_x32") return lpddr4_x32();
    if (name == "ddr4_2133_x64") return ddr4_2133_x64();
    if (name == "ideal") return ideal();
    fail(fmt::format("unknown DRAM preset '{}'; there are {}", name,
                     fmt::join(dram_preset_names(), ", ")));
}

const std::vector<std::string>& dram_preset_names() {
    static const std::vector<std::string> names{"ddr3_1050_x16", "lpddr4_x32", "ddr4_2133_x64",
                                                "ideal"};
    return names;
}

}  // namespace msd::platform
