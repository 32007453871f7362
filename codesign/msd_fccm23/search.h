// The search for one layer; see schedule.h for what it minimises.
#pragma once

#include <cstdint>

#include "codesign/msd_fccm23/hardware.h"
#include "codesign/msd_fccm23/layers.h"

namespace msd::fccm23 {

struct SplitChoice {
    bool found = false;
    double total = 0;         // cycles
    bool fractional = false;  // the load was below 16 beats and so scaled by 1.2
    int channels = 0;         // of the tile that is split: k, or c of a depthwise layer
    int channel_tiles = 0;
    int lut_channels = 0;    // as the published loop counts; the ratio is lut_channels / channels
    int c = 0, c_tiles = 0;  // of the other dimension; 1, 1 of a depthwise layer
    int o = 0, o_tiles = 0;
    bool compute_bound = false;
    int64_t candidates_total = 0, candidates_visited = 0;
};

SplitChoice search_layer(const LayerShape& layer, const HardwareDescription& hardware,
                         int effective_bits);

}  // namespace msd::fccm23
