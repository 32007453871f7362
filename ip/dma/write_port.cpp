// The write side: one channel.
#include "ip/dma/write_port.h"

namespace msd::dma {

WritePort::WritePort(const sc_core::sc_module_name& name, const PortConfig& config)
    : BurstPort(name, config, 1, true) {}

void WritePort::write(const msd_block& block, const uint8_t* source) {
    // TLM payloads know no const; the target only reads.
    request(0, block, const_cast<uint8_t*>(source));
}

void WritePort::report(unsigned, uint64_t cycle, bool error) {
    if (on_done) on_done(cycle, error);
}

}  // namespace msd::dma
