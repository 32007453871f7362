// What a tile costs the units that share the time: cycles of execution and post-processing, bytes
// each master moves. All that the prediction reads.
#pragma once

#include <cstdint>
#include <vector>

#include "ip/msd_pe/core/config.h"
#include "ip/msd_pe/core/timing.h"
#include "scheduler/tiles.h"

namespace msd::scheduler {

struct Traffic {
    uint32_t bytes = 0, bursts = 0;
    uint32_t bus_bytes = 0;  // that the DRAM's pins move: whole accesses, for each burst its own
};

struct TileWork {
    uint16_t flags = 0;  // msd_tile.flags
    uint32_t wait_store = 0;
    uint32_t feed = 0, post = 0;        // post: T_post + T_pool
    Traffic act, res, wgt, out;         // wgt: weights and parameters; zero where nothing is moved
    uint32_t hand_words = 0;            // that LOAD_OUT moves on chip
    uint64_t lut_ops = 0, dsp_ops = 0;  // digit additions and multiplications of whole rows

    bool has(unsigned flag) const { return (flags & flag) != 0; }
    bool stores() const { return has(MSD_TILE_LAST_C | MSD_TILE_POOL_ONLY); }
    // Activations from the output buffer; the output left there.
    void load_out();
    void keep();
};

// What moving a block takes. A burst that begins off the memory's accesses (`access_bytes`) takes
// one more of them; cuts at 4 KiB boundaries, which set that right, are where they are on average.
Traffic traffic(const msd_block& block, unsigned beat_bytes, unsigned access_bytes);
// One run from the start of an access.
Traffic traffic(uint64_t bytes, unsigned beat_bytes, unsigned access_bytes);

std::vector<TileWork> work_of(const pe::AcceleratorConfig& config, const LayerTiles& tiles,
                              unsigned access_bytes = 16);

// Fills feed, post and ops from the tile's timing; flags from the descriptor.
TileWork tile_work(const pe::AcceleratorConfig& config, const msd_tile& tile);

// Bytes that the tiles move, their descriptors included.
uint64_t dram_bytes(const std::vector<TileWork>& work);

// A proxy, in pJ: 160 a DRAM byte, 20 a 16-byte word written to or read from a buffer by a DMA
// (a word handed over on chip is both), 0.03 a digit addition, 0.23 an int8 product (Horowitz,
// ISSCC 2014: DRAM 1.3 nJ per 64 bits, 8 KiB SRAM 10 pJ per 64 bits, 8-bit add 0.03 pJ, 8-bit
// multiplication 0.2 pJ).
double energy_pj(const std::vector<TileWork>& work);

}  // namespace msd::scheduler
