// AXI4 writes at pins become TLM transactions: one per burst, when its last beat is there.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <systemc>

#include "platform/rtl_accelerator/burst_pool.h"
#include "platform/rtl_accelerator/pins.h"

namespace msd::platform {

// Calls as for AxiReadBridge. The memory gets a burst in the cycle of its last beat, stamped with
// that cycle and with the cycle of its address (dma::BurstInfo). Data may come before their
// address.
class AxiWriteBridge : public sc_core::sc_module {
public:
    tlm_utils::simple_initiator_socket<AxiWriteBridge> socket{"socket"};

    std::function<bool(uint64_t cycle)> stall_address, stall_data, stall_response;
    std::function<void(const std::string&)> on_violation;

    AxiWriteBridge(const sc_core::sc_module_name& name, sc_core::sc_time period,
                   unsigned beat_bytes);

    void reset(unsigned beat_bytes);
    bool idle() const { return bursts_.empty() && beats_.empty() && taken_ == sent_; }

    void outputs(uint64_t cycle, const MsdRtlWriteOutputs& pins);
    void inputs(uint64_t cycle, MsdRtlWriteInputs& pins);
    void finish(uint64_t cycle, const MsdRtlWriteOutputs& pins);

private:
    static constexpr uint64_t kNone = ~uint64_t{0};

    struct Address {
        uint32_t address;
        unsigned beats;
        uint64_t cycle;
    };
    struct Beat {
        uint8_t data[16];
        uint16_t strobe;
        bool last;
        uint64_t cycle;
    };
    struct Burst {  // with the memory
        BurstPayload* payload;
        uint64_t response = kNone;
        uint8_t resp = 0;
    };
    void violate(const std::string& text) const;
    void send();
    tlm::tlm_sync_enum respond(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase,
                               sc_core::sc_time& delay);

    sc_core::sc_time period_;
    unsigned beat_bytes_;
    BurstPool pool_;
    std::deque<Address> addresses_;
    std::deque<Beat> beats_;  // of the burst whose turn it is, and of later ones
    std::deque<Burst> bursts_;
    AddressChecker checker_;
    uint64_t taken_ = 0, sent_ = 0;  // addresses; bursts given to the memory
    bool address_ready_ = true, data_ready_ = true, shown_ = false;
};

}  // namespace msd::platform
