// What both analyses share: which tensor depends on which dimension, and a dataflow split into the
// levels of its clusters.
#pragma once

#include "codesign/maestro/types.h"

namespace msd::maestro {

using DimMask = uint16_t;
constexpr DimMask bit(int dim) {
    return static_cast<DimMask>(1u << dim);
}

// The dimensions a tensor depends on, in the original's order.
struct Coupling {
    std::array<std::array<Dim, 6>, 3> dims{};
    std::array<uint8_t, 3> count{};
    std::array<DimMask, 3> mask{};
    DimMask inputs() const { return mask[kInput] | mask[kFilter]; }
};
Coupling coupling(LayerType type, bool batch);

struct Map {  // a TemporalMap or SpatialMap of one level
    Dim dim = kC;
    bool spatial = false;
    int32_t size = 1, offset = 1;
};

struct MapList {
    int count = 0;
    std::array<Map, kDims> list;

    int find(Dim dim) const {
        for (int i = 0; i < count; ++i)
            if (list[i].dim == dim) return i;
        return -1;
    }
};

struct Levels {
    int count = 0;
    std::array<MapList, kMaxLevels> maps;  // as written, Y' and X' still in place
    std::array<int64_t, kMaxLevels>
        clusters{};  // sub-clusters of a level; of the top one 0 if there are too few PEs
    int64_t pes_needed = 1;
};

// Splits at the Cluster directives; returns kTooManyLevels, kDuplicate or kTooFewPes with its
// arguments in `cost`.
bool split(const Dataflow& dataflow, int64_t num_pes, Levels& levels, LayerCost& cost);

// Prepends what the upper level maps and this one does not, and appends the rest of `dims`
// unrolled. `size` gives the level's dimensions; false (with the fault in `cost`) where a mapped
// dimension is none of them.
bool complete(const MapList* upper, DimMask dims, const std::array<int32_t, kDims>& size, int level,
              MapList& maps, LayerCost& cost);

inline bool fail(LayerCost& cost, Fault fault, int64_t a = 0, int64_t b = 0) {
    cost.fault = fault;
    cost.a = a;
    cost.b = b;
    return false;
}

// Largest value any counter may take; beyond it a layer is refused instead of overflowing. A
// layer's eight counters can still be added up.
constexpr double kLargest = 1e18;

// Kinds of steps visited before a layer is refused: seconds, where a sensible mapping takes
// microseconds.
constexpr int64_t kMostCases = 4'000'000;

}  // namespace msd::maestro
