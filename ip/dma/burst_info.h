// What a burst's TLM payload carries besides address and data: its beats on the bus.
#pragma once

#include <tlm>

#include <cstdint>

namespace msd::dma {

// Set by DMA masters on every burst. A target that gets none assumes full beats, and write data
// that follow the address without a gap.
struct BurstInfo : tlm::tlm_extension<BurstInfo> {
    unsigned beats = 0;
    uint64_t data_last_cycle = 0;  // writes: cycle of the last data beat; the address came earlier

    tlm_extension_base* clone() const override { return new BurstInfo(*this); }
    void copy_from(const tlm_extension_base& other) override {
        const auto& info = static_cast<const BurstInfo&>(other);
        beats = info.beats;
        data_last_cycle = info.data_last_cycle;
    }
};

}  // namespace msd::dma
