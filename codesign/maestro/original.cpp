// The analysis with the original's quirks: facts of its behaviour, restated as tables of tile sizes
// and iteration cases.
#include <algorithm>
#include <cmath>
#include <limits>

#include "codesign/maestro/evaluate.h"
#include "codesign/maestro/levels.h"

namespace msd::maestro {
namespace {

enum Position : uint8_t { kInit, kSteady, kEdge };

// One TemporalMap or SpatialMap of a level, with the sizes that follow from the level's nominal
// dimension.
struct Loop {
    Dim dim;
    bool spatial;
    bool tensor[3];  // coupled
    int32_t m, o;
    int64_t full, fresh;  // elements a sub-cluster holds, and those that are new in the next step
    int64_t edge_full, edge_fresh;  // the same at the edge
    int64_t out_full, out_fresh;    // the same counted in outputs: differs for Y and X
    int64_t out_edge_full, out_edge_fresh;
    int16_t cache_bit;  // this loop's bit in a sub-level's cache index, or 0
};

struct State {
    Position position;
    bool unrolled, edge,
        edge_edge;  // edge_edge: the last active sub-cluster holds less than the others
    int32_t count;
};

struct SubResult {
    int64_t runtime = 0;
    double avg_pes = 0;
};

struct CacheEntry {
    uint32_t stamp = 0;
    SubResult result;
};

struct Level {
    int loops = 0;
    std::array<Loop, kDims> loop;
    int64_t clusters = 1, edge_clusters = 1;
    int first_spatial = 0;
    std::array<std::array<int8_t, 6>, 3> coupled;  // loops of a tensor's dimensions
    int coupled_count[3];
    bool spatial_tensor[3];
    int last_spatial[3];  // of a tensor's spatial dimensions the last in coupling order
    int last_spatial_any = 0;
    std::array<int8_t, kDims> index;  // of a dimension's loop, or -1
    int32_t bw = 1, latency = 1;
};

struct Cases {  // the iteration case at hand
    std::array<const State*, kDims> state;
    int changing = -1;  // innermost loop that is not in its first step
    int last_resettable[2] = {
        -1, -1};  // of input and filter: innermost loop that starts over more than once
    bool spatial_edge[3] = {}, any_spatial_edge = false;
};

struct Workspace {
    std::array<Level, kMaxLevels> level;
    std::array<std::array<CacheEntry, 512>, kMaxLevels>
        cache;  // of a level's results, by its upper level's edges
    uint32_t stamp = 0;
    int levels = 0;
    int32_t lanes = 1;
    const Hardware* hw = nullptr;
    LayerCost* cost = nullptr;
    int64_t cases = 0;     // visited
    int64_t results = 0;   // completed levels
    int64_t l1_bytes = 0;  // of the first of them
};

int64_t transfer_cycles(const Level& level, int64_t elements) {
    const int64_t sends = elements / level.bw + (elements % level.bw != 0);
    return level.latency + sends - 1;
}

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

class Analysis {
public:
    explicit Analysis(Workspace& w) : w_(w) {}

    bool build(const Shape& shape, const Dataflow& dataflow, const Hardware& hw, LayerCost& cost) {
        const Coupling c = coupling(shape.type, shape.batch);
        for (int d = 0; d < kDims; ++d)
            if ((c.inputs() & bit(d)) && shape.size[d] == 0)
                return fail(cost, Fault::kNoDimension, d);
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
        w_.levels = levels.count;
        w_.lanes = hw.simd_lanes;
        w_.hw = &hw;
        w_.cost = &cost;
        w_.results = 0;
        std::array<int32_t, kDims> size = shape.size;
        double steps = 1, largest = 1, elements = 1;
        for (const int32_t n : shape.size) elements *= std::max(n, 1);
        if (elements > kLargest) return fail(cost, Fault::kTooLarge);
        w_.cases = 0;
        for (int l = 0; l < levels.count; ++l) {
            MapList& maps = levels.maps[l];
            if (!to_input(maps, l, cost)) return false;
            if (!complete(l > 0 ? &levels.maps[l - 1] : nullptr, c.inputs(), size, l, maps, cost))
                return false;
            apply_stride(shape, l == 0, maps);
            if (!make_level(c, maps, size, levels.clusters[l], l, cost)) return false;
            Level& level = w_.level[l];
            level.bw = hw.noc_bw[0];  // the original has one figure for all levels
            level.latency = hw.noc_latency;
            double volume = static_cast<double>(level.clusters);
            for (int i = 0; i < level.loops; ++i) {
                const Loop& p = level.loop[i];
                if (size[p.dim] > p.m) steps *= (static_cast<double>(size[p.dim]) - p.m) / p.o + 2;
                volume *= static_cast<double>(
                    std::max({p.full, p.edge_full, p.fresh, p.edge_fresh, std::abs(p.out_full),
                              std::abs(p.out_edge_full)}));
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

    bool run(const Shape& shape) {
        if (++w_.stamp == 0) {
            for (auto& cache : w_.cache)
                for (auto& entry : cache) entry.stamp = 0;
            w_.stamp = 1;
        }
        SubResult result;
        return analyse<true>(0, shape.size, result);
    }

private:
    bool make_level(const Coupling& c, const MapList& maps, const std::array<int32_t, kDims>& size,
                    int64_t clusters, int l, LayerCost& cost) {
        Level& level = w_.level[l];
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

    static int states_of(const Loop& loop, const Level& level, int64_t d, State* out) {
        const int64_t m = loop.m, o = loop.o;
        int count = 1;
        if (!loop.spatial) {
            const bool init_edge = d < m;
            out[0] = {kInit, d <= m, init_edge, false, 1};
            const int64_t steady = (d - m) / o;
            if (m < d && steady > 0)
                out[count++] = {kSteady, false, false, false, static_cast<int32_t>(steady)};
            if (!init_edge && steady * o + m < d) out[count++] = {kEdge, false, true, false, 1};
            return count;
        }
        const int64_t n = level.clusters, reach = m + o * (n - 1);
        const bool init_edge = d < reach;
        out[0] = {kInit, d <= reach, init_edge, init_edge, 1};
        const int64_t steady = ((d - m) / o + 1) / n - 1;
        if (reach < d && steady > 0)
            out[count++] = {kSteady, false, false, false, static_cast<int32_t>(steady)};
        const bool has_edge =
            d > reach && (steady + 1) * o * n + reach > d && steady * o * n + reach != d;
        if (!init_edge && has_edge) {
            const int64_t left = d - (steady + 1) * o * n;
            const int64_t active = left < m ? 1 : (left - m) / o + 1;
            out[count++] = {kEdge, false, true, (active - 1) * o + m < left, 1};
        }
        return count;
    }

    // Elements of input or filter that one sub-cluster takes in; false: the original aborts.
    bool ingress(const Level& level, const Cases& c, Tensor t, bool first, bool ee,
                 int64_t& result) const {
        int64_t product = 1;
        const bool reset = c.last_resettable[t] > c.changing;
        for (int k = 0; k < level.coupled_count[t]; ++k) {
            const int i = level.coupled[t][k];
            const Loop& p = level.loop[i];
            const State& st = *c.state[i];
            const int64_t full = ee ? p.edge_full : p.full;
            if (c.changing < 0) {
                if (!p.spatial)
                    product *= st.edge ? p.edge_full : p.full;
                else if (!st.edge)
                    product *= p.full;
                else if (level.edge_clusters > 1)
                    product *= full;
                else if (first || ee)
                    product *= p.edge_full;
            } else if (!p.spatial) {
                if (st.position == kInit) {
                    product *= st.edge ? p.edge_full : p.full;
                } else if (i == c.changing && !reset) {
                    if (p.fresh == 0) return fail(*w_.cost, Fault::kNoReuseSize, 0, p.dim);
                    product *= p.fresh;
                } else {
                    product *= p.full;
                }
            } else {
                const bool whole =
                    first || (st.position == kInit ? i <= c.changing : reset || i != c.changing);
                product *= whole ? full : ee ? p.edge_fresh : p.fresh;
            }
        }
        result = product;
        return true;
    }

    bool ingress_traffic(const Level& level, const Cases& c, Tensor t, int64_t& total) const {
        total = 0;
        if (c.changing >= 0 && !level.loop[c.changing].tensor[t]) return true;
        if (!level.spatial_tensor[t]) return ingress(level, c, t, true, false, total);
        int64_t part = 0;
        if (!c.spatial_edge[t]) {
            if (!ingress(level, c, t, true, false, total)) return false;
            if (level.clusters > 1) ingress(level, c, t, false, false, part);
            total += (level.clusters - 1) * part;
            return true;
        }
        const int64_t ne = level.edge_clusters, e = c.state[level.last_spatial[t]]->edge_edge;
        if (!ingress(level, c, t, true, ne == 1 && e, total)) return false;
        if (ne - e - 1 > 0) {
            ingress(level, c, t, false, false, part);
            total += (ne - e - 1) * part;
        }
        if (ne > 1 && e) {
            ingress(level, c, t, false, true, part);
            total += part;
        }
        return true;
    }

    // Outputs of one sub-cluster or, with psums, its multiply-accumulates.
    static int64_t outputs(const Level& level, const Cases& c, bool psums, bool first, bool ee,
                           bool edge_reuse) {
        int64_t product = 1;
        const bool one = level.edge_clusters == 1;
        for (int i = 0; i < level.loops; ++i) {
            const Loop& p = level.loop[i];
            if (!p.tensor[kOutput] && !psums) continue;
            const State& st = *c.state[i];
            if (!p.spatial) {
                product *= st.edge ? p.out_edge_full : p.out_full;
                continue;
            }
            const int64_t full = first || p.out_fresh == 0 ? (first ? p.out_full : 1) : p.out_fresh;
            if (st.position == kInit)
                product *= !st.edge || !ee                            ? full
                           : one || !p.tensor[kOutput] || !edge_reuse ? p.out_edge_full
                                                                      : p.out_edge_fresh;
            else if (st.position == kSteady)
                product *= full;
            else if (!one)
                product *= ee ? p.out_edge_fresh : full;
            else if (first || ee)
                product *= p.edge_full;
        }
        return product;
    }

    static int64_t egress_traffic(const Level& level, const Cases& c) {
        if (!level.spatial_tensor[kOutput]) return outputs(level, c, false, true, false, true);
        if (!c.spatial_edge[kOutput]) {
            const int64_t first = outputs(level, c, false, true, false, true);
            if (level.clusters == 1) return first;
            return first + (level.clusters - 1) * outputs(level, c, false, false, false, true);
        }
        const int64_t ne = level.edge_clusters, e = c.state[level.last_spatial[kOutput]]->edge_edge;
        int64_t total = outputs(level, c, false, true, ne == 1 && e, true);
        if (ne - e - 1 > 0) total += (ne - e - 1) * outputs(level, c, false, false, false, true);
        if (ne > 1 && e) total += outputs(level, c, false, false, true, true);
        return total;
    }

    // Multiply-accumulates of the slowest sub-cluster.
    static int64_t critical(const Level& level, const Cases& c) {
        const bool ee = level.spatial_tensor[kOutput] && c.spatial_edge[kOutput] &&
                        level.edge_clusters == 1 && c.state[level.last_spatial[kOutput]]->edge_edge;
        return outputs(level, c, true, true, ee, true);
    }

    // Multiply-accumulates of all sub-clusters.
    static int64_t mapping(const Level& level, const Cases& c) {
        if (!c.any_spatial_edge) return level.clusters * outputs(level, c, true, true, false, true);
        const int64_t ne = level.edge_clusters, e = c.state[level.last_spatial_any]->edge_edge;
        int64_t total = outputs(level, c, true, true, ne == 1 && e, true);
        if (ne - e - 1 > 0) total += (ne - e - 1) * outputs(level, c, true, true, false, true);
        if (ne > 1 && e) total += outputs(level, c, true, false, true, false);
        return total;
    }

    // Result of the level below for this case: from the cache, else computed.
    bool sub_level(int l, const Level& level, const Cases& c, bool ee, SubResult& result) {
        int index = 0;
        std::array<int32_t, kDims> size;
        for (int i = 0; i < level.loops; ++i) {
            const Loop& p = level.loop[i];
            const State& st = *c.state[i];
            const bool edge = p.spatial ? st.edge && (ee || level.edge_clusters == 1) : st.edge;
            if (edge) index |= p.cache_bit;
            size[p.dim] = static_cast<int32_t>(edge ? p.edge_full : p.full);
        }
        CacheEntry& entry = w_.cache[l + 1][index];
        if (entry.stamp != w_.stamp) {
            if (!analyse<false>(l + 1, size, entry.result)) return false;
            entry.stamp = w_.stamp;
        }
        result = entry.result;
        return true;
    }

    void buffer_sizes(const Level& level, const std::array<int32_t, kDims>& size, const int64_t* in,
                      int64_t out, bool top, int64_t* l1) {
        for (int t = 0; t < 3; ++t) {
            int64_t tile = 1, elements = 1;
            for (int k = 0; k < level.coupled_count[t]; ++k) {
                const Loop& p = level.loop[level.coupled[t][k]];
                tile *= p.full;
                int64_t n = size[p.dim];
                if (t == kOutput && p.dim == kY) n += 1 - size[kR];
                if (t == kOutput && p.dim == kX) n += 1 - size[kS];
                elements *= n;
            }
            l1[t] = t == kOutput ? 2 * tile : l1[t] + 2 * tile;
            if (!top) continue;
            TensorCounts& counts = w_.cost->tensor[t];
            if (t == kOutput) {
                counts.l2_bytes = 2 * out;
                counts.l2_read = elements;
            } else {
                counts.l2_bytes += 2 * in[t];
                counts.l2_write = elements;
            }
        }
    }

    template <bool kTop>
    bool analyse(int l, const std::array<int32_t, kDims>& size, SubResult& result) {
        const Level& level = w_.level[l];
        LayerCost& cost = *w_.cost;
        const bool innermost = l + 1 == w_.levels;
        State states[kDims][3];
        int count[kDims], index[kDims];
        Cases c;
        int64_t cases = 1;
        for (int i = 0; i < level.loops; ++i) {
            count[i] = states_of(level.loop[i], level, size[level.loop[i].dim], states[i]);
            cases *= count[i];
            index[i] = 0;
            c.state[i] = &states[i][0];
            for (int t = 0; t < 2; ++t)
                if (level.loop[i].tensor[t] && !states[i][0].unrolled) c.last_resettable[t] = i;
        }
        if ((w_.cases += cases) > kMostCases) return fail(cost, Fault::kTooLarge);
        int64_t runtime = 0, valid = 0, done = 0, l1[3] = {0, 0, 0}, peak = 0, offchip = 0;
        double pes = 0;
        long double avg_bw = 0, sum_in = 0, sum_out = 0, sum_compute = 0;
        int64_t min_in = INT64_MAX, min_out = INT64_MAX, min_compute = INT64_MAX;
        int64_t max_in = 0, max_out = 0, max_compute = 0;
        for (int64_t n = 0; n < cases; ++n) {
            if (n == 1) {  // from here on an odometer whose wheels start one step ahead and end at
                           // all-Init
                for (int i = 0; i < level.loops; ++i) index[i] = count[i] > 1 ? 1 : 0;
            } else if (n > 1) {
                for (int i = level.loops - 1; i >= 0; --i) {
                    if (count[i] == 1) continue;
                    index[i] = index[i] + 1 == count[i] ? 0 : index[i] + 1;
                    if (index[i] != 1) break;
                }
            }
            uint32_t wrapped = 1;  // the original counts in 32 bits
            c.changing = -1;
            c.any_spatial_edge = false;
            for (int t = 0; t < 3; ++t) c.spatial_edge[t] = false;
            for (int i = 0; i < level.loops; ++i) {
                const State& st = states[i][index[i]];
                c.state[i] = &st;
                wrapped *= static_cast<uint32_t>(st.count);
                if (st.position != kInit) c.changing = i;
                if (level.loop[i].spatial && st.edge) {
                    c.any_spatial_edge = true;
                    for (int t = 0; t < 3; ++t) c.spatial_edge[t] |= level.loop[i].tensor[t];
                }
            }
            const int64_t k = static_cast<int32_t>(wrapped);
            if (k <= 0) return fail(cost, Fault::kTooLarge);

            const int64_t out = egress_traffic(level, c);
            const int64_t slowest = critical(level, c);
            int64_t in[2] = {0, 0};
            if (done == 0 || slowest > 0) {
                for (Tensor t : {kInput, kFilter})
                    if (!ingress_traffic(level, c, t, in[t])) return false;
            }
            if (done == 0) buffer_sizes(level, size, in, out, kTop, l1);
            int64_t macs = 0;
            if (kTop) {
                macs = mapping(level, c);
                cost.tensor[kOutput].l2_write += k * out;
                cost.tensor[kOutput].l1_read += k * macs;
                cost.tensor[kOutput].l1_write += k * macs;
            }
            if (slowest <= 0) continue;

            const int64_t ingress_all = in[0] + in[1];
            if (kTop) {
                for (int t = 0; t < 2; ++t) {
                    cost.tensor[t].l2_read += k * in[t];
                    cost.tensor[t].l1_write = cost.tensor[t].l2_read;
                    cost.tensor[t].l1_read += k * macs;
                }
                cost.intensity = static_cast<double>(macs) / static_cast<double>(ingress_all);
                cost.macs += k * macs;
            }
            int64_t compute = 0;
            const State& spatial = *c.state[level.first_spatial];
            const int64_t active = spatial.edge ? level.edge_clusters : level.clusters;
            long double used = 0;
            if (innermost) {
                compute = (slowest + w_.lanes - 1) / w_.lanes;
            } else {
                SubResult sub;
                int64_t rest = active;
                if (spatial.edge && spatial.edge_edge) {
                    if (!sub_level(l, level, c, true, sub)) return false;
                    compute = std::max(compute, sub.runtime);
                    used += sub.avg_pes;
                    rest = level.edge_clusters - 1;
                }
                if (rest > 0) {
                    if (!sub_level(l, level, c, false, sub)) return false;
                    compute = std::max(compute, sub.runtime);
                    used += sub.avg_pes * static_cast<double>(rest);
                }
            }
            const int64_t in_cycles = transfer_cycles(level, ingress_all),
                          out_cycles = transfer_cycles(level, out);
            int64_t delay = c.changing < 0 ? compute + in_cycles
                                           : std::max(out_cycles, std::max(compute, in_cycles));
            if (kTop) {
                const int64_t need_out = cost.tensor[kOutput].l2_bytes;
                const int64_t need_in =
                    cost.tensor[kInput].l2_bytes + cost.tensor[kFilter].l2_bytes;
                delay = std::max(delay, std::max(need_in / w_.hw->offchip_bw / 2,
                                                 need_out / w_.hw->offchip_bw / 2));
                if (compute == 0) return fail(cost, Fault::kDivisionByZero);
                offchip = std::max(offchip, std::max(need_out / compute, need_in / compute)) / 2;
            }
            runtime += k * delay;
            if (used == 0) used = active;
            pes = static_cast<double>(pes + used * k);
            valid += k;
            ++done;
            if (!kTop) continue;
            if (compute == 0) compute = 1;
            const int64_t traffic = std::max(ingress_all, out);
            peak = std::max(peak, traffic / compute);
            avg_bw += k * traffic / compute;
            sum_in += k * in_cycles;
            sum_out += k * out_cycles;
            sum_compute += k * compute;
            min_in = std::min(min_in, in_cycles);
            min_out = std::min(min_out, out_cycles);
            min_compute = std::min(min_compute, compute);
            max_in = std::max(max_in, in_cycles);
            max_out = std::max(max_out, out_cycles);
            max_compute = std::max(max_compute, compute);
        }
        if (valid != 0) pes /= static_cast<double>(valid);
        result.runtime = runtime;
        result.avg_pes = pes;
        if (w_.results++ == 0) w_.l1_bytes = l1[0] + l1[1] + l1[2];
        if (!kTop) return true;

        cost.runtime = runtime;
        cost.avg_pes = pes;
        cost.peak_bw = peak;
        cost.offchip_bw = offchip;
        cost.l1_bytes = w_.l1_bytes;
        cost.lag = w_.results > 1;
        if (valid == 0) {  // what the original's conversions of +inf and nan give on its machine
            constexpr int64_t kNone = INT64_MIN;
            cost.avg_bw = -std::numeric_limits<double>::quiet_NaN();
            cost.ingress = cost.egress = cost.compute = {kNone, 0, kNone};
            return true;
        }
        const long double steps = valid;
        cost.avg_bw = static_cast<double>(avg_bw / steps);
        cost.ingress = {min_in, max_in, static_cast<int64_t>(sum_in / steps)};
        cost.egress = {min_out, max_out, static_cast<int64_t>(sum_out / steps)};
        cost.compute = {min_compute, max_compute, static_cast<int64_t>(sum_compute / steps)};
        return true;
    }

    Workspace& w_;
};

}  // namespace

double original_energy(const LayerCost& cost, const LayerCost* previous, const EnergyTable& table) {
    const auto& t = cost.tensor;
    double sum = 0;
    auto l1 = [&](const LayerCost& from) {
        for (int i : {kInput, kFilter, kOutput}) {
            sum += static_cast<double>(from.tensor[i].l1_read) * table.l1;
            sum += static_cast<double>(from.tensor[i].l1_write) * table.l1;
        }
    };
    if (cost.lag && previous) l1(*previous);
    for (int i : {kInput, kFilter}) {
        sum += static_cast<double>(t[i].l2_read) * table.l2;
        sum += static_cast<double>(t[i].l2_write) * table.l2;
    }
    sum += static_cast<double>(t[kOutput].l2_write) * table.l2;
    if (!cost.lag) l1(cost);
    return sum * table.mac_nj;
}

LayerCost evaluate_original(const Shape& shape, const Dataflow& dataflow,
                            const Hardware& hardware) {
    static thread_local Workspace workspace;
    LayerCost cost;
    Analysis analysis(workspace);
    if (!analysis.build(shape, dataflow, hardware, cost) || !analysis.run(shape)) {
        LayerCost failed;
        fail(failed, cost.fault, cost.a, cost.b);
        return failed;
    }
    cost.energy_nj = original_energy(cost, nullptr, hardware.energy);
    return cost;
}

}  // namespace msd::maestro
