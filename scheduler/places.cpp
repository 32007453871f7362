// Where a layer's tiles lie, and what of a choice the buffers hold; see cost.h.
#include "scheduler/cost.h"

#include <algorithm>

#include "ip/msd_pe/core/tile.h"

namespace msd::scheduler {
namespace {

constexpr int kBigCount = 1 << 20;

// Most channels whose rows, over all K passes, fit the fullest weight bank: `capacity` rows of it.
int most_in_bank(int rows, int bank, int capacity) {
    const int own = std::min(rows, bank);
    return capacity / own * rows + capacity % own;
}

// Groups' longest strip of rows for a tile of `pixels` outputs; groups own consecutive ranges.
int longest_strip(const pe::AcceleratorConfig& config, unsigned first, unsigned end, int passes,
                  int pixels, int tw, const Span& row, int kernel) {
    int longest = 0, begin = 0;
    for (unsigned g = first; g < end && begin < pixels; ++g) {
        const int stop =
            std::min(pixels, begin + static_cast<int>(config.group_columns(g)) * passes);
        const int lo = std::clamp(begin / tw * row.stride - row.pad, 0, row.count);
        const int hi = std::clamp((stop - 1) / tw * row.stride - row.pad + kernel, 0, row.count);
        longest = std::max(longest, hi - lo);
        begin = stop;
    }
    return longest;
}

int sets(const pe::AcceleratorConfig& config, unsigned first, unsigned end, int passes,
         int pixels) {
    int count = 0, begin = 0;
    for (unsigned g = first; g < end && begin < pixels; ++g) {
        const int columns = static_cast<int>(config.group_columns(g));
        count += std::min(passes, ceil_div(pixels - begin, columns));
        begin += columns * passes;
    }
    return count;
}

}  // namespace

const std::vector<LayerModel::Kind>& LayerModel::kinds(int tile, bool rows) const {
    auto& table = rows ? row_kinds_ : col_kinds_;
    table.resize(std::max<std::size_t>(table.size(), std::size_t(tile) + 1));
    std::vector<Kind>& all = table[tile];
    if (!all.empty()) return all;
    const network::Window& win = step_.window;
    const Part whole{0, 1, 16, 0, win.kernel_h, 0, win.kernel_w};
    for (const AxisTile& t : rows ? row_tiles(step_, tile) : col_tiles(step_, tile)) {
        Span in;
        if (step_.kind == StepKind::kPool)
            in = rows ? pool_spans(step_, t, t).row : pool_spans(step_, t, t).col;
        else
            in = rows ? part_rows(step_, whole, t) : part_cols(step_, whole, t);
        const auto same = std::find_if(all.begin(), all.end(), [&](const Kind& k) {
            return k.tile.map.count == t.map.count && k.tile.map.pad == t.map.pad &&
                   k.tile.out1 - k.tile.out0 == t.out1 - t.out0 && k.in.count == in.count &&
                   k.in.pad == in.pad;
        });
        if (same != all.end())
            ++same->count;
        else
            all.push_back({t, in, 1});
    }
    return all;
}

std::optional<Places> LayerModel::places(int h_tile, int w_tile) const {
    if (int64_t{h_tile} * w_tile > config_.out_words) return std::nullopt;
    Places p;
    p.h_tile = h_tile;
    p.w_tile = w_tile;
    const bool pool_only = step_.kind == StepKind::kPool;
    const network::Window& win = step_.window;
    const Part whole{0, 1, 16, 0, win.kernel_h, 0, win.kernel_w};
    kinds(h_tile, true);  // both tables grow before any is read
    kinds(w_tile, false);
    const std::vector<Kind>&rows = row_kinds_[h_tile], &cols = col_kinds_[w_tile];
    p.least_pixels = p.least_out = kBigCount;
    for (const Kind& r : rows)
        for (const Kind& c : cols) {
            const int64_t count = int64_t{r.count} * c.count * step_.maps();
            // The hardware pools in place: no axis may have more outputs than inputs.
            const int out_h = r.tile.out1 - r.tile.out0, out_w = c.tile.out1 - c.tile.out0;
            if (pool_only && (r.in.count < out_h || c.in.count < out_w)) return std::nullopt;
            if (step_.pool && (r.tile.map.count < out_h || c.tile.map.count < out_w))
                return std::nullopt;
            Places::Size s{};
            s.pixels = pool_only ? r.in.count * c.in.count : r.tile.map.count * c.tile.map.count;
            s.count = count;
            const double words = double(r.in.count) * c.in.count;
            p.tiles += count;
            p.act_words += double(count) * words;
            p.max_act_words = std::max(p.max_act_words, words);
            p.map_words += double(count) * s.pixels;
            p.out_words += double(count) * out_h * out_w;
            p.least_pixels = std::min(p.least_pixels, s.pixels);
            p.least_out = std::min(p.least_out, out_h * out_w);
            p.most_pixels = std::max(p.most_pixels, s.pixels);
            if (pool_only || step_.pool) {
                msd_tile t = tile_shape(config_, step_, 1, {0, 16, 0}, whole, r.tile, c.tile,
                                        MSD_TILE_LAST_C);
                if (pool_only) t = pool_tile(step_, 16, r.tile, c.tile);
                if (pe::open_windows(t) > pe::kPoolWindows) return std::nullopt;
                p.pool_base =
                    std::max(p.pool_base, static_cast<int>(pe::out_words_of(t)) - s.pixels);
                const double one = double(pe::tile_timing(config_, t).pool);
                t.k_dsp = 32;
                s.pool_per_block = double(pe::tile_timing(config_, t).pool) - one;
                s.pool = one - s.pool_per_block;
                p.pool += double(count) * s.pool;
                p.pool_per_block += double(count) * s.pool_per_block;
            }
            if (!pool_only) {
                s.lut_passes = lut_passes(config_, s.pixels);
                s.dsp_passes = dsp_passes(config_, s.pixels);
                const unsigned lut = config_.lut_groups(), all = config_.groups();
                s.lut_sets = sets(config_, 0, lut, s.lut_passes, s.pixels);
                s.dsp_sets = sets(config_, lut, all, s.dsp_passes, s.pixels);
                p.lut_passes += count * s.lut_passes;
                p.dsp_passes += count * s.dsp_passes;
                p.sets += count * std::min(s.lut_sets, s.dsp_sets);
                const int tw = c.tile.map.count;
                p.lut_strip = std::max(
                    p.lut_strip, c.in.count * longest_strip(config_, 0, lut, s.lut_passes, s.pixels,
                                                            tw, r.in, win.kernel_h));
                p.dsp_strip = std::max(
                    p.dsp_strip, c.in.count * longest_strip(config_, lut, all, s.dsp_passes,
                                                            s.pixels, tw, r.in, win.kernel_h));
            }
            const auto same =
                std::find_if(p.sizes.begin(), p.sizes.end(), [&](const Places::Size& o) {
                    return o.pixels == s.pixels && o.pool == s.pool &&
                           o.pool_per_block == s.pool_per_block;
                });
            if (same != p.sizes.end())
                same->count += count;
            else
                p.sizes.push_back(s);
        }
    p.first_act_words = double(rows[0].in.count) * cols[0].in.count;
    p.most_out_words = p.most_pixels + p.pool_base;
    if (p.most_out_words > static_cast<int>(config_.out_words)) return std::nullopt;
    return p;
}

std::vector<KRange> LayerModel::k_ranges(const Choice& choice) const {
    const int k_all = step_.out.c;
    if (!split_.assigned.empty()) {
        std::vector<KRange>& known = assigned_ranges_[choice.k_tile];
        if (known.empty()) known = scheduler::k_ranges(step_, choice.k_tile, split_.assigned);
        return known;
    }
    std::vector<KRange> ranges;
    for (int k0 = 0; k0 < k_all; k0 += choice.k_tile) {
        KRange k{k0, std::min(k0 + choice.k_tile, k_all), 0};
        if (split_.share)
            k.k_lut = static_cast<int>(std::llround(*split_.share * k.k1) -
                                       std::llround(*split_.share * k.k0));
        else if (!split_.all_dsp)
            k.k_lut = k.count() == choice.k_tile ? choice.lut : choice.lut_rest;
        ranges.push_back(k);
    }
    return ranges;
}

int LayerModel::most_blocks(const Places& places, bool lut, bool dsp, int kh, int kw) const {
    int words = 1;
    if (kh < step_.window.kernel_h || kw < step_.window.kernel_w) {
        for (const AxisTile& r : row_tiles(step_, places.h_tile))
            for (const AxisTile& c : col_tiles(step_, places.w_tile)) {
                const StripWords s = strip_words(config_, step_, r.map.count, c.map.count, kh, kw);
                words = std::max({words, lut ? s.lut : 1, dsp ? s.dsp : 1});
            }
    } else {
        words = std::max({words, lut ? places.lut_strip : 1, dsp ? places.dsp_strip : 1});
    }
    return static_cast<int>(config_.act_words) / words;
}

int LayerModel::most_lut(const Places& places, int blocks, int taps) const {
    const int per_row = step_.kind == StepKind::kDepthwise ? 1 : std::min(blocks * 16, step_.in.c);
    const int words = ceil_div(taps * per_row * effective_bits_, 32);
    int most =
        std::min(static_cast<int>(config_.tile_channels),
                 static_cast<int>(config_.acc_entries) / lut_passes(config_, places.most_pixels));
    most = std::min(most, 65535 / words);
    return std::min(most, most_in_bank(config_.lut_rows, pe::kLutRowsPerBank,
                                       static_cast<int>(config_.lut_weight_words) / words));
}

int LayerModel::most_dsp(const Places& places, int blocks, int taps) const {
    const int per_row = step_.kind == StepKind::kDepthwise ? 1 : std::min(blocks * 16, step_.in.c);
    const int words = ceil_div(taps * per_row, 16);
    int most =
        std::min(static_cast<int>(config_.tile_channels),
                 static_cast<int>(config_.acc_entries) / dsp_passes(config_, places.most_pixels));
    most = std::min(most, 65535 / words);
    return std::min(most, most_in_bank(config_.dsp_rows, pe::kDspRowsPerBank,
                                       static_cast<int>(config_.dsp_weight_words) / words));
}

bool LayerModel::fits(const Places& places, const Choice& choice) const {
    const network::Window& w = step_.window;
    const int kh = choice.kh_tile ? choice.kh_tile : w.kernel_h;
    const int kw = choice.kw_tile ? choice.kw_tile : w.kernel_w;
    for (const KRange& k : k_ranges(choice)) {
        const int dsp = k.count() - k.k_lut;
        if (k.count() > static_cast<int>(config_.tile_channels)) return false;
        if (int64_t{ceil_div(k.count(), 16)} * places.most_pixels + places.pool_base >
            config_.out_words)
            return false;
        if (step_.kind == StepKind::kPool) continue;
        for (const Part& part :
             parts(step_, choice.c_blocks * 16, choice.kh_tile, choice.kw_tile, k.k0, k.k1)) {
            const int blocks = part.b1 - part.b0;
            if (k.k_lut > most_lut(places, blocks, kh * kw) ||
                dsp > most_dsp(places, blocks, kh * kw) ||
                blocks > most_blocks(places, k.k_lut > 0, dsp > 0, kh, kw))
                return false;
        }
    }
    return true;
}

}  // namespace msd::scheduler
