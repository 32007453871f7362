// What a checkpoint holds of a DMA port; included by whoever writes or reads one.
#pragma once

#include "ip/dma/burst_port.h"

namespace msd::dma {

template <class Archive>
void BurstPort::state(Archive& archive) {
    archive(issued_, finished_, next_issue_, next_beat_, next_data_, busy_until_, free_from_,
            channel_error_, stats_);
    for (std::deque<Block>& blocks : channels_)
        archive.each(blocks, [&](Block& b) {
            archive(b.block, b.issued, b.ready);
            archive.pointer(b.data);
            if constexpr (Archive::kLoading) {
                b.cursor = BurstCursor(b.block, config_.beat_bytes);
                for (uint32_t i = 0; i < b.issued && !b.cursor.done(); ++i) b.cursor.next();
            }
        });
    uint64_t number = finished_;
    archive.each(in_flight_, [&](InFlight& b) {
        archive(b.channel, b.beats, b.last_of_block, b.responded, b.error, b.issue, b.response);
        if (!b.responded) {
            Unanswered u{};
            if constexpr (!Archive::kLoading) u = describe(b);
            archive(u.address, u.bytes, u.data_last_cycle, u.response);
            archive.pointer(u.data);
            if constexpr (Archive::kLoading) b.payload = rebuild(u, number, b.beats);
        }
        ++number;
    });
    archive.each(done_, [&](Done& d) { archive(d.cycle, d.channel, d.error); });
    if constexpr (Archive::kLoading) schedule();
}

}  // namespace msd::dma
