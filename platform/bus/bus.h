// The CPU's bus: forwards each access to the target that its address belongs to.
#pragma once

#include <tlm_utils/multi_passthrough_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <functional>
#include <string>
#include <systemc>
#include <vector>

namespace msd::platform {

// Which address a target sees.
enum class Addressing {
    kOffset,    // from the beginning of its range: peripherals
    kAbsolute,  // as on the bus: memories that other masters reach without this bus
};

class Bus : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<Bus> target{"target"};

    // One line for each access that belongs to no target; the access is answered with
    // TLM_ADDRESS_ERROR_RESPONSE.
    std::function<void(const std::string&)> on_warning;

    explicit Bus(const sc_core::sc_module_name& name);

    // Before the simulation. Throws std::invalid_argument if the range is empty or overlaps an
    // earlier one.
    template <class Socket>
    void map(uint64_t base, uint64_t bytes, Socket& socket,
             Addressing addressing = Addressing::kOffset) {
        add(base, bytes, addressing);
        out_.bind(socket);
    }

    // A hole that firmware's self-test reads and writes on purpose: answered as any hole, without a
    // warning.
    void expect_hole(uint64_t base, uint64_t bytes) { hole_base_ = base, hole_bytes_ = bytes; }

private:
    struct Range {
        uint64_t base, bytes;
        Addressing addressing;
        uint64_t subtracted() const { return addressing == Addressing::kOffset ? base : 0; }
    };

    void add(uint64_t base, uint64_t bytes, Addressing addressing);
    int find(uint64_t address,
             uint64_t bytes) const;  // index of the range that holds all of it, or -1
    void transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    unsigned debug(tlm::tlm_generic_payload& trans);
    bool direct(tlm::tlm_generic_payload& trans, tlm::tlm_dmi& dmi);

    tlm_utils::multi_passthrough_initiator_socket<Bus> out_{"out"};
    uint64_t hole_base_ = 0, hole_bytes_ = 0;
    std::vector<Range> ranges_;  // in the order of out_'s bindings
};

}  // namespace msd::platform
