// Capacities and cost of one choice of tiles for a layer, as closed forms: what the search
// compares.
#pragma once

#include <string>
#include <vector>

#include "ip/msd_pe/core/config.h"
#include "scheduler/geometry.h"
#include "scheduler/predict.h"
#include "scheduler/tiles.h"

namespace msd::scheduler {

// What the search chooses for a layer, its channels' split excepted. Sizes of a full tile.
struct Choice {
    int h_tile = 1, w_tile = 1;  // output rows and columns
    int k_tile = 16;             // output channels, a multiple of 16
    int c_blocks = 1;            // input channel blocks of one part
    int kh_tile = 1, kw_tile = 1;
    bool weights_stay = false;  // spatial tiles inside K tiles
};

class CostModel {
public:
    CostModel(const pe::AcceleratorConfig& config, const Step& step, int effective_bits,
              const MemoryModel& memory);

    // Largest number of input channel blocks a part may have, by the activation groups and by the
    // weight banks, for a K tile with k_lut and k_dsp channels; 0 if not even one fits.
    int blocks_by_activations(const StripWords& strip, int k_lut, int k_dsp) const;
    int blocks_by_weights(int k_lut, int k_dsp, int taps) const;

    // Whether accumulators, output half and parameter entries hold a tile of `pixels` outputs.
    bool fits_outputs(int pixels, int k_lut, int k_dsp) const;

    // Cycles that a tile occupies the feed path, over all its parts.
    double feed_cycles(int pixels, const KRange& k, const Choice& choice) const;

    // Cycles of the whole layer run alone. The choice must fit.
    double layer_cycles(const Choice& choice, const std::vector<KRange>& k) const;

    // Whether the output half holds a pool tile's input, and its output.
    bool fits_pool(const Choice& choice, int channels) const;

    // Words per channel block of the activation groups: the most that full and last tiles need.
    StripWords strips(const Choice& choice) const;

    // Input channel blocks that the range reads: all unless the convolution is grouped or
    // depthwise.
    int blocks_read(const KRange& k) const;

private:
    double core_feed(int passes, int rows, int channels, int digits, int blocks, int taps,
                     int first_channel) const;

    const pe::AcceleratorConfig& config_;
    const Step& step_;
    int effective_bits_;
    MemoryModel memory_;
};

}  // namespace msd::scheduler
