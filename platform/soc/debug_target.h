// The platform as a debugger sees it: the hart's registers, and memory without side effects.
#pragma once

#include <functional>

#include "platform/debug/gdb_server.h"
#include "platform/iss/cpu.h"

namespace msd::platform {

class SocDebugTarget : public DebugTarget {
public:
    // irq: the level of the accelerator's interrupt line.
    SocDebugTarget(Cpu& cpu, std::function<bool()> irq) : cpu_(cpu), irq_(std::move(irq)) {}

    bool read_register(unsigned number, uint32_t& value) override;
    bool write_register(unsigned number, uint32_t value) override;
    bool read_memory(uint32_t address, uint8_t* data, std::size_t count) override;
    bool write_memory(uint32_t address, const uint8_t* data, std::size_t count) override;
    std::string monitor(const std::string& line) override;

private:
    bool access(tlm::tlm_command command, uint32_t address, uint8_t* data, std::size_t count);

    Cpu& cpu_;
    std::function<bool()> irq_;
};

}  // namespace msd::platform
