#include "scheduler/link.h"

#include <algorithm>
#include <map>

#include "ip/msd_pe/core/tile_shape.h"

namespace msd::scheduler {
namespace {

bool overlap(const Region& a, const Region& b) {
    if (a.image == Region::kAllImages || b.image == Region::kAllImages)
        return a.block0 < b.block1 && b.block0 < a.block1;
    return a.image == b.image && a.block0 < b.block1 && b.block0 < a.block1 && a.row0 < b.row1 &&
           b.row0 < a.row1 && a.col0 < b.col1 && b.col0 < a.col1;
}

bool within(const Region& a, const Region& b) {
    return a.image == b.image && a.image != Region::kAllImages && b.block0 <= a.block0 &&
           a.block1 <= b.block1 && b.row0 <= a.row0 && a.row1 <= b.row1 && b.col0 <= a.col0 &&
           a.col1 <= b.col1;
}

struct Store {
    Region region;
    uint32_t count;  // stored tiles when it is complete
};

// What a tensor's tiles store, the first of them as stored tile `stored` + 1.
std::vector<Store> stores_of(const LayerTiles& layer, uint32_t& stored) {
    std::vector<Store> all;
    for (const PlannedTile& p : layer.tiles)
        if (pe::stored(p.tile)) all.push_back({p.out, ++stored});
    return all;
}

// The last of the stores that `region` needs; null if there is none.
const Store* needed(const std::vector<Store>& all, const Region& region) {
    for (auto s = all.rbegin(); s != all.rend(); ++s)
        if (overlap(s->region, region)) return &*s;
    return nullptr;
}

uint32_t count_of(const Store* store) {
    return store ? store->count : 0;
}

// Whether the output buffer still holds all of `region` when a tile behind `stored` stored ones
// loads it: each half keeps what was stored last in it, until the tile after next is
// post-processed.
bool held(const Store* store, const Region& region, uint32_t stored) {
    return store && within(region, store->region) && store->count + 1 >= stored;
}

// Where `tile` finds its activations in the half that holds `stored`.
msd_block block_in_half(const PlannedTile& tile, const Region& stored) {
    const Region& a = tile.act;
    const int rows = tile.tile.in_rows;
    const int step = rows > 1 ? (a.row1 - a.row0 - 1) / (rows - 1) : 1;
    const Map half{stored.block1 - stored.block0, stored.row1 - stored.row0,
                   stored.col1 - stored.col0, 1, false};
    return block_of({a.block0 - stored.block0, a.block1 - stored.block0, a.row0 - stored.row0,
                     a.row1 - stored.row0, a.col0 - stored.col0, a.col1 - stored.col0, 0},
                    half, step);
}

}  // namespace

void link_stores(const std::vector<Step>& steps, std::vector<LayerTiles>& layers, bool hand_over) {
    std::map<network::LayerId, std::vector<Store>> tensors;  // the network's input is none of them
    std::map<network::LayerId, bool> from_dram;              // somebody reads it there
    uint32_t stored = 0;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const Step& step = steps[i];
        uint32_t before = stored;
        for (PlannedTile& p : layers[i].tiles) {
            msd_tile& t = p.tile;
            const bool pool = p.slice < 0;
            const Store* act = nullptr;
            t.wait_store = 0;
            if (pe::has(t, MSD_TILE_LOAD_RES)) {
                const network::LayerId map = pool ? step.source : *step.residual;
                t.wait_store = count_of(needed(tensors[map], p.res));
                from_dram[map] = true;
            }
            if (pe::has(t, MSD_TILE_LOAD_ACT)) {
                act = needed(tensors[step.source], p.act);
                const uint32_t residual = t.wait_store;
                t.wait_store = std::max(residual, count_of(act));
                if (hand_over && held(act, p.act, before) && residual <= act->count) {
                    t.flags |= MSD_TILE_LOAD_OUT;
                    t.act = block_in_half(p, act->region);
                } else {
                    from_dram[step.source] = true;
                }
            }
            before += pe::stored(t);
        }
        tensors[step.layer] = stores_of(layers[i], stored);
    }
    if (!hand_over) return;
    for (std::size_t i = 0; i + 1 < layers.size(); ++i) {
        const network::LayerId map = steps[i].layer;
        const bool read = std::any_of(steps.begin(), steps.end(),
                                      [map](const Step& s) { return s.source == map; });
        if (!read || from_dram[map]) continue;
        for (PlannedTile& p : layers[i].tiles)
            if (pe::stored(p.tile)) p.tile.flags |= MSD_TILE_KEEP;
    }
}

std::set<network::LayerId> kept_maps(const std::vector<Step>& steps,
                                     const std::vector<LayerTiles>& layers) {
    std::set<network::LayerId> kept;
    for (std::size_t i = 0; i < layers.size(); ++i)
        for (const PlannedTile& p : layers[i].tiles)
            if (pe::has(p.tile, MSD_TILE_KEEP)) kept.insert(steps[i].layer);
    return kept;
}

void link_pair(const LayerTiles& from, const LayerTiles& to, const Meeting& meeting, bool hand_over,
               std::vector<TileWork>& from_work, std::vector<TileWork>& to_work) {
    uint32_t stored = 0;
    const std::vector<Store> all = stores_of(from, stored);
    bool from_dram = !meeting.reads || !meeting.alone;
    for (std::size_t j = 0; j < to.tiles.size(); ++j) {
        const PlannedTile& p = to.tiles[j];
        TileWork& w = to_work[j];
        const bool pool = p.slice < 0;
        w.wait_store = 0;
        if ((pool ? meeting.reads : meeting.adds) && w.has(MSD_TILE_LOAD_RES)) {
            w.wait_store = count_of(needed(all, p.res));
            from_dram = true;
        }
        if (meeting.reads && w.has(MSD_TILE_LOAD_ACT)) {
            const Store* act = needed(all, p.act);
            const uint32_t residual = w.wait_store;
            w.wait_store = std::max(residual, count_of(act));
            if (hand_over && held(act, p.act, stored) && residual <= act->count)
                w.load_out();
            else
                from_dram = true;
        }
        stored += w.stores();
    }
    if (!hand_over || from_dram) return;
    for (TileWork& w : from_work)
        if (w.stores()) w.keep();
}

}  // namespace msd::scheduler
