// AXI4 reads at pins become TLM transactions: one per burst, at the cycle of its address.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <systemc>
#include <vector>

#include "platform/rtl_accelerator/burst_pool.h"
#include "platform/rtl_accelerator/pins.h"

namespace msd::platform {

// The order of calls within cycle t, all at its time t * period: outputs (what registers drive),
// then the memory's answers of this cycle, then inputs, finish. As for ip/dma's ports, READY of
// addresses is 1 unless `stall` says otherwise, and the data of burst i begin in
// max(response_i, last_{i-1} + 1).
class AxiReadBridge : public sc_core::sc_module {
public:
    tlm_utils::simple_initiator_socket<AxiReadBridge> socket{"socket"};

    std::function<bool(uint64_t cycle)> stall_address, stall_data;  // optional back-pressure
    std::function<void(const std::string&)> on_violation;           // the master breaks AXI's rules

    AxiReadBridge(const sc_core::sc_module_name& name, sc_core::sc_time period,
                  unsigned beat_bytes);

    // Forgets bursts in flight; their answers are ignored.
    void reset(unsigned beat_bytes);
    bool idle() const { return bursts_.empty(); }
    std::size_t in_flight() const { return bursts_.size(); }

    void outputs(uint64_t cycle, const MsdRtlReadOutputs& pins);
    void inputs(uint64_t cycle, MsdRtlReadInputs& pins);
    // The edge that ends the cycle: `pins` as settled with the inputs.
    void finish(uint64_t cycle, const MsdRtlReadOutputs& pins);

    // Address of the burst whose last beat was taken in `cycle`, one of the last 64 bursts.
    bool ended(uint64_t cycle, uint32_t& address) const;

private:
    static constexpr uint64_t kNone = ~uint64_t{0};

    struct Burst {
        BurstPayload* payload;
        unsigned beats, next = 0;  // next: beat to be shown
        uint64_t response = kNone;
        uint8_t resp = 0;
    };
    tlm::tlm_sync_enum respond(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase,
                               sc_core::sc_time& delay);

    sc_core::sc_time period_;
    unsigned beat_bytes_;
    BurstPool pool_;
    std::deque<Burst> bursts_;
    AddressChecker checker_;
    bool address_ready_ = true, shown_ = false;
    struct Ended {
        uint64_t cycle = kNone;
        uint32_t address = 0;
    };
    std::array<Ended, 64> ended_;
    uint64_t ended_count_ = 0;
};

}  // namespace msd::platform
