// The work of every tile of a choice, without making descriptors; see cost.h.
#include <array>

#include "ip/msd_pe/core/tile.h"
#include "scheduler/cost.h"

namespace msd::scheduler {

void LayerModel::work(const Choice& choice, std::vector<TileWork>& tiles) const {
    tiles.clear();
    const std::vector<KRange> k = k_ranges(choice);
    const bool pool_only = step_.kind == StepKind::kPool;
    std::vector<std::vector<Part>> all_parts;
    for (const KRange& range : k)
        all_parts.push_back(pool_only ? std::vector<Part>{Part{}}
                                      : parts(step_, choice.c_blocks * 16, choice.kh_tile,
                                              choice.kw_tile, range.k0, range.k1));
    const auto rows = row_tiles(step_, choice.h_tile), cols = col_tiles(step_, choice.w_tile);
    const Map in = map_of(step_, step_.in), map = map_of(step_, step_.out),
              stored = map_of(step_, step_.stored());
    struct Known {
        std::array<int, 10> key;
        TileWork work;
        uint64_t weight_bytes;
    };
    std::vector<Known> known;
    std::size_t hint = 0;
    for (const GridTile& g : walk(step_.maps(), static_cast<int>(rows.size()),
                                  static_cast<int>(cols.size()), k, all_parts, choice.order)) {
        const KRange& range = k[g.k];
        const Part& part = all_parts[g.k][g.part];
        const AxisTile &row = rows[g.h], &col = cols[g.w];
        const std::array<int, 10> key{row.map.count,
                                      row.out1 - row.out0,
                                      col.map.count,
                                      col.out1 - col.out0,
                                      range.count(),
                                      range.k_lut,
                                      part.b1 - part.b0,
                                      part.c_last,
                                      (part.i1 - part.i0) * 256 + part.j1 - part.j0,
                                      int(g.flags & MSD_TILE_LAST_C)};
        std::size_t found = hint < known.size() && known[hint].key == key ? hint : 0;
        while (found < known.size() && known[found].key != key) ++found;
        if (found == known.size() || pool_only) {
            msd_tile t = pool_only ? pool_tile(step_, range.count(), row, col)
                                   : tile_shape(config_, step_, effective_bits_, range, part, row,
                                                col, g.flags);
            Known entry{key, tile_work(config_, t), 0};
            if (!pool_only)
                entry.weight_bytes = (uint64_t{pe::lut_stream_words(config_, t)} +
                                      pe::dsp_stream_words(config_, t) + pe::param_words(t)) *
                                     pe::kWordBytes;
            found = known.size();
            known.push_back(entry);
        }
        hint = found;
        TileWork w = known[found].work;
        const int b0 = range.k0 / 16, b1 = ceil_div(range.k1, 16);
        const auto region = [&](const Span& r, const Span& c) {
            return Region{b0, b1, r.first, r.first + r.count, c.first, c.first + c.count, g.image};
        };
        if (pool_only) {
            const auto [r, c] = pool_spans(step_, row, col);
            w.res =
                traffic(block_of(region(r, c), in, 1), config_.beat_bytes, memory_.access_bytes);
        } else {
            w.flags = static_cast<uint16_t>(
                (w.flags & ~(MSD_TILE_LOAD_ACT | MSD_TILE_LOAD_WGT | MSD_TILE_RELEASE_ACT |
                             MSD_TILE_RELEASE_WGT | MSD_TILE_FIRST_C)) |
                g.flags);
            if (w.has(MSD_TILE_LOAD_ACT)) {
                const Span r = part_rows(step_, part, row), c = part_cols(step_, part, col);
                w.act = traffic(
                    block_of({part.b0, part.b1, r.first, r.first + (r.count - 1) * r.step + 1,
                              c.first, c.first + c.count, g.image},
                             in, r.step),
                    config_.beat_bytes, memory_.access_bytes);
            }
            if (w.has(MSD_TILE_LOAD_WGT))
                w.wgt =
                    traffic(known[found].weight_bytes, config_.beat_bytes, memory_.access_bytes);
            if (w.has(MSD_TILE_LOAD_RES))
                w.res = traffic(block_of(region(row.map, col.map), map, 1), config_.beat_bytes,
                                memory_.access_bytes);
        }
        if (w.stores()) {
            const Region r{b0, b1, row.out0, row.out1, col.out0, col.out1, g.image};
            w.out = traffic(block_of(r, stored, 1), config_.beat_bytes, memory_.access_bytes);
        }
        tiles.push_back(w);
    }
}

}  // namespace msd::scheduler
