// The units of the accelerator: when each may start its next tile, and what it does then.
#include <fmt/format.h>

#include <cassert>
#include <cstring>

#include "ip/accelerator/accelerator.h"
#include "ip/accelerator/accelerator_regs.h"
#include "ip/dma/core/bursts.h"
#include "ip/dma/faults.h"
#include "ip/msd_pe/core/tile_shape.h"

namespace msd::accelerator {
namespace {

std::size_t block_bytes(const msd_block& b) {
    return std::size_t{b.planes} * b.rows * b.row_bytes;
}

msd_block linear(uint32_t address, uint32_t bytes) {
    msd_block b{};
    b.address = address;
    b.row_stride = b.plane_stride = b.row_bytes = bytes;
    b.rows = b.planes = 1;
    return b;
}

unsigned channel_count(const msd_tile& t) {
    return t.k_lut + t.k_dsp;
}

uint32_t stream_bytes(const msd_tile& t) {
    return (uint32_t{t.lut_words} + t.dsp_words) * pe::kWordBytes;
}

uint32_t weight_bytes(const msd_tile& t) {
    return stream_bytes(t) + pe::param_words(t) * pe::kWordBytes;
}

// The words of a half that `block` names, addresses modulo 2^16; those behind the `held` ones count
// as zero.
void copy_words(const std::vector<int8_t>& half, uint64_t held, const msd_block& block,
                std::vector<uint8_t>& to) {
    const auto words = [](uint32_t bytes) { return bytes / pe::kWordBytes; };
    uint8_t* out = to.data();
    for (uint32_t p = 0; p < block.planes; ++p)
        for (uint32_t r = 0; r < block.rows; ++r)
            for (uint32_t x = 0; x < words(block.row_bytes); ++x, out += pe::kWordBytes) {
                const auto at =
                    static_cast<uint16_t>(words(block.address) + p * words(block.plane_stride) +
                                          r * words(block.row_stride) + x);
                if (at < held)
                    std::memcpy(out, half.data() + std::size_t{at} * pe::kWordBytes,
                                pe::kWordBytes);
                else
                    std::memset(out, 0, pe::kWordBytes);
            }
}

}  // namespace

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

// ---- fetch: one descriptor at a time, two tiles ahead of the activation loader, eight on chip

bool Accelerator::step_fetch(uint64_t now) {
    if (fetching_ || refused_ != 0 || failed(now)) return false;
    const bool new_list = current_.count == 0;
    if (new_list && lists_.empty()) return false;
    const auto j = static_cast<int64_t>(next_fetch_);
    const uint64_t ready = after({fetched_.at(j - 1), new_list ? pushes_.at(pops_.count()) : 0});
    const uint64_t start =
        after({ready - 1, load_starts_.at(j - kPrefetchedTiles - MSD_FAULT(MSD_FAULT_PREFETCH)),
               retired_.at(j - kDescriptorRing)});
    if (!due(start, now)) return false;
    fetch_start_ = now;
    fetch_ready_ = ready;
    if (new_list) {
        current_ = lists_.front();
        lists_.pop_front();
        pops_.push(now);
    }
    fetching_ = true;
    dma_a.read(0, linear(current_.address, sizeof(msd_tile)),
               reinterpret_cast<uint8_t*>(&descriptor_));
    return true;
}

void Accelerator::fetch_done(uint64_t cycle, bool error) {
    fetching_ = false;
    count(cycle).read_bytes_a += sizeof(msd_tile);
    fetch_end_ = cycle;
    if (failed(cycle)) return;  // its list was dropped while it was on its way
    current_.address += sizeof(msd_tile);
    --current_.count;
    const uint64_t stamp = cycle + pe::kCheckCycles - MSD_FAULT(MSD_FAULT_CHECK);
    const bool last = current_.count == 0;
    uint32_t code = error ? MSD_ERROR_BUS : pe::check_tile(config_, descriptor_);
    if (code == 0) code = check_sequence(descriptor_, last);
    fetch_end_ = stamp;
    if (code != 0) {
        refused_ = code;
        wake(stamp);
        return;
    }
    TileState t;
    t.tile = descriptor_;
    t.timing = pe::tile_timing(config_, descriptor_);
    t.index = next_fetch_++;
    t.last_of_list = last;
    t.stores = t.has(MSD_TILE_LAST_C) || t.has(MSD_TILE_POOL_ONLY);
    t.fetched = stamp;
    if (t.has(MSD_TILE_LOAD_ACT)) act_ready_.push(), act_release_.push();
    if (t.has(MSD_TILE_LOAD_WGT)) wgt_ready_.push(), wgt_release_.push();
    if (t.has(MSD_TILE_FIRST_C)) post_ends_.push();
    if (t.stores) store_ends_.push();
    t.act_half = act_ready_.count() - 1;
    t.wgt_half = wgt_ready_.count() - 1;
    t.acc_half = post_ends_.count() - 1;
    t.out_half = store_ends_.count() - 1;
    if (t.has(MSD_TILE_LOAD_ACT)) loaded_act_ = descriptor_;
    if (t.has(MSD_TILE_LOAD_WGT)) loaded_wgt_ = descriptor_;
    previous_ = descriptor_;
    have_previous_ = true;
    act_held_ = (act_held_ || t.has(MSD_TILE_LOAD_ACT)) && !t.has(MSD_TILE_RELEASE_ACT);
    wgt_held_ = (wgt_held_ || t.has(MSD_TILE_LOAD_WGT)) && !t.has(MSD_TILE_RELEASE_WGT);
    fetched_.push(stamp);
    load_starts_.push();
    retired_.push();
    ring_.push_back(t);
    span(Unit::kFetch, t, fetch_start_, stamp, fetch_ready_, sizeof(msd_tile));
    wake(stamp + 1);
}

// ---- activations, then the residual of the same tile, through master A

bool Accelerator::step_load_a(uint64_t now) {
    TileState* t = tile(next_load_a_);
    if (!t) return false;
    if (load_a_ == LoadA::kIdle) {
        const bool loads = t->has(MSD_TILE_LOAD_ACT);
        t->load_ready = after({load_a_end_, t->fetched});
        const uint64_t start = after(
            {load_a_end_, t->fetched,
             store_ends_.at(int64_t{t->tile.wait_store} - 1 - MSD_FAULT(MSD_FAULT_WAIT_STORE)),
             loads ? act_release_.at(static_cast<int64_t>(t->act_half) - 2) : 0});
        if (!due(start, now)) return false;
        t->load_a_start = now;
        load_starts_.set(t->index, now);
        if (loads) {
            std::vector<uint8_t>& half = act_[t->act_half % 2];
            half.resize(block_bytes(t->tile.act));
            if (t->has(MSD_TILE_LOAD_OUT)) {
                const unsigned from = (t->tile.wait_store - 1 + MSD_FAULT(MSD_FAULT_HAND_HALF)) % 2;
                copy_words(out_[from], held_words_[from], t->tile.act, half);
                const uint64_t words = half.size() / pe::kWordBytes;
                t->act_full = now + words + pe::kHandOverCycles - MSD_FAULT(MSD_FAULT_HAND_EARLY);
                act_ready_.set(t->act_half, t->act_full);
                span(Unit::kLoadAct, *t, now, t->act_full, t->load_ready, 0);
                load_a_ = LoadA::kActDone;
            } else {
                load_a_ = LoadA::kAct;
                dma_a.read(1, t->tile.act, half.data());
            }
        } else {
            t->act_full = now;
            load_a_ = LoadA::kActDone;
        }
        wake(now + 1);
    }
    if (load_a_ == LoadA::kActDone) {
        if (t->has(MSD_TILE_LOAD_RES)) {
            const uint64_t start =
                after({t->act_full, store_ends_.at(static_cast<int64_t>(t->out_half) - 2 -
                                                   MSD_FAULT(MSD_FAULT_RESIDUAL))});
            if (!due(start, now)) return false;
            std::vector<int8_t>& half = out_[t->out_half % 2];
            half.resize(block_bytes(t->tile.res));
            t->res_start = now;
            load_a_ = LoadA::kRes;
            dma_a.read(1, t->tile.res, reinterpret_cast<uint8_t*>(half.data()));
            return false;
        }
        t->load_a_end = load_a_end_ = t->act_full;
        load_a_ = LoadA::kIdle;
        ++next_load_a_;
        return true;
    }
    return false;
}

void Accelerator::data_a_done(uint64_t cycle, bool error) {
    TileState& t = *tile(next_load_a_);
    if (error) record_error(MSD_ERROR_BUS, t.index, cycle, Source::kLoadA);
    const bool act = load_a_ == LoadA::kAct;
    const uint64_t bytes = block_bytes(act ? t.tile.act : t.tile.res);
    count(cycle).read_bytes_a += bytes;
    if (act) {
        t.act_full = cycle;
        act_ready_.set(t.act_half, cycle);
        load_a_ = LoadA::kActDone;
        span(Unit::kLoadAct, t, t.load_a_start, cycle, t.load_ready, bytes);
    } else {
        t.load_a_end = load_a_end_ = cycle;
        load_a_ = LoadA::kIdle;
        ++next_load_a_;
        span(Unit::kLoadRes, t, t.res_start, cycle, t.act_full + 1, bytes);
    }
    wake(cycle + 1);
}

// ---- weights and parameters through master W

bool Accelerator::step_load_w(uint64_t now) {
    TileState* t = tile(next_load_w_);
    if (!t || loading_w_) return false;
    const bool loads = t->has(MSD_TILE_LOAD_WGT);
    const uint64_t ready = after({load_w_end_, t->fetched});
    const uint64_t start =
        after({load_w_end_, t->fetched,
               loads ? wgt_release_.at(static_cast<int64_t>(t->wgt_half) - 2) : 0});
    if (!due(start, now)) return false;
    t->load_w_start = now;
    t->load_w_ready = ready;
    if (!loads) {
        t->load_w_end = load_w_end_ = now;
        ++next_load_w_;
        wake(now + 1);
        return true;
    }
    std::vector<uint8_t>& half = wgt_[t->wgt_half % 2];
    half.resize(weight_bytes(t->tile));
    loading_w_ = true;
    dma_w.read(1, linear(t->tile.wgt_address, static_cast<uint32_t>(half.size())), half.data());
    return false;
}

void Accelerator::weights_done(uint64_t cycle, bool error) {
    TileState& t = *tile(next_load_w_);
    if (error) record_error(MSD_ERROR_BUS, t.index, cycle, Source::kLoadW);
    loading_w_ = false;
    ++next_load_w_;
    t.load_w_end = load_w_end_ = cycle;
    wgt_ready_.set(t.wgt_half, cycle);
    const std::vector<uint8_t>& half = wgt_[t.wgt_half % 2];
    count(cycle).read_bytes_w += half.size();
    params_at_[t.wgt_half % 2] = stream_bytes(t.tile);
    pe::decode_weights(config_, t.tile, half.data(), decoded_[t.wgt_half % 2]);
    span(Unit::kLoadWgt, t, t.load_w_start, cycle, t.load_w_ready, half.size());
    wake(cycle + 1);
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
    sums.resize(std::size_t{channel_count(t->tile)} * t->tile.th * t->tile.tw);
    msd_tile executed = t->tile;
    if (MSD_FAULT(MSD_FAULT_SUMS_KEPT)) executed.flags &= static_cast<uint16_t>(~MSD_TILE_FIRST_C);
    pe::execute(executed, reinterpret_cast<const int8_t*>(act_[t->act_half % 2].data()),
                decoded_[t->wgt_half % 2], sums.data());
    t->acc_full = t->feed_end + t->timing.drain;
    if (t->has(MSD_TILE_LAST_C)) {
        const std::vector<uint8_t>& half = wgt_[t->wgt_half % 2];
        std::vector<msd_channel>& channels =
            channels_[(t->acc_half + MSD_FAULT(MSD_FAULT_PARAMETERS)) % 2];
        channels.resize(channel_count(t->tile));
        if (MSD_FAULT(MSD_FAULT_PARAMETERS))
            channels_[t->acc_half % 2].resize(
                std::max(channels.size(), channels_[t->acc_half % 2].size()));
        // Behind the streams of the tile that loaded them; what this one says of words is not checked.
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
        half.resize(std::size_t{(channel_count(t->tile) + 15u) / 16} * t->tile.th * t->tile.tw *
                    16);
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
    const uint64_t bytes = t.has(MSD_TILE_KEEP) ? 0 : block_bytes(t.tile.out);
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
