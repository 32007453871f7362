// Addresses out, data back in order.
#include "platform/rtl_accelerator/axi_read_bridge.h"

#include <cassert>
#include <cstring>

namespace msd::platform {

AxiReadBridge::AxiReadBridge(const sc_core::sc_module_name& name, sc_core::sc_time period,
                             unsigned beat_bytes)
    : sc_module(name), period_(period), beat_bytes_(beat_bytes) {
    socket.register_nb_transport_bw(this, &AxiReadBridge::respond);
}

void AxiReadBridge::reset(unsigned beat_bytes) {
    for (Burst& burst : bursts_) {
        if (burst.response == kNone) burst.payload->release();  // as its answer would have
        burst.payload->release();
    }
    bursts_.clear();
    shown_ = false;
    pool_.forget();
    checker_.reset();
    ended_ = {};
    beat_bytes_ = beat_bytes;
}

void AxiReadBridge::outputs(uint64_t cycle, const MsdRtlReadOutputs& pins) {
    address_ready_ = !stall_address || !stall_address(cycle);
    const std::string fault =
        checker_.check({pins.arvalid != 0, pins.araddr, pins.arlen, pins.arsize, pins.arburst},
                       address_ready_, beat_bytes_);
    if (!fault.empty() && on_violation) on_violation(fault);
    if (!pins.arvalid || !address_ready_) return;
    const unsigned beats = pins.arlen + 1u;
    BurstPayload* payload =
        pool_.take(tlm::TLM_READ_COMMAND, pins.araddr, beats * beat_bytes_, beats);
    payload->acquire();  // ours, until the last beat is taken; the other is the memory's
    bursts_.push_back({payload, beats});
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    const tlm::tlm_sync_enum sync = socket->nb_transport_fw(*payload, phase, delay);
    assert(sync == tlm::TLM_UPDATED && phase == tlm::END_REQ && "the memory must accept at once");
    (void)sync;
}

tlm::tlm_sync_enum AxiReadBridge::respond(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase,
                                          sc_core::sc_time& delay) {
    assert(phase == tlm::BEGIN_RESP && delay == sc_core::SC_ZERO_TIME);
    (void)phase;
    (void)delay;
    auto& payload = static_cast<BurstPayload&>(trans);
    if (!pool_.current(payload)) return tlm::TLM_COMPLETED;  // of before a reset; released there
    for (Burst& burst : bursts_) {
        if (burst.payload != &payload) continue;
        burst.response = sc_core::sc_time_stamp().value() / period_.value();
        burst.resp = axi_response(trans.get_response_status());
    }
    payload.release();
    return tlm::TLM_COMPLETED;
}

void AxiReadBridge::inputs(uint64_t cycle, MsdRtlReadInputs& pins) {
    pins.arready = address_ready_;
    shown_ = !bursts_.empty() && bursts_.front().response <= cycle &&
             (shown_ || !stall_data || !stall_data(cycle));  // once shown, a beat stays
    pins.rvalid = shown_;
    pins.rlast = 0;
    pins.rresp = kAxiOkay;
    if (!shown_) return;
    const Burst& burst = bursts_.front();
    pins.rlast = burst.next + 1 == burst.beats;
    pins.rresp = burst.resp;
    std::memcpy(pins.rdata, burst.payload->data.data() + burst.next * beat_bytes_, beat_bytes_);
}

void AxiReadBridge::finish(uint64_t cycle, const MsdRtlReadOutputs& pins) {
    if (!shown_ || !pins.rready) return;
    shown_ = false;
    Burst& burst = bursts_.front();
    if (++burst.next < burst.beats) return;
    ended_[ended_count_++ % ended_.size()] = {cycle,
                                              static_cast<uint32_t>(burst.payload->get_address())};
    burst.payload->release();
    bursts_.pop_front();
}

bool AxiReadBridge::ended(uint64_t cycle, uint32_t& address) const {
    for (const Ended& e : ended_)
        if (e.cycle == cycle) {
            address = e.address;
            return true;
        }
    return false;
}

}  // namespace msd::platform
