// The RTL core and the cycle model side by side: loads tiles, steps both, compares every pin with
// model and closed forms.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ip/msd_pe/core/core_model.h"
#include "rtl/core_rtl.h"
#include "tests/rtl/tile_case.h"

namespace msd::test {

class CoreBench {
public:
    explicit CoreBench(rtl::CoreSize size, int fault = 0);
    const pe::AcceleratorConfig& config() const { return config_; }

    // Runs one or two tiles, each started `gap` cycles after the earliest possible cycle, until all
    // is drained. A tile without FIRST_C adds to the sums of the one before. Returns what differed
    // first, or "".
    std::string run(const std::vector<const TileCase*>& tiles, const std::vector<unsigned>& gaps);

    uint64_t compared_cycles() const { return compared_cycles_; }
    uint64_t compared_writes() const { return compared_writes_; }
    // Of the last run, relative to its first Exec_start.
    uint64_t first_operand() const { return first_operand_; }  // at PE(0, 0) of either core
    uint64_t last_write() const { return last_write_; }
    uint64_t acc_full() const { return acc_full_; }

private:
    struct Expected {  // cycle of each event, by closed form
        std::map<uint64_t, std::string> pins;
        std::map<std::pair<unsigned, uint64_t>, unsigned> writes;  // (bank, cycle) -> address
        uint64_t lut_busy = 0, dsp_busy = 0;
    };

    void load(const TileCase& c, unsigned half);
    void expect_tile(const TileCase& c, uint64_t start, unsigned acc_half, Expected& expected);
    void expect_core(const pe::CoreShape& core, const msd_tile& tile, uint64_t start,
                     unsigned first_bank, unsigned banks, unsigned acc_half,
                     Expected& expected) const;
    std::string compare(uint64_t cycle, const rtl::CorePins& pins,
                        const std::vector<pe::BankWrite>& lut,
                        const std::vector<pe::BankWrite>& dsp, Expected& expected);
    std::string compare_banks(const TileCase& c, unsigned acc_half,
                              const std::vector<int32_t>& sums);

    pe::AcceleratorConfig config_;
    rtl::CoreRtl rtl_;
    pe::CoreModel lut_, dsp_;
    unsigned acc_half_ = 1;
    uint64_t compared_cycles_ = 0, compared_writes_ = 0, last_write_ = 0, acc_full_ = 0;
    uint64_t first_operand_ = 0;
};

}  // namespace msd::test
