// What a checkpoint holds of the accelerator; included by whoever writes or reads one.
#pragma once

#include "ip/accelerator/accelerator.h"
#include "ip/dma/state.h"

namespace msd::pe {

template <class Archive>
void state(Archive& archive, TileWeights& w) {
    archive(w.values, w.high, w.row_bytes, w.channels, w.depthwise);
}

}  // namespace msd::pe

namespace msd::accelerator {

template <class Archive>
void state(Archive& archive, TileState& t) {
    archive(t.tile, t.timing, t.index, t.last_of_list, t.stores, t.act_half, t.wgt_half, t.acc_half,
            t.out_half, t.fetched, t.load_ready, t.load_a_start, t.act_full, t.res_start,
            t.load_a_end, t.load_w_ready, t.load_w_start, t.load_w_end, t.exec_start, t.feed_end,
            t.acc_full, t.post_start, t.post_end, t.store_start, t.store_end, t.wait_act,
            t.wait_wgt);
}

template <class Archive>
void Accelerator::state(Archive& archive) {
    archive(lists_, pushes_, pops_, lists_done_, current_);
    archive(ring_, ring_base_, next_fetch_, next_load_a_, next_load_w_, next_exec_, next_post_,
            next_store_, load_a_, fetching_, loading_w_, storing_, fetch_start_, fetch_ready_,
            fetch_end_, refused_);
    archive(fetched_, load_starts_, retired_, act_ready_, act_release_, wgt_ready_, wgt_release_,
            post_ends_, store_ends_, stored_);
    archive(load_a_end_, load_w_end_, feed_end_, post_end_, store_end_, previous_, loaded_act_,
            loaded_wgt_, have_previous_, act_held_, wgt_held_);
    archive(descriptor_, act_, wgt_, params_at_, out_, held_words_, acc_, channels_, decoded_);
    archive(clear_stamp_, list_address_, irq_enable_, irq_status_);
    archive.each(irq_events_, [&](IrqEvent& e) { archive(e.stamp, e.bits); });
    archive(error_, error_tile_, error_stamp_, error_source_, lists_dropped_, counters_,
            counters_before_, counted_in_, feeding_lut_busy_, feeding_dsp_busy_);

    // What the ports read into and write from.
    archive.region(reinterpret_cast<uint8_t*>(&descriptor_), sizeof descriptor_);
    for (unsigned h = 0; h < 2; ++h) {
        archive.region(act_[h].data(), act_[h].size());
        archive.region(wgt_[h].data(), wgt_[h].size());
        archive.region(reinterpret_cast<uint8_t*>(out_[h].data()), out_[h].size());
    }
    archive(dma_a, dma_w, dma_s);

    bool level = irq.read();
    uint64_t next_wake = next_wake_;
    archive(level, next_wake);
    if constexpr (Archive::kLoading) {
        irq.write(level);
        event_.cancel();
        next_wake_ = kUnknown;
        if (next_wake != kUnknown) wake(next_wake);
    }
}

}  // namespace msd::accelerator
