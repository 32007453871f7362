// The read side: two channels.
#include "ip/dma/read_port.h"

#include <cassert>

namespace msd::dma {

namespace {
constexpr unsigned kChannels = 2;
}

ReadPort::ReadPort(const sc_core::sc_module_name& name, const PortConfig& config)
    : BurstPort(name, config, kChannels, false) {}

void ReadPort::read(unsigned channel, const msd_block& block, uint8_t* destination) {
    assert(channel < kChannels);
    request(channel, block, destination);
}

void ReadPort::report(unsigned channel, uint64_t cycle, bool error) {
    if (on_done) on_done(channel, cycle, error);
}

}  // namespace msd::dma
