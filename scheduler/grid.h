// A layer's tiles before they are descriptors: where outputs, input channels and kernel are cut,
// and in which order the pieces run.
#pragma once

#include <string>
#include <vector>

#include "scheduler/geometry.h"
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

// The parts that output channels [k0, k1) sum: the input channels they read in tiles of c_tile
// channels, kernels in tiles of kh_tile x kw_tile taps (0: all).
std::vector<Part> parts(const Step& step, int c_tile, int kh_tile, int kw_tile, int k0, int k1);

// Starts of the tiles along rows or columns of the stored outputs, then their number. An average
// pool that does not count the padding is cut so that the number of taps inside the image is one
// within a tile (the hardware's multiplier is a tile's).
std::vector<int> row_cuts(const Step& step, int h_tile);
std::vector<int> col_cuts(const Step& step, int w_tile);

// One tile along one axis.
struct AxisTile {
    int out0 = 0, out1 = 1;  // stored outputs
    Span map;  // outputs before a fused pool (all of them without one); `pad` is the pool's
};
std::vector<AxisTile> row_tiles(const Step& step, int h_tile);
std::vector<AxisTile> col_tiles(const Step& step, int w_tile);

// Loop orders, from outer to inner. Parts are innermost. What neighbouring tiles have in common
// stays on chip.
enum class Order {
    kActivation,       // output rows, columns, K tiles
    kActivationSnake,  // the same, K tiles backwards at every second place, and the parts of every
                       // second K tile
    kWeight,           // K tiles, output rows, columns
    kWeightSnake,      // the same, places backwards in every second K tile
};
constexpr Order kOrders[] = {Order::kActivation, Order::kActivationSnake, Order::kWeight,
                             Order::kWeightSnake};
const char* to_string(Order order);
Order order_of(const std::string& name);  // throws ScheduleError listing the names

struct GridTile {
    int image = 0, h = 0, w = 0;  // place
    int k = 0, part = 0;
    uint16_t flags = 0;  // LOAD_*, RELEASE_* of operands, FIRST_C, LAST_C
};

// The tiles of a layer in their order, with what they keep. parts: of each K tile.
std::vector<GridTile> walk(int images, int rows, int cols, const std::vector<KRange>& k,
                           const std::vector<std::vector<Part>>& parts, Order order);

}  // namespace msd::scheduler
