// The levels of the corrected analysis: loops over outputs, and how many elements of a tensor a
// tile holds.
#pragma once

#include "codesign/maestro/levels.h"

namespace msd::maestro::corrected {

// Extents of a tile by dimension; kY and kX hold output rows and columns.
using Box = std::array<int64_t, kDims>;

// What of a tensor is new to a cluster when it starts over. Of the input maybe only what further
// rows or columns bring; of the output whether it was there before, so that its partial sums must
// be fetched again.
enum News : uint8_t { kOld, kAll, kRows, kColumns, kAgain };
using Fresh = std::array<News, 3>;

struct Loop {
    Dim dim = kC;
    bool spatial = false;
    int64_t tile = 1;
};

struct Level {
    int loops = 0;
    std::array<Loop, kDims> loop;
    int spatial = 0;
    int64_t clusters = 1, bw = 1;
};

struct Result {  // of one level, for one visit
    int64_t runtime = 0, macs = 0, noc = 0;
    int64_t l1_write[2] = {0, 0};
    double pes = 0;
};

struct CacheEntry {
    uint32_t stamp = 0;
    Fresh fresh{};
    Box box{};
    Result result;
};

struct Step {                      // of a loop
    int64_t count = 0, tile = 0;   // tile: of the full sub-clusters
    int64_t active = 1, last = 0;  // sub-clusters at work, and the last one's tile
    bool init = true;
    int64_t span() const { return (active - 1) * tile + last; }
};

struct Workspace {
    std::array<Level, kMaxLevels> level;
    std::array<std::array<CacheEntry, 256>, kMaxLevels> cache;
    uint32_t stamp = 0;
};

int steps_of(const Loop& loop, int64_t clusters, int64_t extent, Step* out);

// A layer's nest of levels under a dataflow.
class Nest {
public:
    Nest(Workspace& w, const Shape& shape, const Hardware& hw, LayerCost& cost)
        : w_(w), shape_(shape), hw_(hw), cost_(cost), gemm_(shape.type == LayerType::kGemm) {}

protected:
    // Fills the workspace's levels; pe_ becomes the tile of one PE. False with the fault in the
    // cost.
    bool build(const Dataflow& dataflow);

    // Elements of tensor t in a box. `before`: outputs of the tile that further rows or columns are
    // added to.
    int64_t volume(int t, const Box& box, News news = kAll, int64_t before = 0) const;

    Workspace& w_;
    const Shape& shape_;
    const Hardware& hw_;
    LayerCost& cost_;
    const bool gemm_;
    DimMask depends_[3] = {0, 0, 0}, dims_ = 0;
    int levels_ = 0;
    Box full_{}, pe_{};

private:
    bool make_level(const MapList& maps, int64_t clusters, int l, Box& box);
    int64_t stride_y() const { return shape_.type == LayerType::kTrConv ? 1 : shape_.stride_y; }
    int64_t stride_x() const { return shape_.type == LayerType::kTrConv ? 1 : shape_.stride_x; }
    int64_t rows(int64_t outs, int64_t taps) const;
    int64_t columns(int64_t outs, int64_t taps) const;

    static constexpr DimMask kWindow = bit(kY) | bit(kX) | bit(kR) | bit(kS);
};

}  // namespace msd::maestro::corrected
