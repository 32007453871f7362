// The tile descriptors of a layer: its grid of tiles, what each loads and keeps, and the weight
// slices they share.
#pragma once

#include <cstdint>
#include <vector>

#include "firmware/program.h"
#include "ip/msd_pe/core/config.h"
#include "scheduler/grid.h"
#include "scheduler/lowering.h"
#include "scheduler/schedule.h"

namespace msd::scheduler {

// Part of a tensor: blocks of 16 channels, rows, columns; half open.
struct Region {
    int block0 = 0, block1 = 0, row0 = 0, row1 = 0, col0 = 0, col1 = 0;
    int image = 0;                         // of a batch
    static constexpr int kAllImages = -1;  // of a stacked step: rows are of all images
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

// What a tile's cycles depend on (pe::tile_timing): k, part, size of the map before a fused pool.
msd_tile tile_shape(const pe::AcceleratorConfig& config, const Step& step, int effective_bits,
                    const KRange& k, const Part& part, const AxisTile& row, const AxisTile& col,
                    uint16_t flags);

// The same of a pool on its own.
msd_tile pool_tile(const Step& step, int channels, const AxisTile& row, const AxisTile& col);
struct PoolSpans {
    Span row, col;
};
PoolSpans pool_spans(const Step& step, const AxisTile& row, const AxisTile& col);

// A tensor in DRAM as tiles address it: [images][blocks][rows][cols] words; stacked: tiles take
// whole images, as rows.
struct Map {
    int blocks, rows, cols, images;  // rows, cols: of one image
    bool stacked;
};
Map map_of(const Step& step, const network::Shape& shape);
// A region of it; rows and planes that follow each other in memory are one run. Only every
// row_step-th row is moved.
msd_block block_of(const Region& region, const Map& map, int row_step);

// The input that a part of the kernel reads for one tile along an axis.
Span part_rows(const Step& step, const Part& part, const AxisTile& row);
Span part_cols(const Step& step, const Part& part, const AxisTile& col);

// Descriptors of a layer without what only the quantised network knows (zero points, multipliers),
// addresses and wait_store.
LayerTiles tile_layer(const pe::AcceleratorConfig& config, const Step& step, const LayerPlan& plan);

// The steps that a schedule was made for.
std::vector<Step> steps_of(const network::Graph& graph, const Schedule& schedule);

// Links the tiles and fills in what is predicted.
void predict_schedule(Schedule& schedule, const std::vector<Step>& steps,
                      std::vector<LayerTiles>& tiles, const pe::AcceleratorConfig& config,
                      const Options& options);

}  // namespace msd::scheduler
