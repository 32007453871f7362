// The order of a tile through the accelerator's units as cycle stamps (docs/timing.md, "Units and
// tokens").
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "firmware/program.h"
#include "ip/msd_pe/core/timing.h"

namespace msd::accelerator {

// A cycle that has not been decided yet.
constexpr uint64_t kUnknown = ~uint64_t{0};

// The cycle after the latest of the stamps: a token made in t is seen in t + 1. Unknown if one of
// them is.
inline uint64_t after(std::initializer_list<uint64_t> stamps) {
    uint64_t latest = 0;
    for (uint64_t s : stamps) {
        if (s == kUnknown) return kUnknown;
        latest = std::max(latest, s);
    }
    return latest + 1;
}

// A sequence of stamps, in order, of which only the most recent ones are kept; indexed from 0 since
// reset. Negative indices, and those no longer kept, stand for events long past: stamp 0.
class Stamps {
public:
    void clear() { count_ = 0; }
    uint64_t count() const { return count_; }
    // Appends; returns the index.
    uint64_t push(uint64_t stamp = kUnknown) {
        ring_[count_ % kDepth] = stamp;
        return count_++;
    }
    void set(uint64_t index, uint64_t stamp) { ring_[index % kDepth] = stamp; }
    uint64_t at(int64_t index) const {
        if (index < 0 || count_ > static_cast<uint64_t>(index) + kDepth) return 0;
        return static_cast<uint64_t>(index) < count_ ? ring_[index % kDepth] : kUnknown;
    }
    // How many of the events have happened before cycle `now`; they are in order.
    uint64_t before(uint64_t now) const {
        uint64_t n = count_;
        while (n > 0 && count_ - n < kDepth && ring_[(n - 1) % kDepth] >= now) --n;
        return n;
    }

private:
    static constexpr unsigned kDepth = 64;
    std::array<uint64_t, kDepth> ring_{};
    uint64_t count_ = 0;
};

constexpr unsigned kDescriptorRing = 8;   // descriptors on chip, from fetch to retirement
constexpr unsigned kPrefetchedTiles = 2;  // how far fetch runs ahead of the activation loader
constexpr unsigned kListQueue = 4;

// A tile on its way through the units. All stamps are cycles of the accelerator's clock, kUnknown
// until decided.
struct TileState {
    msd_tile tile{};
    pe::TileTiming timing{};
    uint64_t index = 0;  // counted from CLEAR
    bool last_of_list = false;
    bool stores = false;  // LAST_C or POOL_ONLY

    // Indices of the halves this tile uses, counted from CLEAR (half = index mod 2).
    uint64_t act_half = 0, wgt_half = 0, acc_half = 0, out_half = 0;

    uint64_t fetched = kUnknown;
    uint64_t load_ready = kUnknown, load_a_start = kUnknown, act_full = kUnknown;
    uint64_t res_start = kUnknown, load_a_end = kUnknown;
    uint64_t load_w_ready = kUnknown, load_w_start = kUnknown, load_w_end = kUnknown;
    uint64_t exec_start = kUnknown, feed_end = kUnknown, acc_full = kUnknown;
    uint64_t post_start = kUnknown, post_end = kUnknown;
    uint64_t store_start = kUnknown, store_end = kUnknown;
    uint64_t wait_act = 0, wait_wgt = 0;  // of exec

    bool has(uint16_t flag) const { return (tile.flags & flag) != 0; }
};

}  // namespace msd::accelerator
