// The levels of the original's analysis: loops with the tile sizes that follow from nominal
// dimensions, and the scratch memory of a thread.
#pragma once

#include "codesign/maestro/levels.h"

namespace msd::maestro::original {

enum Position : uint8_t { kInit, kSteady, kEdge };

// One TemporalMap or SpatialMap of a level, with the sizes that follow from the level's nominal
// dimension.
struct Loop {
    Dim dim;
    bool spatial;
    bool tensor[3];  // coupled
    int32_t m, o;
    int64_t full, fresh;  // elements a sub-cluster holds, and those that are new in the next step
    int64_t edge_full, edge_fresh;  // the same at the edge
    int64_t out_full, out_fresh;    // the same counted in outputs: differs for Y and X
    int64_t out_edge_full, out_edge_fresh;
    int16_t cache_bit;  // this loop's bit in a sub-level's cache index, or 0
};

struct State {
    Position position;
    bool unrolled, edge,
        edge_edge;  // edge_edge: the last active sub-cluster holds less than the others
    int32_t count;
};

struct SubResult {
    int64_t runtime = 0;
    double avg_pes = 0;
};

struct CacheEntry {
    uint32_t stamp = 0;
    SubResult result;
};

struct Level {
    int loops = 0;
    std::array<Loop, kDims> loop;
    int64_t clusters = 1, edge_clusters = 1;
    int first_spatial = 0;
    std::array<std::array<int8_t, 6>, 3> coupled;  // loops of a tensor's dimensions
    int coupled_count[3];
    bool spatial_tensor[3];
    int last_spatial[3];  // of a tensor's spatial dimensions the last in coupling order
    int last_spatial_any = 0;
    std::array<int8_t, kDims> index;  // of a dimension's loop, or -1
    int32_t bw = 1, latency = 1;
};

struct Cases {  // the iteration case at hand
    std::array<const State*, kDims> state;
    int changing = -1;  // innermost loop that is not in its first step
    int last_resettable[2] = {
        -1, -1};  // of input and filter: innermost loop that starts over more than once
    bool spatial_edge[3] = {}, any_spatial_edge = false;
};

struct Workspace {
    std::array<Level, kMaxLevels> level;
    std::array<std::array<CacheEntry, 512>, kMaxLevels>
        cache;  // of a level's results, by its upper level's edges
    uint32_t stamp = 0;
    int levels = 0;
    int32_t lanes = 1;
    const Hardware* hw = nullptr;
    LayerCost* cost = nullptr;
    int64_t cases = 0;     // visited
    int64_t results = 0;   // completed levels
    int64_t l1_bytes = 0;  // of the first of them
};

// Fills w.level from a dataflow; false with the fault in `cost`.
bool build_levels(const Shape& shape, const Dataflow& dataflow, const Hardware& hw, Workspace& w,
                  LayerCost& cost);

}  // namespace msd::maestro::original
