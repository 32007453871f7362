// Predicted cycles: the accelerator's own recurrences (docs/timing.md) over a list of tiles, above
// a simple memory.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "ip/msd_pe/core/config.h"
#include "scheduler/memory_model.h"
#include "scheduler/tiles.h"
#include "scheduler/work.h"

namespace msd::scheduler {

struct LayerPrediction {
    uint64_t start = 0;   // the first tile's load starts
    uint64_t end = 0;     // the last tile is stored
    uint64_t cycles = 0;  // end - the end of the layer before: these sum to the whole
    uint64_t compute = 0, load = 0,
             store = 0;         // cycles that Exec or Post, the busier load master, Store were busy
    const char* bound() const;  // compute | load | store: the busiest
};

struct Prediction {
    uint64_t cycles = 0;
    std::vector<LayerPrediction> layers;
};

// The recurrences over a list of tiles. Keeps its memory between runs.
class Predictor {
public:
    Predictor(const pe::AcceleratorConfig& config, const MemoryModel& memory);

    // Cycles until the last tile is stored, or, as soon as it is known to be more than `limit`, a
    // number above it. wait_store counts from the first tile.
    uint64_t run(const std::vector<TileWork>& tiles, uint64_t limit = ~uint64_t{0});

    // Of the last run, if it was not cut short: tiles [first, end).
    LayerPrediction layer(std::size_t first, std::size_t end, uint64_t previous_end) const;

private:
    enum Master { kA, kW, kS, kMasters };
    struct Transfer {
        bool active = false;
        bool data = false;     // past the latency
        double event = 0;      // the data begins
        double remaining = 0;  // bytes on the DRAM's pins, as all below
        double burst = 0;      // of one burst, on average
        double beats = 0;      // of one burst
        double port = 0;       // bytes a cycle that the port takes
        double rate = 0;
        uint64_t started = 0;
    };
    struct State {  // stamps of a tile; kUnknown until decided
        uint64_t fetched, load_start, act_full, load_a_end, load_w_end, feed_end, acc_full,
            post_end, retired;
        int32_t act_half, wgt_half, acc_half, out_half;
        uint32_t load_cycles, weight_cycles, store_cycles;
    };
    struct Half {  // of operands
        uint64_t ready, release;
    };

    void reset(const std::vector<TileWork>& tiles);
    bool propagate();
    bool fetch();
    bool load_a();
    bool load_w();
    bool exec();
    bool post();
    bool store();
    void begin(Master m, uint64_t start, const Traffic& traffic, double latency);
    bool advance();
    void share();
    double cap(Master m, double queued, bool mixed) const;
    void finish(Master m, uint64_t now);
    uint64_t stored(int64_t half) const;

    const pe::AcceleratorConfig& config_;
    MemoryModel memory_;
    uint64_t drain_, release_, fetch_beats_;
    const TileWork* tiles_ = nullptr;
    std::size_t count_ = 0;
    std::vector<State> state_;
    std::vector<Half> act_, wgt_;
    std::vector<uint64_t> acc_post_end_, store_end_;
    std::size_t f_ = 0, a_ = 0, w_ = 0, x_ = 0, p_ = 0, s_ = 0;  // the tile each unit works on
    std::array<Transfer, kMasters> masters_{};
    bool loading_res_ = false;
    double now_ = 0;
};

// layers: pointers, in the order they run; wait_store must be set (link_stores) if there is more
// than one.
Prediction predict(const pe::AcceleratorConfig& config,
                   const std::vector<const LayerTiles*>& layers, const MemoryModel& memory);

}  // namespace msd::scheduler
