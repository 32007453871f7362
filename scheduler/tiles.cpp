#include "scheduler/tiles.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "ip/msd_pe/core/tile.h"
#include "scheduler/geometry.h"
#include "scheduler/work.h"

namespace msd::scheduler {
namespace {

constexpr uint32_t kWord = pe::kWordBytes;

void set_pool(msd_tile& t, const network::Window& window, bool average, const Span& row,
              const Span& col, int rows_out, int cols_out) {
    t.flags |= average ? MSD_TILE_POOL_AVG : MSD_TILE_POOL_MAX;
    t.pool_h = static_cast<uint8_t>(window.kernel_h);
    t.pool_w = static_cast<uint8_t>(window.kernel_w);
    t.pool_stride_y = static_cast<uint8_t>(window.stride_y);
    t.pool_stride_x = static_cast<uint8_t>(window.stride_x);
    t.pool_pad_y = static_cast<int8_t>(row.pad);
    t.pool_pad_x = static_cast<int8_t>(col.pad);
    t.pool_oh = static_cast<uint16_t>(rows_out);
    t.pool_ow = static_cast<uint16_t>(cols_out);
}

// Builds the tiles of one layer.
class Builder {
public:
    Builder(const pe::AcceleratorConfig& config, const Step& step, const LayerPlan& plan)
        : config_(config),
          step_(step),
          plan_(plan),
          k_(k_ranges(step, plan.k_tile, plan.on_lut)),
          rows_(row_tiles(step, plan.h_tile)),
          cols_(col_tiles(step, plan.w_tile)),
          in_(map_of(step, step.in)),
          out_(map_of(step, step.out)),
          stored_(map_of(step, step.stored())) {
        for (const KRange& k : k_)
            parts_.push_back(step.kind == StepKind::kPool ? std::vector<Part>{Part{}}
                                                          : parts(step, plan.c_tile, plan.kh_tile,
                                                                  plan.kw_tile, k.k0, k.k1));
    }

    LayerTiles build() {
        for (const GridTile& g :
             walk(step_.maps(), static_cast<int>(rows_.size()), static_cast<int>(cols_.size()), k_,
                  parts_, order_of(plan_.order)))
            step_.kind == StepKind::kPool ? add_pool(g) : add(g);
        return std::move(layer_);
    }

private:
    Region stored_region(const GridTile& g) const {
        return {k_[g.k].k0 / 16, ceil_div(k_[g.k].k1, 16), rows_[g.h].out0, rows_[g.h].out1,
                cols_[g.w].out0, cols_[g.w].out1,          g.image};
    }

    void add(const GridTile& g) {
        const Part& part = parts_[g.k][g.part];
        const AxisTile &at_row = rows_[g.h], &at_col = cols_[g.w];
        const Span row = part_rows(step_, part, at_row), col = part_cols(step_, part, at_col);
        PlannedTile planned;
        planned.act = {part.b0,   part.b1,
                       row.first, row.first + (row.count - 1) * row.step + 1,
                       col.first, col.first + col.count,
                       g.image};
        planned.out = stored_region(g);
        msd_tile& t = planned.tile;
        t = tile_shape(config_, step_, plan_.effective_bits, k_[g.k], part, at_row, at_col,
                       g.flags);
        t.act = block_of(planned.act, in_, row.step);
        t.in_rows = static_cast<uint16_t>(row.count);
        t.in_cols = static_cast<uint16_t>(col.count);
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
        const bool last_c = (g.flags & MSD_TILE_LAST_C) != 0;
        if (last_c) {
            t.out = block_of(planned.out, stored_, 1);
            if (step_.residual) {
                planned.res = {planned.out.block0,
                               planned.out.block1,
                               at_row.map.first,
                               at_row.map.first + at_row.map.count,
                               at_col.map.first,
                               at_col.map.first + at_col.map.count,
                               g.image};
                t.res = block_of(planned.res, out_, 1);
            }
        }
        if (step_.stacked)
            planned.act.image = planned.res.image = planned.out.image = Region::kAllImages;
        planned.slice = slice_of(g.k, g.part, t, last_c);
        layer_.tiles.push_back(planned);
    }

    void add_pool(const GridTile& g) {
        const AxisTile &at_row = rows_[g.h], &at_col = cols_[g.w];
        const auto [row, col] = pool_spans(step_, at_row, at_col);
        PlannedTile planned;
        planned.out = stored_region(g);
        planned.res = {planned.out.block0, planned.out.block1,    row.first, row.first + row.count,
                       col.first,          col.first + col.count, g.image};
        msd_tile& t = planned.tile;
        t = pool_tile(step_, k_[g.k].count(), at_row, at_col);
        t.res = block_of(planned.res, in_, 1);
        t.out = block_of(planned.out, stored_, 1);
        t.clamp_lo = -128;
        t.clamp_hi = 127;
        t.shift_res = 1;
        layer_.tiles.push_back(planned);
    }

    int slice_of(int ki, int pi, const msd_tile& t, bool last_c) {
        const auto [it, added] =
            slice_index_.try_emplace({ki, pi}, static_cast<int>(layer_.slices.size()));
        if (added) {
            Slice slice{k_[ki], parts_[ki][pi], last_c, t, 0};
            slice.words = uint32_t{t.lut_words} + t.dsp_words + pe::param_words(t);
            layer_.slices.push_back(slice);
        }
        return it->second;
    }

    const pe::AcceleratorConfig& config_;
    const Step& step_;
    const LayerPlan& plan_;
    std::vector<KRange> k_;
    std::vector<AxisTile> rows_, cols_;
    Map in_, out_, stored_;
    std::vector<std::vector<Part>> parts_;  // by K tile
    std::map<std::pair<int, int>, int> slice_index_;
    LayerTiles layer_;
};

}  // namespace

Map map_of(const Step& step, const network::Shape& shape) {
    const int rows = step.stacked ? shape.h / step.images : shape.h;
    return {(shape.c + 15) / 16, rows, shape.w, step.images, step.stacked};
}

msd_block block_of(const Region& region, const Map& map, int row_step) {
    const int count = (region.row1 - region.row0 + row_step - 1) / row_step;
    const int width = region.col1 - region.col0;
    const uint32_t image_words = uint32_t(map.blocks) * map.rows * map.cols;
    msd_block block{};
    block.planes = static_cast<uint16_t>(region.block1 - region.block0);
    if (map.stacked) {  // whole images
        const uint32_t words = uint32_t(map.rows) * map.cols;
        block.address =
            (region.row0 / map.rows * image_words + uint32_t(region.block0) * words) * kWord;
        block.rows = static_cast<uint16_t>(count / map.rows);
        block.row_bytes = words * kWord;
        block.row_stride = image_words * kWord;
        block.plane_stride = words * kWord;
    } else {
        block.address =
            (region.image * image_words +
             (uint32_t(region.block0) * map.rows + region.row0) * map.cols + region.col0) *
            kWord;
        block.row_stride = uint32_t(map.cols) * row_step * kWord;
        block.plane_stride = uint32_t(map.rows) * map.cols * kWord;
        block.row_bytes = uint32_t(width) * kWord;
        block.rows = static_cast<uint16_t>(count);
        if (width == map.cols && row_step == 1) {
            block.row_bytes *= block.rows;
            block.rows = 1;
            if (count == map.rows || block.planes == 1) {
                block.row_bytes *= block.planes;
                block.planes = 1;
            }
        }
    }
    if (block.rows == 1) block.row_stride = block.row_bytes;
    if (block.planes == 1) block.plane_stride = block.row_bytes * block.rows;
    return block;
}

PoolSpans pool_spans(const Step& step, const AxisTile& row, const AxisTile& col) {
    const network::Window& w = step.window;
    return {input_span(row.out0, row.out1, step.in.h, w.kernel_h, w.stride_y, w.pad_top, false),
            input_span(col.out0, col.out1, step.in.w, w.kernel_w, w.stride_x, w.pad_left, false)};
}

msd_tile pool_tile(const Step& step, int channels, const AxisTile& row, const AxisTile& col) {
    const auto [in_row, in_col] = pool_spans(step, row, col);
    msd_tile t{};
    t.magic = MSD_TILE_MAGIC;
    t.flags = MSD_TILE_POOL_ONLY | MSD_TILE_LOAD_RES;
    t.th = static_cast<uint16_t>(in_row.count);
    t.tw = static_cast<uint16_t>(in_col.count);
    t.k_dsp = static_cast<uint16_t>(channels);
    t.effective_bits = 1;
    set_pool(t, step.window, step.average, in_row, in_col, row.out1 - row.out0,
             col.out1 - col.out0);
    return t;
}

Span part_rows(const Step& step, const Part& part, const AxisTile& row) {
    const int o0 = row.map.first, o1 = o0 + row.map.count;
    return input_span(o0, o1, step.in.h, part.i1 - part.i0, step.window.stride_y,
                      step.window.pad_top - part.i0, !step.stacked);
}

Span part_cols(const Step& step, const Part& part, const AxisTile& col) {
    const int o0 = col.map.first, o1 = o0 + col.map.count;
    return input_span(o0, o1, step.in.w, part.j1 - part.j0, step.window.stride_x,
                      step.window.pad_left - part.j0, false);
}

msd_tile tile_shape(const pe::AcceleratorConfig& config, const Step& step, int effective_bits,
                    const KRange& k, const Part& part, const AxisTile& row, const AxisTile& col,
                    uint16_t flags) {
    msd_tile t{};
    t.magic = MSD_TILE_MAGIC;
    t.flags = flags;
    if (step.kind == StepKind::kDepthwise) t.flags |= MSD_TILE_DEPTHWISE;
    t.th = static_cast<uint16_t>(row.map.count);
    t.tw = static_cast<uint16_t>(col.map.count);
    t.k_lut = static_cast<uint16_t>(k.k_lut);
    t.k_dsp = static_cast<uint16_t>(k.count() - k.k_lut);
    const int pixels = row.map.count * col.map.count;
    t.p_lut = static_cast<uint16_t>(t.k_lut ? lut_passes(config, pixels) : 0);
    t.p_dsp = static_cast<uint16_t>(t.k_dsp ? dsp_passes(config, pixels) : 0);
    t.c_blocks = static_cast<uint16_t>(part.b1 - part.b0);
    t.c_last = static_cast<uint8_t>(part.c_last);
    t.effective_bits = static_cast<uint8_t>(effective_bits);
    t.kernel_h = static_cast<uint8_t>(part.i1 - part.i0);
    t.kernel_w = static_cast<uint8_t>(part.j1 - part.j0);
    if (flags & MSD_TILE_LAST_C) {
        if (step.residual) t.flags |= MSD_TILE_LOAD_RES | MSD_TILE_RESIDUAL;
        if (step.pool)
            set_pool(t, step.pool->window, step.pool->average, row.map, col.map,
                     row.out1 - row.out0, col.out1 - col.out0);
    }
    return t;
}

LayerTiles tile_layer(const pe::AcceleratorConfig& config, const Step& step,
                      const LayerPlan& plan) {
    return Builder(config, step, plan).build();
}

}  // namespace msd::scheduler
