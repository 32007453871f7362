// A target for the CPU's and the bus's tests.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <functional>
#include <systemc>
#include <vector>

namespace msd::test {

// A register file that takes `cycles` for an access, and notes when each one came.
struct Device : sc_core::sc_module {
    tlm_utils::simple_target_socket<Device> socket{"socket"};
    sc_core::sc_time latency;
    bool blocks = true;  // passes the latency in waiting, else in the annotated delay
    std::function<void(uint32_t address, bool write, uint32_t& value)> on_access;
    std::vector<sc_core::sc_time> times;

    explicit Device(const sc_core::sc_module_name& name) : sc_module(name) {
        socket.register_b_transport(this, &Device::transport);
    }
    void transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) {
        times.push_back(sc_core::sc_time_stamp() + delay);
        if (on_access) {
            on_access(static_cast<uint32_t>(trans.get_address()), trans.is_write(),
                      *reinterpret_cast<uint32_t*>(trans.get_data_ptr()));
        }
        if (blocks) {
            if (latency != sc_core::SC_ZERO_TIME) wait(latency);
        } else {
            delay += latency;
        }
        trans.set_response_status(tlm::TLM_OK_RESPONSE);
    }
};

}  // namespace msd::test
