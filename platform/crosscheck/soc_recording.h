// Recording and comparing whole runs of the system on chip: what pe.model = "both" does.
#pragma once

#include "platform/crosscheck/recording.h"
#include "platform/soc/soc.h"

namespace msd::crosscheck {

// From now on, runs of `soc` are recorded: bursts with what they store, register accesses, the
// interrupt and every unit's spans. All cycles count from power-up.
void record(platform::Soc& soc, Recording& recording);

// From now on, a run of `soc` is compared, and stopped at the first difference. Both must outlive
// the run.
void compare_with(platform::Soc& soc, Comparison& comparison);

}  // namespace msd::crosscheck
