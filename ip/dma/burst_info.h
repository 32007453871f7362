// What a burst's TLM payload carries besides address and data: its beats on the bus.
#pragma once

#include <tlm>

#include <cstdint>

namespace msd::dma {

// Set by DMA masters on every burst. A target that gets none assumes full beats, and write data
// that follow the address without a gap.
struct BurstInfo : tlm::tlm_extension<BurstInfo> {
    static constexpr uint64_t kNow = ~uint64_t{0};

    unsigned beats = 0;
    uint64_t data_last_cycle = 0;  // writes: cycle of the last data beat; the address came earlier
    // Cycle of the address, if it came before BEGIN_REQ: an AXI bridge knows a write's last beat
    // only when it is there.
    uint64_t issue_cycle = kNow;

    tlm_extension_base* clone() const override { return new BurstInfo(*this); }
    void copy_from(const tlm_extension_base& other) override {
        const auto& info = static_cast<const BurstInfo&>(other);
        beats = info.beats;
        data_last_cycle = info.data_last_cycle;
        issue_cycle = info.issue_cycle;
    }
};

}  // namespace msd::dma
