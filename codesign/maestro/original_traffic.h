// What one iteration case of the original's analysis moves and computes. Inline: called for every
// case.
#pragma once

#include "codesign/maestro/original_levels.h"

namespace msd::maestro::original {

inline int states_of(const Loop& loop, const Level& level, int64_t d, State* out) {
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
inline bool ingress(const Level& level, const Cases& c, Tensor t, bool first, bool ee,
                    int64_t& result, LayerCost& cost) {
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
                if (p.fresh == 0) return fail(cost, Fault::kNoReuseSize, 0, p.dim);
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

inline bool ingress_traffic(const Level& level, const Cases& c, Tensor t, int64_t& total,
                            LayerCost& cost) {
    total = 0;
    if (c.changing >= 0 && !level.loop[c.changing].tensor[t]) return true;
    if (!level.spatial_tensor[t]) return ingress(level, c, t, true, false, total, cost);
    int64_t part = 0;
    if (!c.spatial_edge[t]) {
        if (!ingress(level, c, t, true, false, total, cost)) return false;
        if (level.clusters > 1) ingress(level, c, t, false, false, part, cost);
        total += (level.clusters - 1) * part;
        return true;
    }
    const int64_t ne = level.edge_clusters, e = c.state[level.last_spatial[t]]->edge_edge;
    if (!ingress(level, c, t, true, ne == 1 && e, total, cost)) return false;
    if (ne - e - 1 > 0) {
        ingress(level, c, t, false, false, part, cost);
        total += (ne - e - 1) * part;
    }
    if (ne > 1 && e) {
        ingress(level, c, t, false, true, part, cost);
        total += part;
    }
    return true;
}

// Outputs of one sub-cluster or, with psums, its multiply-accumulates.
inline int64_t outputs(const Level& level, const Cases& c, bool psums, bool first, bool ee,
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

inline int64_t egress_traffic(const Level& level, const Cases& c) {
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
inline int64_t critical(const Level& level, const Cases& c) {
    const bool ee = level.spatial_tensor[kOutput] && c.spatial_edge[kOutput] &&
                    level.edge_clusters == 1 && c.state[level.last_spatial[kOutput]]->edge_edge;
    return outputs(level, c, true, true, ee, true);
}

// Multiply-accumulates of all sub-clusters.
inline int64_t mapping(const Level& level, const Cases& c) {
    if (!c.any_spatial_edge) return level.clusters * outputs(level, c, true, true, false, true);
    const int64_t ne = level.edge_clusters, e = c.state[level.last_spatial_any]->edge_edge;
    int64_t total = outputs(level, c, true, true, ne == 1 && e, true);
    if (ne - e - 1 > 0) total += (ne - e - 1) * outputs(level, c, true, true, false, true);
    if (ne > 1 && e) total += outputs(level, c, true, false, true, false);
    return total;
}

}  // namespace msd::maestro::original
