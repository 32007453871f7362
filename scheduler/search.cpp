#include "scheduler/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "scheduler/cost.h"

namespace msd::scheduler {
namespace {

constexpr std::size_t kFinalists = 6;  // choices tried with the full recurrences

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

struct Candidate {
    double cycles = 0;
    Choice choice;
    std::vector<KRange> k;
};

class Search {
public:
    Search(const pe::AcceleratorConfig& config, const Step& step, const SplitRule& split,
           const Options& options)
        : config_(config),
          step_(step),
          split_(split),
          options_(options),
          memory_{options.dram_bytes_per_cycle, options.dram_latency_cycles},
          cost_(config, step, options.effective_bits, memory_) {}

    LayerPlan run() {
        const auto rows = tile_sizes(step_.out.h), cols = tile_sizes(step_.out.w);
        const auto blocks = tile_sizes(step_.out_blocks());
        // Taps of a kernel are summed in one tile unless their weights do not fit.
        const network::Window& w = step_.window;
        const std::pair<int, int> taps[] = {{w.kernel_h, w.kernel_w}, {1, w.kernel_w}, {1, 1}};
        for (const auto& [kh, kw] : taps) {
            for (int th : rows) {
                if (static_cast<unsigned>(th) > config_.out_words) break;
                for (int tw : cols) {
                    if (int64_t{th} * tw > config_.out_words) break;
                    Choice choice;
                    choice.h_tile = th;
                    choice.w_tile = tw;
                    choice.kh_tile = kh;
                    choice.kw_tile = kw;
                    step_.kind == StepKind::kPool ? try_pool(choice, blocks)
                                                  : try_tiles(choice, blocks);
                }
            }
            if (!best_.empty() || step_.kind == StepKind::kPool) break;
        }
        if (best_.empty()) fail();
        return decide();
    }

private:
    void try_tiles(Choice& choice, const std::vector<int>& block_sizes) {
        const StripWords strip = cost_.strips(choice);
        if (cost_.blocks_by_activations(strip, 1, 0) == 0 &&
            cost_.blocks_by_activations(strip, 0, 1) == 0)
            return;
        for (int blocks : block_sizes) {
            choice.k_tile = blocks * 16;
            if (int64_t{blocks} * choice.h_tile * choice.w_tile > config_.out_words) break;
            Candidate candidate;
            candidate.choice = choice;
            if (!split_channels(candidate, strip)) continue;
            for (bool weights_stay : {false, true}) {
                candidate.choice.weights_stay = weights_stay;
                keep(candidate);
            }
        }
    }

    // The hardware pools in place: no tile may have more outputs than inputs, which padding makes
    // possible.
    static bool pools_in_place(const std::vector<int>& cuts, int in, int kernel, int stride,
                               int pad) {
        for (std::size_t i = 0; i + 1 < cuts.size(); ++i)
            if (input_span(cuts[i], cuts[i + 1], in, kernel, stride, pad, false).count <
                cuts[i + 1] - cuts[i])
                return false;
        return true;
    }

    void try_pool(Choice& choice, const std::vector<int>& block_sizes) {
        const network::Window& w = step_.window;
        if (!pools_in_place(row_cuts(step_, choice.h_tile), step_.in.h, w.kernel_h, w.stride_y,
                            w.pad_top) ||
            !pools_in_place(col_cuts(step_, choice.w_tile), step_.in.w, w.kernel_w, w.stride_x,
                            w.pad_left))
            return;
        for (int blocks : block_sizes) {
            choice.k_tile = blocks * 16;
            if (!cost_.fits_pool(choice, std::min(choice.k_tile, step_.out.c))) break;
            keep({0, choice, k_ranges(step_, choice.k_tile, {})});
        }
    }

    // Fills candidate.k and c_blocks; false if no split of a K tile fits.
    bool split_channels(Candidate& candidate, const StripWords& strip) {
        Choice& choice = candidate.choice;
        const int k_all = step_.out.c;
        if (!split_.assigned.empty()) {
            candidate.k = k_ranges(step_, choice.k_tile, split_.assigned);
        } else {
            KRange best{-1, -1, 0};
            for (int k0 = 0; k0 < k_all; k0 += choice.k_tile) {
                KRange k{k0, std::min(k0 + choice.k_tile, k_all), 0};
                if (split_.share) {
                    k.k_lut = static_cast<int>(std::llround(*split_.share * k.k1) -
                                               std::llround(*split_.share * k.k0));
                } else if (!split_.all_dsp) {
                    if (k.count() != best.count() || step_.groups > 1) {
                        best = k;
                        best.k_lut = balanced(choice, strip, k);
                        if (best.k_lut < 0) return false;
                    }
                    k.k_lut = best.k_lut;
                }
                candidate.k.push_back(k);
            }
        }
        int most = 0;
        choice.c_blocks = 1 << 20;
        for (const KRange& k : candidate.k) {
            most = std::max(most, cost_.blocks_read(k));
            choice.c_blocks = std::min(choice.c_blocks, blocks_that_fit(choice, strip, k));
            if (choice.c_blocks == 0) return false;
        }
        // As many parts as needed, of one size.
        choice.c_blocks = ceil_div(most, ceil_div(most, std::min(choice.c_blocks, most)));
        return true;
    }

    // Input channel blocks of one part of this K tile; 0: does not fit at all.
    int blocks_that_fit(const Choice& choice, const StripWords& strip, const KRange& k) const {
        const int k_dsp = k.count() - k.k_lut, needed = cost_.blocks_read(k);
        if (!cost_.fits_outputs(choice.h_tile * choice.w_tile, k.k_lut, k_dsp)) return 0;
        const int blocks =
            std::min(cost_.blocks_by_activations(strip, k.k_lut, k_dsp),
                     cost_.blocks_by_weights(k.k_lut, k_dsp, choice.kh_tile * choice.kw_tile));
        if (step_.kind == StepKind::kDepthwise) return blocks < needed ? 0 : needed;
        return std::min(blocks, needed);
    }

    // The number of LUT channels of a K tile that takes the fewest cycles; -1 if none fits. Only
    // break points matter: full passes of either core, and the limits of the accumulators.
    int balanced(Choice choice, const StripWords& strip, const KRange& range) const {
        const int k = range.count(), pixels = choice.h_tile * choice.w_tile;
        const int entries = static_cast<int>(config_.acc_entries);
        std::vector<int> points{0, k, entries / lut_passes(config_, pixels),
                                k - entries / dsp_passes(config_, pixels)};
        for (int l = config_.lut_rows; l < k; l += config_.lut_rows) points.push_back(l);
        for (int d = config_.dsp_rows; d < k; d += config_.dsp_rows) points.push_back(k - d);
        for (int l = 16; l < k && k <= 64; l += 16) points.push_back(l);
        if (config_.lut_weight_words < 256 || config_.dsp_weight_words < 256)
            for (int l = 0; l < k; ++l)
                points.push_back(
                    l);  // weight banks so small that any split may be the one that fits
        int best = -1;
        double best_cycles = 0;
        for (int l : points) {
            if (l < 0 || l > k) continue;
            KRange trial = range;
            trial.k_lut = l;
            choice.c_blocks = blocks_that_fit(choice, strip, trial);
            if (choice.c_blocks == 0) continue;
            const double cycles = cost_.feed_cycles(pixels, trial, choice);
            // Of equals the one with the fewest LUT channels: int8 keeps more of the network's
            // accuracy.
            if (best >= 0 && (cycles > best_cycles || (cycles == best_cycles && l >= best)))
                continue;
            best = l;
            best_cycles = cycles;
        }
        return best;
    }

    void keep(Candidate candidate) {
        candidate.cycles = cost_.layer_cycles(candidate.choice, candidate.k);
        const auto less = [](const Candidate& a, const Candidate& b) {
            return a.cycles < b.cycles;
        };
        if (best_.size() == kFinalists && !less(candidate, best_.back())) return;
        best_.insert(std::upper_bound(best_.begin(), best_.end(), candidate, less),
                     std::move(candidate));
        if (best_.size() > kFinalists) best_.pop_back();
    }

    LayerPlan plan_of(const Candidate& candidate) const {
        const Choice& choice = candidate.choice;
        LayerPlan plan;
        plan.effective_bits = options_.effective_bits;
        plan.k_tile = choice.k_tile;
        plan.h_tile = choice.h_tile;
        plan.w_tile = choice.w_tile;
        plan.order = choice.weights_stay ? "weight" : "activation";
        plan.k_tiles = static_cast<int>(candidate.k.size());
        plan.h_tiles = static_cast<int>(row_cuts(step_, choice.h_tile).size()) - 1;
        plan.w_tiles = static_cast<int>(col_cuts(step_, choice.w_tile).size()) - 1;
        plan.c_tile = step_.kind == StepKind::kDense ? choice.c_blocks * 16 : choice.k_tile;
        if (step_.kind != StepKind::kPool) {
            if (choice.kh_tile < step_.window.kernel_h) plan.kh_tile = choice.kh_tile;
            if (choice.kw_tile < step_.window.kernel_w) plan.kw_tile = choice.kw_tile;
            plan.on_lut.assign(step_.out.c, 0);
            for (const KRange& k : candidate.k)
                std::fill_n(plan.on_lut.begin() + k.k0, k.k_lut, uint8_t{1});
            plan.c_tiles =
                static_cast<int>(parts(step_, plan, candidate.k[0].k0, candidate.k[0].k1).size());
        }
        return plan;
    }

    LayerPlan decide() const {
        LayerPlan best;
        uint64_t best_cycles = ~uint64_t{0};
        for (const Candidate& candidate : best_) {
            LayerPlan plan = plan_of(candidate);
            const LayerTiles tiles = tile_layer(config_, step_, plan);
            const uint64_t cycles = predict(config_, {&tiles}, memory_).cycles;
            if (cycles >= best_cycles) continue;
            best_cycles = cycles;
            best = std::move(plan);
        }
        return best;
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
            if (split_.share || !split_.assigned.empty())
                what += ", with this split between the cores,";
            limit = {"dsp_weight_words", config_.dsp_weight_words};
            if (cost_.blocks_by_weights(k, 0, 1) == 0)
                limit = {"lut_weight_words", config_.lut_weight_words};
        }
        throw ScheduleError(fmt::format("layer {}: {} do not fit device.{} = {}; raise it",
                                        step_.name, what, limit.first, limit.second));
    }

    const pe::AcceleratorConfig& config_;
    const Step& step_;
    const SplitRule& split_;
    const Options& options_;
    MemoryModel memory_;
    CostModel cost_;
    std::vector<Candidate> best_;  // ascending by cycles
};

}  // namespace

LayerPlan search_layer(const pe::AcceleratorConfig& config, const Step& step,
                       const SplitRule& split, const Options& options) {
    return Search(config, step, split, options).run();
}

}  // namespace msd::scheduler
