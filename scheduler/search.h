// Which tiles a layer gets: branch and bound over all of them, cost.h's bounds against predict.h's
// recurrences.
#pragma once

#include <vector>

#include "ip/msd_pe/core/config.h"
#include "scheduler/cost.h"
#include "scheduler/lowering.h"
#include "scheduler/schedule.h"

namespace msd::scheduler {

// The plan of a layer: tiles, order, split, cut counts. Names and ids are the caller's.
struct Candidate {
    LayerPlan plan;
    uint64_t cycles = 0;  // alone
    double cost = 0;      // by the objective
};

struct SearchResult {
    std::vector<Candidate> candidates;  // the best first; then good ones of other shapes
    SearchStats stats;
};

// Throws ScheduleError naming the layer, the limit and what would help. fixed: a schedule's row, which
// binds the search.
SearchResult search_layer(const pe::AcceleratorConfig& config, const Step& step,
                          const SplitRule& split, const Options& options,
                          const FixedLayer* fixed = nullptr);

}  // namespace msd::scheduler
