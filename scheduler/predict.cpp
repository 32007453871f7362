#include "scheduler/predict.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>

#include "ip/dma/core/bursts.h"
#include "ip/msd_pe/core/tile.h"
#include "ip/msd_pe/core/timing.h"

namespace msd::scheduler {
namespace {

constexpr uint64_t kUnknown = ~uint64_t{0};
constexpr int64_t kPrefetchedTiles = 2;  // fetch runs so far ahead of the activation loader
constexpr int64_t kDescriptorRing = 8;   // descriptors on chip

// A token made in cycle t is seen in t + 1.
uint64_t after(std::initializer_list<uint64_t> stamps) {
    uint64_t latest = 0;
    for (uint64_t s : stamps) {
        if (s == kUnknown) return kUnknown;
        latest = std::max(latest, s);
    }
    return latest + 1;
}

// Stamps by index; a negative index is an event before the beginning.
struct Stamps {
    std::vector<uint64_t> at_;
    uint64_t at(int64_t i) const {
        if (i < 0) return 0;
        return static_cast<std::size_t>(i) < at_.size() ? at_[i] : kUnknown;
    }
    int64_t add() {
        at_.push_back(kUnknown);
        return static_cast<int64_t>(at_.size()) - 1;
    }
};

struct Tile {
    const msd_tile* tile;
    pe::TileTiming timing;
    uint64_t weight_bytes;
    bool stores;
    int64_t act_half, wgt_half, acc_half, out_half;
};

struct Transfer {
    bool active = false;
    bool data = false;     // past the latency
    double event = 0;      // the data begins
    double remaining = 0;  // bytes
    double cap = 0;        // bytes a cycle
    double rate = 0;
};

enum Master { kA, kW, kS, kMasters };

class Simulation {
public:
    Simulation(const pe::AcceleratorConfig& config, const std::vector<const LayerTiles*>& layers,
               const MemoryModel& memory)
        : config_(config), memory_(memory) {
        for (const LayerTiles* layer : layers)
            for (const PlannedTile& p : layer->tiles) add(p.tile);
        for (Stamps* s : {&fetched_, &load_start_, &act_full_, &load_a_end_, &load_w_end_,
                          &feed_end_, &acc_full_, &post_end_, &retired_})
            s->at_.assign(tiles_.size(), kUnknown);
        store_cycles_.resize(tiles_.size());
        load_cycles_.resize(tiles_.size());
        weight_cycles_.resize(tiles_.size());
    }

    Prediction run(const std::vector<const LayerTiles*>& layers) {
        while (true) {
            while (propagate()) {
            }
            if (!advance()) break;
        }
        Prediction result;
        std::size_t first = 0;
        uint64_t previous_end = 0;
        for (const LayerTiles* layer : layers) {
            LayerPrediction p;
            const std::size_t end = first + layer->tiles.size();
            uint64_t weights = 0, post = 0;
            p.start = load_start_.at_[first];
            for (std::size_t j = first; j < end; ++j) {
                p.compute += tiles_[j].timing.feed;
                post += tiles_[j].timing.post + tiles_[j].timing.pool;
                p.load += load_cycles_[j];
                weights += weight_cycles_[j];
                p.store += store_cycles_[j];
            }
            p.compute = std::max(p.compute, post);
            p.load = std::max(p.load, weights);
            p.end = store_end_.at(tiles_[end - 1].out_half);
            p.cycles = p.end - previous_end;
            previous_end = p.end;
            result.layers.push_back(p);
            first = end;
        }
        result.cycles = previous_end;
        return result;
    }

private:
    void add(const msd_tile& t) {
        Tile s{&t, pe::tile_timing(config_, t), 0, false, 0, 0, 0, 0};
        s.weight_bytes =
            (uint64_t{t.lut_words} + t.dsp_words + pe::param_words(t)) * pe::kWordBytes;
        s.stores = (t.flags & (MSD_TILE_LAST_C | MSD_TILE_POOL_ONLY)) != 0;
        if (t.flags & MSD_TILE_LOAD_ACT) act_release_.add(), act_ready_.add();
        if (t.flags & MSD_TILE_LOAD_WGT) wgt_release_.add(), wgt_ready_.add();
        if (t.flags & MSD_TILE_FIRST_C) acc_post_end_.add();
        if (s.stores) store_end_.add();
        s.act_half = static_cast<int64_t>(act_ready_.at_.size()) - 1;
        s.wgt_half = static_cast<int64_t>(wgt_ready_.at_.size()) - 1;
        s.acc_half = static_cast<int64_t>(acc_post_end_.at_.size()) - 1;
        s.out_half = static_cast<int64_t>(store_end_.at_.size()) - 1;
        tiles_.push_back(s);
    }

    bool left(std::size_t unit) const { return unit < tiles_.size(); }

    // Lets every unit go on as far as stamps are known; true if something moved.
    bool propagate() {
        bool moved = false;
        while (fetch()) moved = true;
        while (load_a()) moved = true;
        while (load_w()) moved = true;
        while (exec()) moved = true;
        while (post()) moved = true;
        while (store()) moved = true;
        return moved;
    }

    bool fetch() {
        if (!left(f_)) return false;
        const auto j = static_cast<int64_t>(f_);
        const uint64_t start = after({fetched_.at(j - 1), load_start_.at(j - kPrefetchedTiles),
                                      retired_.at(j - kDescriptorRing)});
        if (start == kUnknown) return false;
        fetched_.at_[f_++] = start + static_cast<uint64_t>(memory_.latency_cycles) +
                             sizeof(msd_tile) / config_.beat_bytes + pe::kCheckCycles;
        return true;
    }

    bool load_a() {
        if (!left(a_) || masters_[kA].active) return false;
        const Tile& t = tiles_[a_];
        const bool loads = (t.tile->flags & MSD_TILE_LOAD_ACT) != 0;
        if (act_full_.at_[a_] == kUnknown) {
            const uint64_t start = after({load_a_end_.at(int64_t(a_) - 1), fetched_.at_[a_],
                                          store_end_.at(int64_t{t.tile->wait_store} - 1),
                                          loads ? act_release_.at(t.act_half - 2) : 0});
            if (start == kUnknown) return false;
            load_start_.at_[a_] = start;
            if (loads) {
                begin(kA, start, t.tile->act, memory_.latency_cycles);
                return true;
            }
            act_full_.at_[a_] = start;
        }
        if (t.tile->flags & MSD_TILE_LOAD_RES) {
            const uint64_t start = after({act_full_.at_[a_], store_end_.at(t.out_half - 2)});
            if (start == kUnknown) return false;
            loading_res_ = true;
            begin(kA, start, t.tile->res, memory_.latency_cycles);
            return true;
        }
        load_a_end_.at_[a_] = act_full_.at_[a_];
        ++a_;
        return true;
    }

    bool load_w() {
        if (!left(w_) || masters_[kW].active) return false;
        const Tile& t = tiles_[w_];
        const bool loads = (t.tile->flags & MSD_TILE_LOAD_WGT) != 0;
        const uint64_t start = after({load_w_end_.at(int64_t(w_) - 1), fetched_.at_[w_],
                                      loads ? wgt_release_.at(t.wgt_half - 2) : 0});
        if (start == kUnknown) return false;
        if (!loads) {
            load_w_end_.at_[w_++] = start;
            return true;
        }
        begin(kW, start, t.weight_bytes, (t.weight_bytes + 255) / 256, memory_.latency_cycles);
        return true;
    }

    bool exec() {
        if (!left(x_)) return false;
        const Tile& t = tiles_[x_];
        const bool computes = (t.tile->flags & MSD_TILE_POOL_ONLY) == 0;
        const bool first_c = (t.tile->flags & MSD_TILE_FIRST_C) != 0;
        const uint64_t start = after(
            {feed_end_.at(int64_t(x_) - 1), fetched_.at_[x_],
             computes ? act_ready_.at(t.act_half) : 0, computes ? wgt_ready_.at(t.wgt_half) : 0,
             computes ? acc_post_end_.at(first_c ? t.acc_half - 2 : t.acc_half - 1) : 0});
        if (start == kUnknown) return false;
        const uint64_t feed_end = start + t.timing.feed;
        feed_end_.at_[x_] = feed_end;
        acc_full_.at_[x_] = feed_end + t.timing.drain;
        if (t.tile->flags & MSD_TILE_RELEASE_ACT)
            act_release_.at_[t.act_half] = feed_end + t.timing.release;
        if (t.tile->flags & MSD_TILE_RELEASE_WGT)
            wgt_release_.at_[t.wgt_half] = feed_end + t.timing.release;
        ++x_;
        return true;
    }

    bool post() {
        if (!left(p_) || p_ >= x_) return false;
        const Tile& t = tiles_[p_];
        const uint64_t previous = post_end_.at(int64_t(p_) - 1);
        if (!t.stores) {
            post_end_.at_[p_++] = previous;
            return true;
        }
        const bool residual = (t.tile->flags & MSD_TILE_LOAD_RES) != 0;
        const uint64_t start =
            after({previous, acc_full_.at_[p_],
                   residual ? load_a_end_.at_[p_] : store_end_.at(t.out_half - 2)});
        if (start == kUnknown) return false;
        post_end_.at_[p_] = start + t.timing.post + t.timing.pool;
        if (!(t.tile->flags & MSD_TILE_POOL_ONLY))
            acc_post_end_.at_[t.acc_half] = post_end_.at_[p_];
        ++p_;
        return true;
    }

    bool store() {
        if (!left(s_) || s_ >= p_ || masters_[kS].active) return false;
        const Tile& t = tiles_[s_];
        if (!t.stores) {
            retired_.at_[s_] = std::max(acc_full_.at_[s_], retired_.at(int64_t(s_) - 1));
            ++s_;
            return true;
        }
        const uint64_t start = after({store_end_.at(t.out_half - 1), post_end_.at_[s_]});
        if (start == kUnknown) return false;
        begin(kS, start, t.tile->out, 0);
        return true;
    }

    void begin(Master m, uint64_t start, const msd_block& block, double latency) {
        begin(m, start, dma::count_bytes(block), dma::count_bursts(block, config_.beat_bytes),
              latency);
    }

    void begin(Master m, uint64_t start, uint64_t bytes, uint64_t bursts, double latency) {
        Transfer& t = masters_[m];
        t.active = true;
        t.data = false;
        t.event = static_cast<double>(start) + latency;
        t.remaining = static_cast<double>(bytes);
        // N bursts in flight, each there for its latency and its beats.
        const double beat = config_.beat_bytes;
        const double beats =
            t.remaining / beat / static_cast<double>(std::max<uint64_t>(bursts, 1));
        t.cap =
            std::min(beat, config_.outstanding * beats * beat / (memory_.latency_cycles + beats));
        started_[m] = start;
    }

    // Moves to the next moment at which a transfer's data begins or ends; false if there is none.
    bool advance() {
        share();
        double next = -1;
        for (Transfer& t : masters_) {
            if (!t.active) continue;
            const double at = t.data ? now_ + t.remaining / t.rate : std::max(t.event, now_);
            if (next < 0 || at < next) next = at;
        }
        if (next < 0) return false;
        std::array<bool, kMasters> done{};
        for (int m = 0; m < kMasters; ++m) {
            Transfer& t = masters_[m];
            if (!t.active) continue;
            if (t.data) {
                t.remaining -= t.rate * (next - now_);
                done[m] = t.remaining < 1e-6;
            } else if (t.event <= next) {
                t.data = true;
            }
        }
        now_ = next;
        for (int m = 0; m < kMasters; ++m)
            if (done[m]) finish(static_cast<Master>(m), static_cast<uint64_t>(std::ceil(now_)));
        return true;
    }

    // The bandwidth goes in equal parts to the masters with data; what one cannot use the others
    // get.
    void share() {
        double left = memory_.bytes_per_cycle;
        std::array<bool, kMasters> waiting{};
        int count = 0;
        for (int m = 0; m < kMasters; ++m)
            count += waiting[m] = masters_[m].active && masters_[m].data;
        for (; count > 0; --count) {  // the one with the lowest cap first
            int least = -1;
            for (int m = 0; m < kMasters; ++m)
                if (waiting[m] && (least < 0 || masters_[m].cap < masters_[least].cap)) least = m;
            masters_[least].rate = std::min(masters_[least].cap, left / count);
            left -= masters_[least].rate;
            waiting[least] = false;
        }
    }

    void finish(Master m, uint64_t now) {
        masters_[m].active = false;
        const uint64_t cycles = now - started_[m];
        if (m == kW) {
            load_w_end_.at_[w_] = wgt_ready_.at_[tiles_[w_].wgt_half] = now;
            weight_cycles_[w_++] += cycles;
        } else if (m == kS) {
            const uint64_t end = now + static_cast<uint64_t>(memory_.latency_cycles);
            store_end_.at_[tiles_[s_].out_half] = end;
            retired_.at_[s_] = std::max(end, retired_.at(int64_t(s_) - 1));
            store_cycles_[s_++] += end - started_[m];
        } else {
            load_cycles_[a_] += cycles;
            if (loading_res_) {
                loading_res_ = false;
                load_a_end_.at_[a_++] = now;
            } else {
                act_full_.at_[a_] = act_ready_.at_[tiles_[a_].act_half] = now;
            }
        }
    }

    const pe::AcceleratorConfig& config_;
    const MemoryModel& memory_;
    std::vector<Tile> tiles_;
    Stamps fetched_, load_start_, act_full_, load_a_end_, load_w_end_, feed_end_, acc_full_,
        post_end_, retired_;
    Stamps act_ready_, act_release_, wgt_ready_, wgt_release_, acc_post_end_,
        store_end_;  // by half
    std::vector<uint64_t> load_cycles_, weight_cycles_, store_cycles_;
    std::size_t f_ = 0, a_ = 0, w_ = 0, x_ = 0, p_ = 0, s_ = 0;  // the tile each unit works on
    std::array<Transfer, kMasters> masters_{};
    std::array<uint64_t, kMasters> started_{};
    bool loading_res_ = false;
    double now_ = 0;
};

}  // namespace

const char* LayerPrediction::bound() const {
    if (compute >= load && compute >= store) return "compute";
    return load >= store ? "load" : "store";
}

Prediction predict(const pe::AcceleratorConfig& config,
                   const std::vector<const LayerTiles*>& layers, const MemoryModel& memory) {
    return Simulation(config, layers, memory).run(layers);
}

}  // namespace msd::scheduler
