// Searches a template's tile sizes for each layer: the smallest cost of the feasible mappings
// tried.
#pragma once

#include "codesign/maestro/evaluate.h"
#include "codesign/maestro/templates.h"

namespace msd::maestro {

enum class Objective { kRuntime, kEnergy, kEnergyDelay };

struct MapperOptions {
    Mode mode = Mode::kCorrected;
    Objective objective = Objective::kRuntime;
    int64_t most_evaluations =
        20'000;  // a layer shape; the search is deterministic, so the budget is part of its result
};

struct Mapped {
    Dataflow dataflow;
    LayerCost cost;  // its fault is set if no mapping tried is feasible
    int64_t evaluated = 0;
};

// Free numbers of a template are those that are no Sz(…): tile sizes and offsets (kept equal where
// they were) and cluster sizes. Coordinate descent over divisors-and-powers-of-two ladders from the
// template itself and from its smallest tiles.
Mapped search(const Template& t, const Shape& shape, const Hardware& hardware,
              const MapperOptions& options);

struct MappedNetwork {
    Network network;
    int64_t evaluated = 0;  // of distinct shapes
};
MappedNetwork search(const Template& t, const Network& network, const Hardware& hardware,
                     const MapperOptions& options);

double objective_of(const LayerCost& cost, Objective objective);

}  // namespace msd::maestro
