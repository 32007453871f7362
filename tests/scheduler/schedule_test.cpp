// What make_schedule promises: splits, sizes, limits, messages, speed.
#include "scheduler/schedule.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <ctime>

#include "network/check.h"
#include "scheduler/lowering.h"
#include "scheduler/tiles.h"
#include "tests/scheduler/interpreter.h"
#include "tests/scheduler/random_network.h"
#include "tests/scheduler/resnet_shapes.h"

using namespace msd;
using Catch::Matchers::Contains;

namespace {

int lut_channels(const scheduler::LayerPlan& plan) {
    int count = 0;
    for (uint8_t on : plan.on_lut) count += on;
    return count;
}

// A network of one layer.
network::Graph single(network::Op op, network::Shape in, network::Shape out,
                      const network::Window& window) {
    network::Graph graph;
    graph.name = "single";
    graph.quantised = true;
    network::Layer input;
    input.name = "input";
    input.shape = in;
    input.quant = {0.05, 3};
    const auto from = graph.add(input, {});
    network::Layer layer;
    layer.name = "the_layer";
    layer.op = op;
    layer.shape = out;
    layer.window = window;
    layer.quant = {0.05, 3};
    if (op == network::Op::kConv) {
        layer.weights.q.assign(std::size_t(out.c) * in.c * window.kernel_h * window.kernel_w, 5);
        layer.weights.scale.assign(out.c, 0.01);
        layer.weights.bias_q.assign(out.c, 100);
    }
    graph.add(layer, {from});
    return graph;
}

network::Window square(int kernel, int stride, int pad) {
    network::Window w;
    w.kernel_h = w.kernel_w = kernel;
    w.stride_y = w.stride_x = stride;
    w.pad_top = w.pad_left = w.pad_bottom = w.pad_right = pad;
    return w;
}

}  // namespace

TEST_CASE("lut_share gives round(share * K) channels of every convolution to the LUT core") {
    for (uint64_t seed = 1; seed <= 200; ++seed) {
        network::Random random(seed, 1);
        const auto graph = test::random_network(seed);
        scheduler::Options options;
        const double shares[] = {0, 0.25, 0.5, 1, random.uniform(0, 1)};
        options.lut_share = shares[random.below(5)];
        const auto schedule = scheduler::make_schedule(
            graph, pe::preset(pe::preset_names()[random.below(4)]), options);
        for (const auto& plan : schedule.layers) {
            if (graph[plan.conv].op != network::Op::kConv) continue;
            INFO("seed " << seed << ", share " << *options.lut_share << ", layer " << plan.name);
            REQUIRE(plan.on_lut.size() == static_cast<std::size_t>(graph[plan.conv].shape.c));
            CHECK(lut_channels(plan) ==
                  std::llround(*options.lut_share * graph[plan.conv].shape.c));
        }
    }
}

TEST_CASE("K tiles start at multiples of 16 and hold their LUT channels first") {
    for (uint64_t seed = 1; seed <= 200; ++seed) {
        const auto graph = test::random_network(seed);
        const auto config = pe::preset(pe::preset_names()[seed % 4]);
        const auto schedule = scheduler::make_schedule(graph, config, {});
        const auto steps = scheduler::steps_of(graph, schedule);
        REQUIRE(steps.size() == schedule.layers.size());
        for (std::size_t i = 0; i < steps.size(); ++i) {
            const auto& plan = schedule.layers[i];
            const auto ranges = scheduler::k_ranges(steps[i], plan.k_tile, plan.on_lut);
            CHECK(static_cast<int>(ranges.size()) == plan.k_tiles);
            int next = 0;
            for (const auto& k : ranges) {
                CHECK(k.k0 == next);
                CHECK(k.k0 % 16 == 0);
                for (int c = k.k0; c < k.k1 && !plan.on_lut.empty(); ++c)
                    CHECK((plan.on_lut[c] != 0) == (c - k.k0 < k.k_lut));
                next = k.k1;
            }
            CHECK(next == steps[i].out.c);
        }
    }
}

TEST_CASE("LUT channels behind DSP channels cut a tile at 16 channels, and inside 16 are refused") {
    scheduler::Step step;
    step.name = "conv7";
    step.out = {48, 4, 4};
    std::vector<uint8_t> on_lut(48, 0);
    for (int k : {0, 1, 2, 32, 33}) on_lut[k] = 1;
    const auto ranges = scheduler::k_ranges(step, 48, on_lut);
    REQUIRE(ranges.size() == 2);
    CHECK(ranges[0].k1 == 32);
    CHECK(ranges[0].k_lut == 3);
    CHECK(ranges[1].k_lut == 2);
    on_lut[20] = 1;
    CHECK_THROWS_WITH(scheduler::k_ranges(step, 48, on_lut),
                      Contains("conv7") && Contains("channel 20"));
}

TEST_CASE("an encoded network is scheduled with the split it was encoded for") {
    for (uint64_t seed = 1; seed <= 60; ++seed) {
        auto graph = test::random_network(seed);
        scheduler::Options options;
        options.effective_bits = 1 + static_cast<int>(seed % 3);
        const auto first = scheduler::make_schedule(graph, pe::preset("ultra96"), options);
        scheduler::encode_weights(graph, first);
        options.lut_share = 0.9;  // of no effect now
        options.effective_bits = 1;
        const auto config = pe::preset(seed % 2 ? "xc7z020" : "zcu102");
        const auto second = scheduler::make_schedule(graph, config, options);
        INFO("seed " << seed);
        REQUIRE(first.layers.size() == second.layers.size());
        for (std::size_t i = 0; i < first.layers.size(); ++i)
            CHECK(first.layers[i].on_lut == second.layers[i].on_lut);
        const auto before = graph;
        scheduler::encode_weights(graph, second);
        for (network::LayerId id = 0; id < graph.size(); ++id)
            CHECK(graph[id].weights.q == before[id].weights.q);
        const auto program = scheduler::make_program(graph, second, config);
        CHECK(test::compare_with_reference(graph, program, config,
                                           test::random_tensor(graph[graph.input()].shape, seed)) ==
              "");
    }
}

TEST_CASE(
    "encoding puts LUT channels on the grid, keeps DSP channels, and stays near the real values") {
    auto graph = single(network::Op::kConv, {32, 8, 8}, {64, 8, 8}, square(3, 1, 1));
    network::Random random(7, 0);
    auto& weights = graph[1].weights;
    for (int8_t& q : weights.q) q = static_cast<int8_t>(random.below(255) - 127);
    const auto before = weights;
    scheduler::Options options;
    options.lut_share = 0.5;
    const auto schedule = scheduler::make_schedule(graph, pe::preset("ultra96"), options);
    scheduler::encode_weights(graph, schedule);
    const auto& on_lut = schedule.layers.at(0).on_lut;
    REQUIRE(lut_channels(schedule.layers[0]) == 32);
    const std::size_t count = 32 * 9;
    for (std::size_t k = 0; k < 64; ++k) {
        CHECK(weights.digits[k] == (on_lut[k] ? 2 : 0));
        double error = 0, power = 0;
        for (std::size_t i = k * count; i < (k + 1) * count; ++i) {
            const double old_value = before.q[i] * before.scale[k],
                         value = weights.q[i] * weights.scale[k];
            error += (value - old_value) * (value - old_value);
            power += old_value * old_value;
        }
        if (on_lut[k])
            CHECK(error / power < 0.01);
        else
            CHECK(error == 0);
        CHECK(std::abs(weights.bias_q[k] * weights.scale[k] - 100 * 0.01) <= weights.scale[k] / 2);
    }
}

TEST_CASE("the same network gives the same schedule") {
    const auto graph = test::random_network(5);
    const auto config = pe::preset("ultra96");
    CHECK(scheduler::to_csv(graph, scheduler::make_schedule(graph, config, {})) ==
          scheduler::to_csv(graph, scheduler::make_schedule(graph, config, {})));
}

TEST_CASE("schedule.csv has the documented header and one line a layer") {
    const auto graph = single(network::Op::kConv, {20, 9, 7}, {24, 9, 7}, square(3, 1, 1));
    scheduler::Options options;
    options.lut_share = 0.5;
    const auto csv =
        scheduler::to_csv(graph, scheduler::make_schedule(graph, pe::preset("ultra96"), options));
    CHECK_THAT(
        csv,
        Catch::StartsWith(
            "layer,kind,k,c,h,w,k_tiles,c_tiles,h_tiles,w_tiles,order,lut_channels,dsp_channels,"
            "effective_bits,bound,predicted_cycles\nthe_layer,conv,24,20,9,7,"));
    CHECK_THAT(csv, Contains(",12,12,2,"));
    CHECK(std::count(csv.begin(), csv.end(), '\n') == 2);
}

TEST_CASE("every capacity and size of the device moves the schedule") {
    const auto graph = test::resnet_shapes({0, 1, 1}, true);
    const auto base = pe::preset("ultra96");
    scheduler::Options quick;
    quick.visit_tiles = 500;
    const auto text = [&](const pe::AcceleratorConfig& config) {
        return scheduler::to_csv(graph, scheduler::make_schedule(graph, config, quick));
    };
    const auto reference = text(base);
    struct Knob {
        const char* name;
        unsigned pe::AcceleratorConfig::*field;
        unsigned value;
    };
    const Knob knobs[] = {
        {"lut_rows", &pe::AcceleratorConfig::lut_rows, 24},
        {"lut_cols", &pe::AcceleratorConfig::lut_cols, 24},
        {"dsp_rows", &pe::AcceleratorConfig::dsp_rows, 8},
        {"dsp_cols", &pe::AcceleratorConfig::dsp_cols, 8},
        {"beat_bytes", &pe::AcceleratorConfig::beat_bytes, 8},
        {"act_words", &pe::AcceleratorConfig::act_words, 512},
        {"lut_weight_words", &pe::AcceleratorConfig::lut_weight_words, 1024},
        {"dsp_weight_words", &pe::AcceleratorConfig::dsp_weight_words, 1024},
        {"acc_entries", &pe::AcceleratorConfig::acc_entries, 256},
        {"out_words", &pe::AcceleratorConfig::out_words, 512},
        {"tile_channels", &pe::AcceleratorConfig::tile_channels, 64},
        {"outstanding", &pe::AcceleratorConfig::outstanding, 2},
    };
    for (const Knob& knob : knobs) {
        auto config = base;
        config.*knob.field = knob.value;
        INFO(knob.name << " = " << knob.value);
        CHECK(text(config) != reference);
    }

    scheduler::Options options;
    options.memory.bytes_per_cycle = 4;
    CHECK(scheduler::make_schedule(graph, base, options).predicted_cycles >
          scheduler::make_schedule(graph, base, {}).predicted_cycles);
    options = {};
    options.memory.latency_cycles = 400;
    CHECK(scheduler::make_schedule(graph, base, options).predicted_cycles >
          scheduler::make_schedule(graph, base, {}).predicted_cycles);
}

TEST_CASE(
    "a layer that cannot be scheduled is refused with its name, the limit and what would help") {
    const auto tiny = pe::preset("tiny");
    auto global = single(network::Op::kAveragePool, {16, 56, 56}, {16, 1, 1}, square(56, 1, 0));
    CHECK_THROWS_WITH(scheduler::make_schedule(global, tiny, {}),
                      Contains("the_layer") && Contains("3136 words") &&
                          Contains("out_words = 64") && Contains("raise"));

    auto starved = tiny;
    starved.lut_weight_words = 16;
    scheduler::Options options;
    options.effective_bits = 3;
    options.lut_share = 1.0;
    const auto wide = single(network::Op::kConv, {64, 8, 8}, {64, 8, 8}, square(3, 1, 1));
    CHECK_THROWS_WITH(scheduler::make_schedule(wide, starved, options),
                      Contains("the_layer") && Contains("lut_weight_words = 16"));
    options.lut_share.reset();  // its own choice: the DSP core takes all
    CHECK(lut_channels(scheduler::make_schedule(wide, starved, options).layers.at(0)) < 64);

    const auto huge = single(network::Op::kConv, {16, 4, 4}, {16, 4, 4}, square(300, 1, 127));
    CHECK_THROWS_AS(scheduler::make_schedule(huge, tiny, {}), scheduler::ScheduleError);
    const auto empty = single(network::Op::kSoftmax, {16, 1, 1}, {16, 1, 1}, {});
    CHECK_THROWS_AS(scheduler::make_schedule(empty, tiny, {}), scheduler::ScheduleError);
}

TEST_CASE("options out of range are refused by name") {
    const auto graph = test::random_network(3);
    const auto config = pe::preset("ultra96");
    scheduler::Options options;
    options.effective_bits = 4;
    CHECK_THROWS_WITH(scheduler::make_schedule(graph, config, options),
                      Contains("effective_bits = 4"));
    options = {};
    options.lut_share = 1.5;
    CHECK_THROWS_WITH(scheduler::make_schedule(graph, config, options),
                      Contains("lut_share = 1.5"));
    options.lut_share = std::nan("");
    CHECK_THROWS_AS(scheduler::make_schedule(graph, config, options), scheduler::ScheduleError);
    options = {};
    options.memory.bytes_per_cycle = 0;
    CHECK_THROWS_AS(scheduler::make_schedule(graph, config, options), scheduler::ScheduleError);
}

TEST_CASE("an Add is fused into the later convolution that only it reads") {
    const auto graph = test::resnet_shapes({2, 2, 2, 2}, false);
    const auto steps = scheduler::lower(graph);
    int convolutions = 0, fused = 0, own = 0;
    for (const auto& step : steps) {
        convolutions += graph[step.conv].op == network::Op::kConv;
        fused += step.residual.has_value() && !step.identity;
        own += step.label == "add";
    }
    CHECK(convolutions == 21);
    CHECK(fused == 8);
    CHECK(own == 0);
}

TEST_CASE("a convolution that clamps before its Add is not fused with it") {
    for (const double lo : {-1e300, 0.0}) {
        auto graph = single(network::Op::kConv, {8, 4, 4}, {8, 4, 4}, square(1, 1, 0));
        graph[1].real_lo = lo;
        network::Layer add;
        add.name = "add";
        add.op = network::Op::kAdd;
        add.shape = {8, 4, 4};
        add.quant = {0.1, 0};
        graph.add(add, {1, 0});
        CHECK(scheduler::lower(graph).size() == (lo == 0.0 ? 2 : 1));
    }
}

TEST_CASE("ResNet-50 is scheduled for any published device") {
    const auto graph = test::resnet_shapes({3, 4, 6, 3}, true);
    for (const char* name : {"xc7z020", "ultra96", "zcu102"}) {
        const std::clock_t begin = std::clock();
        const auto schedule = scheduler::make_schedule(graph, pe::preset(name), {});
        const double seconds = double(std::clock() - begin) / CLOCKS_PER_SEC;
        INFO(name << ": " << schedule.predicted_cycles << " cycles, scheduled in " << seconds
                  << " s");
        CHECK(schedule.predicted_cycles > 1000000);
        WARN(name << ": scheduled in " << seconds
                  << " s");  // a machine's load is no reason to fail
    }
}
