// The memory's data sheet: organisation, JEDEC timings and controller policy, with presets of three
// boards.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace msd::platform {

// A JEDEC minimum "max(x ns, n clocks)"; the controller rounds the time up to whole clocks.
struct JedecTime {
    uint32_t ps = 0;
    uint32_t clocks = 0;
};

// How an address (relative to the memory's base) is cut, from the top: row, bank, column.
enum class AddressMapping {
    kRowBankColumn,     // neighbouring rows of memory lie in neighbouring banks
    kRowBankColumnXor,  // same, bank ^= folded row bits: streams at round distances do not meet in
                        // one bank
    kRowColumnBank,     // bank changes every `interleave_bytes`: each stream uses all banks
};

struct DramTimingConfig {
    std::string name = "lpddr4_x32";
    bool ideal = false;             // fixed latency, unlimited bandwidth; all else is ignored
    uint64_t ideal_latency_ps = 0;  // arrival -> data
    uint64_t clock_fs = 1'876'173;  // tCK in femtoseconds

    // Organisation as the controller sees it (all devices of the bus in lockstep). Powers of two.
    unsigned bus_bytes = 4;
    unsigned burst_length = 16;  // transfers per column access; two per clock
    unsigned banks = 8;
    unsigned bank_groups = 1;   // DDR4: consecutive column accesses go round the groups
    unsigned row_bytes = 4096;  // page of one bank, over the whole bus
    unsigned rows = 65536;      // per bank

    // Timings.
    unsigned CL = 0, CWL = 0;  // clocks: column command -> first data
    uint32_t tDQSCK_ps = 0;    // added to CL (LPDDR4)
    JedecTime tRCD, tRP, tRPab, tRAS, tRC;
    JedecTime tRRD;    // DDR4: tRRD_S
    JedecTime tRRD_L;  // 0: as tRRD
    JedecTime tFAW;
    unsigned tCCD = 4;  // clocks; DDR4: tCCD_S
    JedecTime tCCD_L;   // 0: as tCCD
    JedecTime tWR, tWTR, tRTP;
    unsigned turnaround_clocks =
        2;                  // gap on the data bus between read data and following write data
    JedecTime tREFI, tRFC;  // all-bank refresh; tREFI 0 = no refresh

    // Controller.
    AddressMapping mapping = AddressMapping::kRowBankColumnXor;
    unsigned interleave_bytes = 256;  // kRowColumnBank only
    unsigned bypass_cap = 16;         // a request overtaken this often goes next
    uint64_t arbitration_ps = 0;      // a request stamped t is decided at t + this or later

    unsigned access_bytes() const { return bus_bytes * burst_length; }
    uint64_t capacity_bytes() const { return uint64_t{row_bytes} * banks * rows; }
    double peak_bytes_per_s() const {
        return bus_bytes * 2.0 * 1e15 / static_cast<double>(clock_fs);
    }
    // Throws std::invalid_argument naming the field, its value and what is allowed.
    void check() const;
};

// "ddr3_1050_x16", "lpddr4_x32", "ddr4_2133_x64", "ideal"; throws std::invalid_argument listing the
// names.
DramTimingConfig dram_preset(std::string_view name);
const std::vector<std::string>& dram_preset_names();

}  // namespace msd::platform
