#include "scheduler/tiles.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "ip/msd_pe/core/tile.h"
#include "scheduler/geometry.h"

namespace msd::scheduler {
namespace {

constexpr uint32_t kWord = pe::kWordBytes;

// One dimension's tiles of an average pool: also cut where the number of taps inside changes.
std::vector<int> cuts(int out, int tile, bool by_taps, int in, int kernel, int stride, int pad) {
    std::vector<int> starts{0};
    for (int o = 1; o < out; ++o) {
        const bool full = o - starts.back() == tile;
        const bool taps_change = by_taps && taps_inside(o, in, kernel, stride, pad) !=
                                                taps_inside(o - 1, in, kernel, stride, pad);
        if (full || taps_change) starts.push_back(o);
    }
    starts.push_back(out);
    return starts;
}

bool cut_by_taps(const Step& step) {
    return step.kind == StepKind::kPool && step.average && !step.window.count_pads;
}

// The block of a tensor of rows x cols pixels; rows and planes that follow each other in memory are
// one run.
msd_block block_of(const Region& region, int rows, int cols, int row_step) {
    const int count = (region.row1 - region.row0 + row_step - 1) / row_step;
    const int width = region.col1 - region.col0;
    msd_block block{};
    block.address = ((uint32_t(region.block0) * rows + region.row0) * cols + region.col0) * kWord;
    block.row_stride = uint32_t(cols) * row_step * kWord;
    block.plane_stride = uint32_t(rows) * cols * kWord;
    block.row_bytes = uint32_t(width) * kWord;
    block.rows = static_cast<uint16_t>(count);
    block.planes = static_cast<uint16_t>(region.block1 - region.block0);
    if (width == cols && row_step == 1) {
        block.row_bytes *= block.rows;
        block.rows = 1;
        if (count == rows || block.planes == 1) {
            block.row_bytes *= block.planes;
            block.planes = 1;
        }
    }
    if (block.rows == 1) block.row_stride = block.row_bytes;
    if (block.planes == 1) block.plane_stride = block.row_bytes * block.rows;
    return block;
}

// Builds the tiles of one layer; reuse of operands follows from what neighbours in the list have in
// common.
class Builder {
public:
    Builder(const pe::AcceleratorConfig& config, const Step& step, const LayerPlan& plan)
        : config_(config),
          step_(step),
          plan_(plan),
          k_(k_ranges(step, plan.k_tile, plan.on_lut)),
          rows_(row_cuts(step, plan.h_tile)),
          cols_(col_cuts(step, plan.w_tile)) {
        for (const KRange& k : k_) parts_.push_back(parts(step, plan, k.k0, k.k1));
    }

    LayerTiles build() {
        if (plan_.order == "weight") {
            for (std::size_t k = 0; k < k_.size(); ++k)
                for_each_pixel_tile([&](int h, int w) { add_channels(k, h, w); });
        } else {
            for_each_pixel_tile([&](int h, int w) {
                for (std::size_t k = 0; k < k_.size(); ++k) add_channels(k, h, w);
            });
        }
        mark_reuse();
        return std::move(layer_);
    }

private:
    // What must be equal for a tile to keep the previous tile's activation half.
    using ActKey = std::tuple<int, int, int, int, int, int, bool, bool>;

    template <class F>
    void for_each_pixel_tile(F&& f) {
        for (std::size_t h = 0; h + 1 < rows_.size(); ++h)
            for (std::size_t w = 0; w + 1 < cols_.size(); ++w) f(h, w);
    }

    void add_channels(std::size_t k, int h, int w) {
        if (step_.kind == StepKind::kPool) return add_pool(k_[k], h, w);
        for (std::size_t p = 0; p < parts_[k].size(); ++p) add(k, p, h, w);
    }

    void add(std::size_t ki, std::size_t pi, int h, int w) {
        const KRange& k = k_[ki];
        const Part& part = parts_[ki][pi];
        const network::Window& win = step_.window;
        const int o0 = rows_[h], o1 = rows_[h + 1], x0 = cols_[w], x1 = cols_[w + 1];
        const Span row = input_span(o0, o1, step_.in.h, part.i1 - part.i0, win.stride_y,
                                    win.pad_top - part.i0, true);
        const Span col = input_span(x0, x1, step_.in.w, part.j1 - part.j0, win.stride_x,
                                    win.pad_left - part.j0, false);
        PlannedTile planned;
        planned.act = {part.b0,   part.b1,
                       row.first, row.first + (row.count - 1) * row.step + 1,
                       col.first, col.first + col.count};
        planned.out = {k.k0 / 16, ceil_div(k.k1, 16), o0, o1, x0, x1};

        msd_tile& t = planned.tile;
        t.magic = MSD_TILE_MAGIC;
        if (pi == 0) t.flags |= MSD_TILE_FIRST_C;
        const bool last_c = pi + 1 == parts_[ki].size();
        if (last_c) t.flags |= MSD_TILE_LAST_C;
        if (step_.kind == StepKind::kDepthwise) t.flags |= MSD_TILE_DEPTHWISE;
        t.act = block_of(planned.act, step_.in.h, step_.in.w, row.step);
        t.in_rows = static_cast<uint16_t>(row.count);
        t.in_cols = static_cast<uint16_t>(col.count);
        t.th = static_cast<uint16_t>(o1 - o0);
        t.tw = static_cast<uint16_t>(x1 - x0);
        t.k_lut = static_cast<uint16_t>(k.k_lut);
        t.k_dsp = static_cast<uint16_t>(k.count() - k.k_lut);
        t.c_blocks = static_cast<uint16_t>(part.b1 - part.b0);
        t.c_last = static_cast<uint8_t>(part.c_last);
        t.effective_bits = static_cast<uint8_t>(plan_.effective_bits);
        t.kernel_h = static_cast<uint8_t>(part.i1 - part.i0);
        t.kernel_w = static_cast<uint8_t>(part.j1 - part.j0);
        t.stride_y = static_cast<uint8_t>(row.stride);
        t.stride_x = static_cast<uint8_t>(col.stride);
        t.pad_y = static_cast<int8_t>(row.pad);
        t.pad_x = static_cast<int8_t>(col.pad);
        t.clamp_lo = -128;
        t.clamp_hi = 127;
        t.shift_res = 1;
        pe::fill_groups(config_, t);
        t.lut_words = static_cast<uint16_t>(pe::lut_stream_words(config_, t));
        t.dsp_words = static_cast<uint16_t>(pe::dsp_stream_words(config_, t));
        if (last_c) {
            t.out = block_of(planned.out, step_.out.h, step_.out.w, 1);
            if (step_.residual) {
                planned.res = planned.out;
                t.res = t.out;
                t.flags |= MSD_TILE_LOAD_RES | MSD_TILE_RESIDUAL;
            }
        }
        planned.slice = slice_of(ki, pi, t, last_c);
        act_keys_.push_back({h, w, part.b0, part.b1, part.i0, part.j0, t.k_lut > 0, t.k_dsp > 0});
        layer_.tiles.push_back(planned);
    }

    void add_pool(const KRange& k, int h, int w) {
        const network::Window& win = step_.window;
        const int o0 = rows_[h], o1 = rows_[h + 1], x0 = cols_[w], x1 = cols_[w + 1];
        const Span row =
            input_span(o0, o1, step_.in.h, win.kernel_h, win.stride_y, win.pad_top, false);
        const Span col =
            input_span(x0, x1, step_.in.w, win.kernel_w, win.stride_x, win.pad_left, false);
        PlannedTile planned;
        planned.res = {k.k0 / 16, ceil_div(k.k1, 16),   row.first, row.first + row.count,
                       col.first, col.first + col.count};
        planned.out = {k.k0 / 16, ceil_div(k.k1, 16), o0, o1, x0, x1};
        msd_tile& t = planned.tile;
        t.magic = MSD_TILE_MAGIC;
        t.flags = MSD_TILE_POOL_ONLY | MSD_TILE_LOAD_RES |
                  (step_.average ? MSD_TILE_POOL_AVG : MSD_TILE_POOL_MAX);
        t.res = block_of(planned.res, step_.in.h, step_.in.w, 1);
        t.out = block_of(planned.out, step_.out.h, step_.out.w, 1);
        t.th = static_cast<uint16_t>(row.count);
        t.tw = static_cast<uint16_t>(col.count);
        t.k_dsp = static_cast<uint16_t>(k.count());
        t.effective_bits = 1;
        t.clamp_lo = -128;
        t.clamp_hi = 127;
        t.shift_res = 1;
        t.pool_h = static_cast<uint8_t>(win.kernel_h);
        t.pool_w = static_cast<uint8_t>(win.kernel_w);
        t.pool_stride_y = static_cast<uint8_t>(win.stride_y);
        t.pool_stride_x = static_cast<uint8_t>(win.stride_x);
        t.pool_pad_y = static_cast<int8_t>(row.pad);
        t.pool_pad_x = static_cast<int8_t>(col.pad);
        t.pool_oh = static_cast<uint16_t>(o1 - o0);
        t.pool_ow = static_cast<uint16_t>(x1 - x0);
        act_keys_.push_back({h, w, k.k0, k.k1, 0, 0, false, false});
        layer_.tiles.push_back(planned);
    }

    int slice_of(std::size_t ki, std::size_t pi, const msd_tile& t, bool last_c) {
        const auto [it, added] =
            slice_index_.try_emplace({ki, pi}, static_cast<int>(layer_.slices.size()));
        if (added) {
            Slice slice{k_[ki], parts_[ki][pi], last_c, t, 0};
            slice.words = uint32_t{t.lut_words} + t.dsp_words + pe::param_words(t);
            layer_.slices.push_back(slice);
        }
        return it->second;
    }

    void mark_reuse() {
        auto& tiles = layer_.tiles;
        for (std::size_t i = 0; i < tiles.size(); ++i) {
            if (tiles[i].slice < 0) continue;
            const bool first = i == 0, last = i + 1 == tiles.size();
            uint16_t& flags = tiles[i].tile.flags;
            if (first || act_keys_[i - 1] != act_keys_[i]) flags |= MSD_TILE_LOAD_ACT;
            if (last || act_keys_[i + 1] != act_keys_[i]) flags |= MSD_TILE_RELEASE_ACT;
            if (first || tiles[i - 1].slice != tiles[i].slice) flags |= MSD_TILE_LOAD_WGT;
            if (last || tiles[i + 1].slice != tiles[i].slice) flags |= MSD_TILE_RELEASE_WGT;
        }
    }

    const pe::AcceleratorConfig& config_;
    const Step& step_;
    const LayerPlan& plan_;
    std::vector<KRange> k_;
    std::vector<std::vector<Part>> parts_;  // by K tile
    std::vector<int> rows_, cols_;
    std::vector<ActKey> act_keys_;
    std::map<std::pair<std::size_t, std::size_t>, int> slice_index_;
    LayerTiles layer_;
};

bool overlap(const Region& a, const Region& b) {
    return a.block0 < b.block1 && b.block0 < a.block1 && a.row0 < b.row1 && b.row0 < a.row1 &&
           a.col0 < b.col1 && b.col0 < a.col1;
}

}  // namespace

std::vector<KRange> k_ranges(const Step& step, int k_tile, const std::vector<uint8_t>& on_lut) {
    const int all = step.out.c;
    const auto lut = [&](int k) { return k < static_cast<int>(on_lut.size()) && on_lut[k] != 0; };
    std::vector<KRange> ranges;
    for (int k0 = 0; k0 < all;) {
        KRange range{k0, std::min(k0 + k_tile, all), 0};
        int k = k0;
        while (k < range.k1 && lut(k)) ++k;
        range.k_lut = k - k0;
        while (k < range.k1 && !lut(k)) ++k;
        if (k < range.k1) {  // a LUT channel behind a DSP channel: the tile ends at its block
            range.k1 = k / 16 * 16;
            if (range.k1 <= k0)
                throw ScheduleError(
                    fmt::format("layer {}: channel {} is assigned to the LUT core and channel {} "
                                "before it to the DSP core; "
                                "inside 16 channels the LUT core's must come first",
                                step.name, k, k - 1));
            range.k_lut = std::min(range.k_lut, range.count());
        }
        ranges.push_back(range);
        k0 = range.k1;
    }
    return ranges;
}

std::vector<Part> parts(const Step& step, const LayerPlan& plan, int k0, int k1) {
    const network::Window& w = step.window;
    int c0 = 0, c1 = step.in.c, blocks = std::max(1, plan.c_tile / 16);
    if (step.kind != StepKind::kDense) {
        c0 = k0;
        c1 = k1;
        blocks = ceil_div(k1, 16) - k0 / 16;
    } else if (step.groups > 1) {
        const int k_group = step.out.c / step.groups, c_group = step.in.c / step.groups;
        c0 = k0 / k_group * c_group;
        c1 = ceil_div(k1, k_group) * c_group;
    }
    const int end = ceil_div(c1, 16);
    const int kh = plan.kh_tile > 0 ? plan.kh_tile : w.kernel_h;
    const int kw = plan.kw_tile > 0 ? plan.kw_tile : w.kernel_w;
    std::vector<Part> all;
    for (int b = c0 / 16; b < end; b += blocks) {
        Part part;
        part.b0 = b;
        part.b1 = std::min(b + blocks, end);
        part.c_last = part.b1 == end ? (c1 - 1) % 16 + 1 : 16;
        for (part.i0 = 0; part.i0 < w.kernel_h; part.i0 += kh)
            for (part.j0 = 0; part.j0 < w.kernel_w; part.j0 += kw) {
                part.i1 = std::min(part.i0 + kh, w.kernel_h);
                part.j1 = std::min(part.j0 + kw, w.kernel_w);
                all.push_back(part);
            }
    }
    return all;
}

std::vector<int> row_cuts(const Step& step, int h_tile) {
    const network::Window& w = step.window;
    return cuts(step.out.h, h_tile, cut_by_taps(step), step.in.h, w.kernel_h, w.stride_y,
                w.pad_top);
}

std::vector<int> col_cuts(const Step& step, int w_tile) {
    const network::Window& w = step.window;
    return cuts(step.out.w, w_tile, cut_by_taps(step), step.in.w, w.kernel_w, w.stride_x,
                w.pad_left);
}

LayerTiles tile_layer(const pe::AcceleratorConfig& config, const Step& step,
                      const LayerPlan& plan) {
    return Builder(config, step, plan).build();
}

void link_stores(const std::vector<Step>& steps, std::vector<LayerTiles>& layers) {
    struct Store {
        Region region;
        uint32_t count;  // stored tiles when it is complete
    };
    std::map<network::LayerId, std::vector<Store>> stores;
    uint32_t stored = 0;
    const auto needed = [&](network::LayerId tensor, const Region& region) -> uint32_t {
        const auto it = stores.find(tensor);
        if (it == stores.end()) return 0;  // the network's input
        for (auto s = it->second.rbegin(); s != it->second.rend(); ++s)
            if (overlap(s->region, region)) return s->count;
        return 0;
    };
    for (std::size_t i = 0; i < layers.size(); ++i) {
        std::vector<Store> own;
        for (PlannedTile& p : layers[i].tiles) {
            const uint16_t flags = p.tile.flags;
            uint32_t wait = 0;
            if (flags & MSD_TILE_LOAD_ACT) wait = needed(steps[i].source, p.act);
            if (flags & MSD_TILE_LOAD_RES)
                wait = std::max(wait,
                                needed(p.slice < 0 ? steps[i].source : *steps[i].residual, p.res));
            p.tile.wait_store = wait;
            if (flags & (MSD_TILE_LAST_C | MSD_TILE_POOL_ONLY)) own.push_back({p.out, ++stored});
        }
        stores[steps[i].layer] = std::move(own);
    }
}

}  // namespace msd::scheduler
