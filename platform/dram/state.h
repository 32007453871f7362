// What a checkpoint holds of the DRAM beside its bytes; included by whoever writes or reads one.
#pragma once

#include "platform/dram/dram.h"

namespace msd::platform {

template <class Archive>
void DramTiming::state(Archive& archive) {
    archive(stats_);
    archive.each(queue_, [&](Waiting& w) {
        archive(w.visible, w.slot, w.row, w.bank, w.group, w.groups, w.write, w.bypassed);
    });
    archive.each(slots_, [&](DramRequest& r) {
        archive(r.id, r.master, r.address, r.bytes, r.write, r.arrival_ps);
    });
    archive(free_slots_);
    for (Bank& b : banks_) archive(b.row, b.column_ready, b.precharge_ready, b.activate_ready);
    archive(activates_, activate_slot_, next_activate_, next_activate_in_group_, last_decision_,
            next_column_, next_column_same_group_, next_read_, next_write_, last_group_,
            last_write_, any_access_, busy_clocks_, refresh_due_);
}

// `unanswered`: of masters W, A, S the payloads that the memory has not answered, in order.
template <class Archive>
void Dram::state(Archive& archive, const Unanswered& unanswered) {
    archive(origin_cycle_, timing_);
    for (unsigned m = 0; m < kMasters; ++m) {
        Master& master = masters_[m];
        uint64_t assigned = master.assigned;
        archive(master.first_id, master.reset_id, assigned, master.next_response);
        master.assigned = assigned;
        std::size_t next = 0;
        archive.each(master.transfers, [&](Transfer& t) {
            archive(t.address, t.bytes, t.beats, t.write, t.error, t.decided, t.issue_cycle,
                    t.response_cycle);
            if constexpr (Archive::kLoading)
                if (m < unanswered.size() && next < unanswered[m].size()) {
                    t.payload = unanswered[m][next];
                    t.payload->acquire();
                    t.data = t.payload->get_data_ptr();
                }
            ++next;
        });
        if (next != (m < unanswered.size() ? unanswered[m].size() : 0))
            throw std::runtime_error("its memory and its masters disagree on bursts in flight");
    }
    if constexpr (Archive::kLoading) {
        event_.cancel();
        schedule();
    }
}

}  // namespace msd::platform
