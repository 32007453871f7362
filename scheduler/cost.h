// What a choice of tiles for a layer costs: a lower bound in closed form, and the work of every
// tile for the recurrences.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "ip/msd_pe/core/config.h"
#include "scheduler/grid.h"
#include "scheduler/predict.h"
#include "scheduler/work.h"

namespace msd::scheduler {

// Which output channels run on the LUT core, as the search is bound to it.
struct SplitRule {
    std::optional<double> share;    // round(share * K), spread evenly over the K tiles
    std::vector<uint8_t> assigned;  // per channel, if the weights are encoded already
    bool all_dsp = false;           // identity convolutions
    bool free() const { return !share && assigned.empty() && !all_dsp; }
};

// What the search chooses for a layer. Sizes of a full tile.
struct Choice {
    int h_tile = 1, w_tile = 1;    // stored output rows and columns
    int k_tile = 16;               // output channels, a multiple of 16
    int lut = 0, lut_rest = 0;     // LUT channels of a full K tile, of the last smaller one
    int c_blocks = 1;              // input channel blocks of one part
    int kh_tile = 0, kw_tile = 0;  // taps of one part; 0: all
    Order order = Order::kActivation;
};

// The places of a layer's tiles, and sums over them.
struct Places {
    int h_tile = 0, w_tile = 0;
    struct Size {
        int pixels;     // of the map before a fused pool
        int64_t count;  // tiles of this size, all images
        int lut_passes, dsp_passes, lut_sets, dsp_sets;
        double pool, pool_per_block;  // T_pool = pool + pool_per_block * K blocks
    };
    std::vector<Size> sizes;
    int64_t tiles = 0;                                             // places
    int64_t lut_passes = 0, dsp_passes = 0, sets = 0;              // sums; sets: the smaller core's
    double act_words = 0, first_act_words = 0, max_act_words = 0;  // per channel block
    double map_words = 0, out_words = 0;  // per block, before and behind a fused pool
    double pool = 0, pool_per_block = 0;
    int most_pixels = 0, most_out_words = 0, pool_base = 0;  // of one tile
    int least_pixels = 0, least_out = 0;
    int lut_strip = 0, dsp_strip = 0;  // words a block in the fullest group, all taps
};

class LayerModel {
public:
    LayerModel(const pe::AcceleratorConfig& config, const Step& step, const SplitRule& split,
               int effective_bits, const MemoryModel& memory);

    // Nothing if no tile of this size fits, whatever else is chosen.
    std::optional<Places> places(int h_tile, int w_tile) const;
    // The least that any choice with these places can cost.
    double bound(const Places& places) const;
    // Of one choice; at most what predict() returns for it. What the orders have in common is
    // computed once.
    struct Bound {
        double cycles = 0;
        double bytes = 0;
    };
    struct Sums {  // words of all transfers where no order keeps them, cycles of all tiles
        double feed = 0, post = 0, tiles = 0, stored = 0, k_tiles = 0;
        double act_each = 0, act_all = 0;       // words a place: of one K tile, of all
        double wgt_once = 0, res = 0, out = 0;  // wgt_once: every slice once
        double parts = 0;                       // of all K tiles
        double first_feed = 0, first_act = 0, first_wgt = 0;
        double least_feed = 0, least_post = 0, least_out = 0, most_slice = 0;
        double cycles = 0;   // a bound for every order
        bool single = true;  // one part everywhere
    };
    Sums sums(const Places& places, const Choice& choice) const;
    Bound bound(const Places& places, const Choice& choice, const Sums& sums) const;
    Bound bound(const Places& places, const Choice& choice) const {
        return bound(places, choice, sums(places, choice));
    }

    // The least that execution of a layer takes in K tiles of so many channels.
    double least_feed(const Places& places, int k_tile) const;

    // Cycles of execution of one K tile at all places, parts of c_blocks, all taps at once.
    double feed(const Places& places, const KRange& k, int c_blocks) const;

    double post(const Places& places, const KRange& k) const;  // of post-processing, likewise
    // Whether split `a` of a K tile takes, tile by tile, no more cycles and words than split `b`.
    bool dominates(const Places& places, const KRange& a, const KRange& b, int c_blocks) const;

    std::vector<KRange> k_ranges(const Choice& choice) const;
    // Whether accumulators, buffers and parameter entries hold the choice's tiles.
    bool fits(const Places& places, const Choice& choice) const;
    // Most channels of one core whose accumulators and weights (parts of `blocks` channel blocks)
    // fit; any number is followed by a smaller one that fits too.
    int most_lut(const Places& places, int blocks, int taps) const;
    int most_dsp(const Places& places, int blocks, int taps) const;
    // Most channel blocks of a part, as far as activations are concerned.
    int most_blocks(const Places& places, bool lut, bool dsp, int kh, int kw) const;

    // Tile by tile, as work_of(tile_layer()) has them.
    void work(const Choice& choice, std::vector<TileWork>& tiles) const;

    const Step& step() const { return step_; }

private:
    struct PartKind {
        int count, blocks, c_last;
        float *lut, *dsp;          // slots of one pixel pass, by channels; negative: not known yet
        int lut_words, dsp_words;  // of weights, a row
    };
    struct PartKinds {  // without an allocation where there are two at most
        PartKind own[2];
        std::vector<PartKind> many;
        int count = 0;
        const PartKind* begin() const { return many.empty() ? own : many.data(); }
        const PartKind* end() const { return begin() + count; }
    };
    const PartKinds& part_kinds(const KRange& k, int c_blocks) const;
    PartKind part_kind(int count, int blocks, int c_last, int first_dsp) const;
    void add(const Places& places, const Choice& choice, const KRange& k, double count, bool first,
             Sums& sums) const;
    // Slots of one pixel pass over all K passes of a core's channels.
    double lut_slots(int channels, const PartKind& part) const;
    double dsp_slots(int channels, const PartKind& part, int first_channel) const;
    double weight_words(const KRange& k, const PartKind& part) const;

    // Equal tiles along an axis, counted together: the first of them, and the input it reads.
    struct Kind {
        AxisTile tile;
        Span in;
        int count;
    };
    const std::vector<Kind>& kinds(int tile, bool rows) const;
    double exec_bound(const Places& places, int channels) const;

    const pe::AcceleratorConfig& config_;
    const Step& step_;
    const SplitRule& split_;
    int effective_bits_;
    MemoryModel memory_;
    double drain_;
    mutable std::map<int, std::vector<KRange>> assigned_ranges_;  // by k_tile
    using Slots = std::map<std::pair<int, int>, std::vector<float>>;
    float* table(Slots& slots, int blocks, int c_last) const;
    msd_tile part_tile(int blocks, int c_last) const;
    mutable Slots lut_slots_, dsp_slots_;
    mutable std::vector<PartKinds> dense_parts_;  // by c_blocks
    mutable PartKinds other_parts_;
    PartKind whole_;  // all input channels of a group, for bounds
    mutable std::vector<std::vector<Kind>> row_kinds_, col_kinds_;  // by tile size
};

}  // namespace msd::scheduler
