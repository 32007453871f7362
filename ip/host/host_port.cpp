// The host port's registers (ip/host/host.regs.toml).
#include "ip/host/host_port.h"

#include <fmt/format.h>

#include <cstring>

#include "ip/host/host_regs.h"

namespace msd::host {

HostPort::HostPort(const sc_core::sc_module_name& name) : sc_module(name) {
    regs.register_b_transport(this, &HostPort::transport);
}

bool HostPort::write_register(uint32_t offset, uint32_t value) {
    switch (offset) {
        case HOST_NEXT:
            next();
            return true;
        case HOST_LAYER:
            if (on_layer) on_layer(value);
            return true;
        case HOST_RESULT:
            result_.code = value;
            if (on_result) on_result(result_);
            return true;
        case HOST_ERROR_LAYER:
            result_.layer = value;
            return true;
        case HOST_ERROR_TILE:
            result_.tile = value;
            return true;
        default:
            return false;
    }
}

void HostPort::transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) {
    if (delay != sc_core::SC_ZERO_TIME) {
        sc_core::wait(delay);
        delay = sc_core::SC_ZERO_TIME;
    }
    const uint64_t offset = trans.get_address();
    const bool read = trans.get_command() == tlm::TLM_READ_COMMAND;
    if (trans.get_data_length() != 4 || offset % 4 != 0) {
        trans.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
        return;
    }
    uint32_t value = 0;
    bool known;
    if (read) {
        known = offset == HOST_FRAMES_LEFT;
        if (known) value = frames_left();
        std::memcpy(trans.get_data_ptr(), &value, 4);
    } else {
        std::memcpy(&value, trans.get_data_ptr(), 4);
        known = write_register(static_cast<uint32_t>(offset), value);
    }
    if (!known && on_warning)
        on_warning(fmt::format("{} of register {:#x}, which does not exist or allows no {}",
                               read ? "read" : "write", offset, read ? "read" : "write"));
    trans.set_response_status(known ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

}  // namespace msd::host
