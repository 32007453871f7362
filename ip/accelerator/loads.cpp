// The units that fetch descriptors and load operands: when each may start its next tile, and what
// it does then.
#include <cstring>

#include "ip/accelerator/accelerator.h"
#include "ip/accelerator/accelerator_regs.h"
#include "ip/dma/core/bursts.h"
#include "ip/dma/faults.h"
#include "ip/msd_pe/core/tile_shape.h"

namespace msd::accelerator {
namespace {

msd_block linear(uint32_t address, uint32_t bytes) {
    msd_block b{};
    b.address = address;
    b.row_stride = b.plane_stride = b.row_bytes = bytes;
    b.rows = b.planes = 1;
    return b;
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
            half.resize(dma::count_bytes(t->tile.act));
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
            half.resize(dma::count_bytes(t->tile.res));
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
    const uint64_t bytes = dma::count_bytes(act ? t.tile.act : t.tile.res);
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

}  // namespace msd::accelerator
