// Names come from the register maps (ip/*/*.regs.toml).
#include "platform/output/register_log.h"

#include <fmt/format.h>

#include "ip/accelerator/accelerator_regs.h"
#include "ip/host/host_regs.h"

namespace msd::platform {
namespace {

using FieldName = const char* (*)(uint32_t offset, unsigned index, uint32_t* mask);

std::string fields_of(FieldName field_name, uint32_t offset, uint32_t value) {
    std::string text;
    uint32_t mask = 0;
    for (unsigned i = 0; const char* name = field_name(offset, i, &mask); ++i) {
        const uint32_t part = (value & mask) / (mask & (~mask + 1));
        if (part != 0) text += fmt::format("{}{}={}", text.empty() ? "  " : " ", name, part);
    }
    return text;
}

}  // namespace

std::string register_line(const CpuAccess& access) {
    const bool accelerator = access.address - MSD_REGS_BASE < MSD_REGS_SIZE;
    if (!accelerator && access.address - HOST_REGS_BASE >= HOST_REGS_SIZE) return "";
    const uint32_t offset = access.address - (accelerator ? MSD_REGS_BASE : HOST_REGS_BASE);
    const char* name = accelerator ? msd_register_name(offset) : host_register_name(offset);
    const FieldName field_name = accelerator ? msd_field_name : host_field_name;
    return fmt::format("{} {} {}{} = {:#x}{}{}\n", access.start, access.write ? 'W' : 'R',
                       accelerator ? "" : "host.", name ? name : fmt::format("+{:#x}", offset),
                       access.value, fields_of(field_name, offset, access.value),
                       access.error ? "  ERROR" : "");
}

std::string register_log(const std::vector<CpuAccess>& accesses) {
    std::string text;
    for (const CpuAccess& access : accesses) text += register_line(access);
    return text;
}

}  // namespace msd::platform
