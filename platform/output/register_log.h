// registers.log: the CPU's accesses to device registers, with the names of registers and fields.
#pragma once

#include <string>
#include <vector>

#include "platform/iss/cpu.h"

namespace msd::platform {

// One line, "cycle W IRQ_ENABLE = 0x5  LIST=1 ERROR=1" or "cycle R …"; empty if the address is none
// of the accelerator's or the host port's. Fields that are 0 are left out. An access that was
// answered with an error ends in "  ERROR".
std::string register_line(const CpuAccess& access);

// The lines of all of them.
std::string register_log(const std::vector<CpuAccess>& accesses);

}  // namespace msd::platform
