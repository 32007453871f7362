// TLM accesses to registers become AXI4-Lite handshakes at pins.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <systemc>
#include <tlm>

#include "platform/rtl_accelerator/pins.h"

namespace msd::platform {

// One access at a time: address (and data) are shown from the cycle of the call until they are
// taken; the answer is waited for. Who calls transport() in cycle t has the answer of a slave that
// takes and answers at once still in t: the cycle of the answer is the way back that
// CpuConfig::bus_cycles already counts. For that `run_ahead` ends the present cycle early; it may
// refuse (false) if that has been done in this cycle already.
class AxiLiteBridge {
public:
    std::function<bool()> run_ahead;
    std::function<void(const std::string&)> on_warning;

    explicit AxiLiteBridge(sc_core::sc_time period) : period_(period) {}

    // b_transport of whole words; to be called from a thread, at a clock edge.
    void transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);

    // An access in progress is answered with an error.
    void reset();
    // See AxiReadBridge for the order of calls.
    void inputs(uint64_t cycle, MsdRtlLiteInputs& pins);
    void finish(const MsdRtlLiteOutputs& settled);
    void outputs(const MsdRtlLiteOutputs& pins);

private:
    enum class State { kIdle, kAsked, kAnswered };
    void answer(uint8_t resp, uint32_t value);

    sc_core::sc_time period_;
    State state_ = State::kIdle;
    uint64_t asked_ = 0;  // cycle of the call
    bool write_ = false;
    uint32_t address_ = 0, value_ = 0;
    bool address_taken_ = false, data_taken_ = false;
    bool shown_ = false;  // the request was at the pins in this cycle
    uint8_t resp_ = 0;
    sc_core::sc_event done_, free_;
};

}  // namespace msd::platform
