// The firmware's ELF file, embedded by the build.
#pragma once

#include <cstddef>

namespace msd::platform {

extern const unsigned char kFirmwareElf[];
extern const size_t kFirmwareElfSize;

}  // namespace msd::platform
