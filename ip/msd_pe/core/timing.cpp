// Closed forms of docs/timing.md for one tile.
#include "ip/msd_pe/core/timing.h"

#include <algorithm>

#include "ip/msd_pe/core/tile.h"

namespace msd::pe {
namespace {

bool depthwise(const msd_tile& tile) {
    return (tile.flags & MSD_TILE_DEPTHWISE) != 0;
}

unsigned block_channels(const msd_tile& tile, unsigned block) {
    return block + 1 == tile.c_blocks ? tile.c_last : kWordBytes;
}

// Slots of one tap over blocks [begin, end): the activation port needs 16 per block.
uint64_t tap_slots(const CoreShape& core, const msd_tile& tile, BlockRange blocks) {
    if (blocks.begin >= blocks.end) return 0;
    const unsigned last = core.digits * block_channels(tile, blocks.end - 1);
    return uint64_t(blocks.end - blocks.begin - 1) * core.digits * kWordBytes +
           std::max(last, kWordBytes);
}

// Slot, within a pass, at which row `row` needs its last weight word.
uint64_t last_word_slot(const CoreShape& core, const msd_tile& tile, unsigned k_pass,
                        unsigned row) {
    const uint64_t taps = uint64_t(tile.kernel_h) * tile.kernel_w;
    const BlockRange blocks = streamed_blocks(core, tile, k_pass);
    const uint64_t tap = tap_slots(core, tile, blocks);
    if (depthwise(tile)) {
        const uint64_t last = (taps * core.digits - 1) / core.digits_per_word;
        if (last == 0) return 0;  // word 0 is read with the pass's first slot
        const uint64_t digit = last * core.digits_per_word;
        const unsigned channel = core.first_channel + k_pass * core.rows + row;
        const unsigned offset = channel - blocks.begin * kWordBytes;
        return digit / core.digits * tap + uint64_t(offset) * core.digits + digit % core.digits;
    }
    const uint64_t per_tap = uint64_t((tile.c_blocks - 1) * kWordBytes + tile.c_last) * core.digits;
    const uint64_t digit = (taps * per_tap - 1) / core.digits_per_word * core.digits_per_word;
    return digit / per_tap * tap + digit % per_tap;  // only a tap's last block has bubbles
}

uint64_t count_sets(const AcceleratorConfig& config, const msd_tile& tile, unsigned first_group,
                    unsigned groups, unsigned passes) {
    const uint64_t pixels = uint64_t(tile.th) * tile.tw;
    uint64_t sets = 0, start = 0;
    for (unsigned g = 0; g < groups; ++g) {
        const uint64_t columns = config.group_columns(first_group + g);
        if (start < pixels)
            sets += std::min<uint64_t>(passes, (pixels - start + columns - 1) / columns);
        start += columns * passes;
    }
    return sets;
}

}  // namespace

unsigned tree_levels(unsigned rows) {
    unsigned levels = 0;
    for (unsigned inputs = 1; inputs < rows; inputs *= 4) ++levels;
    return levels;
}

unsigned CoreShape::rows_used(unsigned k_pass) const {
    return std::min(rows, channels - k_pass * rows);
}

CoreShape lut_shape(const AcceleratorConfig& config, const msd_tile& tile) {
    CoreShape core;
    core.rows = config.lut_rows;
    core.cols = config.lut_cols;
    core.bank_rows = kLutRowsPerBank;
    core.digits_per_word = 32;
    core.digits = tile.effective_bits;
    core.channels = tile.k_lut;
    core.pixel_passes = tile.p_lut;
    core.column_latency = tree_levels(core.rows);
    return core;
}

CoreShape dsp_shape(const AcceleratorConfig& config, const msd_tile& tile) {
    CoreShape core;
    core.rows = config.dsp_rows;
    core.cols = config.dsp_cols;
    core.bank_rows = kDspRowsPerBank;
    core.digits_per_word = 16;
    core.digits = 1;
    core.first_channel = tile.k_lut;
    core.channels = tile.k_dsp;
    core.pixel_passes = tile.p_dsp;
    core.column_latency = tree_levels(core.rows) + kDspColumnExtra;
    return core;
}

BlockRange streamed_blocks(const CoreShape& core, const msd_tile& tile, unsigned k_pass) {
    if (!depthwise(tile)) return {0, tile.c_blocks};
    const unsigned first = core.first_channel + k_pass * core.rows;
    return {first / kWordBytes, (first + core.rows_used(k_pass) - 1) / kWordBytes + 1};
}

uint64_t period(const CoreShape& core, const msd_tile& tile, unsigned k_pass) {
    const uint64_t steps = uint64_t(tile.kernel_h) * tile.kernel_w *
                           tap_slots(core, tile, streamed_blocks(core, tile, k_pass));
    const unsigned used = core.rows_used(k_pass);
    // A weight bank serves its rows one a cycle: the last word of every row must have been read
    // before the next pass reads word 0 of the bank's first row.
    uint64_t port = 0;
    for (unsigned first = 0; first < used; first += core.bank_rows) {
        const unsigned last = std::min(core.bank_rows, used - first) - 1;
        port = std::max(port, last_word_slot(core, tile, k_pass, first + last) + last);
    }
    // The rows of the pass before, of a fuller K pass or tile perhaps, drain one a cycle: keep
    // behind them.
    return std::max({steps, uint64_t(core.rows), port}) + 1;
}

uint64_t busy_slots(const CoreShape& core, const msd_tile& tile, unsigned k_pass) {
    const uint64_t taps = uint64_t(tile.kernel_h) * tile.kernel_w;
    if (depthwise(tile)) return taps * core.digits * core.rows_used(k_pass);
    return taps * core.digits * ((tile.c_blocks - 1u) * kWordBytes + tile.c_last);
}

uint64_t feed_cycles(const CoreShape& core, const msd_tile& tile) {
    uint64_t cycles = 0;
    const unsigned passes = core.k_passes();
    for (unsigned k = 0; k < passes; ++k) {
        if (k > 0 && k + 1 < passes && !depthwise(tile)) {  // all full passes are alike
            cycles += period(core, tile, 0) * (passes - 2);
            k = passes - 1;
        }
        cycles += period(core, tile, k);
    }
    return cycles * core.pixel_passes;
}

uint64_t drain_cycles(const CoreShape& core) {
    // The clear reaches PE(r, n) after the RAM read and the word register, r rows and n columns
    // later; the start cycle itself lies before slot 0.
    return (kFeedLatency - 1) + (core.rows - 1) + (core.cols - 1) + core.column_latency +
           kBankLatency;
}

uint64_t pool_phase(const msd_tile& tile) {
    return std::max(uint64_t(tile.pool_h), uint64_t{open_windows(tile)});
}

TileTiming tile_timing(const AcceleratorConfig& config, const msd_tile& tile) {
    TileTiming timing;
    const bool pool_only = (tile.flags & MSD_TILE_POOL_ONLY) != 0;
    const bool pooled =
        (tile.flags & (MSD_TILE_POOL_MAX | MSD_TILE_POOL_AVG | MSD_TILE_POOL_ONLY)) != 0;
    if (!pool_only) {
        const CoreShape lut = lut_shape(config, tile), dsp = dsp_shape(config, tile);
        timing.lut_feed = feed_cycles(lut, tile);
        timing.dsp_feed = feed_cycles(dsp, tile);
        timing.feed = std::max(timing.lut_feed, timing.dsp_feed);
        timing.release =
            std::max({config.lut_rows, config.lut_cols, config.dsp_rows, config.dsp_cols});
        timing.drain = std::max(drain_cycles(lut), drain_cycles(dsp));
        const auto busy = [&tile](const CoreShape& core) {
            uint64_t slots = 0;
            for (unsigned k = 0; k < core.k_passes(); ++k) slots += busy_slots(core, tile, k);
            return slots * core.pixel_passes;
        };
        timing.lut_busy = busy(lut);
        timing.dsp_busy = busy(dsp);
        if (tile.flags & MSD_TILE_LAST_C) {
            const uint64_t lut_sets = count_sets(config, tile, 0, config.lut_groups(), tile.p_lut);
            const uint64_t dsp_sets =
                count_sets(config, tile, config.lut_groups(), config.dsp_groups(), tile.p_dsp);
            timing.post = lut_sets * tile.k_lut + dsp_sets * tile.k_dsp + kPostPipeline;
        }
    }
    if (pooled && (pool_only || (tile.flags & MSD_TILE_LAST_C))) {
        const uint64_t blocks = (uint64_t(tile.k_lut) + tile.k_dsp + kWordBytes - 1) / kWordBytes;
        timing.pool = (blocks * tile.pool_oh * tile.tw + 1) * pool_phase(tile) + kPoolPipeline;
    }
    return timing;
}

}  // namespace msd::pe
