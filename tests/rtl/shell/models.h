// Verilated models of this folder's CMakeLists.txt, loaded by file.
#pragma once

#include <string>

#include "ip/msd_pe/core/config.h"
#include "platform/rtl_accelerator/pins.h"

namespace msd::test {

const MsdRtlApi& load_rtl(const std::string& file);

// The device that a library was built as.
pe::AcceleratorConfig device_of(const MsdRtlApi& rtl);

}  // namespace msd::test
