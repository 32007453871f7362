// Writes what a Verilated model has covered into the folder that MSD_RTL_COVERAGE names, if the
// model was built with coverage (-DMSD_RTL_COVERAGE=ON); rtl/coverage.py reads it.
#pragma once

#include <cstdlib>
#include <string>

#include "verilated.h"
#if VM_COVERAGE
#include <unistd.h>

#include "verilated_cov.h"
#endif

namespace msd::rtl {

inline void write_coverage([[maybe_unused]] VerilatedContext& context) {
#if VM_COVERAGE
    static int number = 0;
    if (const char* folder = std::getenv("MSD_RTL_COVERAGE"))
        context.coveragep()->write((std::string(folder) + "/" + std::to_string(getpid()) + "." +
                                    std::to_string(number++) + ".dat")
                                       .c_str());
#endif
}

}  // namespace msd::rtl
