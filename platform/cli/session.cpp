// The steps from a scenario to a report.
#include "platform/cli/session.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "network/fold.h"
#include "network/onnx_write.h"
#include "network/reference.h"
#include "platform/checkpoint/archive.h"
#include "platform/cli/progress.h"
#include "platform/cli/quantise.h"
#include "platform/cli/tile_lines.h"
#include "platform/output/recorder_state.h"
#include "platform/version.h"
#include "scheduler/assignment.h"

namespace msd::platform {
namespace {

// Compares a layer's tensor in memory with the reference; empty if equal, else the first
// difference.
std::string difference(const std::vector<int8_t>& got, const network::Tensor8& want,
                       const network::Shape& shape) {
    for (std::size_t i = 0; i < want.size(); ++i) {
        if (got[i] == want[i]) continue;
        const std::size_t pixels = static_cast<std::size_t>(shape.h) * shape.w;
        return fmt::format("channel {}, row {}, column {}: platform {}, reference {}", i / pixels,
                           i % pixels / shape.w, i % shape.w, int{got[i]}, int{want[i]});
    }
    return {};
}

// Compares each layer of each image with the integer reference while the run goes on.
class ReferenceCheck {
public:
    ReferenceCheck(const Prepared& prepared, const Soc& soc) : prepared_(prepared), soc_(soc) {}

    bool layer_done(uint32_t image, uint32_t layer, bool check) {
        ++done_;
        if (!check) return true;
        if (image != image_) {
            tensors_ = network::evaluate(prepared_.graph, prepared_.inputs[image]);
            image_ = image;
        }
        const scheduler::ProgramLayer& l = prepared_.program.layers[layer];
        const auto tensor = soc_.read_layer(prepared_.program, layer);
        if (!tensor) {  // in the RTL's output buffer: seen by what its reader makes of it
            ++unseen_;
            return true;
        }
        const std::string text = difference(*tensor, tensors_[l.id], l.output.shape);
        ++compared_;
        if (text.empty()) return true;
        failure_ = fmt::format("image {}, layer {}, {}", image, l.name, text);
        return false;
    }

    Check result(bool stopped) const {
        const std::size_t expected =
            prepared_.inputs.size() * prepared_.program.layers.size() - unchecked_ - unseen_;
        if (!failure_.empty()) return {"check.output", false, failure_};
        if (stopped)
            return {
                "check.output", true,
                fmt::format("{} tensors equal the integer reference, up to the stop", compared_)};
        if (compared_ != expected)
            return {"check.output", false,
                    fmt::format("only {} of {} tensors were computed", compared_, expected)};
        return {"check.output", true,
                fmt::format("{} tensors equal the integer reference", compared_) +
                    (unseen_ ? fmt::format("; {} were handed over on chip, unseen", unseen_) : "")};
    }

    template <class Archive>
    void state(Archive& archive) {
        archive(done_, compared_);
        unchecked_ = done_ - compared_;  // by the run before, if this is loaded
    }

private:
    const Prepared& prepared_;
    const Soc& soc_;
    uint32_t image_ = ~0u;
    std::vector<network::Tensor8> tensors_;
    std::size_t done_ = 0, compared_ = 0, unchecked_ = 0, unseen_ = 0;  // layers
    std::string failure_;
};

// Softmax on the host: the predicted class's share, to 6 decimals so that it does not depend on a
// processor's exp.
std::optional<double> probability(const network::Graph& graph, const std::vector<int>& logits) {
    const network::Layer& last = graph[graph.output()];
    if (last.op != network::Op::kSoftmax) return std::nullopt;
    const double scale = graph[graph.inputs(graph.output())[0]].quant.scale;
    const int most = *std::max_element(logits.begin(), logits.end());
    double sum = 0;
    for (const int q : logits) sum += std::exp(scale * (q - most));
    return std::round(1e6 / sum) / 1e6;
}

InputReport input_report(int index, int label, const ImageRun& image) {
    InputReport r;
    r.index = index;
    r.label = label;
    r.logits.assign(image.output.begin(), image.output.end());
    r.predicted =
        static_cast<int>(std::max_element(r.logits.begin(), r.logits.end()) - r.logits.begin());
    r.cycles = image.end_cycle - image.start_cycle;
    return r;
}

// How much of an image is done with `layer`, by the scheduler's prediction.
double predicted_share(const scheduler::Program& program, uint32_t layer) {
    double done = 0, all = 0;
    for (std::size_t l = 0; l < program.layers.size(); ++l) {
        const auto cycles = static_cast<double>(program.layers[l].predicted_cycles);
        all += cycles;
        if (l <= layer) done += cycles;
    }
    return all > 0 ? done / all : 0;
}

void add_checks(const Scenario& scenario, Report& report) {
    const auto& check = scenario.checks;
    if (check.max_cycles) {
        const uint64_t cycles =
            report.run.images.empty()
                ? 0
                : report.run.images.back().end_cycle - report.run.images.front().start_cycle;
        report.checks.push_back({"check.max_cycles", cycles <= *check.max_cycles,
                                 fmt::format("{} cycles, allowed {}", cycles, *check.max_cycles)});
    }
    if (check.min_top1) {
        const double top1 =
            report.inputs.empty() ? 0.0 : double(report.correct()) / double(report.inputs.size());
        report.checks.push_back(
            {"check.min_top1", report.labelled() && top1 >= *check.min_top1,
             report.labelled() ? fmt::format("top-1 {:.4f}, wanted {:.4f}", top1, *check.min_top1)
                               : std::string("the images have no labels")});
    }
}

}  // namespace

network::Graph load_network(const Scenario& scenario) {
    network::Graph graph = network::read_network(scenario.network.file, scenario.seed);
    network::restore_digits(graph, scenario.network.file);
    int digits = 0;
    for (const network::LayerId id : graph.order())
        for (const uint8_t d : graph[id].weights.digits) digits = std::max(digits, int{d});
    if (digits != 0 && scenario.given("quant.effective_bits") &&
        scenario.quant.effective_bits != digits)
        throw ScenarioError(fmt::format(
            "{}: quant.effective_bits = {}, but {} carries weights of {} digits; leave the key out",
            scenario.places.at("quant.effective_bits"), scenario.quant.effective_bits,
            scenario.network.file, digits));
    return graph;
}

SocConfig soc_config(const Scenario& scenario) {
    SocConfig config;
    config.accelerator = scenario.device;
    config.dram_preset = scenario.dram.preset;
    return config;
}

// The memory as the prediction knows it (docs/scheduler.md). Refreshes, each with the rows it
// closes, take their share of the peak. A transfer's first beat comes after arbitration, front end,
// activate and column access.
static scheduler::MemoryModel memory_model(const DramTimingConfig& dram, const SocConfig& soc) {
    const DramConfig front;
    const double cycle_ps = soc.period().to_seconds() * 1e12;
    scheduler::MemoryModel m;
    m.latency_cycles = 1 + front.read_latency_cycles;
    if (dram.ideal) {
        m.latency_cycles += double(dram.ideal_latency_ps) / cycle_ps;
        m.bytes_per_cycle = 3.0 * soc.accelerator.beat_bytes;
        return m;
    }
    const double clock_ps = double(dram.clock_fs) / 1000;
    const double column_ps = dram.tDQSCK_ps + dram.CL * clock_ps;
    m.latency_cycles += (dram.tRCD.ps + column_ps + dram.burst_length / 2 * clock_ps) / cycle_ps;
    m.bytes_per_cycle = dram.peak_bytes_per_s() * cycle_ps * 1e-12;
    m.access_bytes = std::max(16u, dram.access_bytes());
    m.group_bursts = dram.bypass_cap;
    m.turn_cycles = (dram.turnaround_clocks * clock_ps +
                     std::max<double>(dram.tWTR.ps, dram.tWTR.clocks * clock_ps) + column_ps) /
                    cycle_ps;
    if (dram.tREFI.ps) {
        m.refresh_cycles = (dram.tRFC.ps + dram.tRPab.ps + dram.tRCD.ps) / cycle_ps;
        m.refresh_interval_cycles = dram.tREFI.ps / cycle_ps;
        m.bytes_per_cycle *= 1 - m.refresh_cycles / m.refresh_interval_cycles;
    }
    return m;
}

scheduler::Options schedule_options(const Scenario& scenario) {
    scheduler::Options options;
    options.effective_bits = scenario.quant.effective_bits;
    options.lut_share = scenario.schedule.lut_share;
    options.hand_over = scenario.schedule.hand_over;
    options.objective = scheduler::objective_of(scenario.schedule.objective);
    options.memory = memory_model(dram_preset(scenario.dram.preset), soc_config(scenario));
    return options;
}

Prepared prepare(const Scenario& scenario) {
    Prepared p;
    p.graph = load_network(scenario);
    p.image_shape = p.graph[p.graph.input()].shape;
    p.images = network::read_images(scenario.network.input, p.image_shape, scenario.seed,
                                    scenario.network.first, scenario.network.images);
    std::optional<quant::PostTraining> post;
    if (!p.graph.quantised) post.emplace(post_training(scenario, p.graph));
    if (post) p.graph = post->quantised();
    const network::QuantParams grid = p.graph[p.graph.input()].quant;
    const network::InputFold fold = network::fold_input(p.graph);
    for (const network::Image& image : p.images)
        p.inputs.push_back(fold.apply(network::quantise_image(image, grid)));
    scheduler::Options options = schedule_options(scenario);
    scheduler::FixedSchedule fixed;
    if (!scenario.schedule.file.empty()) {
        fixed = scheduler::read_schedule(scenario.schedule.file);
        options.fixed = &fixed;
        options.fixed_path = scenario.schedule.file;
    }
    p.schedule = scheduler::make_schedule(p.graph, scenario.device, options);
    if (post) {  // once more, from the float weights: not through int8
        p.graph = post->placed(scheduler::assigned_digits(p.graph, p.schedule));
        network::fold_input(p.graph);
    } else {
        encode_as_scheduled(scenario, p.schedule, p.graph);
    }
    p.program = scheduler::make_program(p.graph, p.schedule, scenario.device);
    return p;
}

Report simulate(const Scenario& scenario, const Prepared& prepared, Soc& soc, Recorder& recorder,
                Talk talk, Control* control) {
    const auto start = std::chrono::steady_clock::now();
    Report report;
    report.scenario = scenario.name;
    report.version = MSD_VERSION;
    report.seed = scenario.seed;
    report.device = scenario.device_preset;
    report.clock_mhz = scenario.device.clock_mhz;

    ReferenceCheck reference(prepared, soc);
    const bool check_output = scenario.checks.output == "reference";
    RunHooks hooks;
    recorder.attach(hooks);
    Progress progress("simulating", static_cast<double>(prepared.inputs.size()),
                      talk != Talk::kQuiet);
    hooks.layer_done = [&](uint32_t image, uint32_t layer) {
        progress.at(image + predicted_share(prepared.program, layer));
        return reference.layer_done(image, layer, check_output);
    };
    if (control && control->from) {
        StateReader reader(control->from->records);
        reader(reference, recorder);
    }
    std::optional<TileLines> lines;
    if (talk == Talk::kVerbose) {
        lines.emplace(prepared.program);
        for (const Span& s : recorder.spans())
            lines->add(s.image,
                       {s.unit, recorder.tile_index(s), s.start, s.end, s.stall, s.bytes,
                        s.lut_busy, s.dsp_busy, s.wait_act, s.wait_wgt, s.wait_acc},
                       false);
        hooks.span = [&](uint32_t image, const accelerator::UnitSpan& s) {
            recorder.add(image, s);
            lines->add(image, s);
        };
    }
    hooks.warning = [](const std::string& text) { fmt::print(stderr, "{}\n", text); };
    report.run = soc.run(prepared.program, prepared.inputs, scenario.run.timeout_cycles, hooks,
                         control ? control->run : RunControl{});
    recorder.finish();
    if (control && !report.run.checkpoint.empty()) {
        StateWriter writer;
        writer(reference, recorder);
        control->made = {run_properties(scenario, prepared),
                         report.run.cycles,
                         report.run.interrupts,
                         static_cast<uint32_t>(report.run.images.size()),
                         report.run.layers_done,
                         report.run.message,
                         std::move(report.run.checkpoint),
                         std::move(writer.bytes())};
    }
    const bool stopped = report.run.ending == Ending::kStopped;

    for (std::size_t i = 0; i < report.run.images.size(); ++i)
        report.inputs.push_back(input_report(scenario.network.first + static_cast<int>(i),
                                             prepared.images[i].label, report.run.images[i]));
    for (InputReport& input : report.inputs)
        input.probability = probability(prepared.graph, input.logits);
    if (check_output) report.checks.push_back(reference.result(stopped));
    if (!stopped) add_checks(scenario, report);

    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    report.host.wall_s = took.count();
    report.host.cycles_per_s = static_cast<double>(report.run.cycles) / took.count();
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    report.host.peak_rss_bytes = static_cast<uint64_t>(usage.ru_maxrss) * 1024;
    return report;
}

}  // namespace msd::platform
