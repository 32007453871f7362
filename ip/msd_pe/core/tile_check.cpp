// Whether a tile descriptor can run: nothing that a descriptor's bytes can hold may harm what runs
// it.
#include <algorithm>

#include "ip/accelerator/accelerator_regs.h"
#include "ip/msd_pe/core/tile.h"
#include "ip/msd_pe/core/tile_shape.h"

namespace msd::pe {
namespace {

constexpr unsigned kAllFlags = 0x7fff;

uint32_t check_flags(const msd_tile& tile) {
    if (tile.flags & ~kAllFlags) return MSD_ERROR_FLAGS;
    if (has(tile, MSD_TILE_POOL_MAX) && has(tile, MSD_TILE_POOL_AVG)) return MSD_ERROR_FLAGS;
    if ((has(tile, MSD_TILE_LOAD_OUT) && !has(tile, MSD_TILE_LOAD_ACT)) ||
        (has(tile, MSD_TILE_KEEP) && !stored(tile)))
        return MSD_ERROR_FLAGS;
    if (has(tile, MSD_TILE_POOL_ONLY)) {
        const unsigned executes = MSD_TILE_LOAD_ACT | MSD_TILE_LOAD_WGT | MSD_TILE_RELEASE_ACT |
                                  MSD_TILE_RELEASE_WGT | MSD_TILE_FIRST_C | MSD_TILE_LAST_C |
                                  MSD_TILE_DEPTHWISE | MSD_TILE_RESIDUAL;
        return has(tile, executes) || !has(tile, MSD_TILE_LOAD_RES) || !pooled(tile)
                   ? MSD_ERROR_FLAGS
                   : MSD_ERROR_NONE;
    }
    if (has(tile, MSD_TILE_LOAD_RES) != has(tile, MSD_TILE_RESIDUAL)) return MSD_ERROR_FLAGS;
    if (!has(tile, MSD_TILE_LAST_C) && (pooled(tile) || has(tile, MSD_TILE_RESIDUAL)))
        return MSD_ERROR_FLAGS;
    return MSD_ERROR_NONE;
}

bool aligned(uint32_t v) {
    return v % kWordBytes == 0;
}

bool aligned(const msd_block& block) {
    return aligned(block.address) && aligned(block.row_stride) && aligned(block.plane_stride) &&
           aligned(block.row_bytes);
}

// Whether the block moves exactly `words` words; a 64-bit product of its 16-, 16- and 32-bit sizes
// cannot wrap.
bool moves(const msd_block& block, uint64_t words) {
    return uint64_t{block.planes} * block.rows * block.row_bytes == words * kWordBytes;
}

// Every window holds at least one tap inside the map, and pooling fits in place.
bool pool_fits(const msd_tile& tile) {
    const auto axis = [](int window, int stride, int pad, int out, int in) {
        return window > 0 && stride > 0 && out > 0 && window > pad && (out - 1) * stride - pad < in;
    };
    if (has(tile, MSD_TILE_POOL_AVG) && (tile.pool_shift < 1 || tile.pool_shift > 46)) return false;
    return axis(tile.pool_h, tile.pool_stride_y, tile.pool_pad_y, tile.pool_oh, tile.th) &&
           axis(tile.pool_w, tile.pool_stride_x, tile.pool_pad_x, tile.pool_ow, tile.tw) &&
           uint64_t{tile.pool_oh} * tile.pool_ow <= pixels(tile) &&
           open_windows(tile) <= kPoolWindows;
}

// Loaded input rows that output rows [first, last] read; begin == end if none.
struct Rows {
    int begin, end;
};

Rows rows_read(const msd_tile& tile, int first, int last) {
    const int begin = first * tile.stride_y - tile.pad_y;
    const int end = last * tile.stride_y - tile.pad_y + tile.kernel_h;
    const int b = std::clamp<int>(begin, 0, tile.in_rows),
              e = std::clamp<int>(end, 0, tile.in_rows);
    return {b, std::max(b, e)};
}

// Calls visit(group, first pixel, pixels) for every group of the configuration; pixels = 0 if it
// owns none.
template <typename Visit>
void for_groups(const AcceleratorConfig& config, const msd_tile& tile, Visit visit) {
    const uint64_t all = pixels(tile);
    uint64_t first = 0;
    for (unsigned g = 0; g < config.groups(); ++g) {
        if (g == config.lut_groups()) first = 0;
        const uint64_t passes = g < config.lut_groups() ? tile.p_lut : tile.p_dsp;
        const uint64_t owned = passes * config.group_columns(g);
        visit(g, first, first < all ? std::min(owned, all - first) : 0);
        first += owned;
    }
}

uint64_t passes_of(const msd_tile& tile, unsigned channels, unsigned columns) {
    return channels ? ceil_div(pixels(tile), columns) : 0;
}

bool groups_agree(const AcceleratorConfig& config, const msd_tile& tile) {
    bool good = true;
    for_groups(config, tile, [&](unsigned g, uint64_t first, uint64_t count) {
        const msd_group& group = tile.group[g];
        if (count == 0) {
            good = good && group.lo == group.hi;
            return;
        }
        const uint64_t oy0 = first / tile.tw, oy1 = (first + count - 1) / tile.tw;
        const Rows rows = rows_read(tile, static_cast<int>(oy0), static_cast<int>(oy1));
        const bool covers =
            group.lo <= group.hi && group.hi <= tile.in_rows &&
            (rows.begin == rows.end || (group.lo <= rows.begin && group.hi >= rows.end));
        good = good && covers && group.oy0 == oy0 && group.ox0 == first % tile.tw;
    });
    for (unsigned g = config.groups(); g < MSD_MAX_GROUPS; ++g)
        good = good && tile.group[g].lo == tile.group[g].hi;
    return good;
}

// Words of the fullest bank of a core: rows [b, b + bank_rows) over all K passes.
uint64_t bank_words(unsigned channels, unsigned rows, unsigned bank_rows, uint64_t words_per_row) {
    // The first bank is the fullest: every pass fills rows from 0 on.
    const unsigned bank = std::min(rows, bank_rows);
    const uint64_t full = channels / rows * bank;
    return (full + std::min(channels % rows, bank)) * words_per_row;
}

uint32_t check_pool_only(const AcceleratorConfig& config, const msd_tile& tile) {
    if (tile.k_lut || tile.p_lut || tile.p_dsp || !pool_fits(tile)) return MSD_ERROR_GEOMETRY;
    for (const msd_group& group : tile.group)
        if (group.lo != group.hi) return MSD_ERROR_GEOMETRY;
    if (out_words_of(tile) > config.out_words) return MSD_ERROR_OUT_CAPACITY;
    return MSD_ERROR_NONE;
}

uint32_t check_post(const AcceleratorConfig& config, const msd_tile& tile) {
    if (!has(tile, MSD_TILE_LAST_C)) return MSD_ERROR_NONE;
    if (tile.clamp_lo > tile.clamp_hi) return MSD_ERROR_GEOMETRY;
    if (has(tile, MSD_TILE_RESIDUAL) && (tile.shift_res < 1 || tile.shift_res > 62))
        return MSD_ERROR_GEOMETRY;
    if (pooled(tile) && !pool_fits(tile)) return MSD_ERROR_GEOMETRY;
    return out_words_of(tile) > config.out_words ? MSD_ERROR_OUT_CAPACITY : MSD_ERROR_NONE;
}

uint32_t check_execution(const AcceleratorConfig& config, const msd_tile& tile) {
    if (tile.effective_bits < 1 || tile.effective_bits > 3) return MSD_ERROR_EFFECTIVE_BITS;
    if (!tile.in_rows || !tile.in_cols || !tile.c_blocks || tile.c_last < 1 || tile.c_last > 16 ||
        !tile.kernel_h || !tile.kernel_w || !tile.stride_y || !tile.stride_x)
        return MSD_ERROR_GEOMETRY;
    if (has(tile, MSD_TILE_DEPTHWISE) && channels(tile) > valid_channels(tile))
        return MSD_ERROR_GEOMETRY;
    if (tile.p_lut != passes_of(tile, tile.k_lut, config.lut_cols) ||
        tile.p_dsp != passes_of(tile, tile.k_dsp, 2 * config.dsp_cols) ||
        !groups_agree(config, tile))
        return MSD_ERROR_GEOMETRY;
    for (unsigned g = 0; g < config.groups(); ++g) {
        const uint64_t strip = uint64_t(tile.group[g].hi) - tile.group[g].lo;
        if (tile.c_blocks * strip * tile.in_cols > config.act_words) return MSD_ERROR_ACT_CAPACITY;
    }
    const uint64_t lut_words = lut_words_per_row(tile), dsp_words = dsp_words_per_row(tile);
    if (bank_words(tile.k_lut, config.lut_rows, kLutRowsPerBank, lut_words) >
            config.lut_weight_words ||
        bank_words(tile.k_dsp, config.dsp_rows, kDspRowsPerBank, dsp_words) >
            config.dsp_weight_words)
        return MSD_ERROR_WEIGHT_CAPACITY;
    if (has(tile, MSD_TILE_LOAD_WGT) &&
        (tile.lut_words != tile.k_lut * lut_words || tile.dsp_words != tile.k_dsp * dsp_words))
        return MSD_ERROR_GEOMETRY;
    if (uint64_t{tile.p_lut} * tile.k_lut > config.acc_entries ||
        uint64_t{tile.p_dsp} * tile.k_dsp > config.acc_entries)
        return MSD_ERROR_ACC_CAPACITY;
    return check_post(config, tile);
}

uint32_t check_blocks(const AcceleratorConfig& config, const msd_tile& tile) {
    const bool loads_res = has(tile, MSD_TILE_LOAD_RES);
    const bool writes = stored(tile) && !has(tile, MSD_TILE_KEEP);
    const uint64_t act_words = uint64_t{tile.c_blocks} * tile.in_rows * tile.in_cols;
    if ((has(tile, MSD_TILE_LOAD_ACT) && !aligned(tile.act)) || (loads_res && !aligned(tile.res)) ||
        (writes && !aligned(tile.out)) ||
        (has(tile, MSD_TILE_LOAD_WGT) && !aligned(tile.wgt_address)))
        return MSD_ERROR_ALIGNMENT;
    if (has(tile, MSD_TILE_LOAD_ACT) && !moves(tile.act, act_words)) return MSD_ERROR_GEOMETRY;
    if (loads_res && !moves(tile.res, blocks(tile) * pixels(tile))) return MSD_ERROR_GEOMETRY;
    if (writes && !moves(tile.out, result_words(tile))) return MSD_ERROR_GEOMETRY;
    return has(tile, MSD_TILE_LOAD_OUT) && act_words > config.out_words ? MSD_ERROR_OUT_CAPACITY
                                                                        : MSD_ERROR_NONE;
}

}  // namespace

uint64_t pool_base(const msd_tile& tile) {
    if (!pooled(tile)) return 0;
    if (tile.pool_ow > tile.tw) return uint64_t{tile.pool_oh} * tile.pool_ow;
    return tile.pool_pad_y < tile.pool_stride_y ? 0 : uint64_t(tile.pool_pad_y) * tile.pool_ow;
}

uint64_t out_words_of(const msd_tile& tile) {
    return pool_base(tile) + blocks(tile) * pixels(tile);
}

unsigned open_windows(const msd_tile& tile) {
    const uint64_t spans = ceil_div(tile.pool_w, std::max<unsigned>(tile.pool_stride_x, 1));
    return static_cast<unsigned>(std::min<uint64_t>(tile.pool_ow, spans));
}

uint32_t check_tile(const AcceleratorConfig& config, const msd_tile& tile) {
    if (tile.magic != MSD_TILE_MAGIC) return MSD_ERROR_MAGIC;
    if (const uint32_t error = check_flags(tile)) return error;
    if (!tile.th || !tile.tw || !channels(tile)) return MSD_ERROR_GEOMETRY;
    if (channels(tile) > config.tile_channels) return MSD_ERROR_CHANNEL_CAPACITY;
    const bool pool_only = has(tile, MSD_TILE_POOL_ONLY);
    if (const uint32_t error =
            pool_only ? check_pool_only(config, tile) : check_execution(config, tile))
        return error;
    return check_blocks(config, tile);
}

void fill_groups(const AcceleratorConfig& config, msd_tile& tile) {
    for (msd_group& group : tile.group) group = {};
    tile.p_lut = tile.p_dsp = 0;
    if (has(tile, MSD_TILE_POOL_ONLY) || !tile.tw) return;
    tile.p_lut = static_cast<uint16_t>(passes_of(tile, tile.k_lut, config.lut_cols));
    tile.p_dsp = static_cast<uint16_t>(passes_of(tile, tile.k_dsp, 2 * config.dsp_cols));
    for_groups(config, tile, [&](unsigned g, uint64_t first, uint64_t count) {
        if (count == 0) return;
        const uint64_t oy0 = first / tile.tw, oy1 = (first + count - 1) / tile.tw;
        const Rows rows = rows_read(tile, static_cast<int>(oy0), static_cast<int>(oy1));
        tile.group[g] = {static_cast<uint16_t>(oy0), static_cast<uint16_t>(first % tile.tw),
                         static_cast<uint16_t>(rows.begin), static_cast<uint16_t>(rows.end)};
    });
}

}  // namespace msd::pe
