// Address decoding of the CPU's bus.
#include "platform/bus/bus.h"

#include <fmt/format.h>

#include <stdexcept>

namespace msd::platform {

Bus::Bus(const sc_core::sc_module_name& name) : sc_module(name) {
    target.register_b_transport(this, &Bus::transport);
    target.register_transport_dbg(this, &Bus::debug);
    target.register_get_direct_mem_ptr(this, &Bus::direct);
}

void Bus::add(uint64_t base, uint64_t bytes, Addressing addressing) {
    if (bytes == 0)
        throw std::invalid_argument(fmt::format("bus: the range at {:#x} is empty", base));
    for (const Range& r : ranges_) {
        if (base < r.base + r.bytes && r.base < base + bytes) {
            throw std::invalid_argument(fmt::format("bus: range {:#x}..{:#x} overlaps {:#x}..{:#x}",
                                                    base, base + bytes, r.base, r.base + r.bytes));
        }
    }
    ranges_.push_back({base, bytes, addressing});
}

int Bus::find(uint64_t address, uint64_t bytes) const {
    for (size_t i = 0; i < ranges_.size(); ++i) {
        const Range& r = ranges_[i];
        const uint64_t offset = address - r.base;
        if (address >= r.base && offset < r.bytes && bytes <= r.bytes - offset)
            return static_cast<int>(i);
    }
    return -1;
}

void Bus::transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) {
    const uint64_t address = trans.get_address();
    const int index = find(address, trans.get_data_length());
    if (index < 0) {
        if (on_warning && address - hole_base_ >= hole_bytes_) {
            on_warning(fmt::format("{} of {} bytes at {:#x}, where nothing is mapped",
                                   trans.is_write() ? "write" : "read", trans.get_data_length(),
                                   address));
        }
        trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        return;
    }
    trans.set_address(address - ranges_[index].subtracted());
    out_[index]->b_transport(trans, delay);
    trans.set_address(address);
}

unsigned Bus::debug(tlm::tlm_generic_payload& trans) {
    const uint64_t address = trans.get_address();
    const int index = find(address, trans.get_data_length());
    if (index < 0) return 0;
    trans.set_address(address - ranges_[index].subtracted());
    const unsigned done = out_[index]->transport_dbg(trans);
    trans.set_address(address);
    return done;
}

bool Bus::direct(tlm::tlm_generic_payload& trans, tlm::tlm_dmi& dmi) {
    const uint64_t address = trans.get_address();
    const int index = find(address, 1);
    if (index < 0) return false;
    const Range& r = ranges_[index];
    trans.set_address(address - r.subtracted());
    const bool granted = out_[index]->get_direct_mem_ptr(trans, dmi);
    trans.set_address(address);
    dmi.set_start_address(dmi.get_start_address() + r.subtracted());
    // A target may answer for more than is mapped here.
    const uint64_t end = dmi.get_end_address(), last = r.base + r.bytes - 1;
    dmi.set_end_address(end > last - r.subtracted() ? last : end + r.subtracted());
    return granted;
}

}  // namespace msd::platform
