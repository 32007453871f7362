// Execution, post-processing and stores, and how all units take their turns: when each may start
// its next tile, and what it does then.
#include <cassert>
#include <cstring>

#include "ip/accelerator/accelerator.h"
#include "ip/accelerator/accelerator_regs.h"
#include "ip/dma/core/bursts.h"
#include "ip/dma/faults.h"
#include "ip/msd_pe/core/tile_shape.h"

namespace msd::accelerator {

const char* to_string(Unit unit) {
    static const char* const names[kUnits] = {"fetch", "load_act", "load_res", "load_wgt",
                                              "exec",  "post",     "store"};
    return names[static_cast<unsigned>(unit)];
}

uint64_t Accelerator::cycle() const {
    return sc_core::sc_time_stamp().value() / period_.value();
}

TileState* Accelerator::tile(uint64_t index) {
    return index >= ring_base_ && index - ring_base_ < ring_.size() ? &ring_[index - ring_base_]
                                                                    : nullptr;
}

void Accelerator::wake(uint64_t cycle) {
    if (cycle >= next_wake_) return;
    next_wake_ = cycle;
    event_.notify(period_ * static_cast<double>(cycle) - sc_core::sc_time_stamp());
}

bool Accelerator::due(uint64_t start, uint64_t now) {
    if (start == kUnknown) return false;
    assert(start >= now && "a unit missed the cycle in which it could start");
    if (start == now) return true;
    wake(start);
    return false;
}

void Accelerator::evaluate() {
    const uint64_t now = cycle();
    next_wake_ = kUnknown;
    drop_lists(now);
    if (refused_ != 0 && fetch_end_ == now)
        record_error(refused_, next_fetch_, now, Source::kCheck);
    else if (refused_ != 0 && fetch_end_ > now)
        wake(fetch_end_);
    fold_irq(now);
    irq.write((irq_status_ & irq_enable_) != 0);
    // What a unit does in this cycle is seen by the others in the next one, so their order does not
    // matter.
    step_fetch(now);
    while (step_load_a(now)) {
    }
    while (step_load_w(now)) {
    }
    while (step_exec(now)) {
    }
    while (step_post(now)) {
    }
    step_store(now);
    retire();
}

void Accelerator::span(Unit unit, const TileState& t, uint64_t start, uint64_t end, uint64_t ready,
                       uint64_t bytes) {
    if (!on_span) return;
    UnitSpan s{unit, t.index, start, end, start - ready, bytes, 0, 0};
    if (unit == Unit::kExec) {
        s.lut_busy = t.timing.lut_busy;
        s.dsp_busy = t.timing.dsp_busy;
        s.wait_act = t.wait_act;
        s.wait_wgt = t.wait_wgt;
        s.wait_acc = s.stall - t.wait_act - t.wait_wgt;
    }
    on_span(s);
}

// ---- execution: feeds both arrays, drains into the accumulator banks

bool Accelerator::step_exec(uint64_t now) {
    TileState* t = tile(next_exec_);
    if (!t) return false;
    const bool computes = !t->has(MSD_TILE_POOL_ONLY);
    const auto acc = static_cast<int64_t>(t->acc_half);
    const uint64_t ready = after({feed_end_, t->fetched});
    const uint64_t act = computes ? act_ready_.at(static_cast<int64_t>(t->act_half)) : 0;
    const uint64_t wgt = computes ? wgt_ready_.at(static_cast<int64_t>(t->wgt_half)) : 0;
    // A tile that adds to sums needs the other half to be free too, so that drain and post never
    // want one port.
    const uint64_t bank =
        !computes ? 0
                  : post_ends_.at(t->has(MSD_TILE_FIRST_C) || MSD_FAULT(MSD_FAULT_BANK) ? acc - 2
                                                                                        : acc - 1);
    const uint64_t start = after({feed_end_, t->fetched, act, wgt, bank});
    if (!due(start, now)) return false;

    const uint64_t act_seen = std::max(ready, act + 1);
    const uint64_t wgt_seen = std::max(act_seen, wgt + 1);
    t->wait_act = act_seen - ready;
    t->wait_wgt = wgt_seen - act_seen;
    Counters& counters = count(now);
    counters.wait_act += t->wait_act + (MSD_FAULT(MSD_FAULT_WAIT_COUNT) ? t->wait_wgt : 0);
    counters.wait_wgt += MSD_FAULT(MSD_FAULT_WAIT_COUNT) ? 0 : t->wait_wgt;
    counters.wait_acc += now - wgt_seen;
    counters_.lut_busy += t->timing.lut_busy;
    counters_.dsp_busy += t->timing.dsp_busy;
    feeding_lut_busy_ = t->timing.lut_busy;
    feeding_dsp_busy_ = t->timing.dsp_busy;

    t->exec_start = now;
    t->feed_end = feed_end_ = now + t->timing.feed;
    ++next_exec_;
    if (!computes) {
        t->acc_full = now;
        wake(now + 1);
        return true;
    }
    const uint64_t released = t->feed_end + t->timing.release;
    if (t->has(MSD_TILE_RELEASE_ACT))
        act_release_.set(t->act_half, released - MSD_FAULT(MSD_FAULT_RELEASE));
    if (t->has(MSD_TILE_RELEASE_WGT)) wgt_release_.set(t->wgt_half, released);
    std::vector<int32_t>& sums = acc_[t->acc_half % 2];
    sums.resize(std::size_t{pe::channels(t->tile)} * t->tile.th * t->tile.tw);
    msd_tile executed = t->tile;
    if (MSD_FAULT(MSD_FAULT_SUMS_KEPT)) executed.flags &= static_cast<uint16_t>(~MSD_TILE_FIRST_C);
    pe::execute(executed, reinterpret_cast<const int8_t*>(act_[t->act_half % 2].data()),
                decoded_[t->wgt_half % 2], sums.data());
    t->acc_full = t->feed_end + t->timing.drain;
    if (t->has(MSD_TILE_LAST_C)) {
        const std::vector<uint8_t>& half = wgt_[t->wgt_half % 2];
        std::vector<msd_channel>& channels =
            channels_[(t->acc_half + MSD_FAULT(MSD_FAULT_PARAMETERS)) % 2];
        channels.resize(pe::channels(t->tile));
        if (MSD_FAULT(MSD_FAULT_PARAMETERS))
            channels_[t->acc_half % 2].resize(
                std::max(channels.size(), channels_[t->acc_half % 2].size()));
        // Behind the streams of the tile that loaded them; what this one says of words is not
        // checked.
        std::memcpy(channels.data(), half.data() + params_at_[t->wgt_half % 2],
                    channels.size() * sizeof(msd_channel));
    }
    span(Unit::kExec, *t, now, t->feed_end, ready, 0);
    wake(now + 1);
    return true;
}

// ---- post-processing and pooling, in place in the output half

bool Accelerator::step_post(uint64_t now) {
    next_post_ = std::max(next_post_, ring_base_);
    TileState* t = tile(next_post_);
    if (!t || t->exec_start == kUnknown) return false;
    if (!t->stores) {
        ++next_post_;
        return true;
    }
    const uint64_t ready = after({post_end_, t->acc_full});
    const uint64_t out =
        t->has(MSD_TILE_LOAD_RES)
            ? t->load_a_end
            : store_ends_.at(static_cast<int64_t>(t->out_half) - 2 - MSD_FAULT(MSD_FAULT_OUT_HALF));
    const uint64_t start = after({post_end_, t->acc_full, out});
    if (!due(start, now)) return false;
    count(now).wait_out += now - ready;
    t->post_start = now;
    t->post_end = post_end_ = now + t->timing.post + t->timing.pool;
    ++next_post_;

    std::vector<int8_t>& half = out_[t->out_half % 2];
    if (!t->has(MSD_TILE_POOL_ONLY)) {
        half.resize(std::size_t{pe::blocks(t->tile)} * t->tile.th * t->tile.tw * 16);
        pe::post_process(t->tile, acc_[t->acc_half % 2].data(), channels_[t->acc_half % 2].data(),
                         half.data());
        post_ends_.set(t->acc_half, t->post_end);
    }
    if (t->has(MSD_TILE_POOL_MAX) || t->has(MSD_TILE_POOL_AVG)) pe::pool(t->tile, half.data());
    held_words_[t->out_half % 2] = pe::result_words(t->tile);
    if (t->has(MSD_TILE_KEEP) && on_kept) on_kept(t->index, t->tile, half.data());
    span(Unit::kPost, *t, now, t->post_end, ready, 0);
    wake(now + 1);
    return true;
}

// ---- stores through master S; the tile leaves the accelerator with the last response

bool Accelerator::step_store(uint64_t now) {
    next_store_ = std::max(next_store_, ring_base_);
    TileState* t = tile(next_store_);
    while (t && !t->stores && next_post_ > next_store_) t = tile(++next_store_);
    if (!t || storing_) return false;
    const uint64_t start = after({store_end_, t->post_end});
    if (!due(start, now)) return false;
    t->store_start = now;
    storing_ = true;
    if (t->has(MSD_TILE_KEEP)) {
        store_done(now, false);
        return true;
    }
    dma_s.write(t->tile.out, reinterpret_cast<const uint8_t*>(out_[t->out_half % 2].data()));
    return true;
}

void Accelerator::store_done(uint64_t cycle, bool error) {
    TileState& t = *tile(next_store_);
    if (error) record_error(MSD_ERROR_BUS, t.index, cycle, Source::kStore);
    storing_ = false;
    t.store_end = cycle;
    const uint64_t bytes = t.has(MSD_TILE_KEEP) ? 0 : dma::count_bytes(t.tile.out);
    count(cycle).write_bytes += bytes;
    span(Unit::kStore, t, t.store_start, cycle, after({store_end_, t.post_end}), bytes);
    store_end_ = cycle;
    store_ends_.set(t.out_half, cycle);
    stored_.push(cycle);
    if (t.has(MSD_TILE_IRQ)) raise(MSD_IRQ_STATUS_TILE, cycle);
    if (t.last_of_list) {
        lists_done_.push(cycle);
        raise(MSD_IRQ_STATUS_LIST, cycle - MSD_FAULT(MSD_FAULT_IRQ_EARLY));
        if (on_list_done) on_list_done(lists_done_.count() - 1);
    }
    ++next_store_;
    retire();
    wake(cycle + 1);
}

// Tiles leave the ring in order: stored ones with their last response, others with their last sum;
// not before the activation loader has passed them, who may wait for a store without loading.
void Accelerator::retire() {
    while (!ring_.empty()) {
        const TileState& t = ring_.front();
        const uint64_t done = t.stores ? t.store_end : t.acc_full;
        if (done == kUnknown || t.load_a_end == kUnknown) return;
        const uint64_t stamp =
            std::max({done, t.load_a_end, retired_.at(static_cast<int64_t>(t.index) - 1)});
        retired_.set(t.index, stamp);
        wake(stamp + 1);
        ring_.pop_front();
        ++ring_base_;
    }
}

}  // namespace msd::accelerator
