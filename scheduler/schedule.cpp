// make_schedule: every layer's tiles from the search, then the prediction for the whole network.
#include "scheduler/schedule.h"

#include <fmt/format.h>

#include <map>

#include "scheduler/predict.h"
#include "scheduler/search.h"
#include "scheduler/tiles.h"

namespace msd::scheduler {
namespace {

using network::Graph;

void check_options(const Options& options) {
    if (options.effective_bits < 1 || options.effective_bits > 3)
        throw ScheduleError(
            fmt::format("effective_bits = {}; it must be 1, 2 or 3", options.effective_bits));
    if (options.lut_share && !(*options.lut_share >= 0 && *options.lut_share <= 1))
        throw ScheduleError(fmt::format("lut_share = {}; it must be 0 to 1", *options.lut_share));
    if (!(options.dram_bytes_per_cycle > 0) || !(options.dram_latency_cycles >= 0))
        throw ScheduleError(fmt::format(
            "dram of {} bytes a cycle and {} cycles of latency; the first must be positive, "
            "the second not negative",
            options.dram_bytes_per_cycle, options.dram_latency_cycles));
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

// Two layers with the same key get the same plan.
std::string key_of(const Step& step, const SplitRule& split, int effective_bits) {
    const network::Window& w = step.window;
    std::string key = fmt::format(
        "{} {} {} {} {}x{}x{} {}x{}x{} {}x{} {}x{} {},{},{},{} {} {} {} {} ", int(step.kind),
        step.groups, step.residual.has_value(), step.average, step.in.c, step.in.h, step.in.w,
        step.out.c, step.out.h, step.out.w, w.kernel_h, w.kernel_w, w.stride_y, w.stride_x,
        w.pad_top, w.pad_left, w.pad_bottom, w.pad_right, w.count_pads, split.all_dsp,
        effective_bits, split.assigned.size());
    key.append(split.assigned.begin(), split.assigned.end());
    return key;
}

}  // namespace

Schedule make_schedule(const Graph& graph, const pe::AcceleratorConfig& config,
                       const Options& options) {
    config.check();
    check_options(options);
    const std::vector<Step> steps = lower(graph);
    if (steps.empty()) throw ScheduleError("the network has no layer that the accelerator runs");

    Schedule schedule;
    std::map<std::string, LayerPlan> known;
    std::vector<LayerTiles> tiles;
    for (const Step& step : steps) {
        SplitRule split;
        Options own = options;
        split.all_dsp = step.identity;
        if (!step.identity && step.kind != StepKind::kPool) {
            split.share = options.lut_share;
            if (const int digits = bind_assignment(graph[step.conv], split))
                own.effective_bits = digits;
        }
        const std::string key = key_of(step, split, own.effective_bits);
        auto found = known.find(key);
        if (found == known.end())
            found = known.emplace(key, search_layer(config, step, split, own)).first;
        LayerPlan plan = found->second;
        plan.layer = step.layer;
        plan.conv = step.conv;
        plan.residual = step.residual;
        plan.name = step.name;
        plan.kind = step.label;
        plan.macs = step.macs;
        tiles.push_back(tile_layer(config, step, plan));
        schedule.layers.push_back(std::move(plan));
    }
    link_stores(steps, tiles);

    std::vector<const LayerTiles*> all;
    for (const LayerTiles& t : tiles) all.push_back(&t);
    const Prediction prediction =
        predict(config, all, {options.dram_bytes_per_cycle, options.dram_latency_cycles});
    for (std::size_t i = 0; i < steps.size(); ++i) {
        schedule.layers[i].predicted_cycles = prediction.layers[i].cycles;
        schedule.layers[i].bound = prediction.layers[i].bound();
    }
    schedule.predicted_cycles = prediction.cycles;
    return schedule;
}

std::string to_csv(const Graph& graph, const Schedule& schedule) {
    std::string csv =
        "layer,kind,k,c,h,w,k_tiles,c_tiles,h_tiles,w_tiles,order,lut_channels,dsp_channels,"
        "effective_bits,bound,predicted_cycles\n";
    for (const LayerPlan& plan : schedule.layers) {
        const network::Shape& out = graph[plan.layer].shape;
        const network::Shape& in = graph[graph.inputs(plan.conv).at(0)].shape;
        int lut = 0;
        for (uint8_t on : plan.on_lut) lut += on;
        const int dsp = static_cast<int>(plan.on_lut.size()) - lut;
        // A comma in a layer's name would shift the columns.
        std::string name = plan.name;
        for (char& c : name)
            if (c == ',' || c == '"' || c == '\n' || c == '\r') c = '_';
        csv += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", name, plan.kind,
                           out.c, in.c, out.h, out.w, plan.k_tiles, plan.c_tiles, plan.h_tiles,
                           plan.w_tiles, plan.order, lut, dsp, plan.effective_bits, plan.bound,
                           plan.predicted_cycles);
    }
    return csv;
}

}  // namespace msd::scheduler
