#include "scheduler/grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "firmware/program.h"

namespace msd::scheduler {
namespace {

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

// What must be equal for a tile to keep the previous tile's activation half.
bool same_activations(const GridTile& a, const GridTile& b, const std::vector<KRange>& k,
                      const std::vector<std::vector<Part>>& parts) {
    if (a.image != b.image || a.h != b.h || a.w != b.w) return false;
    const Part &p = parts[a.k][a.part], &q = parts[b.k][b.part];
    const KRange &ka = k[a.k], &kb = k[b.k];
    return p.b0 == q.b0 && p.b1 == q.b1 && p.i0 == q.i0 && p.j0 == q.j0 &&
           (ka.k_lut > 0) == (kb.k_lut > 0) && (ka.k_lut < ka.count()) == (kb.k_lut < kb.count());
}

constexpr const char* kOrderNames[] = {"activation", "activation_snake", "weight", "weight_snake"};

}  // namespace

const char* to_string(Order order) {
    return kOrderNames[static_cast<int>(order)];
}

Order order_of(const std::string& name) {
    for (const Order order : kOrders)
        if (name == to_string(order)) return order;
    throw ScheduleError(
        fmt::format("order '{}' is unknown; there are {}", name, fmt::join(kOrderNames, ", ")));
}

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

std::vector<Part> parts(const Step& step, int c_tile, int kh_tile, int kw_tile, int k0, int k1) {
    const network::Window& w = step.window;
    int c0 = 0, c1 = step.in.c, blocks = std::max(1, c_tile / 16);
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
    const int kh = kh_tile > 0 ? kh_tile : w.kernel_h;
    const int kw = kw_tile > 0 ? kw_tile : w.kernel_w;
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
    return cuts(step.stored().h, h_tile, cut_by_taps(step), step.in.h, w.kernel_h, w.stride_y,
                w.pad_top);
}

std::vector<int> col_cuts(const Step& step, int w_tile) {
    const network::Window& w = step.window;
    return cuts(step.stored().w, w_tile, cut_by_taps(step), step.in.w, w.kernel_w, w.stride_x,
                w.pad_left);
}

namespace {

template <class Before>
std::vector<AxisTile> axis(const std::vector<int>& starts, bool pooled, Before&& before) {
    std::vector<AxisTile> tiles;
    for (std::size_t i = 0; i + 1 < starts.size(); ++i) {
        AxisTile t;
        t.out0 = starts[i];
        t.out1 = starts[i + 1];
        t.map.first = t.out0;
        t.map.count = t.out1 - t.out0;
        if (pooled) t.map = before(t.out0, t.out1);
        tiles.push_back(t);
    }
    return tiles;
}

}  // namespace

std::vector<AxisTile> row_tiles(const Step& step, int h_tile) {
    return axis(row_cuts(step, h_tile), step.pool.has_value(), [&](int o0, int o1) {
        const network::Window& w = step.pool->window;
        return input_span(o0, o1, step.out.h, w.kernel_h, w.stride_y, w.pad_top, false);
    });
}

std::vector<AxisTile> col_tiles(const Step& step, int w_tile) {
    return axis(col_cuts(step, w_tile), step.pool.has_value(), [&](int o0, int o1) {
        const network::Window& w = step.pool->window;
        return input_span(o0, o1, step.out.w, w.kernel_w, w.stride_x, w.pad_left, false);
    });
}

std::vector<GridTile> walk(int images, int rows, int cols, const std::vector<KRange>& k,
                           const std::vector<std::vector<Part>>& parts, Order order) {
    const int places = images * rows * cols, k_tiles = static_cast<int>(k.size());
    const bool weight = order == Order::kWeight || order == Order::kWeightSnake;
    const bool snake = order == Order::kActivationSnake || order == Order::kWeightSnake;
    std::vector<GridTile> tiles;
    const auto add = [&](int place, int ki) {
        const int count = static_cast<int>(parts[ki].size());
        const bool back = snake && !weight && ki % 2 == 1;
        for (int q = 0; q < count; ++q) {
            GridTile t;
            t.w = place % cols;
            t.h = place / cols % rows;
            t.image = place / cols / rows;
            t.k = ki;
            t.part = back ? count - 1 - q : q;
            if (q == 0) t.flags |= MSD_TILE_FIRST_C;
            if (q + 1 == count) t.flags |= MSD_TILE_LAST_C;
            tiles.push_back(t);
        }
    };
    const int outer = weight ? k_tiles : places, inner = weight ? places : k_tiles;
    tiles.reserve(std::size_t(outer) * inner);
    for (int o = 0; o < outer; ++o)
        for (int i = 0; i < inner; ++i) {
            const int j = snake && o % 2 == 1 ? inner - 1 - i : i;
            weight ? add(j, o) : add(o, j);
        }

    for (std::size_t i = 0; i < tiles.size(); ++i) {
        GridTile& t = tiles[i];
        const GridTile* before = i > 0 ? &tiles[i - 1] : nullptr;
        const bool act = before && same_activations(*before, t, k, parts);
        // Parameters come with the weights of LAST_C: who shares a half agrees in it.
        const bool wgt = before && before->k == t.k && before->part == t.part &&
                         (before->flags & MSD_TILE_LAST_C) == (t.flags & MSD_TILE_LAST_C);
        if (!act) t.flags |= MSD_TILE_LOAD_ACT;
        if (!wgt) t.flags |= MSD_TILE_LOAD_WGT;
        if (before && !act) tiles[i - 1].flags |= MSD_TILE_RELEASE_ACT;
        if (before && !wgt) tiles[i - 1].flags |= MSD_TILE_RELEASE_WGT;
    }
    if (!tiles.empty()) tiles.back().flags |= MSD_TILE_RELEASE_ACT | MSD_TILE_RELEASE_WGT;
    return tiles;
}

}  // namespace msd::scheduler
