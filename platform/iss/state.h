// What a checkpoint holds of the CPU; included by whoever writes or reads one.
#pragma once

#include "platform/iss/cpu.h"

namespace msd::platform {

template <class Archive>
void Hart::state(Archive& archive) {
    archive(x_, pc_, next_pc_, cycle_, retired_, state_, mstatus_, mie_, mip_, mtvec_, mscratch_,
            mepc_, mcause_, mtval_, mcycle_offset_, minstret_offset_, traps_);
    if constexpr (Archive::kLoading) invalidate_code();
}

// Only while quiet(): then all of the thread's state is in members.
template <class Archive>
void Cpu::state(Archive& archive) {
    uint64_t epoch_ps = epoch_.value();
    archive(hart_, epoch_ps, sleep_since_, sleep_cycles_, bus_accesses_, wait_cycles_);
    if constexpr (Archive::kLoading) {
        epoch_ = sc_core::sc_time::from_value(epoch_ps);
        resume_asleep();
    }
}

}  // namespace msd::platform
