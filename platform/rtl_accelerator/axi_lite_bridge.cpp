// One register access from call to answer.
#include "platform/rtl_accelerator/axi_lite_bridge.h"

#include <fmt/format.h>

#include <cstring>

#include "platform/rtl_accelerator/burst_pool.h"

namespace msd::platform {

void AxiLiteBridge::transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) {
    if (delay != sc_core::SC_ZERO_TIME) {
        sc_core::wait(delay);
        delay = sc_core::SC_ZERO_TIME;
    }
    const uint64_t offset = trans.get_address();
    const bool read = trans.get_command() == tlm::TLM_READ_COMMAND;
    // A bus of words has no pins for anything else; the slave sees what it can.
    if (trans.get_data_length() != 4 || offset % 4 != 0 || trans.get_byte_enable_ptr() != nullptr) {
        if (on_warning)
            on_warning(
                fmt::format("{} of {} bytes at register {:#x}; registers are accessed as words",
                            read ? "read" : "write", trans.get_data_length(), offset));
        trans.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
        return;
    }
    while (state_ != State::kIdle) sc_core::wait(free_);
    state_ = State::kAsked;
    asked_ = sc_core::sc_time_stamp().value() / period_.value();
    write_ = !read;
    address_ = static_cast<uint32_t>(offset);
    value_ = 0;
    if (write_) std::memcpy(&value_, trans.get_data_ptr(), 4);
    address_taken_ = data_taken_ = false;
    // Two delta cycles: what else happens at this moment has happened then.
    sc_core::wait(sc_core::SC_ZERO_TIME);
    sc_core::wait(sc_core::SC_ZERO_TIME);
    if (state_ == State::kAsked && run_ahead) run_ahead();
    while (state_ == State::kAsked) sc_core::wait(done_);
    if (read) std::memcpy(trans.get_data_ptr(), &value_, 4);
    trans.set_response_status(tlm_response(resp_));
    if (resp_ != kAxiOkay && on_warning)
        on_warning(fmt::format(
            "{} of register {:#x}, which {}", read ? "read" : "write", offset,
            read ? "does not exist or cannot be read" : "does not exist or cannot be written"));
    state_ = State::kIdle;
    free_.notify();
}

void AxiLiteBridge::reset() {
    shown_ = false;
    if (state_ == State::kAsked) answer(kAxiSlvErr, 0);
}

void AxiLiteBridge::answer(uint8_t resp, uint32_t value) {
    resp_ = resp;
    if (!write_) value_ = value;
    state_ = State::kAnswered;
    done_.notify(sc_core::SC_ZERO_TIME);
}

void AxiLiteBridge::inputs(uint64_t cycle, MsdRtlLiteInputs& pins) {
    shown_ = state_ == State::kAsked && asked_ <= cycle;
    pins.awvalid = shown_ && write_ && !address_taken_;
    pins.wvalid = shown_ && write_ && !data_taken_;
    pins.arvalid = shown_ && !write_ && !address_taken_;
    pins.awaddr = pins.araddr = address_;
    pins.wdata = value_;
    pins.wstrb = 0xf;
    pins.bready = pins.rready = 1;
}

void AxiLiteBridge::finish(const MsdRtlLiteOutputs& settled) {
    if (!shown_) return;
    if (write_) {
        address_taken_ = address_taken_ || settled.awready;
        data_taken_ = data_taken_ || settled.wready;
    } else {
        address_taken_ = address_taken_ || settled.arready;
    }
}

// READY of the answers is constantly 1: seen is taken.
void AxiLiteBridge::outputs(const MsdRtlLiteOutputs& pins) {
    if (state_ != State::kAsked || !shown_ || !address_taken_) return;
    if (write_ && data_taken_ && pins.bvalid) answer(pins.bresp, 0);
    if (!write_ && pins.rvalid) answer(pins.rresp, pins.rdata);
}

}  // namespace msd::platform
