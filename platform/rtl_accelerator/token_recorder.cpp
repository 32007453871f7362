// Follows tiles through the units by their tokens; every unit takes them in order.
#include "platform/rtl_accelerator/token_recorder.h"

#include <algorithm>

#include "ip/dma/core/bursts.h"
#include "ip/msd_pe/core/tile.h"

namespace msd::platform {

using accelerator::after;
using accelerator::TileState;
using accelerator::Unit;
using accelerator::UnitSpan;

void TokenRecorder::reset(const pe::AcceleratorConfig& config) {
    config_ = config;
    clear();
}

void TokenRecorder::clear() {
    lists_.clear();
    tiles_.clear();
    base_ = fetch_ = load_a_ = load_w_ = exec_ = fed_ = post_ = store_ = 0;
    fetch_start_ = last_fetched_ = load_a_end_ = load_w_end_ = feed_end_ = post_end_ = store_end_ =
        0;
    act_ready_.clear();
    wgt_ready_.clear();
    lists_done_ = 0;
    failed_ = false;
}

void TokenRecorder::push(uint32_t address, uint32_t count, uint64_t cycle) {
    if (count != 0 && !failed_) lists_.push_back({address, count, cycle});
}

TileState* TokenRecorder::tile(uint64_t index) {
    return index >= base_ && index - base_ < tiles_.size() ? &tiles_[index - base_] : nullptr;
}

void TokenRecorder::span(Unit unit, const TileState& t, uint64_t start, uint64_t end,
                         uint64_t ready, uint64_t bytes) {
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

void TokenRecorder::fetched(uint64_t cycle) {
    uint32_t address = 0;
    TileState t;
    if (!descriptor || !descriptor(cycle - pe::kCheckCycles - 1, address, t.tile)) return;
    while (!lists_.empty() &&
           (address < lists_.front().address ||
            (address - lists_.front().address) / sizeof(msd_tile) >= lists_.front().count))
        lists_.pop_front();
    if (lists_.empty()) return;
    const uint32_t number = (address - lists_.front().address) / sizeof(msd_tile);
    const uint64_t ready = after({last_fetched_, number == 0 ? lists_.front().pushed : 0});
    t.timing = pe::tile_timing(config_, t.tile);
    t.index = fetch_++;
    t.last_of_list = number + 1 == lists_.front().count;
    t.stores = t.has(MSD_TILE_LAST_C) || t.has(MSD_TILE_POOL_ONLY);
    t.fetched = last_fetched_ = cycle;
    if (t.has(MSD_TILE_LOAD_ACT)) act_ready_.push();
    if (t.has(MSD_TILE_LOAD_WGT)) wgt_ready_.push();
    t.act_half = act_ready_.count() - 1;
    t.wgt_half = wgt_ready_.count() - 1;
    tiles_.push_back(t);
    span(Unit::kFetch, t, fetch_start_, cycle, ready, sizeof(msd_tile));
    if (t.last_of_list) lists_.pop_front();
}

void TokenRecorder::act_full(TileState& t, uint64_t cycle) {
    t.act_full = cycle;
    if (t.has(MSD_TILE_LOAD_RES)) return;
    load_a_end_ = t.load_a_end = cycle;
    ++load_a_;
}

void TokenRecorder::exec_started(TileState& t, uint64_t cycle) {
    const uint64_t ready = after({feed_end_, t.fetched});
    t.exec_start = cycle;
    if (t.has(MSD_TILE_POOL_ONLY)) {
        feed_end_ = t.feed_end = t.acc_full = cycle;
        return;
    }
    const uint64_t act = act_ready_.at(static_cast<int64_t>(t.act_half));
    const uint64_t wgt = wgt_ready_.at(static_cast<int64_t>(t.wgt_half));
    const uint64_t act_seen = std::max(ready, act + 1), wgt_seen = std::max(act_seen, wgt + 1);
    t.wait_act = act_seen - ready;
    t.wait_wgt = wgt_seen - act_seen;
    // As TLM reports it: at its start, with the end that follows.
    t.feed_end = feed_end_ = cycle + t.timing.feed;
    t.acc_full = t.feed_end + t.timing.drain;
    span(Unit::kExec, t, cycle, t.feed_end, ready, 0);
}

void TokenRecorder::skip_unstored() {
    const auto skip = [this](uint64_t& at) {
        for (TileState* t = tile(at); t && !t->stores && t->exec_start != accelerator::kUnknown;
             t = tile(++at)) {
        }
    };
    skip(post_);
    skip(store_);
}

void TokenRecorder::drop_finished() {
    const uint64_t done = std::min({load_a_, load_w_, exec_, post_, store_});
    while (base_ < done && !tiles_.empty()) {
        tiles_.pop_front();
        ++base_;
    }
}

void TokenRecorder::tokens(uint64_t cycle, unsigned bits) {
    const auto has = [bits](Token token) { return (bits >> token & 1u) != 0; };
    // Ends before starts of the same cycle: a token made now is for the next cycle's starts, but
    // one unit may end with one tile and start nothing in between.
    if (has(kFetched)) fetched(cycle);
    if (has(kLoadAStart)) {
        if (TileState* t = tile(load_a_)) {
            t->load_ready = after({load_a_end_, t->fetched});
            t->load_a_start = cycle;
            if (!t->has(MSD_TILE_LOAD_ACT)) act_full(*t, cycle);
        }
    }
    if (has(kActLoaded)) {
        if (TileState* t = tile(load_a_)) {
            act_ready_.set(t->act_half, cycle);
            span(Unit::kLoadAct, *t, t->load_a_start, cycle, t->load_ready,
                 t->has(MSD_TILE_LOAD_OUT) ? 0 : dma::count_bytes(t->tile.act));
            act_full(*t, cycle);
        }
    }
    if (has(kResStart))
        if (TileState* t = tile(load_a_)) t->res_start = cycle;
    if (has(kResLoaded)) {
        if (TileState* t = tile(load_a_)) {
            load_a_end_ = t->load_a_end = cycle;
            ++load_a_;
            span(Unit::kLoadRes, *t, t->res_start, cycle, t->act_full + 1,
                 dma::count_bytes(t->tile.res));
        }
    }
    if (has(kLoadWStart)) {
        if (TileState* t = tile(load_w_)) {
            t->load_w_ready = after({load_w_end_, t->fetched});
            t->load_w_start = cycle;
            if (!t->has(MSD_TILE_LOAD_WGT)) {
                load_w_end_ = t->load_w_end = cycle;
                ++load_w_;
            }
        }
    }
    if (has(kWgtLoaded)) {
        if (TileState* t = tile(load_w_)) {
            load_w_end_ = t->load_w_end = cycle;
            ++load_w_;
            wgt_ready_.set(t->wgt_half, cycle);
            const uint64_t words =
                uint64_t{t->tile.lut_words} + t->tile.dsp_words + pe::param_words(t->tile);
            span(Unit::kLoadWgt, *t, t->load_w_start, cycle, t->load_w_ready,
                 words * pe::kWordBytes);
        }
    }
    if (has(kExecStart))
        if (TileState* t = tile(exec_)) {
            ++exec_;
            exec_started(*t, cycle);
        }
    skip_unstored();
    if (has(kPostStart)) {
        if (TileState* t = tile(post_)) {
            t->post_start = cycle;
            t->post_end = cycle + t->timing.post + t->timing.pool;
            span(Unit::kPost, *t, cycle, t->post_end, after({post_end_, t->acc_full}), 0);
            post_end_ = t->post_end;
            ++post_;
        }
    }
    if (has(kStoreStart))
        if (TileState* t = tile(store_)) t->store_start = cycle;
    if (has(kStoreEnd)) {
        if (TileState* t = tile(store_)) {
            span(Unit::kStore, *t, t->store_start, cycle, after({store_end_, t->post_end}),
                 t->has(MSD_TILE_KEEP) ? 0 : dma::count_bytes(t->tile.out));
            store_end_ = cycle;
            ++store_;
            if (t->last_of_list && on_list_done) on_list_done(lists_done_++);
        }
    }
    if (has(kFetchStart)) fetch_start_ = cycle;
    failed_ = failed_ || has(kTokenError);
    skip_unstored();
    drop_finished();
}

}  // namespace msd::platform
