#include "scheduler/predict.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "ip/dma/core/bursts.h"
#include "ip/msd_pe/core/timing.h"

namespace msd::scheduler {
namespace {

constexpr uint64_t kUnknown = ~uint64_t{0};
constexpr std::size_t kPrefetchedTiles = 2;  // fetch runs so far ahead of the activation loader
constexpr std::size_t kDescriptorRing = 8;   // descriptors on chip
// Bytes, and cycles, that are rounding: at 1e9 cycles a double knows no less than 1e-7.
constexpr double kNothing = 1e-4;

// A token made in cycle t is seen in t + 1. kUnknown is the largest number.
uint64_t after(std::initializer_list<uint64_t> stamps) {
    const uint64_t latest = std::max(stamps);
    return latest == kUnknown ? kUnknown : latest + 1;
}

}  // namespace

Predictor::Predictor(const pe::AcceleratorConfig& config, const MemoryModel& memory)
    : config_(config), memory_(memory) {
    const msd_tile any{};
    drain_ = std::max(pe::drain_cycles(pe::lut_shape(config, any)),
                      pe::drain_cycles(pe::dsp_shape(config, any)));
    release_ = std::max({config.lut_rows, config.lut_cols, config.dsp_rows, config.dsp_cols});
    fetch_beats_ = sizeof(msd_tile) / config.beat_bytes;
}

void Predictor::reset(const std::vector<TileWork>& tiles) {
    tiles_ = tiles.data();
    count_ = tiles.size();
    state_.resize(count_);
    act_.clear();
    wgt_.clear();
    acc_post_end_.clear();
    store_end_.clear();
    for (std::size_t j = 0; j < count_; ++j) {
        const TileWork& t = tiles_[j];
        if (t.has(MSD_TILE_LOAD_ACT)) act_.push_back({kUnknown, kUnknown});
        if (t.has(MSD_TILE_LOAD_WGT)) wgt_.push_back({kUnknown, kUnknown});
        if (t.has(MSD_TILE_FIRST_C)) acc_post_end_.push_back(kUnknown);
        if (t.stores()) store_end_.push_back(kUnknown);
        State& s = state_[j];
        s.fetched = s.load_start = s.act_full = s.load_a_end = s.load_w_end = s.feed_end =
            s.acc_full = s.post_end = s.retired = kUnknown;
        s.act_half = static_cast<int32_t>(act_.size()) - 1;
        s.wgt_half = static_cast<int32_t>(wgt_.size()) - 1;
        s.acc_half = static_cast<int32_t>(acc_post_end_.size()) - 1;
        s.out_half = static_cast<int32_t>(store_end_.size()) - 1;
        s.load_cycles = s.weight_cycles = s.store_cycles = 0;
    }
    f_ = a_ = w_ = x_ = p_ = s_ = 0;
    masters_ = {};
    loading_res_ = false;
    now_ = 0;
}

uint64_t Predictor::run(const std::vector<TileWork>& tiles, uint64_t limit) {
    reset(tiles);
    while (true) {
        while (propagate()) {
        }
        if (now_ > static_cast<double>(limit)) return static_cast<uint64_t>(std::ceil(now_));
        if (!advance()) break;
    }
    return store_end_.empty() ? 0 : store_end_.back();
}

// A negative index is an event before the beginning.
uint64_t Predictor::stored(int64_t half) const {
    return half < 0 ? 0 : store_end_[static_cast<std::size_t>(half)];
}

// Lets every unit go on as far as stamps are known; true if something moved.
bool Predictor::propagate() {
    bool moved = false;
    while (fetch()) moved = true;
    while (load_a()) moved = true;
    while (load_w()) moved = true;
    while (exec()) moved = true;
    while (post()) moved = true;
    while (store()) moved = true;
    return moved;
}

bool Predictor::fetch() {
    if (f_ == count_) return false;
    const uint64_t start =
        after({f_ > 0 ? state_[f_ - 1].fetched : 0,
               f_ >= kPrefetchedTiles ? state_[f_ - kPrefetchedTiles].load_start : 0,
               f_ >= kDescriptorRing ? state_[f_ - kDescriptorRing].retired : 0});
    if (start == kUnknown) return false;
    double latency = memory_.latency_cycles;
    Transfer& a = masters_[kA];
    if (a.active) {  // behind the bursts in flight, before all others
        const double in_flight = std::min<double>(
            (a.data ? config_.outstanding : 1) * dma::kMaxBeats * config_.beat_bytes, a.remaining);
        const double wait = in_flight / std::max(a.data ? a.rate : config_.beat_bytes, 1.0);
        latency = a.data ? std::max(latency, wait) : latency + wait;
        a.remaining += sizeof(msd_tile);
    }
    state_[f_++].fetched = start + static_cast<uint64_t>(latency) + fetch_beats_ + pe::kCheckCycles;
    return true;
}

bool Predictor::load_a() {
    if (a_ == count_ || masters_[kA].active) return false;
    const TileWork& t = tiles_[a_];
    State& s = state_[a_];
    const bool loads = t.has(MSD_TILE_LOAD_ACT);
    if (s.act_full == kUnknown) {
        const uint64_t start = after({a_ > 0 ? state_[a_ - 1].load_a_end : 0, s.fetched,
                                      stored(int64_t{t.wait_store} - 1),
                                      loads && s.act_half >= 2 ? act_[s.act_half - 2].release : 0});
        if (start == kUnknown) return false;
        s.load_start = start;
        if (t.has(MSD_TILE_LOAD_OUT)) {
            s.act_full = act_[s.act_half].ready = start + t.hand_words + pe::kHandOverCycles;
            s.load_cycles += static_cast<uint32_t>(s.act_full - start);
        } else if (loads) {
            begin(kA, start, t.act, memory_.latency_cycles);
            return true;
        } else {
            s.act_full = start;
        }
    }
    if (t.has(MSD_TILE_LOAD_RES)) {
        const uint64_t start = after({s.act_full, stored(s.out_half - 2)});
        if (start == kUnknown) return false;
        loading_res_ = true;
        begin(kA, start, t.res, memory_.latency_cycles);
        return true;
    }
    s.load_a_end = s.act_full;
    ++a_;
    return true;
}

bool Predictor::load_w() {
    if (w_ == count_ || masters_[kW].active) return false;
    const TileWork& t = tiles_[w_];
    State& s = state_[w_];
    const bool loads = t.has(MSD_TILE_LOAD_WGT);
    const uint64_t start = after({w_ > 0 ? state_[w_ - 1].load_w_end : 0, s.fetched,
                                  loads && s.wgt_half >= 2 ? wgt_[s.wgt_half - 2].release : 0});
    if (start == kUnknown) return false;
    if (loads) {
        begin(kW, start, t.wgt, memory_.latency_cycles);
        return true;
    }
    s.load_w_end = start;
    ++w_;
    return true;
}

bool Predictor::exec() {
    if (x_ == count_) return false;
    const TileWork& t = tiles_[x_];
    State& s = state_[x_];
    uint64_t act = 0, wgt = 0, bank = 0;
    if (!t.has(MSD_TILE_POOL_ONLY)) {
        act = act_[s.act_half].ready;
        wgt = wgt_[s.wgt_half].ready;
        const int before = s.acc_half - (t.has(MSD_TILE_FIRST_C) ? 2 : 1);
        if (before >= 0) bank = acc_post_end_[before];
    }
    const uint64_t start = after({x_ > 0 ? state_[x_ - 1].feed_end : 0, s.fetched, act, wgt, bank});
    if (start == kUnknown) return false;
    s.feed_end = start + t.feed;
    s.acc_full = s.feed_end + (t.has(MSD_TILE_POOL_ONLY) ? 0 : drain_);
    if (t.has(MSD_TILE_RELEASE_ACT)) act_[s.act_half].release = s.feed_end + release_;
    if (t.has(MSD_TILE_RELEASE_WGT)) wgt_[s.wgt_half].release = s.feed_end + release_;
    ++x_;
    return true;
}

bool Predictor::post() {
    if (p_ >= x_) return false;
    const TileWork& t = tiles_[p_];
    State& s = state_[p_];
    const uint64_t previous = p_ > 0 ? state_[p_ - 1].post_end : 0;
    if (!t.stores()) {
        s.post_end = previous;
        ++p_;
        return true;
    }
    const uint64_t start = after(
        {previous, s.acc_full, t.has(MSD_TILE_LOAD_RES) ? s.load_a_end : stored(s.out_half - 2)});
    if (start == kUnknown) return false;
    s.post_end = start + t.post;
    if (!t.has(MSD_TILE_POOL_ONLY)) acc_post_end_[s.acc_half] = s.post_end;
    ++p_;
    return true;
}

bool Predictor::store() {
    if (s_ >= p_ || masters_[kS].active) return false;
    const TileWork& t = tiles_[s_];
    State& s = state_[s_];
    if (!t.stores()) {
        s.retired = std::max(s.acc_full, s_ > 0 ? state_[s_ - 1].retired : 0);
        ++s_;
        return true;
    }
    const uint64_t start = after({stored(s.out_half - 1), s.post_end});
    if (start == kUnknown) return false;
    if (t.has(MSD_TILE_KEEP)) {
        store_end_[s.out_half] = start;
        s.retired = std::max(start, s_ > 0 ? state_[s_ - 1].retired : 0);
        ++s_;
        return true;
    }
    begin(kS, start, t.out, 0);
    return true;
}

void Predictor::begin(Master m, uint64_t start, const Traffic& traffic, double latency) {
    Transfer& t = masters_[m];
    t.active = true;
    t.data = false;
    t.started = start;
    t.event = static_cast<double>(start) + latency;
    t.remaining = traffic.bus_bytes;
    t.burst = t.remaining / std::max<uint32_t>(traffic.bursts, 1);
    t.beats = double(traffic.bytes) / config_.beat_bytes / std::max<uint32_t>(traffic.bursts, 1);
    t.port = double(config_.beat_bytes) * traffic.bus_bytes / traffic.bytes;
}

// Moves to the next moment at which a transfer's data begins or ends; false if there is none.
bool Predictor::advance() {
    share();
    double next = -1;
    for (const Transfer& t : masters_) {
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
            done[m] = t.remaining < kNothing;
        } else if (t.event <= next) {
            t.data = true;
        }
    }
    now_ = next;
    for (int m = 0; m < kMasters; ++m)
        if (done[m])
            finish(static_cast<Master>(m), static_cast<uint64_t>(std::ceil(now_ - kNothing)));
    return true;
}

// What a master gets while the others have `queued` bytes before the memory, `mixed`: in both
// directions. N bursts are in flight, each there for its latency, its place in the queue and its
// beats; a refresh is a gap as long as they do not bridge.
double Predictor::cap(Master m, double queued, bool mixed) const {
    const Transfer& t = masters_[m];
    const double trip = memory_.latency_cycles + queued / memory_.bytes_per_cycle +
                        (mixed ? memory_.turn_cycles : 0);
    double port = t.port;
    if (memory_.refresh_interval_cycles > 0) {
        const double gap = memory_.refresh_cycles + trip - config_.outstanding * t.beats;
        port *= 1 - std::clamp(gap, 0.0, memory_.refresh_cycles) / memory_.refresh_interval_cycles;
    }
    return std::min(port, config_.outstanding * t.burst / (trip + t.beats));
}

// The bandwidth goes in equal parts to the masters with data; what one cannot use the others get.
void Predictor::share() {
    std::array<bool, kMasters> waiting{};
    int count = 0;
    double queued = 0, reads = 0;
    for (int m = 0; m < kMasters; ++m) {
        const Transfer& t = masters_[m];
        if (!(waiting[m] = t.active && t.data)) continue;
        ++count;
        queued += config_.outstanding * t.burst;
        if (m != kS) reads += t.burst;
    }
    const bool mixed = waiting[kS] && count > 1;
    double left = memory_.bytes_per_cycle;
    if (mixed) {
        const double pair =
            memory_.group_bursts * (reads / (count - 1) + masters_[kS].burst) / left;
        left *= pair / (pair + memory_.turn_cycles);
    }
    std::array<double, kMasters> most{};
    for (int m = 0; m < kMasters; ++m)
        if (waiting[m])
            most[m] = cap(static_cast<Master>(m), queued - config_.outstanding * masters_[m].burst,
                          mixed);
    for (; count > 0; --count) {  // the one with the lowest cap first
        int least = -1;
        for (int m = 0; m < kMasters; ++m)
            if (waiting[m] && (least < 0 || most[m] < most[least])) least = m;
        masters_[least].rate = std::min(most[least], left / count);
        left -= masters_[least].rate;
        waiting[least] = false;
    }
}

void Predictor::finish(Master m, uint64_t now) {
    masters_[m].active = false;
    const auto cycles = static_cast<uint32_t>(now - masters_[m].started);
    if (m == kW) {
        State& s = state_[w_++];
        s.load_w_end = wgt_[s.wgt_half].ready = now;
        s.weight_cycles = cycles;
    } else if (m == kS) {
        State& s = state_[s_];
        const uint64_t end = now + static_cast<uint64_t>(memory_.latency_cycles);
        store_end_[s.out_half] = end;
        s.retired = std::max(end, s_ > 0 ? state_[s_ - 1].retired : 0);
        s.store_cycles = static_cast<uint32_t>(end - masters_[m].started);
        ++s_;
    } else {
        State& s = state_[a_];
        s.load_cycles += cycles;
        if (loading_res_) {
            loading_res_ = false;
            s.load_a_end = now;
            ++a_;
        } else {
            s.act_full = act_[s.act_half].ready = now;
        }
    }
}

LayerPrediction Predictor::layer(std::size_t first, std::size_t end, uint64_t previous_end) const {
    LayerPrediction p;
    if (first == end) return p;
    uint64_t weights = 0, post = 0;
    p.start = state_[first].load_start;
    for (std::size_t j = first; j < end; ++j) {
        p.compute += tiles_[j].feed;
        post += tiles_[j].post;
        p.load += state_[j].load_cycles;
        weights += state_[j].weight_cycles;
        p.store += state_[j].store_cycles;
    }
    p.compute = std::max(p.compute, post);
    p.load = std::max(p.load, weights);
    p.end = stored(state_[end - 1].out_half);
    p.cycles = p.end - previous_end;
    return p;
}

const char* LayerPrediction::bound() const {
    if (compute >= load && compute >= store) return "compute";
    return load >= store ? "load" : "store";
}

Prediction predict(const pe::AcceleratorConfig& config,
                   const std::vector<const LayerTiles*>& layers, const MemoryModel& memory) {
    std::vector<TileWork> all;
    std::vector<std::size_t> ends;
    for (const LayerTiles* layer : layers) {
        const auto work = work_of(config, *layer, memory.access_bytes);
        all.insert(all.end(), work.begin(), work.end());
        ends.push_back(all.size());
    }
    Predictor predictor(config, memory);
    Prediction result;
    result.cycles = predictor.run(all);
    std::size_t first = 0;
    uint64_t previous = 0;
    for (const std::size_t end : ends) {
        result.layers.push_back(predictor.layer(first, end, previous));
        previous = result.layers.back().end;
        first = end;
    }
    return result;
}

}  // namespace msd::scheduler
