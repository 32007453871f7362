// Addresses and data are matched in order; responses go back in order.
#include "platform/rtl_accelerator/axi_write_bridge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cstring>

namespace msd::platform {

AxiWriteBridge::AxiWriteBridge(const sc_core::sc_module_name& name, sc_core::sc_time period,
                               unsigned beat_bytes)
    : sc_module(name), period_(period), beat_bytes_(beat_bytes) {
    socket.register_nb_transport_bw(this, &AxiWriteBridge::respond);
}

void AxiWriteBridge::reset(unsigned beat_bytes) {
    for (Burst& burst : bursts_) {
        if (burst.response == kNone) burst.payload->release();  // as its answer would have
        burst.payload->release();
    }
    bursts_.clear();
    addresses_.clear();
    beats_.clear();
    pool_.forget();
    checker_.reset();
    taken_ = sent_ = 0;
    shown_ = false;
    beat_bytes_ = beat_bytes;
}

void AxiWriteBridge::violate(const std::string& text) const {
    if (on_violation) on_violation(text);
}

void AxiWriteBridge::outputs(uint64_t cycle, const MsdRtlWriteOutputs& pins) {
    address_ready_ = !stall_address || !stall_address(cycle);
    data_ready_ = !stall_data || !stall_data(cycle);
    const std::string fault =
        checker_.check({pins.awvalid != 0, pins.awaddr, pins.awlen, pins.awsize, pins.awburst},
                       address_ready_, beat_bytes_);
    if (!fault.empty()) violate(fault);
    if (pins.awvalid && address_ready_) {
        addresses_.push_back({pins.awaddr, pins.awlen + 1u, cycle});
        ++taken_;
    }
    if (pins.wvalid && data_ready_) {
        Beat beat{};
        std::memcpy(beat.data, pins.wdata, beat_bytes_);
        beat.strobe = pins.wstrb;
        beat.last = pins.wlast != 0;
        beat.cycle = cycle;
        beats_.push_back(beat);
    }
    send();
}

// Gives the memory every burst whose address and beats are all there.
void AxiWriteBridge::send() {
    while (!addresses_.empty() && beats_.size() >= addresses_.front().beats) {
        const Address a = addresses_.front();
        addresses_.pop_front();
        BurstPayload* payload =
            pool_.take(tlm::TLM_WRITE_COMMAND, a.address, a.beats * beat_bytes_, a.beats);
        bool partial = false;
        const unsigned all = (1u << beat_bytes_) - 1;
        for (unsigned i = 0; i < a.beats; ++i) {
            const Beat& beat = beats_[i];
            std::memcpy(payload->data.data() + i * beat_bytes_, beat.data, beat_bytes_);
            partial = partial || (beat.strobe & all) != all;
            if (beat.last != (i + 1 == a.beats))
                violate(fmt::format("WLAST is {} in beat {} of {}", beat.last, i + 1, a.beats));
        }
        if (partial) {
            for (unsigned i = 0; i < a.beats * beat_bytes_; ++i)
                payload->enables.push_back(beats_[i / beat_bytes_].strobe >> (i % beat_bytes_) & 1
                                               ? TLM_BYTE_ENABLED
                                               : TLM_BYTE_DISABLED);
            payload->set_byte_enable_ptr(payload->enables.data());
            payload->set_byte_enable_length(static_cast<unsigned>(payload->enables.size()));
        }
        payload->info->issue_cycle = a.cycle;
        payload->info->data_last_cycle = std::max(beats_[a.beats - 1].cycle, a.cycle);
        beats_.erase(beats_.begin(), beats_.begin() + a.beats);
        payload->acquire();
        bursts_.push_back({payload});
        ++sent_;
        tlm::tlm_phase phase = tlm::BEGIN_REQ;
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        const tlm::tlm_sync_enum sync = socket->nb_transport_fw(*payload, phase, delay);
        assert(sync == tlm::TLM_UPDATED && phase == tlm::END_REQ && "it must accept at once");
        (void)sync;
    }
}

tlm::tlm_sync_enum AxiWriteBridge::respond(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase,
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

void AxiWriteBridge::inputs(uint64_t cycle, MsdRtlWriteInputs& pins) {
    pins.awready = address_ready_;
    pins.wready = data_ready_;
    shown_ = !bursts_.empty() && bursts_.front().response <= cycle &&
             (shown_ || !stall_response || !stall_response(cycle));
    pins.bvalid = shown_;
    pins.bresp = shown_ ? bursts_.front().resp : kAxiOkay;
}

void AxiWriteBridge::finish(uint64_t, const MsdRtlWriteOutputs& pins) {
    if (!shown_ || !pins.bready) return;
    shown_ = false;
    bursts_.front().payload->release();
    bursts_.pop_front();
}

}  // namespace msd::platform
