// Which tiles a layer gets: enumerates choices, compares them by cost.h, and tries the best with
// predict.h.
#pragma once

#include <optional>

#include "ip/msd_pe/core/config.h"
#include "scheduler/lowering.h"
#include "scheduler/schedule.h"

namespace msd::scheduler {

// Which output channels run on the LUT core, as the search is bound to it.
struct SplitRule {
    std::optional<double> share;    // round(share * K), spread evenly over the K tiles
    std::vector<uint8_t> assigned;  // per channel, if the weights are encoded already
    bool all_dsp = false;           // identity convolutions
};

// The plan of one layer: tiles, order, split, cut counts. Names, ids and predictions are the
// caller's. Throws ScheduleError naming the layer, the limit and what would help.
LayerPlan search_layer(const pe::AcceleratorConfig& config, const Step& step,
                       const SplitRule& split, const Options& options);

}  // namespace msd::scheduler
