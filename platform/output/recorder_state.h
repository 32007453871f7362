// What a checkpoint holds of the records of a run; included by whoever writes or reads one.
#pragma once

#include "platform/output/recorder.h"

namespace msd::platform {

template <class Archive>
void Recorder::state(Archive& archive) {
    archive(spans_, stats_, records_, truncated_at_);
    archive.each(bursts_, [&](BurstRecord& b) {
        archive(b.master, b.address, b.bytes, b.write, b.issue_cycle, b.response_cycle, b.error);
    });
    archive.each(open_rows_,
                 [&](OpenRow& r) { archive(r.open, r.row, r.columns, r.since, r.last); });
    archive.each(rows_, [&](RowSpan& r) { archive(r.bank, r.row, r.open, r.close, r.columns); });
    archive.each(accesses_, [&](CpuAccess& a) {
        archive(a.start, a.end, a.address, a.value, a.bytes, a.write, a.error);
    });
    archive.each(sleeps_, [&](SleepEdge& e) { archive(e.cycle, e.asleep); });
    archive.each(irq_, [&](IrqEdge& e) { archive(e.cycle, e.level); });
    archive.each(instructions_, [&](Instruction& i) { archive(i.cycle, i.pc); });
    if constexpr (Archive::kLoading)
        for (const Span& s : spans_)
            if (s.image >= stats_.size() || s.layer >= program_.layers.size() ||
                s.tile >= program_.layers[s.layer].tile_count)
                throw std::runtime_error("its records are of another program");
}

}  // namespace msd::platform
