// Finds, builds and loads the shared library that holds the Verilated RTL of one size.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "ip/msd_pe/core/config.h"
#include "platform/rtl_accelerator/pins.h"

namespace msd::platform {

struct RtlOptions {
    std::string trace = "none";  // none, vcd, fst
    bool faults = false;         // planted faults can be switched on
    bool coverage = false;
};

// What a model of `config` is built with, "LutRows=8 LutCols=8 …": also its identity. Buffers are
// those of the config: limits below them are run-time pins.
std::string rtl_parameters(const pe::AcceleratorConfig& config, const RtlOptions& options);

// Whether a library can run a device: same arrays and bus, buffers at least as large, and what the
// options ask for.
bool can_run(const MsdRtlParameters& built, const pe::AcceleratorConfig& config,
             const RtlOptions& options);

// The library's functions; loaded once and kept for the rest of the process. Libraries of the build
// (the default size) are looked at first, then the cache: $MSD_RTL_CACHE, else
// $XDG_CACHE_HOME/msd/rtl, else ~/.cache/msd/rtl, by content of the RTL and parameters; what is
// in neither is built into the cache. `progress` gets lines while that goes on. Throws
// std::runtime_error that says what is missing: Verilator, the RTL's sources, a folder to write to.
const MsdRtlApi& rtl_library(const pe::AcceleratorConfig& config, const RtlOptions& options,
                             const std::function<void(const std::string&)>& progress = {});

// The size that the build makes (CMakeLists.txt): small arrays and buffers.
pe::AcceleratorConfig built_in_rtl();

}  // namespace msd::platform
