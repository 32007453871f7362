// `msd bench`: ratios of things timed in one run, in CPU seconds of the one thread that does the
// work.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "codesign/msd_fccm23/schedule.h"
#include "network/fold.h"
#include "platform/cli/commands.h"
#include "platform/cli/cost_bench.h"
#include "platform/cli/cpu_time.h"
#include "platform/cli/crosscheck_bench.h"
#include "platform/cli/onednn_convolutions.h"
#include "platform/cli/outputs.h"
#include "platform/cli/progress.h"
#include "platform/cli/quantise_bench.h"
#include "platform/output/files.h"

namespace msd::platform {
namespace {

using nlohmann::ordered_json;

double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
    return values[values.size() / 2];
}

Scenario resnet18(const std::string& device) {
    return parse_scenario("", "bench",
                          {"network.file=" + data_directory() + "/msd/models/resnet18.csv",
                           "device.preset=" + device});
}

// From the program image to the text of the report, everything that depends on the network's
// weights decoded anew.
double simulation_seconds(const Scenario& scenario, const Prepared& prepared, Soc& soc,
                          uint64_t& cycles, uint64_t& rss) {
    const double start = thread_cpu_seconds();
    Recorder recorder(prepared.program, recorder_options(scenario));
    const Report report = simulate(scenario, prepared, soc, recorder, Talk::kQuiet);
    const std::string json = report_json(report, recorder);
    const std::string csv = latency_csv(recorder);
    if (scenario.trace.perfetto && trace_text(scenario, report, recorder).empty())
        throw std::logic_error("bench: the trace is empty");
    const double seconds = thread_cpu_seconds() - start;
    if (report.run.ending != Ending::kFinished || json.empty() || csv.empty())
        throw std::logic_error("bench: the run failed: " + report.run.message);
    cycles = report.run.cycles;
    rss = report.host.peak_rss_bytes;
    return seconds;
}

// ResNet-18 on ultra96, bit exact, against oneDNN's convolutions alone.
ordered_json bench_platform(int repeats) {
    const Scenario scenario = resnet18("ultra96");
    const Prepared prepared = prepare(scenario);
    Soc soc("soc", soc_config(scenario));
    std::vector<double> simulation, ratio, onednn;
    uint64_t cycles = 0, rss = 0;
    Progress progress("passes", repeats + 1, true);
    for (int i = 0; i <= repeats; ++i) {  // the first pass warms up
        progress.at(i);
        const double s = simulation_seconds(scenario, prepared, soc, cycles, rss);
        const double d = onednn_seconds(prepared.graph, 5);
        if (i == 0) continue;
        simulation.push_back(s);
        onednn.push_back(d);
        ratio.push_back(s / d);
    }
    const double seconds = median(simulation);
    const double simulated = static_cast<double>(cycles) / (scenario.device.clock_mhz * 1e6);
    return {{"name", "platform"},
            {"ratio", median(ratio)},
            {"simulation_s", seconds},
            {"onednn_s", median(onednn)},
            {"cycles", cycles},
            {"cycles_per_s", static_cast<double>(cycles) / seconds},
            {"simulated_over_wall", simulated / seconds},
            {"peak_rss_bytes", rss}};
}

// ResNet-18 on ultra96 with the latency trace over the same without, in turns.
ordered_json bench_trace(int repeats) {
    Scenario scenario = resnet18("ultra96");
    const Prepared prepared = prepare(scenario);
    Soc soc("soc", soc_config(scenario));
    std::vector<double> seconds[2], ratio;
    uint64_t cycles = 0, rss = 0;
    Progress progress("passes", repeats + 1, true);
    for (int i = 0; i <= repeats; ++i) {  // the first pass warms up
        progress.at(i);
        double s[2];
        for (const int on : {0, 1}) {
            scenario.trace.perfetto = on == 1;
            s[on] = simulation_seconds(scenario, prepared, soc, cycles, rss);
            if (i > 0) seconds[on].push_back(s[on]);
        }
        if (i > 0) ratio.push_back(s[1] / s[0]);
    }
    return {{"name", "trace"},
            {"ratio", median(ratio)},
            {"without_s", median(seconds[0])},
            {"with_s", median(seconds[1])},
            {"cycles", cycles}};
}

// One 3x3 convolution 256 -> 256 on 14x14, weights drawn by a small generator.
network::Graph one_layer() {
    network::Graph graph;
    graph.name = "conv3x3";
    graph.quantised = true;
    network::Layer input;
    input.name = "input";
    input.shape = {256, 14, 14};
    const auto from = graph.add(input, {});
    network::Layer conv;
    conv.name = "conv";
    conv.op = network::Op::kConv;
    conv.shape = {256, 14, 14};
    conv.window.kernel_h = conv.window.kernel_w = 3;
    conv.window.pad_top = conv.window.pad_left = conv.window.pad_bottom = conv.window.pad_right = 1;
    conv.quant.scale = 400.0;
    uint32_t state = 1;
    for (int i = 0; i < 256 * 256 * 9; ++i)
        conv.weights.q.push_back(
            static_cast<int8_t>((state = state * 1664525u + 1013904223u) >> 24));
    conv.weights.scale.assign(256, 1.0);
    conv.weights.bias_q.assign(256, 0);
    conv.weights.digits.assign(256, 0);
    graph.add(conv, {from});
    return graph;
}

// The same layer on 16x16 and on 80x80 PEs: what a tile costs must not depend on the array.
ordered_json bench_arrays(int repeats) {
    Scenario scenario = resnet18("zcu102");
    ordered_json result{{"name", "arrays"}};
    std::unique_ptr<Soc> soc;
    double seconds[2] = {0, 0};
    const unsigned sizes[2] = {16, 80};
    Progress progress("passes", 2.0 * (repeats + 1), true);
    for (int i = 0; i < 2; ++i) {
        scenario.device.lut_rows = scenario.device.lut_cols = sizes[i];
        scenario.device.dsp_rows = scenario.device.dsp_cols = 16;
        Prepared p;
        p.graph = one_layer();
        p.schedule = scheduler::make_schedule(p.graph, scenario.device, schedule_options(scenario));
        scheduler::encode_weights(p.graph, p.schedule);
        p.program = scheduler::make_program(p.graph, p.schedule, scenario.device);
        p.images.resize(1);
        p.inputs.assign(1, std::vector<int8_t>(256 * 14 * 14, 1));
        if (!soc) soc = std::make_unique<Soc>("soc", soc_config(scenario));
        soc->configure(scenario.device);
        std::vector<double> times;
        uint64_t cycles = 0, rss = 0;
        for (int r = 0; r <= repeats; ++r) {
            progress.at(i * (repeats + 1) + r);
            const double s = simulation_seconds(scenario, p, *soc, cycles, rss);
            if (r > 0) times.push_back(s);
        }
        seconds[i] = median(times);
        const std::string key = fmt::format("{0}x{0}", sizes[i]);
        result["seconds_" + key] = seconds[i];
        result["cycles_" + key] = cycles;
        result["tiles_" + key] = p.program.header().tile_count;
    }
    result["ratio"] = seconds[1] / seconds[0];
    return result;
}

// The published search of ResNet-18 on zcu102 (CPU seconds of one thread, file and CSV included),
// and our own scheduler on all networks and published devices, weights drawn before the clock
// starts.
ordered_json bench_scheduler(int repeats) {
    std::vector<double> times;
    fccm23::SearchStats stats;
    Progress progress("passes", repeats + 1, true);
    for (int i = 0; i <= repeats; ++i) {  // the first pass warms up
        progress.at(i);
        const double start = thread_cpu_seconds();
        const auto layers = fccm23::read_layers(data_directory() + "/msd/models/resnet18.csv");
        const auto rows = fccm23::schedule(layers, fccm23::published_hardware("zcu102"), 2, &stats);
        const bool written = !fccm23::to_csv(rows).empty();
        if (written && i > 0) times.push_back(thread_cpu_seconds() - start);
    }
    double own = 0, resnet50 = 0, longest = 0;
    for (const char* network : {"vgg16", "resnet18", "resnet50", "mobilenetv2", "vitbase"}) {
        network::Graph graph = network::read_network(std::string("zoo:") + network, 1);
        network::fold_input(graph);  // as a run does
        for (const char* device : {"xc7z020", "ultra96", "zcu102"}) {
            const Scenario scenario = parse_scenario("", "bench",
                                                     {std::string("network.file=zoo:") + network,
                                                      std::string("device.preset=") + device});
            const double start = thread_cpu_seconds();
            scheduler::make_schedule(graph, scenario.device, schedule_options(scenario));
            const double took = thread_cpu_seconds() - start;
            own += took;
            longest = std::max(longest, took);
            if (std::string(network) == "resnet50") resnet50 = std::max(resnet50, took);
        }
    }
    return {{"name", "scheduler"},
            {"ratio", static_cast<double>(stats.candidates_total) /
                          static_cast<double>(stats.candidates_visited)},
            {"seconds", median(times)},
            {"candidates_visited", stats.candidates_visited},
            {"candidates_total", stats.candidates_total},
            {"own_15_pairs_s", own},
            {"own_resnet50_s", resnet50},
            {"own_longest_s", longest}};
}

ordered_json crosscheck_figures(int repeats) {
    ordered_json result{{"name", "crosscheck"}};
    for (const auto& [key, value] : bench_crosscheck(repeats)) result[key] = value;
    return result;
}

ordered_json cost_figures(int repeats) {
    ordered_json result{{"name", "cost"}};
    for (const auto& [key, value] : bench_cost(data_directory(), repeats)) result[key] = value;
    return result;
}

ordered_json quantise_figures(int repeats) {
    ordered_json result{{"name", "quantise"}};
    for (const auto& [key, value] : bench_quantise(repeats)) result[key] = value;
    return result;
}

}  // namespace

int bench_command(const BenchArguments& arguments) {
    ordered_json result;
    if (arguments.name == "platform")
        result = bench_platform(arguments.repeats);
    else if (arguments.name == "arrays")
        result = bench_arrays(arguments.repeats);
    else if (arguments.name == "trace")
        result = bench_trace(arguments.repeats);
    else if (arguments.name == "scheduler")
        result = bench_scheduler(arguments.repeats);
    else if (arguments.name == "cost")
        result = cost_figures(arguments.repeats);
    else if (arguments.name == "crosscheck")
        result = crosscheck_figures(arguments.repeats);
    else if (arguments.name == "quantise")
        result = quantise_figures(arguments.repeats);
    else
        throw std::invalid_argument(
            fmt::format("bench: '{}' is unknown; there are platform, arrays, trace, scheduler, "
                        "cost, crosscheck, quantise",
                        arguments.name));
    for (const auto& [key, value] : result.items())
        fmt::print(
            "{:<22} {}\n", key,
            value.is_number_float() ? fmt::format("{:.6g}", value.get<double>()) : value.dump());
    if (!arguments.json.empty()) write_file(arguments.json, result.dump(1) + "\n");
    return 0;
}

}  // namespace msd::platform
