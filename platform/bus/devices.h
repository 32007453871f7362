// The CPU's own memory and the two devices of QEMU's virt machine that firmware uses.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <functional>
#include <string>
#include <systemc>
#include <vector>

namespace msd::platform {

// One-cycle memory: grants DMI, takes no time of its own.
class Ram : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<Ram> socket{"socket"};

    Ram(const sc_core::sc_module_name& name, uint64_t bytes);

    uint8_t* data() { return bytes_.data(); }
    uint64_t size() const { return bytes_.size(); }
    void clear();

private:
    bool copy(tlm::tlm_generic_payload& trans);
    void transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    unsigned debug(tlm::tlm_generic_payload& trans);
    bool direct(tlm::tlm_generic_payload& trans, tlm::tlm_dmi& dmi);

    std::vector<uint8_t> bytes_;
};

// 16550: transmits at once, never receives, raises no interrupt. Eight byte-wide registers; byte
// access only.
class Uart : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<Uart> socket{"socket"};

    std::function<void(char)> on_char;
    std::function<void(const std::string&)> on_warning;

    explicit Uart(const sc_core::sc_module_name& name);
    void reset();
    template <class Archive>
    void state(Archive& archive) {
        archive(ier_, lcr_, mcr_, scr_, fcr_, dll_, dlm_);
    }

private:
    void transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    uint8_t read(unsigned index) const;
    void write(unsigned index, uint8_t value);

    uint8_t ier_ = 0, lcr_ = 0, mcr_ = 0, scr_ = 0, fcr_ = 0;
    uint8_t dll_ = 0, dlm_ = 0;
};

// SiFive's test finisher: word 0 written with 0x5555 ends with code 0, with code << 16 | 0x3333
// with that code.
class ExitDevice : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<ExitDevice> socket{"socket"};

    // Called in the CPU's thread; the CPU stops after it, so the callback only has to end the
    // simulation.
    std::function<void(uint32_t code)> on_exit;
    std::function<void(const std::string&)> on_warning;

    explicit ExitDevice(const sc_core::sc_module_name& name);

private:
    void transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
};

}  // namespace msd::platform
