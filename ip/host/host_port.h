// The host's port on the bus: firmware asks for the next image and hands over results. Nothing here
// takes simulated time.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <functional>
#include <string>
#include <systemc>

namespace msd::host {

struct Result {
    uint32_t code = 0;  // 0: good; else the accelerator's error code (accelerator.regs.toml, ERROR)
    uint32_t layer = 0;  // that failed; valid if code != 0
    uint32_t tile = 0;
};

class HostPort : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<HostPort> regs{"regs"};

    // The far side. frames_left and next must be set before the simulation starts.
    std::function<uint32_t()> frames_left;
    std::function<void()> next;                    // write the next image into memory
    std::function<void(uint32_t layer)> on_layer;  // progress
    std::function<void(const Result&)> on_result;
    std::function<void(const std::string&)> on_warning;

    explicit HostPort(const sc_core::sc_module_name& name);

    void reset() { result_ = {}; }
    template <class Archive>
    void state(Archive& archive) {
        archive(result_);
    }

private:
    void transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    bool write_register(uint32_t offset, uint32_t value);

    Result result_;
};

}  // namespace msd::host
