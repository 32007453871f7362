// In how many cycles the accelerator executes, drains, post-processes and pools a tile
// (docs/timing.md). Pure functions of the configuration and the tile descriptor; TLM and scheduler
// both call them.
#pragma once

#include <cstdint>

#include "firmware/program.h"
#include "ip/msd_pe/core/config.h"

namespace msd::pe {

// Constants of the pipelines, in cycles; rtl/ has the same registers (docs/timing.md, "Core").
constexpr unsigned kFeedLatency = 3;     // from Exec_start to the first operand at PE(0,0):
                                         // start 1 + RAM read 1 + word register 1
constexpr unsigned kBankLatency = 2;     // from the tree's output to the write: read 1 + add 1
constexpr unsigned kDspColumnExtra = 2;  // wrap counter lags 1 + high half corrected 1
// Set-up 1 + request 1 + read 1 + select 1 + bias 1 + multiply 3 + offset 1 + round 1 + shift 2 +
// clamp 1 + zero points 1 + multiply 2 + round 1 + shift 2 + clamp 1 + rotate 1 + write 1; the last
// channel's own cycle is in the sum before.
constexpr unsigned kPostPipeline = 22;
// Set-up 1 + request 1 + read 1 + rotate 1 + column 1 + window 1 + as post from select on 19.
constexpr unsigned kPoolPipeline = 25;
constexpr unsigned kHandOverCycles =
    2;  // LOAD_OUT ends so long after a word a cycle: request, rotate
constexpr unsigned kCheckCycles = 24;  // descriptor check: 16 groups + 4 capacities + 4 pipeline

// All in cycles of the accelerator's clock.
struct TileTiming {
    uint64_t lut_feed = 0;  // passes * period of the LUT core; 0 if it has no channel
    uint64_t dsp_feed = 0;
    uint64_t feed = 0;     // max of both: Exec occupies the feed path for so long
    uint64_t release = 0;  // from feed_end until the operand halves are free
    uint64_t drain = 0;  // from feed_end until acc_full: the larger core's last row and column are
                         // in their bank. The same for every tile, so that tiles drain in order.
    uint64_t post = 0;   // T_post; 0 unless LAST_C
    uint64_t pool = 0;   // T_pool; 0 unless pooled
    uint64_t lut_busy = 0;  // cycles in which LUT rows receive valid digits
    uint64_t dsp_busy = 0;
};

TileTiming tile_timing(const AcceleratorConfig& config, const msd_tile& tile);

// One core's part of a tile: what its feeders walk through.
struct CoreShape {
    unsigned rows = 0, cols = 0;   // of the array; a DSP column is one column
    unsigned bank_rows = 0;        // rows that share a weight bank's port
    unsigned digits_per_word = 0;  // of a 16-byte weight word
    unsigned digits = 0;           // per weight: EB, or 1 on the DSP core
    unsigned first_channel = 0;    // within the tile; matters to depthwise only
    unsigned channels = 0;
    unsigned pixel_passes = 0;
    unsigned column_latency = 0;  // from a clear in a column to the bank's read: OR levels (+ DSP)

    unsigned k_passes() const { return channels == 0 ? 0 : (channels + rows - 1) / rows; }
    unsigned rows_used(unsigned k_pass) const;
};

CoreShape lut_shape(const AcceleratorConfig& config, const msd_tile& tile);
CoreShape dsp_shape(const AcceleratorConfig& config, const msd_tile& tile);

// First and last + 1 channel block that K pass `k_pass` streams.
struct BlockRange {
    unsigned begin = 0, end = 0;
};
BlockRange streamed_blocks(const CoreShape& core, const msd_tile& tile, unsigned k_pass);

// Cycles of one pass, its clear slot included.
uint64_t period(const CoreShape& core, const msd_tile& tile, unsigned k_pass);
// Slots of one pass in which at least one row receives a digit.
uint64_t busy_slots(const CoreShape& core, const msd_tile& tile, unsigned k_pass);
// passes * period over all K passes.
uint64_t feed_cycles(const CoreShape& core, const msd_tile& tile);

// From the last clear slot of a core to its last row's bank write in the last column.
uint64_t drain_cycles(const CoreShape& core);

// Slots of a pool's phase, in which one column of the map is read and the one before is given to
// the windows open at it.
uint64_t pool_phase(const msd_tile& tile);

// Levels of a tree of 4-input ORs over `rows` rows, each registered.
unsigned tree_levels(unsigned rows);

}  // namespace msd::pe
