// In how many cycles the accelerator executes, drains, post-processes and pools a tile (docs/timing.md).
// Pure functions of the configuration and the tile descriptor; TLM and scheduler both call them.
#pragma once

#include <cstdint>

#include "firmware/program.h"
#include "ip/msd_pe/core/config.h"

namespace msd::pe {

// All in cycles of the accelerator's clock.
struct TileTiming {
    uint64_t lut_feed = 0;  // passes * period of the LUT core; 0 if it has no channel
    uint64_t dsp_feed = 0;
    uint64_t feed = 0;      // max of both: Exec occupies the feed path for so long
    uint64_t release = 0;   // from feed_end until the operand halves are free
    uint64_t drain = 0;     // from feed_end until the last sum is in its accumulator bank (acc_full)
    uint64_t post = 0;      // T_post; 0 unless LAST_C
    uint64_t pool = 0;      // T_pool; 0 unless pooled
    uint64_t lut_busy = 0;  // cycles in which LUT rows receive valid digits
    uint64_t dsp_busy = 0;
};

TileTiming tile_timing(const AcceleratorConfig& config, const msd_tile& tile);

}  // namespace msd::pe
