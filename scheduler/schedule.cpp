// make_schedule: good plans of every layer from the search, the chain of them that runs fastest,
// and the prediction for the whole network.
#include "scheduler/schedule.h"

#include <fmt/format.h>

#include <map>

#include "scheduler/link.h"
#include "scheduler/memory_plan.h"
#include "scheduler/predict.h"
#include "scheduler/search.h"
#include "scheduler/tiles.h"
#include "scheduler/work.h"

namespace msd::scheduler {
namespace {

using network::Graph;

constexpr const char* kObjectiveNames[] = {"latency", "dram_bytes", "energy"};

void check_convolution(const Graph& graph, const std::string& name, const char* what) {
    for (const network::LayerId id : graph.order())
        if (graph[id].op == network::Op::kConv && graph[id].name == name) return;
    throw ScheduleError(
        fmt::format("{} of layer {}: there is no convolution of that name", what, name));
}

void check_options(const Graph& graph, const Options& options) {
    if (options.effective_bits < 1 || options.effective_bits > 3)
        throw ScheduleError(
            fmt::format("effective_bits = {}; it must be 1, 2 or 3", options.effective_bits));
    for (const auto& [name, bits] : options.layer_effective_bits) {
        if (bits < 1 || bits > 3)
            throw ScheduleError(
                fmt::format("layer {}: effective_bits = {}; it must be 1, 2 or 3", name, bits));
        check_convolution(graph, name, "effective_bits");
    }
    for (const auto& [name, share] : options.layer_lut_share) {
        if (!(share >= 0 && share <= 1))
            throw ScheduleError(
                fmt::format("layer {}: lut_share = {}; it must be 0 to 1", name, share));
        check_convolution(graph, name, "lut_share");
    }
    if (options.batch < 1 || options.batch > 256)
        throw ScheduleError(fmt::format("batch = {}; it must be 1 to 256", options.batch));
    if (options.lut_share && !(*options.lut_share >= 0 && *options.lut_share <= 1))
        throw ScheduleError(fmt::format("lut_share = {}; it must be 0 to 1", *options.lut_share));
    const MemoryModel& m = options.memory;
    if (!(m.bytes_per_cycle > 0) || !(m.latency_cycles >= 0))
        throw ScheduleError(fmt::format(
            "dram of {} bytes a cycle and {} cycles of latency; the first must be positive, "
            "the second not negative",
            m.bytes_per_cycle, m.latency_cycles));
    if (m.access_bytes < 16 || m.access_bytes > 4096 || (m.access_bytes & (m.access_bytes - 1)))
        throw ScheduleError(
            fmt::format("dram accesses of {} bytes; it must be a power of two from 16 to 4096",
                        m.access_bytes));
    if (!(m.turn_cycles >= 0) || m.group_bursts < 1 || !(m.refresh_cycles >= 0) ||
        !(m.refresh_interval_cycles == 0 || m.refresh_interval_cycles > m.refresh_cycles))
        throw ScheduleError(fmt::format(
            "dram that turns in {} cycles after groups of {} bursts and refreshes for {} of {} "
            "cycles; none may be negative, a group has a burst at least, a refresh ends before "
            "the next",
            m.turn_cycles, m.group_bursts, m.refresh_cycles, m.refresh_interval_cycles));
}

// Weights that are encoded already bind the split: their digits say which core they were made for.
int bind_assignment(const network::Layer& conv, SplitRule& split) {
    const auto& digits = conv.weights.digits;
    if (digits.empty()) return 0;
    if (digits.size() != static_cast<std::size_t>(conv.shape.c))
        throw ScheduleError(
            fmt::format("layer {}: {} channels are assigned to a core, but it has {}", conv.name,
                        digits.size(), conv.shape.c));
    int most = 0;
    split.assigned.resize(digits.size());
    for (std::size_t k = 0; k < digits.size(); ++k) {
        if (digits[k] > 3)
            throw ScheduleError(fmt::format("layer {}: channel {} has {} digits; at most 3",
                                            conv.name, k, digits[k]));
        split.assigned[k] = digits[k] > 0;
        most = std::max<int>(most, digits[k]);
    }
    return most;
}

// Two layers with the same key get the same plans.
std::string key_of(const Step& step, const SplitRule& split, int effective_bits) {
    const network::Window& w = step.window;
    std::string key = fmt::format(
        "{} {} {} {} {}x{}x{} {}x{}x{} {}x{} {}x{} {},{},{},{} {} {} {} {} {} ", int(step.kind),
        step.groups, step.residual.has_value(), step.average, step.in.c, step.in.h, step.in.w,
        step.out.c, step.out.h, step.out.w, w.kernel_h, w.kernel_w, w.stride_y, w.stride_x,
        w.pad_top, w.pad_left, w.pad_bottom, w.pad_right, w.count_pads, split.all_dsp,
        effective_bits, step.images, split.assigned.size());
    if (step.pool) {
        const network::Window& p = step.pool->window;
        key += fmt::format("pool {} {}x{} {}x{} {}x{} {},{} ", step.pool->average, step.pool->out.h,
                           step.pool->out.w, p.kernel_h, p.kernel_w, p.stride_y, p.stride_x,
                           p.pad_top, p.pad_left);
    }
    if (split.share) key += fmt::format("share {} ", *split.share);
    key.append(split.assigned.begin(), split.assigned.end());
    return key;
}

class Scheduler {
public:
    Scheduler(const Graph& graph, const pe::AcceleratorConfig& config, const Options& options)
        : graph_(graph),
          config_(config),
          options_(options),
          memory_(options.memory),
          predictor_(config, memory_) {}

    Schedule run() {
        choose_steps();
        if (steps_.empty())
            throw ScheduleError("the network has no layer that the accelerator runs");
        choose_candidates();
        return assemble();
    }

private:
    struct Layer {
        const SearchResult* found;
        std::string key;
    };

    Layer search(const Step& step) {
        SplitRule split;
        Options own = options_;
        split.all_dsp = step.identity;
        if (!step.identity && step.kind != StepKind::kPool) {
            const std::string& conv = graph_[step.conv].name;
            split.share = options_.lut_share;
            const auto share = options_.layer_lut_share.find(conv);
            if (share != options_.layer_lut_share.end()) split.share = share->second;
            const auto bits = options_.layer_effective_bits.find(conv);
            if (bits != options_.layer_effective_bits.end()) own.effective_bits = bits->second;
            if (const int digits = bind_assignment(graph_[step.conv], split))
                own.effective_bits = digits;
        }
        const FixedLayer* fixed = fixed_of(step);
        if (fixed && bits_free(step)) own.effective_bits = fixed->effective_bits;
        std::string key = key_of(step, split, own.effective_bits);
        if (fixed) key += "fixed " + step.name;
        auto found = known_.find(key);
        if (found == known_.end())
            found = known_.emplace(key, search_layer(config_, step, split, own, fixed)).first;
        return {&found->second, std::move(key)};
    }

    bool bits_free(const Step& step) const { return graph_[step.conv].weights.digits.empty(); }

    // The file's row of a step; null without a file.
    const FixedLayer* fixed_of(const Step& step) const {
        if (!options_.fixed) return nullptr;
        const auto row = options_.fixed->find(csv_name(step.name));
        if (row == options_.fixed->end())
            throw ScheduleError(
                fmt::format("{}: has no row for layer {}; the schedule is of "
                            "another network",
                            options_.fixed_path, step.name));
        if (row->second.kind != step.label)
            throw ScheduleError(fmt::format("{}:{}: layer {} is a {}, not a '{}'",
                                            options_.fixed_path, row->second.line, step.name,
                                            step.label, row->second.kind.substr(0, 40)));
        return &row->second;
    }

    // Pools go where the file has them.
    void steps_of_file() {
        PoolSet fused;
        for (const network::LayerId id : fusible_pools(graph_)) {
            const auto row = options_.fixed->find(csv_name(graph_[id].name));
            if (row != options_.fixed->end() && row->second.kind != "pool") fused.insert(id);
        }
        steps_ = lower(graph_, fused, options_.batch);
        if (options_.fixed->size() != steps_.size())
            throw ScheduleError(fmt::format("{}: has {} layers, but {} has {}", options_.fixed_path,
                                            options_.fixed->size(), graph_.name, steps_.size()));
    }

    // Pools go where they are faster: into their producer's step, or on their own.
    void choose_steps() {
        if (options_.fixed) {
            steps_of_file();
            for (const Step& step : steps_) layers_.push_back(search(step));
            return;
        }
        PoolSet fused = options_.fuse_pools ? fusible_pools(graph_) : PoolSet{};
        steps_ = lower(graph_, fused, options_.batch);
        if (!fused.empty()) {
            const auto apart = lower(graph_, {}, options_.batch);
            const auto cost = [&](network::LayerId id, bool by_conv) {
                for (const Step& s : apart)
                    if ((by_conv ? s.conv : s.layer) == id)
                        return search(s).found->candidates[0].cost;
                return 0.0;
            };
            for (const Step& s : steps_) {
                if (!s.pool) continue;
                try {
                    const double together = search(s).found->candidates[0].cost;
                    if (together > cost(s.conv, true) + cost(s.pool->layer, false))
                        fused.erase(s.pool->layer);
                } catch (const ScheduleError&) {
                    fused.erase(s.pool->layer);
                }
            }
            steps_ = lower(graph_, fused, options_.batch);
        }
        for (const Step& step : steps_) layers_.push_back(search(step));
    }

    struct Tiles {
        LayerTiles tiles;
        std::vector<TileWork> work;
    };
    const Tiles& tiles_of(std::size_t i, std::size_t candidate, const std::string& key) {
        const auto [at, added] = tiles_.try_emplace(key);
        if (added) {
            at->second.tiles =
                tile_layer(config_, steps_[i], layers_[i].found->candidates[candidate].plan);
            at->second.work = work_of(config_, at->second.tiles, memory_.access_bytes);
        }
        return at->second;
    }

    // By how much step i, as candidate b, lengthens step i - 1, as candidate a.
    double increment(std::size_t i, std::size_t a, std::size_t b) {
        const Step &from = steps_[i - 1], &to = steps_[i];
        const Meeting meeting{to.source == from.layer, to.residual == from.layer,
                              readers_[i - 1] == 1};
        const std::string first = fmt::format("{}#{}", layers_[i - 1].key, a),
                          second = fmt::format("{}#{}", layers_[i].key, b);
        const auto [at, added] = increments_.try_emplace(
            fmt::format("{}|{}|{}{}{}", first, second, meeting.reads, meeting.adds, meeting.alone));
        if (!added) return at->second;
        const Tiles &one = tiles_of(i - 1, a, first), &two = tiles_of(i, b, second);
        pair_ = one.work;
        second_ = two.work;
        link_pair(one.tiles, two.tiles, meeting, options_.hand_over, pair_, second_);
        pair_.insert(pair_.end(), second_.begin(), second_.end());
        at->second =
            double(predictor_.run(pair_)) - double(layers_[i - 1].found->candidates[a].cycles);
        return at->second;
    }

    void count_readers() {
        readers_.assign(steps_.size(), 0);
        for (std::size_t i = 0; i < steps_.size(); ++i)
            for (const Step& s : steps_)
                readers_[i] += (s.source == steps_[i].layer) + (s.residual == steps_[i].layer);
    }

    // The chain of candidates with the least sum of increments.
    void choose_candidates() {
        count_readers();
        chosen_.assign(steps_.size(), 0);
        if (options_.objective != Objective::kLatency) return;
        std::vector<std::vector<double>> least(steps_.size());
        std::vector<std::vector<std::size_t>> from(steps_.size());
        for (const Candidate& c : layers_[0].found->candidates)
            least[0].push_back(double(c.cycles));
        for (std::size_t i = 1; i < steps_.size(); ++i) {
            const std::size_t count = layers_[i].found->candidates.size();
            for (std::size_t b = 0; b < count; ++b) {
                std::size_t best = 0;
                double cycles = 0;
                for (std::size_t a = 0; a < least[i - 1].size(); ++a) {
                    const double sum = least[i - 1][a] + increment(i, a, b);
                    if (a > 0 && sum >= cycles) continue;
                    cycles = sum;
                    best = a;
                }
                least[i].push_back(cycles);
                from[i].push_back(best);
            }
        }
        const auto& last = least.back();
        std::size_t at = std::min_element(last.begin(), last.end()) - last.begin();
        for (std::size_t i = steps_.size(); i-- > 0;) {
            chosen_[i] = at;
            if (i > 0) at = from[i][at];
        }
    }

    Schedule assemble() {
        Schedule schedule;
        schedule.images = options_.batch;
        std::vector<LayerTiles> tiles;
        for (std::size_t i = 0; i < steps_.size(); ++i) {
            const Step& step = steps_[i];
            LayerPlan plan = layers_[i].found->candidates[chosen_[i]].plan;
            plan.search = layers_[i].found->stats;
            plan.layer = step.layer;
            plan.conv = step.conv;
            plan.residual = step.residual;
            if (step.pool) plan.pool = step.pool->layer;
            plan.name = step.name;
            plan.kind = step.label;
            plan.macs = step.macs;
            tiles.push_back(tile_layer(config_, step, plan));
            schedule.layers.push_back(std::move(plan));
        }
        predict_schedule(schedule, steps_, tiles, config_, options_);
        const auto kept = kept_maps(steps_, tiles);
        schedule.kept_maps = static_cast<int>(kept.size());
        const MemoryPlan memory = plan_memory(graph_, steps_, kept);
        schedule.peak_bytes = memory.bytes;
        schedule.peak_bound = memory.live_bytes;
        return schedule;
    }

    const Graph& graph_;
    const pe::AcceleratorConfig& config_;
    const Options& options_;
    MemoryModel memory_;
    Predictor predictor_;
    std::vector<Step> steps_;
    std::vector<Layer> layers_;
    std::vector<int> readers_;         // of each step's map
    std::vector<std::size_t> chosen_;  // candidate of each step
    std::map<std::string, SearchResult> known_;
    std::map<std::string, double> increments_;
    std::map<std::string, Tiles> tiles_;  // of candidates
    std::vector<TileWork> pair_, second_;
};

}  // namespace

std::vector<Step> steps_of(const Graph& graph, const Schedule& schedule) {
    PoolSet fused;
    for (const LayerPlan& plan : schedule.layers)
        if (plan.pool) fused.insert(*plan.pool);
    return lower(graph, fused, schedule.images);
}

void predict_schedule(Schedule& schedule, const std::vector<Step>& steps,
                      std::vector<LayerTiles>& tiles, const pe::AcceleratorConfig& config,
                      const Options& options) {
    link_stores(steps, tiles, options.hand_over);
    std::vector<const LayerTiles*> all;
    for (const LayerTiles& t : tiles) all.push_back(&t);
    const Prediction prediction = predict(config, all, options.memory);
    schedule.dram_bytes = 0;
    schedule.hand_over = options.hand_over;
    schedule.handed_over_bytes = 0;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        LayerPlan& plan = schedule.layers[i];
        plan.predicted_cycles = prediction.layers[i].cycles;
        plan.bound = prediction.layers[i].bound();
        const auto work = work_of(config, tiles[i]);
        plan.dram_bytes = dram_bytes(work);
        schedule.dram_bytes += plan.dram_bytes;
        for (const TileWork& w : work)
            schedule.handed_over_bytes += uint64_t{w.hand_words} * pe::kWordBytes;
    }
    schedule.predicted_cycles = prediction.cycles;
}

const char* to_string(Objective objective) {
    return kObjectiveNames[static_cast<int>(objective)];
}

Objective objective_of(const std::string& name) {
    for (int i = 0; i < 3; ++i)
        if (name == kObjectiveNames[i]) return static_cast<Objective>(i);
    throw ScheduleError(fmt::format("objective '{}' is unknown; there are {}", name,
                                    fmt::join(kObjectiveNames, ", ")));
}

Schedule make_schedule(const Graph& graph, const pe::AcceleratorConfig& config,
                       const Options& options) {
    config.check();
    check_options(graph, options);
    return Scheduler(graph, config, options).run();
}

}  // namespace msd::scheduler
