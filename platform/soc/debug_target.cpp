// Registers from the hart, memory through the bus's debug transport.
#include "platform/soc/debug_target.h"

#include <fmt/format.h>

#include <vector>

namespace msd::platform {

bool SocDebugTarget::read_register(unsigned number, uint32_t& value) {
    const Hart& hart = cpu_.hart();
    if (number >= kFirstCsr) return hart.read_csr(number - kFirstCsr, value);
    if (number > kPc) return false;
    value = number == kPc ? hart.pc() : hart.x(number);
    return true;
}

bool SocDebugTarget::write_register(unsigned number, uint32_t value) {
    Hart& hart = cpu_.hart();
    if (number >= kFirstCsr) return hart.write_csr(number - kFirstCsr, value);
    if (number > kPc) return false;
    if (number == kPc)
        hart.set_pc(value);
    else
        hart.set_x(number, value);
    return true;
}

bool SocDebugTarget::access(tlm::tlm_command command, uint32_t address, uint8_t* data,
                            std::size_t count) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(data);
    payload.set_data_length(static_cast<unsigned>(count));
    payload.set_streaming_width(static_cast<unsigned>(count));
    return count == 0 || cpu_.bus->transport_dbg(payload) == count;
}

bool SocDebugTarget::read_memory(uint32_t address, uint8_t* data, std::size_t count) {
    return access(tlm::TLM_READ_COMMAND, address, data, count);
}

bool SocDebugTarget::write_memory(uint32_t address, const uint8_t* data, std::size_t count) {
    std::vector<uint8_t> copy(data, data + count);
    if (!access(tlm::TLM_WRITE_COMMAND, address, copy.data(), count)) return false;
    cpu_.hart().invalidate_code();
    return true;
}

std::string SocDebugTarget::monitor(const std::string& line) {
    if (line == "cycle") return fmt::format("{}\n", cpu_.hart().cycle());
    if (line == "irq") return irq_() ? "high\n" : "low\n";
    if (line == "help")
        return "cycle  cycles of the CPU since reset\nirq    the accelerator's interrupt line\n";
    return fmt::format("no command '{}'; cycle, irq or help\n", line);
}

}  // namespace msd::platform
