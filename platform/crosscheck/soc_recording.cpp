// The hooks of a system on chip as events.
#include "platform/crosscheck/soc_recording.h"

#include <functional>

#include "ip/accelerator/accelerator_regs.h"

namespace msd::crosscheck {
namespace {

platform::RunHooks hooks(platform::Soc& soc, const std::function<void(Event)>& add) {
    platform::RunHooks h;
    h.burst = [&soc, add](const platform::BurstRecord& b) {
        add(response_event(b, soc.dram().data(b.address, b.bytes), 0));
    };
    h.irq = [add](uint64_t cycle, bool level) {
        add({static_cast<unsigned>(Stream::kInterrupt), cycle, {level}, {}});
    };
    h.access = [add](const platform::CpuAccess& a) {
        if (a.address < MSD_REGS_BASE || a.address >= MSD_REGS_BASE + MSD_REGS_SIZE) return;
        add({static_cast<unsigned>(Stream::kRegister),
             a.start,
             {a.address - MSD_REGS_BASE, a.value, a.write, !a.error},
             {}});
    };
    h.span = [add](uint32_t, const accelerator::UnitSpan& s) { add(unit_event(s, 0)); };
    return h;
}

}  // namespace

void record(platform::Soc& soc, Recording& recording) {
    recording.clear();
    soc.watch(hooks(soc, [&recording](Event e) { recording.add(std::move(e)); }));
}

void compare_with(platform::Soc& soc, Comparison& comparison) {
    soc.watch(hooks(soc, [&soc, &comparison](const Event& e) {
        if (!comparison.add(e)) soc.stop(comparison.difference()->text());
    }));
}

}  // namespace msd::crosscheck
