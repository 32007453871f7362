// Dataflows to loops over outputs; see corrected_nest.h.
#include "codesign/maestro/corrected_nest.h"

#include <algorithm>
#include <numeric>

namespace msd::maestro::corrected {

namespace {

// Elements that `outs` windows of `taps` taps touch, windows `stride` and taps `dilation` apart:
// the distinct sums i * stride + j * dilation. Two pairs (i, j) meet if they differ by a multiple
// of (dilation, -stride) / gcd.
int64_t touched(int64_t outs, int64_t taps, int64_t stride, int64_t dilation) {
    const int64_t g = std::gcd(stride, dilation);
    return outs * taps -
           std::max<int64_t>(outs - dilation / g, 0) * std::max<int64_t>(taps - stride / g, 0);
}

}  // namespace

bool Nest::build(const Dataflow& dataflow) {
    const Coupling c = coupling(shape_.type, shape_.size[kN] != 0 && !gemm_);
    for (int d = 0; d < kDims; ++d)
        if ((c.inputs() & bit(d)) && shape_.size[d] == 0)
            return fail(cost_, Fault::kNoDimension, d);
    if (dataflow.count == 0) return fail(cost_, Fault::kNoDataflow);
    for (int i = 0; i < dataflow.count; ++i) {
        const Directive& d = dataflow.list[i];
        if (d.kind != DirectiveKind::kTemporal || (d.dim != kR && d.dim != kS) ||
            shape_.size[d.dim] == 0)
            continue;
        if (d.size != d.offset || d.size != shape_.size[d.dim])
            return fail(cost_, Fault::kKernelTile, d.dim, d.size);
    }
    for (int t = 0; t < 3; ++t) depends_[t] = c.mask[t];
    if (!gemm_) depends_[kInput] |= bit(kR) | bit(kS);
    dims_ = c.inputs() | c.mask[kOutput];
    Box box;
    for (int d = 0; d < kDims; ++d) box[d] = dims_ & bit(d) ? shape_.size[d] : 1;
    if (!gemm_) {
        box[kY] = shape_.out_y();
        box[kX] = shape_.out_x();
        if (box[kY] == 0 || box[kX] == 0) return fail(cost_, Fault::kEmptyOutput);
    }
    const double macs = static_cast<double>(shape_.macs());
    if (macs * (hw_.noc_latency + 16.0) * hw_.bytes_per_element > kLargest)
        return fail(cost_, Fault::kTooLarge);
    Levels levels;
    if (!split(dataflow, hw_.num_pes, levels, cost_)) return false;
    levels_ = levels.count;
    full_ = box;
    for (int l = 0; l < levels_; ++l)
        if (!make_level(levels.maps[l], levels.clusters[l], l, box)) return false;
    pe_ = box;
    return true;
}

// Turns a level's maps into loops over `box`, which becomes the box of one sub-cluster.
bool Nest::make_level(const MapList& maps, int64_t clusters, int l, Box& box) {
    Level& level = w_.level[l];
    level.loops = 0;
    level.clusters = clusters;
    level.bw = hw_.noc_bw[l];
    DimMask seen = 0;
    int spatial = 0, y = -1, x = -1, r = -1, s = -1;
    for (int i = 0; i < maps.count; ++i) {
        const Map& map = maps.list[i];
        const Dim d = map.dim == kOutY ? kY : map.dim == kOutX ? kX : map.dim;
        if (shape_.size[d] == 0 || (gemm_ && map.dim >= kDims))
            return fail(cost_, Fault::kUnknownDirective, l, map.dim);
        if (seen & bit(d)) return fail(cost_, Fault::kDuplicate, l, map.dim);
        seen |= bit(d);
        if (map.spatial) ++spatial;
        if (map.dim == kY)
            y = i;  // output rows spread with kernel rows would meet on a diagonal only
        if (map.dim == kX) x = i;
        if (d == kR) r = i;
        if (d == kS) s = i;
    }
    if (spatial < 1 || spatial > 2) return fail(cost_, Fault::kSpatialMaps, l, spatial);
    const auto both = [&](int a, int b) {
        return a >= 0 && b >= 0 && maps.list[a].spatial && maps.list[b].spatial;
    };
    if (spatial == 2 && (gemm_ || (!both(y, r) && !both(x, s))))
        return fail(cost_, Fault::kIllegalPair, l);
    const int64_t taps_r = r >= 0 ? std::min<int64_t>(maps.list[r].size, box[kR]) : box[kR];
    const int64_t taps_s = s >= 0 ? std::min<int64_t>(maps.list[s].size, box[kS]) : box[kS];
    Box sub = box;
    level.spatial = -1;
    for (int i = 0; i < maps.count; ++i) {
        const Map& map = maps.list[i];
        Loop loop;
        loop.dim = map.dim == kOutY ? kY : map.dim == kOutX ? kX : map.dim;
        if (!(dims_ & bit(loop.dim))) {  // K of a depthwise layer
            if (map.spatial) return fail(cost_, Fault::kUnknownDirective, l, loop.dim);
            continue;
        }
        loop.spatial = map.spatial;
        int64_t offset = map.offset;
        if (!gemm_ && (map.dim == kY || map.dim == kX)) {
            const bool rows = map.dim == kY;
            const int64_t taps = rows ? taps_r : taps_s, stride = rows ? stride_y() : stride_x();
            const int64_t reach = (rows ? shape_.dilation_y : shape_.dilation_x) * (taps - 1) + 1;
            if (map.size < reach) return fail(cost_, Fault::kWindowTile, l, map.dim);
            loop.tile = (map.size - reach) / stride + 1;
            if (stride != 1) offset = loop.tile;  // as the original reads it: the next window
            // Rows and kernel rows spread together: a sub-cluster has one kernel row and every
            // output row.
            if (rows ? both(y, r) : both(x, s)) {
                loop.spatial = false;
                offset = loop.tile;
            }
        } else {
            loop.tile = map.size;
        }
        const int64_t extent = box[loop.dim];
        if (offset != loop.tile && loop.tile < extent) cost_.retiled = true;
        loop.tile = std::min(loop.tile, extent);
        sub[loop.dim] = loop.tile;
        if (loop.spatial) level.spatial = level.loops;
        level.loop[level.loops++] = loop;
    }
    box = sub;
    return true;
}

// Input rows behind `outs` output rows: no more than there are, and none of the zeros of a
// transposed convolution.
int64_t Nest::rows(int64_t outs, int64_t taps) const {
    const int64_t up = shape_.up_y(), dense = touched(outs, taps, stride_y(), shape_.dilation_y);
    return std::min<int64_t>((dense + up - 1) / up, shape_.size[kY]);
}
int64_t Nest::columns(int64_t outs, int64_t taps) const {
    const int64_t up = shape_.up_x(), dense = touched(outs, taps, stride_x(), shape_.dilation_x);
    return std::min<int64_t>((dense + up - 1) / up, shape_.size[kX]);
}

int64_t Nest::volume(int t, const Box& box, News news, int64_t before) const {
    int64_t product = 1;
    for (int d = 0; d < kDims; ++d) {
        if (!(depends_[t] & bit(d)) || (t == kInput && !gemm_ && (bit(d) & kWindow))) continue;
        product *= box[d];
    }
    if (t != kInput || gemm_) return product;
    const int64_t r = rows(box[kY], box[kR]), c = columns(box[kX], box[kS]);
    if (news == kRows) {
        if (before == 0) before = box[kY];
        return product * c * (rows(before + box[kY], box[kR]) - rows(before, box[kR]));
    }
    if (news == kColumns) {
        if (before == 0) before = box[kX];
        return product * r * (columns(before + box[kX], box[kS]) - columns(before, box[kS]));
    }
    return product * r * c;
}

int steps_of(const Loop& loop, int64_t clusters, int64_t extent, Step* out) {
    const int64_t m = std::min(loop.tile, extent), tiles = (extent + m - 1) / m,
                  rest = extent - (tiles - 1) * m;
    const int64_t n = loop.spatial ? clusters : 1, steps = (tiles + n - 1) / n;
    if (steps == 1) {
        out[0] = {1, m, tiles, rest, true};
        return 1;
    }
    out[0] = {1, m, n, m, true};
    const int64_t active = tiles - (steps - 1) * n;
    const bool edge = active < n || rest < m;
    int count = 1;
    if (steps - 1 - edge > 0) out[count++] = {steps - 1 - edge, m, n, m, false};
    // A lone smaller tile is the tile of its sub-cluster.
    if (edge) out[count++] = {1, active == 1 ? rest : m, active, rest, false};
    return count;
}

}  // namespace msd::maestro::corrected
