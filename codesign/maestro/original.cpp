// The analysis with the original's quirks: facts of its behaviour, restated as tables of tile sizes
// and iteration cases.
#include <algorithm>
#include <cmath>
#include <limits>

#include "codesign/maestro/evaluate.h"
#include "codesign/maestro/original_traffic.h"

namespace msd::maestro {
namespace {

using namespace original;

int64_t transfer_cycles(const Level& level, int64_t elements) {
    const int64_t sends = elements / level.bw + (elements % level.bw != 0);
    return level.latency + sends - 1;
}

class Analysis {
public:
    explicit Analysis(Workspace& w) : w_(w) {}

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
                    if (!ingress_traffic(level, c, t, in[t], cost)) return false;
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
    if (!build_levels(shape, dataflow, hardware, workspace, cost) || !analysis.run(shape)) {
        LayerCost failed;
        fail(failed, cost.fault, cost.a, cost.b);
        return failed;
    }
    cost.energy_nj = original_energy(cost, nullptr, hardware.energy);
    return cost;
}

}  // namespace msd::maestro
