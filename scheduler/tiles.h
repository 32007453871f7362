// The tile descriptors of a layer: its grid of tiles, what each loads and keeps, and the weight
// slices they share.
#pragma once

#include <cstdint>
#include <vector>

#include "firmware/program.h"
#include "ip/msd_pe/core/config.h"
#include "scheduler/lowering.h"
#include "scheduler/schedule.h"

namespace msd::scheduler {

struct KRange {  // output channels [k0, k1), the first k_lut of them on the LUT core; k0 is a
                 // multiple of 16
    int k0 = 0, k1 = 0, k_lut = 0;
    int count() const { return k1 - k0; }
};

// What one tile sums: input channel blocks [b0, b1), the last with c_last valid channels, over
// kernel rows [i0, i1) and columns [j0, j1). The tiles of all parts accumulate on chip.
struct Part {
    int b0 = 0, b1 = 0, c_last = 16;
    int i0 = 0, i1 = 1, j0 = 0, j1 = 1;
    int channels() const { return (b1 - b0 - 1) * 16 + c_last; }
};

// Output channels in tiles of k_tile. A tile is cut at a multiple of 16 where the LUT channels
// would not come first. Throws ScheduleError if on_lut has a LUT channel behind a DSP channel
// inside 16 channels.
std::vector<KRange> k_ranges(const Step& step, int k_tile, const std::vector<uint8_t>& on_lut);

// The parts that output channels [k0, k1) sum: the input channels they read in tiles of c_tile, all
// taps of the kernel at once unless the plan cuts them (kh_tile, kw_tile).
std::vector<Part> parts(const Step& step, const LayerPlan& plan, int k0, int k1);

// Starts of the tiles along rows or columns of `out` outputs, then `out`. An average pool that does
// not count the padding is cut so that the number of taps inside the image is one within a tile
// (the hardware's multiplier is a tile's).
std::vector<int> row_cuts(const Step& step, int h_tile);
std::vector<int> col_cuts(const Step& step, int w_tile);

// Part of a tensor: blocks of 16 channels, rows, columns; half open.
struct Region {
    int block0 = 0, block1 = 0, row0 = 0, row1 = 0, col0 = 0, col1 = 0;
};

// The weights of one (K tile, part), stored once and shared by all spatial tiles.
struct Slice {
    KRange k;
    Part part;
    bool last_c = false;  // carries the channels' parameters
    msd_tile shape{};     // a tile that uses it: what pe::decode_weights needs
    uint32_t words = 0;   // LUT stream, DSP stream, parameters
};

// Addresses in `tile` are offsets from the tensor's (activation, residual, output) or the slice's
// first byte.
struct PlannedTile {
    msd_tile tile{};
    int slice = -1;  // index, -1 for a pool
    Region act, res, out;
};

struct LayerTiles {
    std::vector<Slice> slices;
    std::vector<PlannedTile> tiles;  // in order of execution
};

// Descriptors of a layer without what only the quantised network knows (zero points, multipliers),
// addresses and wait_store.
LayerTiles tile_layer(const pe::AcceleratorConfig& config, const Step& step, const LayerPlan& plan);

// Sets wait_store of every tile: 1 + index of the last stored tile that produces any word it loads.
// steps, layers: of the whole network, in the order they run.
void link_stores(const std::vector<Step>& steps, std::vector<LayerTiles>& layers);

}  // namespace msd::scheduler
