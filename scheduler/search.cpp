#include "scheduler/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "scheduler/work.h"

namespace msd::scheduler {
namespace {

constexpr double kTie = 1e-9;  // cycles' weight where another objective decides first
constexpr std::size_t kSeeds = 8;
constexpr double kAlternatives = 1.25;  // how much worse a candidate of another shape may be
constexpr int kShapes = 18;

// Sizes of a full tile that cut n into different numbers of tiles, ascending: ceil(n / parts).
std::vector<int> tile_sizes(int n) {
    std::vector<int> sizes;
    for (int parts = 1; parts <= n;) {
        const int size = ceil_div(n, parts);
        sizes.push_back(size);
        if (size == 1) break;
        parts = ceil_div(n, size - 1);
    }
    std::reverse(sizes.begin(), sizes.end());
    return sizes;
}

std::vector<int> all_sizes(int n) {
    std::vector<int> sizes;
    for (int i = 1; i <= n; ++i) sizes.push_back(i);
    return sizes;
}

struct Open {
    double bound;
    Choice choice;
};

auto order_key(const Choice& c) {
    return std::make_tuple(c.k_tile, c.w_tile, c.h_tile, c.lut, c.lut_rest, c.c_blocks,
                           static_cast<int>(c.order));
}

bool before(const Open& a, const Open& b) {
    if (a.bound != b.bound) return a.bound < b.bound;
    return order_key(a.choice) > order_key(b.choice);  // large tiles first, wide ones of equals
}

class Search {
public:
    Search(const pe::AcceleratorConfig& config, const Step& step, const SplitRule& split,
           const Options& options, const FixedLayer* fixed)
        : config_(config),
          fixed_(fixed),
          step_(step),
          split_(split),
          options_(options),
          memory_(options.memory),
          model_(config, step, split, options.effective_bits, memory_),
          predictor_(config, memory_) {}

    SearchResult run() {
        count_space();
        // Taps of a kernel are summed in one tile unless their weights do not fit.
        const network::Window& w = step_.window;
        const std::pair<int, int> taps[] = {{0, 0}, {1, 0}, {1, 1}};
        for (const auto& [kh, kw] : taps) {
            kh_ = kh;
            kw_ = kw;
            if (kh && w.kernel_h == 1 && !(kw && w.kernel_w > 1)) continue;
            seed();
            if (!found() && open_.empty()) continue;
            enumerate(all_sizes(step_.stored().h), all_sizes(step_.stored().w), false);
            close();
            break;
        }
        if (!found()) fail();
        return finish();
    }

private:
    bool found() const { return best_ < std::numeric_limits<double>::infinity(); }

    // The seeds' bounds order them; the best few give the bound that prunes all others.
    void seed() {
        fixed_ ? enumerate(all_sizes(step_.stored().h), all_sizes(step_.stored().w), true)
               : enumerate(tile_sizes(step_.stored().h), tile_sizes(step_.stored().w), true);
        std::sort(open_.begin(), open_.end(), before);
        std::vector<Open> tried;
        for (const Open& o : open_) {
            if (tried.size() == kSeeds) break;
            tried.push_back(o);
            visit(o);
        }
        for (const Open& o : shapes_)
            if (o.bound < std::numeric_limits<double>::infinity()) visit(o);
        open_.clear();
    }

    void enumerate(const std::vector<int>& rows, const std::vector<int>& cols, bool seeds) {
        for (const int th : rows)
            for (const int tw : cols) {
                if (fixed_ &&
                    (static_cast<int>(row_cuts(step_, th).size()) - 1 != fixed_->h_tiles ||
                     static_cast<int>(col_cuts(step_, tw).size()) - 1 != fixed_->w_tiles))
                    continue;
                const double tiles = double(ceil_div(step_.stored().h, th)) *
                                     ceil_div(step_.stored().w, tw) * step_.maps();
                if (cost_of(tiles * fetch_cycles(), 0) >= best_) continue;
                const auto places = model_.places(th, tw);
                if (!places) continue;
                ++stats_.bounded;
                if (options_.objective == Objective::kLatency && model_.bound(*places) >= best_)
                    continue;
                enumerate_channels(*places, seeds);
            }
    }

    double fetch_cycles() const {
        return memory_.latency_cycles + double(sizeof(msd_tile)) / config_.beat_bytes +
               pe::kCheckCycles + 1;
    }

    void enumerate_channels(const Places& places, bool seeds) {
        const int all = step_.out_blocks();
        const auto sizes = seeds && !fixed_ ? tile_sizes(all) : all_sizes(all);
        for (const int blocks : sizes) {
            if (int64_t{blocks} * places.most_pixels + places.pool_base > config_.out_words) break;
            if (fixed_ && ceil_div(step_.out.c, blocks * 16) != fixed_->k_tiles) continue;
            Choice choice;
            choice.h_tile = places.h_tile;
            choice.w_tile = places.w_tile;
            choice.k_tile = blocks * 16;
            choice.kh_tile = kh_;
            choice.kw_tile = kw_;
            if (std::min(choice.k_tile, step_.out.c) > static_cast<int>(config_.tile_channels))
                break;
            if (options_.objective == Objective::kLatency && !seeds &&
                model_.least_feed(places, choice.k_tile) >= best_)
                continue;
            if (step_.kind == StepKind::kPool) {
                choice.lut = 0;
                keep_orders(places, choice, seeds);
            } else {
                enumerate_parts(places, choice, seeds);
            }
        }
    }

    void enumerate_parts(const Places& places, Choice choice, bool seeds) {
        const network::Window& w = step_.window;
        const int kh = kh_ ? kh_ : w.kernel_h, kw = kw_ ? kw_ : w.kernel_w;
        const bool depthwise = step_.kind == StepKind::kDepthwise;
        int most = 0;  // blocks that a K tile reads
        for (int k0 = 0; k0 < step_.out.c; k0 += choice.k_tile) {
            int read = 0;
            for (const Part& p :
                 parts(step_, 1 << 24, 0, 0, k0, std::min(k0 + choice.k_tile, step_.out.c)))
                read += p.b1 - p.b0;
            most = std::max(most, read);
            if (step_.kind == StepKind::kDense && step_.groups == 1) break;
        }
        const int fit_lut = model_.most_blocks(places, true, false, kh, kw),
                  fit_dsp = model_.most_blocks(places, false, true, kh, kw);
        // Parts of one size, as equal as they can be; where all is to be looked at, of any size.
        const bool every = options_.certificate || options_.objective != Objective::kLatency;
        const auto sizes = depthwise         ? std::vector<int>{most}
                           : every && !seeds ? all_sizes(most)
                                             : tile_sizes(most);
        int tried = 0;
        for (auto blocks = sizes.rbegin(); blocks != sizes.rend(); ++blocks) {
            choice.c_blocks = *blocks;
            if (!split_.free()) {
                if (model_.fits(places, choice)) {
                    keep_orders(places, choice, seeds);
                    ++tried;
                }
            } else {
                const int lut = *blocks > fit_lut ? 0 : model_.most_lut(places, *blocks, kh * kw);
                const int dsp = *blocks > fit_dsp ? 0 : model_.most_dsp(places, *blocks, kh * kw);
                tried += enumerate_splits(places, choice, lut, dsp, seeds);
            }
            if (seeds && tried > 0 && !fixed_) break;
        }
    }

    // Splits of a K tile at the break points of both cores' passes and at what fits, so many
    // channels on the LUT core at most and so many on the DSP core. Inside a pass cycles and bytes
    // are linear in the split.
    std::vector<int> splits(int k, int most_lut, int most_dsp) const {
        std::vector<int> points;
        const int low = std::max(0, k - most_dsp), high = std::min(k, most_lut);
        if (low > high) return points;
        points.push_back(low);
        points.push_back(high);
        const int rows = config_.lut_rows, dsp_rows = config_.dsp_rows;
        for (int l = (low / rows + 1) * rows; l < high; l += rows) points.push_back(l);
        for (int d = ((k - high) / dsp_rows + 1) * dsp_rows; d < k - low; d += dsp_rows)
            points.push_back(k - d);
        // With a channel on both cores, activations are kept beside tiles of which the same is
        // true.
        for (const int l : {1, k - 1})
            if (l > low && l < high) points.push_back(l);
        if (step_.kind == StepKind::kDepthwise)  // blocks of 16 channels cost, not rows
            for (int l = (low / 16 + 1) * 16; l < high; l += 16) points.push_back(l);
        std::sort(points.begin(), points.end());
        points.erase(std::unique(points.begin(), points.end()), points.end());
        return points;
    }

    int enumerate_splits(const Places& places, Choice choice, int most_lut, int most_dsp,
                         bool seeds) {
        const int k_all = step_.out.c, full = std::min(choice.k_tile, k_all);
        const int rest = k_all > choice.k_tile ? k_all % choice.k_tile : 0;
        // The last, smaller tile takes the split that executes fastest, or, if all is to be looked
        // at, each.
        const bool latency = options_.objective == Objective::kLatency;
        std::vector<int> rests{0};
        if (rest > 0) {
            rests = splits(rest, most_lut, most_dsp);
            if (rests.empty()) return 0;
            if (latency && !options_.certificate) {
                int best = rests[0];
                double least = std::numeric_limits<double>::infinity();
                for (const int l : rests) {
                    const double cost = model_.feed(places, {0, rest, l}, choice.c_blocks) +
                                        kTie * model_.post(places, {0, rest, l});
                    if (cost < least) least = cost, best = l;
                }
                rests = {best};
            }
        }
        int tried = 0, fastest = -1;
        const double others = double(ceil_div(k_all, choice.k_tile) - (rest > 0));
        const auto points = splits(full, most_lut, most_dsp);
        double least = std::numeric_limits<double>::infinity();
        feeds_.clear();
        for (const int l : points) {
            feeds_.push_back(model_.feed(places, {0, full, l}, choice.c_blocks));
            if (feeds_.back() >= least) continue;
            least = feeds_.back();
            fastest = l;
        }
        for (std::size_t i = 0; i < points.size(); ++i) {
            const int l = points[i];
            ++tried;
            if (latency && !seeds && feeds_[i] * others >= best_) continue;
            // A shorter tile may, by how it shares the memory, make a longer layer: a certificate
            // does not rely on it.
            if (latency && !options_.certificate && l != fastest && !fixed_ &&
                model_.dominates(places, {0, full, fastest}, {0, full, l}, choice.c_blocks))
                continue;
            choice.lut = l;
            for (const int r : rests) {
                choice.lut_rest = full < choice.k_tile ? l : r;
                keep_orders(places, choice, seeds);
            }
        }
        return tried;
    }

    void keep_orders(const Places& places, Choice choice, bool seeds) {
        const bool one_place = places.tiles == 1, one_k = step_.out.c <= choice.k_tile;
        ++stats_.bounded;
        const LayerModel::Sums sums = model_.sums(places, choice);
        if (options_.objective == Objective::kLatency && sums.cycles >= best_) return;
        for (const Order order : kOrders) {
            if (order != Order::kActivation && step_.kind == StepKind::kPool && one_place) break;
            if (order != Order::kActivation && one_k) break;
            if (one_place && (order == Order::kWeight || order == Order::kWeightSnake)) break;
            choice.order = order;
            if (fixed_ && !as_fixed(choice)) continue;
            const LayerModel::Bound bound = model_.bound(places, choice, sums);
            const double cost = cost_of(bound.cycles, bound.bytes);
            if (cost >= best_) continue;
            open_.push_back({cost, choice});
            if (seeds) keep_shape(open_.back(), places);
        }
    }

    bool as_fixed(const Choice& choice) const {
        const LayerPlan plan = plan_of(choice);
        int lut = 0;
        for (const uint8_t on : plan.on_lut) lut += on;
        return plan.k_tiles == fixed_->k_tiles && plan.c_tiles == fixed_->c_tiles &&
               plan.order == fixed_->order && lut == fixed_->lut_channels;
    }

    // One candidate of each kind of shape is kept for its neighbours' sake: how a layer begins and
    // ends matters to them.
    void keep_shape(const Open& open, const Places& places) {
        if (shapes_.empty()) shapes_.assign(kShapes, {std::numeric_limits<double>::infinity(), {}});
        const int tiles = places.tiles == 1 ? 0 : places.tiles <= 8 ? 1 : 2;
        const bool many_k = step_.out.c > open.choice.k_tile;
        int shape = static_cast<int>(open.choice.order) * 3 + tiles;
        if (!many_k) shape = 12 + tiles;
        // Two stored tiles: the output buffer can hand the map over.
        if (places.tiles * ceil_div(step_.out.c, open.choice.k_tile) == 2)
            shape = places.tiles == 2 ? 15 : open.choice.order == Order::kActivation ? 16 : 17;
        if (before(open, shapes_[shape])) shapes_[shape] = open;
    }

    double cost_of(double cycles, double bytes) const {
        switch (options_.objective) {
            case Objective::kLatency:
                return cycles;
            case Objective::kDramBytes:
                return bytes + kTie * cycles;
            case Objective::kEnergy:
                return pj_per_byte() * bytes + kTie * cycles;
        }
        return cycles;
    }
    static double pj_per_byte() { return 160; }  // at least: energy_pj counts more

    double cost_of(const std::vector<TileWork>& tiles, uint64_t cycles) const {
        switch (options_.objective) {
            case Objective::kLatency:
                return double(cycles);
            case Objective::kDramBytes:
                return double(dram_bytes(tiles)) + kTie * double(cycles);
            case Objective::kEnergy:
                return energy_pj(tiles) + kTie * double(cycles);
        }
        return double(cycles);
    }

    // Runs the recurrences of a candidate.
    void visit(const Open& open) {
        ++stats_.visited;
        model_.work(open.choice, work_);
        tiles_visited_ += work_.size();
        uint64_t limit = ~uint64_t{0};
        if (options_.objective == Objective::kLatency && found())
            limit = static_cast<uint64_t>(best_ * kAlternatives);
        const uint64_t cycles = predictor_.run(work_, limit);
        if (cycles > limit) return;
        const double cost = cost_of(work_, cycles);
        if (cost < best_ || (cost == best_ && order_key(open.choice) > order_key(best_choice_))) {
            best_ = cost;
            best_choice_ = open.choice;
        }
        evaluated_.push_back({cost, cycles, open.choice});
    }

    void close() {
        std::sort(open_.begin(), open_.end(), before);
        stats_.bound = best_;
        for (const Open& o : open_) {
            if (o.bound >= best_) break;
            if (!options_.certificate && tiles_visited_ >= options_.visit_tiles * step_.images) {
                stats_.bound = o.bound;
                break;
            }
            visit(o);
        }
        stats_.best = best_;
        stats_.bound = std::min(stats_.bound, best_);
    }

    SearchResult finish() {
        SearchResult result;
        result.stats = stats_;
        std::stable_sort(evaluated_.begin(), evaluated_.end(),
                         [](const Evaluated& a, const Evaluated& b) { return a.cost < b.cost; });
        result.candidates.push_back({plan_of(best_choice_), 0, best_});
        std::vector<std::tuple<int, int, int>> seen{shape_of(best_choice_)};
        for (const Evaluated& e : evaluated_) {
            if (order_key(e.choice) == order_key(best_choice_)) {
                result.candidates[0].cycles = e.cycles;
                continue;
            }
            if (options_.objective != Objective::kLatency) continue;
            if (e.cost > best_ * kAlternatives || result.candidates.size() >= 8) break;
            const auto shape = shape_of(e.choice);
            if (std::find(seen.begin(), seen.end(), shape) != seen.end()) continue;
            seen.push_back(shape);
            result.candidates.push_back({plan_of(e.choice), e.cycles, e.cost});
        }
        return result;
    }

    std::tuple<int, int, int> shape_of(const Choice& c) const {
        const int places =
            ceil_div(step_.stored().h, c.h_tile) * ceil_div(step_.stored().w, c.w_tile);
        return {static_cast<int>(c.order), std::min(ceil_div(step_.out.c, c.k_tile), 3),
                places == 1    ? 0
                : places <= 3  ? 1
                : places <= 8  ? 2
                : places <= 16 ? 3
                               : 4};
    }

    LayerPlan plan_of(const Choice& choice) const {
        LayerPlan plan;
        plan.effective_bits = options_.effective_bits;
        plan.k_tile = choice.k_tile;
        plan.h_tile = choice.h_tile;
        plan.w_tile = choice.w_tile;
        plan.order = to_string(choice.order);
        const auto ranges = model_.k_ranges(choice);
        plan.k_tiles = static_cast<int>(ranges.size());
        plan.h_tiles = static_cast<int>(row_cuts(step_, choice.h_tile).size()) - 1;
        plan.w_tiles = static_cast<int>(col_cuts(step_, choice.w_tile).size()) - 1;
        plan.c_tile = step_.kind == StepKind::kDense ? choice.c_blocks * 16 : choice.k_tile;
        if (step_.kind != StepKind::kPool) {
            if (choice.kh_tile && choice.kh_tile < step_.window.kernel_h)
                plan.kh_tile = choice.kh_tile;
            if (choice.kw_tile && choice.kw_tile < step_.window.kernel_w)
                plan.kw_tile = choice.kw_tile;
            plan.on_lut.assign(step_.out.c, 0);
            for (const KRange& k : ranges)
                std::fill_n(plan.on_lut.begin() + k.k0, k.k_lut, uint8_t{1});
            plan.c_tiles = static_cast<int>(
                parts(step_, plan.c_tile, plan.kh_tile, plan.kw_tile, ranges[0].k0, ranges[0].k1)
                    .size());
        }
        return plan;
    }

    // rows x columns x (K tile, LUT channels) x parts x orders
    void count_space() {
        const network::Shape& out = step_.stored();
        uint64_t splits = 0;
        for (int b = 1; b <= step_.out_blocks(); ++b)
            splits += split_.free() && step_.kind != StepKind::kPool
                          ? std::min(b * 16, step_.out.c) + 1
                          : 1;
        const bool dense = step_.kind == StepKind::kDense;
        stats_.candidates =
            uint64_t(out.h) * out.w * splits * (dense ? step_.in_blocks() : 1) * std::size(kOrders);
    }

    // Names the limit that the smallest tile breaks.
    [[noreturn]] void fail() const {
        const int k = std::min(16, step_.out.c);
        const network::Window& w = step_.window;
        std::string what = fmt::format("{} channels of one pixel", k);
        std::pair<const char*, unsigned> limit{"acc_entries", config_.acc_entries};
        if (step_.kind == StepKind::kPool) {
            const int words = std::min(w.kernel_h, step_.in.h) * std::min(w.kernel_w, step_.in.w);
            what = fmt::format("the {} words of one {}x{} window", words, w.kernel_h, w.kernel_w);
            limit = {"out_words", config_.out_words};
        } else if (static_cast<unsigned>(k) > config_.tile_channels) {
            limit = {"tile_channels", config_.tile_channels};
        } else if (static_cast<unsigned>(k) <= config_.acc_entries) {
            what = "one tap's weights of 16 input and output channels";
            if (!split_.free()) what += ", with this split between the cores,";
            limit = {"dsp_weight_words", config_.dsp_weight_words};
            const auto one = model_.places(1, 1);
            if (one && model_.most_lut(*one, 1, 1) < k)
                limit = {"lut_weight_words", config_.lut_weight_words};
        }
        throw ScheduleError(fmt::format("layer {}: {} do not fit device.{} = {}; raise it",
                                        step_.name, what, limit.first, limit.second));
    }

    struct Evaluated {
        double cost;
        uint64_t cycles;
        Choice choice;
    };

    const pe::AcceleratorConfig& config_;
    const FixedLayer* fixed_;
    const Step& step_;
    const SplitRule& split_;
    const Options& options_;
    MemoryModel memory_;
    LayerModel model_;
    Predictor predictor_;
    int kh_ = 0, kw_ = 0;
    double best_ = std::numeric_limits<double>::infinity();
    Choice best_choice_;
    uint64_t tiles_visited_ = 0;
    SearchStats stats_;
    std::vector<Open> open_, shapes_;
    std::vector<Evaluated> evaluated_;
    std::vector<TileWork> work_;
    std::vector<double> feeds_;
};

}  // namespace

SearchResult search_layer(const pe::AcceleratorConfig& config, const Step& step,
                          const SplitRule& split, const Options& options, const FixedLayer* fixed) {
    if (!fixed) return Search(config, step, split, options, nullptr).run();
    // The file's split is that of some search; if of none, its channels are spread evenly.
    try {
        return Search(config, step, split, options, fixed).run();
    } catch (const ScheduleError&) {
        SplitRule even = split;
        if (split.free() && step.kind != StepKind::kPool)
            even.share = double(fixed->lut_channels) / step.out.c;
        try {
            return Search(config, step, even, options, fixed).run();
        } catch (const ScheduleError&) {
            throw ScheduleError(
                fmt::format("{}:{}: layer {}: no tiles that fit {} are cut so often in this order",
                            options.fixed_path, fixed->line, step.name, config.name));
        }
    }
}

}  // namespace msd::scheduler
