// The corrected analysis: the same nest of levels, but over outputs, so that windows, strides and
// edges are exact; the method and what it assumes are in docs/maestro.md.
#include <algorithm>
#include <cmath>

#include "codesign/maestro/corrected_nest.h"
#include "codesign/maestro/evaluate.h"

namespace msd::maestro {
namespace {

using namespace corrected;

class Analysis : private Nest {
public:
    using Nest::Nest;

    bool run(const Dataflow& dataflow) {
        if (!build(dataflow) || !buffers(pe_)) return false;
        next_stamp();
        return total();
    }

private:
    // What tensor t brings anew in a step.
    News news_of(int t, const Level& level, int changing, int innermost_multi, const Fresh& fresh,
                 bool again) const {
        News news = kOld;
        if (innermost_multi > changing) {
            news = kAll;
        } else if (changing < 0) {
            news = fresh[t];
        } else {
            const Loop& loop = level.loop[changing];
            if (depends_[t] & bit(loop.dim))
                news = t == kInput && !gemm_ && !loop.spatial && loop.dim == kY   ? kRows
                       : t == kInput && !gemm_ && !loop.spatial && loop.dim == kX ? kColumns
                                                                                  : kAll;
        }
        return t == kOutput && news == kAll && again ? kAgain : news;
    }

    int64_t transfer_cycles(const Level& level, int64_t elements) const {
        return elements == 0 ? 0 : hw_.noc_latency + (elements + level.bw - 1) / level.bw - 1;
    }

    void sub_level(int l, const Box& box, const Fresh& fresh, Result& result) {
        uint64_t h = static_cast<uint64_t>(fresh[0]) * 25 + fresh[1] * 5 + fresh[2];
        for (const int64_t n : box) h = (h ^ static_cast<uint64_t>(n)) * 0x100000001b3ull;
        CacheEntry& entry = w_.cache[l][(h ^ h >> 23) % 256];
        if (entry.stamp != w_.stamp || entry.fresh != fresh || entry.box != box) {
            Result fresh_result;
            analyse<false>(l, box, fresh, fresh_result);
            entry.stamp = w_.stamp;
            entry.fresh = fresh;
            entry.box = box;
            entry.result = fresh_result;
        }
        result = entry.result;
    }

    // The work of `count` sub-clusters, each with the tile `box`.
    void work(int l, const Box& box, const Fresh& fresh, int64_t before, int64_t count,
              Result& sum) {
        if (l + 1 < levels_) {
            Result r;
            sub_level(l + 1, box, fresh, r);
            sum.runtime = std::max(sum.runtime, r.runtime);
            sum.macs += count * r.macs;
            sum.noc += count * r.noc;
            for (int t = 0; t < 2; ++t) sum.l1_write[t] += count * r.l1_write[t];
            sum.pes += static_cast<double>(count) * r.pes;
            return;
        }
        int64_t macs = 1;
        for (const int64_t n : box) macs *= n;
        sum.runtime = std::max(sum.runtime, (macs + hw_.simd_lanes - 1) / hw_.simd_lanes);
        sum.macs += count * macs;
        for (int t = 0; t < 2; ++t)
            if (fresh[t] != kOld) sum.l1_write[t] += count * volume(t, box, fresh[t], before);
        sum.pes += static_cast<double>(count);
    }

    template <bool kTop>
    void analyse(int l, const Box& extents, const Fresh& fresh_in, Result& result) {
        const Level& level = w_.level[l];
        Step steps[kDims][3];
        int count[kDims], index[kDims];
        int multi[3] = {-1, -1,
                        -1};  // innermost loop of more than one step on which the tensor depends
        Fresh fresh = fresh_in;
        for (int i = 0; i < level.loops; ++i) {
            const Loop& loop = level.loop[i];
            count[i] = steps_of(loop, level.clusters, extents[loop.dim], steps[i]);
            index[i] = 0;
            if (count[i] > 1)
                for (int t = 0; t < 3; ++t)
                    if (depends_[t] & bit(loop.dim)) multi[t] = i;
            // Halos stay with the neighbour of a row that is spread over sub-clusters.
            if (loop.spatial && loop.dim == kY && fresh[kInput] == kRows) fresh[kInput] = kAll;
            if (loop.spatial && loop.dim == kX && fresh[kInput] == kColumns) fresh[kInput] = kAll;
        }
        int64_t total_steps = 0;
        for (bool more = true; more && cost_.ok();) {
            if (++cases_ > kMostCases) {
                fail(cost_, Fault::kTooLarge);
                return;
            }
            int64_t k = 1;
            int changing = -1;
            bool again = false;
            Box tile = extents, span = extents;
            const Step* spread = nullptr;
            for (int i = 0; i < level.loops; ++i) {
                const Loop& loop = level.loop[i];
                const Step& step = steps[i][index[i]];
                k *= step.count;
                if (!step.init) {
                    changing = i;
                    again |= !(depends_[kOutput] & bit(loop.dim));
                }
                tile[loop.dim] = step.tile;
                span[loop.dim] = step.span();
                if (loop.spatial) spread = &step;
            }
            step<kTop>(l, level, k, changing, again, multi, fresh, tile, span, *spread, result);
            total_steps += k;
            more = false;
            for (int i = level.loops - 1; i >= 0 && !more; --i) {
                if (++index[i] < count[i])
                    more = true;
                else
                    index[i] = 0;
            }
        }
        result.pes /= static_cast<double>(std::max<int64_t>(total_steps, 1));
        if (kTop) steps_ = total_steps;
    }

    // One kind of step, `k` of which there are.
    template <bool kTop>
    void step(int l, const Level& level, int64_t k, int changing, bool again, const int* multi,
              const Fresh& fresh, const Box& tile, const Box& span, const Step& spread,
              Result& result) {
        const Dim dim = level.loop[level.spatial].dim;
        const int64_t before = changing < 0 ? 0 : level.loop[changing].tile;
        Fresh news;
        int64_t moved[3], sent[3];
        for (int t = 0; t < 3; ++t) {
            news[t] = news_of(t, level, changing, multi[t], fresh, again);
            moved[t] = sent[t] = news[t] == kOld ? 0 : volume(t, span, news[t], before);
        }
        Result sub;
        Box last = tile;
        last[dim] = spread.last;
        const bool uneven = spread.last != spread.tile;
        work(l, tile, news, before, spread.active - uneven, sub);
        if (uneven) work(l, last, news, before, 1, sub);
        if (!hw_.multicast) {
            for (int t = 0; t < 2; ++t) {
                if (news[t] == kOld) continue;
                sent[t] = (spread.active - uneven) * volume(t, tile, news[t], before) +
                          (uneven ? volume(t, last, news[t], before) : 0);
            }
        }
        const int64_t psums = news[kOutput] == kAgain ? moved[kOutput] : 0;
        const int64_t in = sent[kInput] + sent[kFilter] + psums, out = moved[kOutput];
        const int64_t in_cycles = transfer_cycles(level, in),
                      out_cycles = transfer_cycles(level, out);
        const int64_t compute = sub.runtime;
        const int64_t delay = cost_.single_buffered ? in_cycles + compute + out_cycles
                              : changing < 0        ? in_cycles + compute
                                                    : std::max({in_cycles, compute, out_cycles});
        result.runtime += k * delay;
        result.macs += k * sub.macs;
        result.noc += k * (in + out + sub.noc);
        for (int t = 0; t < 2; ++t) result.l1_write[t] += k * sub.l1_write[t];
        result.pes += static_cast<double>(k) * sub.pes;
        if (!kTop) return;
        for (int t = 0; t < 3; ++t) unique_[t] += k * moved[t];
        psums_ += k * psums;
        for (int t = 0; t < 2; ++t) cost_.tensor[t].l2_read += k * sent[t];
        const int64_t busiest = std::max(in, out);
        cost_.peak_bw = std::max(cost_.peak_bw, (busiest + compute - 1) / compute);
        bandwidth_ +=
            static_cast<double>(k) * static_cast<double>(busiest) / static_cast<double>(compute);
        add(cost_.ingress, k, in_cycles);
        add(cost_.egress, k, out_cycles);
        add(cost_.compute, k, compute);
    }

    void add(DelayStats& stats, int64_t k, int64_t cycles) const {
        stats.min = stats.max == 0 && stats.avg == 0 && stats.min == 0
                        ? cycles
                        : std::min(stats.min, cycles);
        stats.max = std::max(stats.max, cycles);
        stats.avg += k * cycles;  // divided at the end
    }

    // Decides on double or single buffers; false if not even single ones fit.
    bool buffers(const Box& pe) {
        const int64_t bytes = hw_.bytes_per_element;
        Box span = full_;
        const Level& top = w_.level[0];
        for (int i = 0; i < top.loops; ++i) {
            Step steps[3];
            steps_of(top.loop[i], top.clusters, full_[top.loop[i].dim], steps);
            span[top.loop[i].dim] = steps[0].span();
        }
        int64_t l1 = 0, l2 = 0, tile[3];
        for (int t = 0; t < 3; ++t) {
            l1 += volume(t, pe) * bytes;
            tile[t] = volume(t, span) * bytes;
            l2 += tile[t];
        }
        if (l1 > hw_.l1_bytes) return fail(cost_, Fault::kL1, l1, hw_.l1_bytes);
        if (l2 > hw_.l2_bytes) return fail(cost_, Fault::kL2, l2, hw_.l2_bytes);
        cost_.single_buffered = 2 * l1 > hw_.l1_bytes || 2 * l2 > hw_.l2_bytes;
        const int copies = cost_.single_buffered ? 1 : 2;
        cost_.l1_bytes = copies * l1;
        for (int t = 0; t < 3; ++t) cost_.tensor[t].l2_bytes = copies * tile[t];
        return true;
    }

    void next_stamp() {
        if (++w_.stamp != 0) return;
        for (auto& cache : w_.cache)
            for (auto& entry : cache) entry.stamp = 0;
        w_.stamp = 1;
    }

    bool total() {
        Result result;
        analyse<true>(0, full_, {kAll, kAll, kAll}, result);
        if (!cost_.ok()) return false;
        cost_.macs = result.macs;
        cost_.avg_pes = result.pes;
        cost_.noc_elements = result.noc;
        cost_.avg_bw = bandwidth_ / static_cast<double>(steps_);
        for (DelayStats* stats : {&cost_.ingress, &cost_.egress, &cost_.compute})
            stats->avg /= steps_;
        offchip();
        cost_.runtime = cost_.single_buffered ? result.runtime + cost_.offchip_cycles
                                              : std::max(result.runtime, cost_.offchip_cycles);
        cost_.offchip_bw = (cost_.dram_elements + result.runtime - 1) / result.runtime;
        auto& t = cost_.tensor;
        for (int i = 0; i < 2; ++i) {
            t[i].l1_read = result.macs;
            t[i].l1_write = result.l1_write[i];
        }
        t[kOutput].l1_read = t[kOutput].l1_write = result.macs;
        cost_.intensity = static_cast<double>(result.macs) /
                          static_cast<double>(t[kInput].l2_read + t[kFilter].l2_read);
        double sum = static_cast<double>(result.macs);
        for (const TensorCounts& c : t) {
            sum += hw_.energy.l1 * static_cast<double>(c.l1_read + c.l1_write);
            sum += hw_.energy.l2 * static_cast<double>(c.l2_read + c.l2_write);
        }
        sum += hw_.energy.noc * static_cast<double>(cost_.noc_elements);
        sum += hw_.energy.dram * static_cast<double>(cost_.dram_elements);
        cost_.energy_nj = sum * hw_.energy.mac_nj;
        return true;
    }

    // Elements from and to DRAM. L2 holds the tiles of a step; what it has left keeps whole
    // tensors, those first that are otherwise fetched most often over.
    void offchip() {
        const int64_t bytes = hw_.bytes_per_element;
        int64_t left = hw_.l2_bytes - cost_.l2_bytes();
        int64_t once[3], traffic[3];
        for (int t = 0; t < 3; ++t) {
            once[t] = volume(t, full_);
            traffic[t] = unique_[t] + (t == kOutput ? psums_ : 0);
        }
        std::array<int, 3> order{kInput, kFilter, kOutput};
        std::stable_sort(order.begin(), order.end(),
                         [&](int a, int b) { return traffic[a] - once[a] > traffic[b] - once[b]; });
        bool kept[3] = {false, false, false};
        for (const int t : order) {
            if (traffic[t] <= once[t] || once[t] * bytes > left) continue;
            kept[t] = true;
            left -= once[t] * bytes;
            traffic[t] = once[t];
        }
        for (int t = 0; t < 3; ++t) cost_.dram_elements += traffic[t];
        cost_.offchip_cycles = (cost_.dram_elements + hw_.offchip_bw - 1) / hw_.offchip_bw;
        auto& counts = cost_.tensor;
        counts[kInput].l2_write = traffic[kInput];
        counts[kFilter].l2_write = traffic[kFilter];
        counts[kOutput].l2_write = unique_[kOutput] + (kept[kOutput] ? 0 : psums_);
        counts[kOutput].l2_read = psums_ + (kept[kOutput] ? once[kOutput] : unique_[kOutput]);
    }

    int64_t cases_ = 0, steps_ = 0, psums_ = 0;
    int64_t unique_[3] = {
        0, 0,
        0};  // elements between L2 and the top level, each counted once however many receive it
    double bandwidth_ = 0;
};

}  // namespace

LayerCost evaluate_corrected(const Shape& shape, const Dataflow& dataflow,
                             const Hardware& hardware) {
    static thread_local Workspace workspace;
    LayerCost cost;
    if (Analysis(workspace, shape, hardware, cost).run(dataflow)) return cost;
    LayerCost failed;
    fail(failed, cost.fault, cost.a, cost.b);
    return failed;
}

LayerCost evaluate(const Shape& shape, const Dataflow& dataflow, const Hardware& hardware,
                   Mode mode) {
    return mode == Mode::kOriginal ? evaluate_original(shape, dataflow, hardware)
                                   : evaluate_corrected(shape, dataflow, hardware);
}

}  // namespace msd::maestro
