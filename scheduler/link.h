// What ties the tiles of different layers together: whose stores a tile waits for, and maps that
// the output buffer hands over without DRAM.
#pragma once

#include <set>
#include <vector>

#include "scheduler/lowering.h"
#include "scheduler/tiles.h"
#include "scheduler/work.h"

namespace msd::scheduler {

// Sets wait_store of every tile: 1 + index of the last stored tile that produces any word it loads.
// With `hand_over`, a tile whose activations lie in one of the last two stored tiles before it,
// which the output buffer still holds, loads them from there (LOAD_OUT; act.address is then an
// offset in that half), and a layer whose every reader does so for every load is not stored (KEEP).
// The map of the last step is always stored. steps, layers: of the whole network, in the order they
// run.
void link_stores(const std::vector<Step>& steps, std::vector<LayerTiles>& layers, bool hand_over);

// The maps that are never stored.
std::set<network::LayerId> kept_maps(const std::vector<Step>& steps,
                                     const std::vector<LayerTiles>& layers);

// How the second of two layers meets the first one's map.
struct Meeting {
    bool reads = false;  // as its input
    bool adds = false;   // as its residual
    bool alone = false;  // and nothing else reads the map
};
// The same for two layers alone, on their work.
void link_pair(const LayerTiles& from, const LayerTiles& to, const Meeting& meeting, bool hand_over,
               std::vector<TileWork>& from_work, std::vector<TileWork>& to_work);

}  // namespace msd::scheduler
