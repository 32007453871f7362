// The corrected analysis: the same nest of levels, but over outputs, so that windows, strides and
// edges are exact; the method and what it assumes are in docs/maestro.md.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "codesign/maestro/evaluate.h"
#include "codesign/maestro/levels.h"

namespace msd::maestro {
namespace {

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

// Elements that `outs` windows of `taps` taps touch, windows `stride` and taps `dilation` apart:
// the distinct sums i * stride + j * dilation. Two pairs (i, j) meet if they differ by a multiple
// of (dilation, -stride) / gcd.
int64_t touched(int64_t outs, int64_t taps, int64_t stride, int64_t dilation) {
    const int64_t g = std::gcd(stride, dilation);
    return outs * taps -
           std::max<int64_t>(outs - dilation / g, 0) * std::max<int64_t>(taps - stride / g, 0);
}

class Analysis {
public:
    Analysis(Workspace& w, const Shape& shape, const Hardware& hw, LayerCost& cost)
        : w_(w), shape_(shape), hw_(hw), cost_(cost), gemm_(shape.type == LayerType::kGemm) {}

    bool run(const Dataflow& dataflow) {
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
        if (!buffers(box)) return false;
        next_stamp();
        return total();
    }

private:
    // Turns a level's maps into loops over `box`, which becomes the box of one sub-cluster.
    bool make_level(const MapList& maps, int64_t clusters, int l, Box& box) {
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
                const int64_t taps = rows ? taps_r : taps_s,
                              stride = rows ? stride_y() : stride_x();
                const int64_t reach =
                    (rows ? shape_.dilation_y : shape_.dilation_x) * (taps - 1) + 1;
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

    int64_t stride_y() const { return shape_.type == LayerType::kTrConv ? 1 : shape_.stride_y; }
    int64_t stride_x() const { return shape_.type == LayerType::kTrConv ? 1 : shape_.stride_x; }

    // Input rows behind `outs` output rows: no more than there are, and none of the zeros of a
    // transposed convolution.
    int64_t rows(int64_t outs, int64_t taps) const {
        const int64_t up = shape_.up_y(),
                      dense = touched(outs, taps, stride_y(), shape_.dilation_y);
        return std::min<int64_t>((dense + up - 1) / up, shape_.size[kY]);
    }
    int64_t columns(int64_t outs, int64_t taps) const {
        const int64_t up = shape_.up_x(),
                      dense = touched(outs, taps, stride_x(), shape_.dilation_x);
        return std::min<int64_t>((dense + up - 1) / up, shape_.size[kX]);
    }

    // `before`: outputs of the tile that further rows or columns are added to.
    int64_t volume(int t, const Box& box, News news = kAll, int64_t before = 0) const {
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

    static int steps_of(const Loop& loop, int64_t clusters, int64_t extent, Step* out) {
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

    static constexpr DimMask kWindow = bit(kY) | bit(kX) | bit(kR) | bit(kS);

    Workspace& w_;
    const Shape& shape_;
    const Hardware& hw_;
    LayerCost& cost_;
    const bool gemm_;
    DimMask depends_[3] = {0, 0, 0}, dims_ = 0;
    int levels_ = 0;
    Box full_{};
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
