// Dataflows to levels, as the original reads them; see original_levels.h.
#include "codesign/maestro/original_levels.h"

#include <algorithm>
#include <cmath>

namespace msd::maestro::original {
namespace {

int64_t edge_clusters(const Map& map, int64_t d, int64_t n) {
    const int64_t m = map.size, o = map.offset, reach = o * (n - 1) + m;
    if (d <= m) return 1;
    if (d > reach) {
        const int64_t steady = ((d - m) / o + 1) / n - 1;
        const int64_t left = d - (steady + 1) * o * n;
        return left < m ? 1 : (left - m) / o + 1;
    }
    const int64_t ne = (d - m) / o + 1;
    return o * (ne - 1) + m < d ? ne + 1 : ne;
}

void tile_sizes(const Map& map, int64_t d, Loop& loop) {
    const int64_t m = map.size, o = map.offset;
    const int64_t steady = std::max<int64_t>((d - m) / o, 0);
    const bool has_edge = steady * o + m < d || m > d;
    int64_t e = d - (steady + 1) * o;
    if (e < 0) e = d;
    loop.dim = map.dim;
    loop.spatial = map.spatial;
    loop.m = map.size;
    loop.o = map.offset;
    loop.full = m;
    loop.fresh = !map.spatial && d <= m ? 0 : std::min(m, o);
    loop.edge_full = has_edge ? e : m;
    loop.edge_fresh = std::max<int64_t>(o - (m - e), 0);
    loop.out_full = loop.full;
    loop.out_fresh = loop.fresh;
    loop.out_edge_full = loop.edge_full;
    loop.out_edge_fresh = loop.edge_fresh;
}

// Y' and X' become Y and X; needs the kernel's tile in the same level.
bool to_input(MapList& maps, int level, LayerCost& cost) {
    for (const auto& [out, in, kernel] : {std::array{kOutX, kX, kS}, std::array{kOutY, kY, kR}}) {
        const int i = maps.find(out);
        if (i < 0) continue;
        if (maps.find(in) >= 0) return fail(cost, Fault::kDuplicate, level, out);
        const int k = maps.find(kernel);
        if (k < 0) return fail(cost, Fault::kOutputNeedsKernel, level, kernel);
        maps.list[i].dim = in;
        maps.list[i].size += maps.list[k].size - 1;
    }
    return true;
}

void apply_stride(const Shape& shape, bool top, MapList& maps) {
    for (int i = 0; i < maps.count; ++i) {
        Map& map = maps.list[i];
        if ((map.dim != kX && map.dim != kY) || shape.type == LayerType::kGemm) continue;
        const int32_t stride = map.dim == kX ? shape.stride_x : shape.stride_y;
        const int32_t kernel = shape.size[map.dim == kX ? kS : kR];
        if (stride == 1 || map.size < kernel) continue;
        const int32_t outputs = (map.size + stride - kernel) / stride;
        map.size = outputs * std::min(stride, kernel) + std::max(kernel - stride, 0);
        map.offset = outputs * (!top && kernel < stride ? kernel : stride);
    }
}

bool make_level(Level& level, const Coupling& c, const MapList& maps,
                const std::array<int32_t, kDims>& size, int64_t clusters, int l, LayerCost& cost) {
    level.loops = maps.count;
    level.clusters = clusters;
    level.index.fill(-1);
    int spatial = 0;
    for (int i = 0; i < maps.count; ++i) {
        const Map& map = maps.list[i];
        Loop& loop = level.loop[i];
        tile_sizes(map, size[map.dim], loop);
        for (int t = 0; t < 3; ++t) loop.tensor[t] = c.mask[t] & bit(map.dim);
        level.index[map.dim] = static_cast<int8_t>(i);
        if (!map.spatial) continue;
        if (++spatial == 1) {
            level.first_spatial = i;
            level.edge_clusters = edge_clusters(map, size[map.dim], clusters);
        }
        level.last_spatial_any = i;
    }
    if (spatial < 1 || spatial > 2) return fail(cost, Fault::kSpatialMaps, l, spatial);
    for (const auto& [in, kernel] : {std::array{kX, kS}, std::array{kY, kR}}) {
        const int i = level.index[in], k = level.index[kernel];
        if (i < 0 || k < 0) continue;  // GEMM
        Loop& loop = level.loop[i];
        loop.out_full = loop.full - level.loop[k].full + 1;
        loop.out_fresh = std::min(loop.o, loop.m);
        loop.out_edge_full = loop.edge_full - level.loop[k].edge_full + 1;
        loop.out_edge_fresh = std::min<int64_t>(loop.o, loop.out_edge_full);
    }
    for (int t = 0; t < 3; ++t) {
        level.spatial_tensor[t] = false;
        level.coupled_count[t] = c.count[t];
        for (int i = 0; i < c.count[t]; ++i) {
            const int k = level.index[c.dims[t][i]];
            level.coupled[t][i] = static_cast<int8_t>(k);
            if (!level.loop[k].spatial) continue;
            level.spatial_tensor[t] = true;
            level.last_spatial[t] = k;
        }
    }
    int16_t next_bit = 1;
    for (int i = 0; i < level.loops; ++i) {
        Loop& loop = level.loop[i];
        loop.cache_bit = 0;
        if (loop.full == loop.edge_full) continue;
        loop.cache_bit = next_bit;
        next_bit = static_cast<int16_t>(next_bit * 2);
    }
    return true;
}

}  // namespace

bool build_levels(const Shape& shape, const Dataflow& dataflow, const Hardware& hw, Workspace& w,
                  LayerCost& cost) {
    const Coupling c = coupling(shape.type, shape.batch);
    for (int d = 0; d < kDims; ++d)
        if ((c.inputs() & bit(d)) && shape.size[d] == 0) return fail(cost, Fault::kNoDimension, d);
    if (dataflow.count == 0) return fail(cost, Fault::kNoDataflow);
    for (int i = 0; i < dataflow.count; ++i) {  // the original's reader exits here
        const Directive& d = dataflow.list[i];
        if (d.kind != DirectiveKind::kTemporal || (d.dim != kR && d.dim != kS) ||
            shape.size[d.dim] == 0)
            continue;
        if (d.size != d.offset || d.size != shape.size[d.dim])
            return fail(cost, Fault::kKernelTile, d.dim, d.size);
    }
    Levels levels;
    if (!split(dataflow, hw.num_pes, levels, cost)) return false;
    w.levels = levels.count;
    w.lanes = hw.simd_lanes;
    w.hw = &hw;
    w.cost = &cost;
    w.results = 0;
    std::array<int32_t, kDims> size = shape.size;
    double steps = 1, largest = 1, elements = 1;
    for (const int32_t n : shape.size) elements *= std::max(n, 1);
    if (elements > kLargest) return fail(cost, Fault::kTooLarge);
    w.cases = 0;
    for (int l = 0; l < levels.count; ++l) {
        MapList& maps = levels.maps[l];
        if (!to_input(maps, l, cost)) return false;
        if (!complete(l > 0 ? &levels.maps[l - 1] : nullptr, c.inputs(), size, l, maps, cost))
            return false;
        apply_stride(shape, l == 0, maps);
        if (!make_level(w.level[l], c, maps, size, levels.clusters[l], l, cost)) return false;
        Level& level = w.level[l];
        level.bw = hw.noc_bw[0];  // the original has one figure for all levels
        level.latency = hw.noc_latency;
        double volume = static_cast<double>(level.clusters);
        for (int i = 0; i < level.loops; ++i) {
            const Loop& p = level.loop[i];
            if (size[p.dim] > p.m) steps *= (static_cast<double>(size[p.dim]) - p.m) / p.o + 2;
            volume *=
                static_cast<double>(std::max({p.full, p.edge_full, p.fresh, p.edge_fresh,
                                              std::abs(p.out_full), std::abs(p.out_edge_full)}));
        }
        largest = std::max(largest, steps * (volume + level.latency));
        if (largest > kLargest) return fail(cost, Fault::kTooLarge);
        std::array<int32_t, kDims> sub{};
        for (int d = 0; d < kDims; ++d)
            if (c.inputs() & bit(d))
                sub[d] = std::min(maps.list[maps.find(static_cast<Dim>(d))].size, size[d]);
        size = sub;
    }
    return true;
}

}  // namespace msd::maestro::original
