// Plays what software and memory did to the transaction-level accelerator to the RTL's pins, cycle
// by cycle, and compares all that the RTL answers: bursts, data, register reads, interrupt, tokens.
// No SystemC runs on this side.
#pragma once

#include <string>

#include "platform/crosscheck/program.h"
#include "platform/crosscheck/recording.h"
#include "platform/rtl_accelerator/pins.h"

namespace msd::test {

struct ReplayOptions {
    int fault = 0;  // of rtl/faults.svh
    unsigned busy_permille =
        0;  // how often AR-, AW- and WREADY are low; then only values are compared
    uint64_t seed = 0;
};

struct Replayed {
    std::string difference;                                                // the first; empty: none
    uint64_t cycles = 0, bursts = 0, accesses = 0, tokens = 0, bytes = 0;  // compared
};

// The recording is of a run of `program` at TLM.
Replayed replay(const MsdRtlApi& rtl, const crosscheck::Program& program,
                const crosscheck::Recording& recording, const ReplayOptions& options = {});

}  // namespace msd::test
