// The published loops, pruned; see schedule.h and search.h.
//
// They run k downwards, then l upwards, then c downwards, then o downwards, and keep the first
// smallest total: of equal totals the one that is first in (k, l, c, o). Here the tiles (c, o) are
// outside and l inside, and the order is compared.
//
// The quirk: after a feasible candidate the loop sets l to floor(k * (l / k)) in floating point,
// which for some l is l - 1, and keeps it for the rest of that l. Such an l (a "slipping" one)
// costs l before its first feasible tile, a mixture at it, and l - 1 after it; where l - 1 is
// searched in its own right these last can only tie, and lose.
#include "codesign/msd_fccm23/search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace msd::fccm23 {
namespace {

constexpr int kMostTile = 512;  // of k and c
constexpr int kShortLoad = 16;  // beats, below which a load is taken to cost
constexpr double kShortLoadFactor = 1.2;
constexpr double kSlack = 1e-9;  // of the lower bounds, against rounding

int64_t ceil_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

struct Range {
    int first, last, step;  // downwards, both included
};

// The tile sizes of o, or of c where it is few; a size is skipped when the tiles outnumber size /
// `share`.
std::vector<int> sizes(int whole, const Range& range, int share) {
    std::vector<int> list;
    for (int size = range.first; size >= range.last; size -= range.step) {
        if (ceil_div(whole, size) * share <= size) list.push_back(size);
    }
    return list;
}

std::vector<int> output_sizes(int o) {
    return o < 8 ? sizes(o, {o, 1, 1}, 1) : sizes(o, {o, 4, 2}, 2);
}

struct Tile {
    int c, o;
    double tiles;       // of c and o
    int64_t depth;      // weights of one output channel
    double lut_cycles;  // for up to lut_cols output channels
    double dsp_cycles;  // for up to dsp_cols
    int64_t act_bytes;
    int64_t outputs;                  // of one channel
    int64_t lut_most, dsp_most;       // channels that fit the buffers
    double bound_fixed, bound_slope;  // total >= channel tiles * max(fixed, slope * channels)
};

class Search {
public:
    Search(const LayerShape& layer, const HardwareDescription& hw, int effective_bits)
        : layer_(layer),
          hw_(hw),
          eb_(effective_bits),
          lut_(hw.lut_depths()),
          dsp_(hw.dsp_depths()) {}

    SplitChoice dense();
    SplitChoice depthwise();

private:
    struct Cost {
        double total;
        bool fractional, compute_bound;
    };

    Tile make_tile(int c, int o, int64_t c_tiles, bool depthwise) const;
    void split(int channels, int channel_tiles, int first, int last, bool may_slip);
    void split_tile(std::size_t index, int first, int last);
    void by_dsp_steps(const Tile& tile, std::size_t index, int first, int last);
    void by_intervals(const Tile& tile, std::size_t index, int first, int last);
    void slipping(int l, int first);

    // Beats of the load before the factor.
    int64_t load_beats(const Tile& tile, int l) const {
        const int64_t weights =
            ceil_div(int64_t{l} * eb_ * tile.depth, 2) + (channels_ - l) * tile.depth;
        return ceil_div(std::max(weights, tile.act_bytes), hw_.bandwidth_bytes);
    }
    static double load_cycles(int64_t beats) {
        return beats < kShortLoad ? static_cast<double>(beats) * kShortLoadFactor
                                  : static_cast<double>(beats);
    }
    double lut_compute(const Tile& t, int l) const {
        return t.lut_cycles * ceil_div(l, hw_.lut_cols);
    }
    double dsp_compute(const Tile& t, int l) const {
        return t.dsp_cycles * ceil_div(channels_ - l, hw_.dsp_cols);
    }
    Cost cost(const Tile& tile, int l, int l_of_first_load);
    void consider(const Tile& tile, std::size_t index, int rank, const Cost& cost);
    void consider(const Tile& tile, std::size_t index, int l) {
        consider(tile, index, l, cost(tile, l, l));
    }
    bool hopeless(const Tile& t) const {
        const double bound =
            channel_tiles_ * std::max(t.bound_fixed, t.bound_slope * channels_) * (1 - kSlack);
        return best_.found && bound > best_.total;
    }
    int at_least(int l) const { return next_[l - base_]; }  // the next l that does not slip
    int at_most(int l) const { return previous_[l - base_]; }

    const LayerShape& layer_;
    const HardwareDescription& hw_;
    const int eb_;
    const BufferDepths lut_, dsp_;
    std::vector<Tile> tiles_;
    int channels_ = 0, channel_tiles_ = 0;  // the current ones
    int base_ = 0;
    std::vector<int> next_, previous_, slipping_;
    SplitChoice best_;
    std::size_t best_index_ = 0;
};

Tile Search::make_tile(int c, int o, int64_t c_tiles, bool depthwise) const {
    const int64_t kernel = int64_t{layer_.kernel_h} * layer_.kernel_w, area = int64_t{o} * o;
    const int64_t all = std::numeric_limits<int64_t>::max(), o_tiles = ceil_div(layer_.o, o);
    Tile t{};
    t.c = c;
    t.o = o;
    t.tiles = static_cast<double>(c_tiles * o_tiles * o_tiles);
    t.depth = depthwise ? kernel : c * kernel;
    t.lut_cycles = static_cast<double>(t.depth * eb_ * ceil_div(area, hw_.lut_rows));
    t.dsp_cycles = static_cast<double>(t.depth * ceil_div(area, 2 * hw_.dsp_rows));
    const int64_t in_h = int64_t{o - 1} * layer_.stride + layer_.kernel_h;
    const int64_t in_w = int64_t{o - 1} * layer_.stride + layer_.kernel_w;
    t.act_bytes = c * in_h * in_w;
    t.outputs = area;
    // ceil(x / n) < depth is x <= n * (depth - 1)
    t.lut_most = depthwise ? all
                           : std::min(hw_.lut_rows * (lut_.weights - 1) / (t.depth * eb_),
                                      hw_.lut_cols * (lut_.outputs - 1) / area);
    t.dsp_most = depthwise ? all
                           : std::min(hw_.dsp_rows * (dsp_.weights - 1) / t.depth,
                                      2 * hw_.dsp_cols * (dsp_.outputs - 1) / area);
    // Of a channel: its share of the weights (at EB 1 no more than 0.7 of them are halved), its
    // outputs, and the compute cycles if both cores finished together with no remainder.
    const double weights = t.depth * (eb_ >= 2 ? 1.0 : 0.65);
    const double slope =
        std::max({weights / hw_.bandwidth_bytes, 1.0 * area / hw_.bandwidth_bytes,
                  t.lut_cycles * t.dsp_cycles /
                      (t.lut_cycles * hw_.dsp_cols + t.dsp_cycles * hw_.lut_cols)});
    t.bound_slope = t.tiles * slope;
    t.bound_fixed = t.tiles * (1.0 * t.act_bytes / hw_.bandwidth_bytes);
    return t;
}

SplitChoice Search::dense() {
    const int c = std::min(layer_.c, kMostTile), k = std::min(layer_.k, kMostTile);
    const std::vector<int> outputs = output_sizes(layer_.o);
    const std::vector<int> inputs =
        c < 8 ? sizes(layer_.c, {c, 1, 1}, 1) : sizes(layer_.c, {c, 16, 2}, 2);
    const int64_t kernel = int64_t{layer_.kernel_h} * layer_.kernel_w;
    const int64_t most_acts =
        std::min(hw_.lut_cols * (lut_.activations - 1), 2 * hw_.dsp_cols * (dsp_.activations - 1));
    for (const int size : inputs) {
        for (const int o : outputs) {
            if (int64_t{o} * o > most_acts / (size * kernel)) continue;
            tiles_.push_back(make_tile(size, o, ceil_div(layer_.c, size), false));
        }
    }
    const bool may_slip = c >= 8 || layer_.o >= 8;
    for (const int size : sizes(layer_.k, {k, 16, 2}, 2)) {
        const int first = static_cast<int>(std::floor(size * 0.2));
        const int last = static_cast<int>(std::floor(size * 0.7)) - 1;
        best_.candidates_total += static_cast<int64_t>(std::max(0, last - first + 1)) *
                                  static_cast<int64_t>(inputs.size() * outputs.size());
        split(size, static_cast<int>(ceil_div(layer_.k, size)), first, last, may_slip);
    }
    if (best_.found) best_.c_tiles = static_cast<int>(ceil_div(layer_.c, best_.c));
    return best_;
}

SplitChoice Search::depthwise() {
    const std::vector<int> outputs = output_sizes(layer_.o);
    const int64_t kernel = int64_t{layer_.kernel_h} * layer_.kernel_w;
    // The buffers are checked as if there were one output channel, whatever the split.
    const auto fits = [&](int64_t c, int64_t o) {
        const int64_t most_area =
            std::min(hw_.lut_cols * (lut_.outputs - 1), 2 * hw_.dsp_cols * (dsp_.outputs - 1));
        const int64_t most_acts = std::min(hw_.lut_cols * (lut_.activations - 1),
                                           2 * hw_.dsp_cols * (dsp_.activations - 1));
        return c * kernel * eb_ <= hw_.lut_rows * (lut_.weights - 1) &&
               c * kernel <= hw_.dsp_rows * (dsp_.weights - 1) && o * o <= most_area &&
               o * o <= most_acts / (c * kernel);
    };
    for (const int c : sizes(layer_.k, {std::min(layer_.k, kMostTile), 4, 2}, 2)) {
        tiles_.clear();
        for (const int o : outputs) {
            if (fits(c, o)) tiles_.push_back(make_tile(c, o, 1, true));
        }
        const int first = static_cast<int>(std::floor(c * 0.1));
        const int last = static_cast<int>(std::floor(c * 0.7)) - 1;
        best_.candidates_total += static_cast<int64_t>(std::max(0, last - first + 1)) *
                                  static_cast<int64_t>(outputs.size());
        split(c, static_cast<int>(ceil_div(layer_.k, c)), first, last, true);
    }
    best_.c = best_.c_tiles = 1;
    return best_;
}

Search::Cost Search::cost(const Tile& tile, int l, int l_of_first_load) {
    ++best_.candidates_visited;
    const double write =
        static_cast<double>(ceil_div(channels_ * tile.outputs, hw_.bandwidth_bytes));
    const double compute = std::max(lut_compute(tile, l), dsp_compute(tile, l));
    const int64_t beats = load_beats(tile, l);
    const double load = load_cycles(beats), memory = std::max(load, write);
    const int64_t first_beats = load_beats(tile, l_of_first_load);
    const double total =
        channel_tiles_ * tile.tiles * std::max(compute, memory) + load_cycles(first_beats) + write;
    // The type of the published sum: floating point as soon as a scaled load takes part.
    const bool fractional =
        first_beats < kShortLoad || (beats < kShortLoad && load >= write && load > compute);
    return {total, fractional, compute > memory};
}

// `rank` is the l of the published loop, which breaks ties after k and before c and o.
void Search::consider(const Tile& tile, std::size_t index, int rank, const Cost& cost) {
    if (best_.found) {
        if (cost.total > best_.total) return;
        if (cost.total == best_.total) {
            if (channels_ != best_.channels) return;  // that k came earlier
            if (rank > best_.lut_channels) return;
            if (rank == best_.lut_channels && index >= best_index_) return;
        }
    }
    best_.found = true;
    best_.total = cost.total;
    best_.fractional = cost.fractional;
    best_.compute_bound = cost.compute_bound;
    best_.channels = channels_;
    best_.channel_tiles = channel_tiles_;
    best_.lut_channels = rank;
    best_.c = tile.c;
    best_.o = tile.o;
    best_.o_tiles = static_cast<int>(ceil_div(layer_.o, tile.o));
    best_index_ = index;
}

void Search::split(int channels, int channel_tiles, int first, int last, bool may_slip) {
    if (first > last) return;
    channels_ = channels;
    channel_tiles_ = channel_tiles;
    base_ = first;
    const int count = last - first + 1;
    slipping_.clear();
    next_.assign(count, last + 1);
    previous_.assign(count, first - 1);
    std::vector<char> slips(count, 0);
    for (int l = first; may_slip && l <= last; ++l) {
        const double ratio = static_cast<double>(l) / channels;
        if (static_cast<int>(std::floor(channels * ratio)) != l) {
            slips[l - first] = 1;
            slipping_.push_back(l);
        }
    }
    for (int i = 0; i < count; ++i)
        previous_[i] = !slips[i] ? first + i : i > 0 ? previous_[i - 1] : first - 1;
    for (int i = count - 1; i >= 0; --i)
        next_[i] = !slips[i] ? first + i : i + 1 < count ? next_[i + 1] : last + 1;

    for (std::size_t index = 0; index < tiles_.size(); ++index) {
        if (!hopeless(tiles_[index])) split_tile(index, first, last);
    }
    for (const int l : slipping_) slipping(l, first);
}

void Search::split_tile(std::size_t index, int first, int last) {
    const Tile& tile = tiles_[index];
    int from = static_cast<int>(std::max<int64_t>(first, channels_ - tile.dsp_most));
    int to = static_cast<int>(std::min<int64_t>(last, tile.lut_most));
    if (from > to) return;
    from = at_least(from);
    to = at_most(to);
    if (from > to) return;
    // The load grows with l, is the same, or (EB 1) shrinks: one step each way of 16 is not
    // monotonic.
    const bool grows = eb_ >= 2;
    const int64_t least = load_beats(tile, grows ? from : to);
    if (eb_ != 2 && least < kShortLoad) {
        for (int l = from; l <= to; l = l < to ? at_least(l + 1) : to + 1) consider(tile, index, l);
    } else if (grows) {
        by_dsp_steps(tile, index, from, to);
    } else {
        by_intervals(tile, index, from, to);
    }
}

// All but the DSP core's cycles grow with l: only the first l of each of its steps can be best.
void Search::by_dsp_steps(const Tile& tile, std::size_t index, int first, int last) {
    for (int l = first; l <= last;) {
        consider(tile, index, l);
        const double dsp = dsp_compute(tile, l);
        if (lut_compute(tile, l) >= dsp) return;
        const int64_t steps = ceil_div(channels_ - l, hw_.dsp_cols);
        const int64_t next =
            channels_ - (steps - 1) * hw_.dsp_cols;  // the first l with one step less
        if (next > last) return;
        l = at_least(static_cast<int>(next));
    }
}

// The load shrinks with l: of an interval in which both cores' cycles are constant the last l is
// best, and the first one that costs the same wins.
void Search::by_intervals(const Tile& tile, std::size_t index, int first, int last) {
    const double tiles = channel_tiles_ * tile.tiles;
    for (int l = first; l <= last;) {
        if (best_.found && tiles * lut_compute(tile, l) > best_.total) return;
        const int64_t lut_next = ceil_div(l, hw_.lut_cols) * hw_.lut_cols + 1;
        const int64_t dsp_next =
            channels_ - (ceil_div(channels_ - l, hw_.dsp_cols) - 1) * hw_.dsp_cols;
        const int64_t next = l == 0 ? 1 : std::min(lut_next, dsp_next);
        const int end = at_most(static_cast<int>(std::min<int64_t>(next - 1, last)));
        const double best = cost(tile, end, end).total;
        if (!best_.found || best <= best_.total) {
            int low = l, high = end;  // total(high) == best
            while (low < high) {
                const int middle = low + (high - low) / 2;
                if (cost(tile, middle, middle).total == best) {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            consider(tile, index, at_least(high));
        }
        if (next > last) return;
        l = at_least(static_cast<int>(next));
    }
}

void Search::slipping(int l, int first) {
    std::size_t index = 0;
    const auto fits = [&](int channels) {
        return channels <= tiles_[index].lut_most && channels_ - channels <= tiles_[index].dsp_most;
    };
    while (index < tiles_.size() && !fits(l)) ++index;
    if (index == tiles_.size()) return;
    if (!hopeless(tiles_[index])) consider(tiles_[index], index, l, cost(tiles_[index], l, l - 1));
    if (l - 1 >= first && at_least(l - 1) == l - 1) return;  // searched in its own right
    for (++index; index < tiles_.size(); ++index) {
        if (fits(l - 1) && !hopeless(tiles_[index]))
            consider(tiles_[index], index, l, cost(tiles_[index], l - 1, l - 1));
    }
}

}  // namespace

SplitChoice search_layer(const LayerShape& layer, const HardwareDescription& hardware,
                         int effective_bits) {
    Search search(layer, hardware, effective_bits);
    return layer.depthwise() ? search.depthwise() : search.dense();
}

}  // namespace msd::fccm23
