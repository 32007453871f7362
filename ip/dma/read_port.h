// Reads strided blocks from memory over AXI-style bursts, in order, several in flight.
#pragma once

#include <functional>

#include "ip/dma/burst_port.h"

namespace msd::dma {

// Two channels share the port: channel 0 (tile descriptors) goes before the next burst of channel
// 1, never inside one.
class ReadPort : public BurstPort {
public:
    // `cycle` = last beat of the block + 1, the cycle in which the block lies in its RAM; called at
    // that time. `error`: at least one burst was answered with an error (its bytes are zero).
    // Blocks of one channel complete in order.
    std::function<void(unsigned channel, uint64_t cycle, bool error)> on_done;

    ReadPort(const sc_core::sc_module_name& name, const PortConfig& config);

    // Queues a block; requested in cycle t, it issues its first burst in t + 1 at the earliest.
    // `destination` receives the bytes in block order and must live until on_done (or reset). An
    // empty block is done in t + 1.
    void read(unsigned channel, const msd_block& block, uint8_t* destination);

private:
    void report(unsigned channel, uint64_t cycle, bool error) override;
};

}  // namespace msd::dma
