// Writes strided blocks to memory over AXI-style bursts, in order, several in flight.
#pragma once

#include <functional>

#include "ip/dma/burst_port.h"

namespace msd::dma {

class WritePort : public BurstPort {
public:
    // `cycle` = last write response + 1, the cycle in which the block is stored; called at that
    // time.
    std::function<void(uint64_t cycle, bool error)> on_done;

    WritePort(const sc_core::sc_module_name& name, const PortConfig& config);

    // Queues a block; requested in cycle t, it issues its first address in t + 1 at the earliest.
    // `source` holds the bytes in block order and must stay unchanged until on_done (or reset).
    void write(const msd_block& block, const uint8_t* source);

private:
    void report(unsigned channel, uint64_t cycle, bool error) override;
};

}  // namespace msd::dma
