// Every limit and option of the scheduler is turned, and the result moves the way it must.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "ip/msd_pe/core/tile.h"
#include "scheduler/assignment.h"
#include "scheduler/link.h"
#include "scheduler/memory_plan.h"
#include "scheduler/search.h"
#include "scheduler/tiles.h"
#include "scheduler/work.h"
#include "tests/scheduler/interpreter.h"
#include "tests/scheduler/random_network.h"
#include "tests/scheduler/resnet_shapes.h"

using namespace msd;

namespace {

scheduler::Step layer(int c, int side, int k) {
    scheduler::Step step;
    step.name = "conv";
    step.in = {c, side, side};
    step.out = {k, side, side};
    step.window.kernel_h = step.window.kernel_w = 3;
    step.window.pad_top = step.window.pad_left = step.window.pad_bottom = step.window.pad_right = 1;
    return step;
}

pe::AcceleratorConfig roomy() {
    auto config = pe::preset("tiny");
    config.act_words = 256;
    config.lut_weight_words = config.dsp_weight_words = 320;
    config.acc_entries = 128;
    config.out_words = 256;
    config.tile_channels = 64;
    return config;
}

// The proven least.
scheduler::SearchResult best(const pe::AcceleratorConfig& config, const scheduler::Step& step,
                             scheduler::Options options = {}) {
    options.certificate = true;
    const auto found = scheduler::search_layer(config, step, {}, options);
    REQUIRE(found.stats.closed());
    return found;
}

bool accepted(const pe::AcceleratorConfig& config, const scheduler::LayerTiles& layer) {
    for (const auto& p : layer.tiles)
        if (pe::check_tile(config, p.tile) != 0) return false;
    return true;
}

struct Knob {
    const char* name;
    unsigned pe::AcceleratorConfig::*field;
};

const Knob kBuffers[] = {
    {"act_words", &pe::AcceleratorConfig::act_words},
    {"lut_weight_words", &pe::AcceleratorConfig::lut_weight_words},
    {"dsp_weight_words", &pe::AcceleratorConfig::dsp_weight_words},
    {"acc_entries", &pe::AcceleratorConfig::acc_entries},
    {"out_words", &pe::AcceleratorConfig::out_words},
    {"tile_channels", &pe::AcceleratorConfig::tile_channels},
};

uint64_t weight_bytes(const network::Graph& graph, const pe::AcceleratorConfig& config,
                      const scheduler::Schedule& schedule, std::size_t i) {
    const auto steps = scheduler::steps_of(graph, schedule);
    uint64_t bytes = 0;
    for (const auto& w :
         scheduler::work_of(config, scheduler::tile_layer(config, steps[i], schedule.layers[i])))
        bytes += w.wgt.bytes;
    return bytes;
}

double energy_of(const network::Graph& graph, const pe::AcceleratorConfig& config,
                 const scheduler::Schedule& schedule) {
    double pj = 0;
    const auto steps = scheduler::steps_of(graph, schedule);
    for (std::size_t i = 0; i < steps.size(); ++i)
        pj += scheduler::energy_pj(scheduler::work_of(
            config, scheduler::tile_layer(config, steps[i], schedule.layers[i])));
    return pj;
}

}  // namespace

TEST_CASE("a smaller buffer is kept to, and never makes the best schedule faster") {
    const auto step = layer(24, 8, 40);
    const auto config = roomy();
    const auto free = best(config, step);
    const auto roomy_tiles = scheduler::tile_layer(config, step, free.candidates[0].plan);
    REQUIRE(accepted(config, roomy_tiles));
    int slower = 0;
    for (const Knob& knob : kBuffers) {
        auto tight = config;
        while (accepted(tight, roomy_tiles)) tight.*knob.field -= tight.*knob.field / 4;
        INFO(knob.name << " = " << tight.*knob.field);
        const auto found = best(tight, step);
        CHECK(accepted(tight, scheduler::tile_layer(tight, step, found.candidates[0].plan)));
        CHECK(found.stats.best >= free.stats.best);
        slower += found.stats.best > free.stats.best;
    }
    CHECK(slower >= 4);  // of the others, tiles as good fit
}

TEST_CASE("less bandwidth, more latency, turnarounds, refreshes and wide accesses cost cycles") {
    const auto step = layer(24, 8, 40);
    const auto config = roomy();
    const auto with = [&](auto&& change) {
        scheduler::Options options;
        options.memory = {20, 20};
        change(options.memory);
        return best(config, step, options).stats.best;
    };
    using M = scheduler::MemoryModel;
    const double free = with([](M&) {});
    CHECK(with([](M& m) { m.bytes_per_cycle = 4; }) > free);
    CHECK(with([](M& m) { m.latency_cycles = 200; }) > free);
    CHECK(with([](M& m) { m.access_bytes = 256; }) >= free);
    CHECK(with([](M& m) { m.refresh_cycles = 400, m.refresh_interval_cycles = 500; }) > free);
    auto one = config;
    one.outstanding = 1;
    CHECK(best(one, step).stats.best > best(config, step).stats.best);

    // Tiles that load and store at the same time, on arrays that wait for the memory.
    const auto wide = pe::preset("ultra96");
    const auto flat = layer(16, 32, 16);
    scheduler::LayerPlan plan;
    plan.k_tile = plan.c_tile = 16;
    plan.h_tile = 4;
    plan.w_tile = 32;
    plan.on_lut.assign(16, 0);
    const auto tiles = scheduler::tile_layer(wide, flat, plan);
    M memory{2, 20};
    const uint64_t straight = scheduler::predict(wide, {&tiles}, memory).cycles;
    memory.turn_cycles = 500;
    const uint64_t turning = scheduler::predict(wide, {&tiles}, memory).cycles;
    CHECK(turning > straight);
    memory.group_bursts = 1;
    CHECK(scheduler::predict(wide, {&tiles}, memory).cycles > turning);
}

TEST_CASE("an access of the memory that a burst begins off costs one more") {
    msd_block block{};
    block.planes = 3;
    block.rows = 5;
    block.row_bytes = 160;
    block.row_stride = 208;
    block.plane_stride = 5 * 208;
    for (uint32_t address = 0; address < 256; address += 16) {
        block.address = address;
        uint64_t bus = 0;
        for (uint32_t p = 0; p < block.planes; ++p)
            for (uint32_t r = 0; r < block.rows; ++r) {
                const uint64_t from = address + p * block.plane_stride + r * block.row_stride;
                bus += ((from + 160 + 63) / 64 - from / 64) * 64;
            }
        const auto t = scheduler::traffic(block, 16, 64);
        INFO("address " << address);
        CHECK(t.bytes == 3 * 5 * 160);
        CHECK(t.bursts == 15);
        CHECK(t.bus_bytes == bus);
        CHECK(scheduler::traffic(block, 16, 16).bus_bytes == t.bytes);
    }
}

TEST_CASE("each objective is the best at what it asks for") {
    const auto graph = test::resnet_shapes({1, 1}, false);
    const auto config = pe::preset("ultra96");
    scheduler::Options options;
    options.memory.bytes_per_cycle = 40;  // cycles and bytes then want different tiles
    const auto make = [&](scheduler::Objective objective) {
        options.objective = objective;
        return scheduler::make_schedule(graph, config, options);
    };
    const auto fast = make(scheduler::Objective::kLatency),
               lean = make(scheduler::Objective::kDramBytes),
               cool = make(scheduler::Objective::kEnergy);
    CHECK(fast.predicted_cycles < lean.predicted_cycles);
    CHECK(fast.predicted_cycles < cool.predicted_cycles);
    CHECK(lean.dram_bytes < fast.dram_bytes);
    CHECK(lean.dram_bytes <= cool.dram_bytes);
    CHECK(energy_of(graph, config, cool) < energy_of(graph, config, fast));
    CHECK(energy_of(graph, config, cool) <= energy_of(graph, config, lean));
}

TEST_CASE("effective bits of a layer move that layer") {
    const auto graph = test::resnet_shapes({1}, false);
    const auto config = pe::preset("ultra96");
    scheduler::Options options;
    const auto base = scheduler::make_schedule(graph, config, options);
    const std::string name = graph[base.layers[1].conv].name;
    uint64_t last = 0;
    for (int bits = 1; bits <= 3; ++bits) {
        options.layer_effective_bits[name] = bits;
        const auto schedule = scheduler::make_schedule(graph, config, options);
        for (std::size_t i = 0; i < schedule.layers.size(); ++i)
            CHECK(schedule.layers[i].effective_bits == (i == 1 ? bits : 2));
        CHECK(schedule.layers[1].search.best > double(last));
        last = static_cast<uint64_t>(schedule.layers[1].search.best);
    }
    options.layer_effective_bits = {{"no_such_layer", 2}};
    CHECK_THROWS_WITH(scheduler::make_schedule(graph, config, options),
                      Catch::Contains("no_such_layer") && Catch::Contains("no convolution"));
    options.layer_effective_bits = {{name, 4}};
    CHECK_THROWS_WITH(scheduler::make_schedule(graph, config, options),
                      Catch::Contains(name) && Catch::Contains("effective_bits = 4"));
}

TEST_CASE("the share of LUT channels of a layer is that layer's alone") {
    const auto graph = test::resnet_shapes({1}, false);
    const auto config = pe::preset("ultra96");
    const auto lut_channels = [&](const scheduler::Options& options) {
        const auto schedule = scheduler::make_schedule(graph, config, options);
        std::vector<int> counts;
        for (const auto& [conv, digits] : scheduler::assigned_digits(graph, schedule))
            counts.push_back(static_cast<int>(
                std::count_if(digits.begin(), digits.end(), [](uint8_t d) { return d != 0; })));
        return counts;
    };
    const auto base = lut_channels({});
    network::LayerId conv = 0;  // the second of them
    int seen = 0;
    for (const network::LayerId id : graph.order())
        if (graph[id].op == network::Op::kConv && seen++ == 1) conv = id;
    for (const double share : {0.0, 0.25, 1.0}) {
        scheduler::Options options;
        options.layer_lut_share[graph[conv].name] = share;
        auto expected = base;
        expected[1] = static_cast<int>(share * graph[conv].shape.c);
        CHECK(lut_channels(options) == expected);
    }
    scheduler::Options options;
    options.layer_lut_share = {{"no_such_layer", 0.5}};
    CHECK_THROWS_WITH(scheduler::make_schedule(graph, config, options),
                      Catch::Contains("no_such_layer") && Catch::Contains("no convolution"));
    for (const double share : {-0.1, 1.1, std::nan("")}) {
        options.layer_lut_share = {{graph[conv].name, share}};
        CHECK_THROWS_WITH(scheduler::make_schedule(graph, config, options),
                          Catch::Contains(graph[conv].name) && Catch::Contains("must be 0 to 1"));
    }
}

TEST_CASE("a batch takes less than its images one by one, and shares weights where they bind") {
    const auto graph = test::resnet_shapes({1, 1, 1, 1}, false);
    const auto config = pe::preset("ultra96");
    scheduler::Options options;
    const auto one = scheduler::make_schedule(graph, config, options);
    options.batch = 4;
    const auto four = scheduler::make_schedule(graph, config, options);
    CHECK(four.images == 4);
    CHECK(four.predicted_cycles < 4 * one.predicted_cycles * 98 / 100);
    CHECK(four.layers.back().predicted_cycles < 2 * one.layers.back().predicted_cycles);
    CHECK(weight_bytes(graph, config, four, four.layers.size() - 1) ==
          weight_bytes(graph, config, one, one.layers.size() - 1));
    CHECK(four.layers[0].macs == 4 * one.layers[0].macs);
    CHECK(four.peak_bytes > 3 * one.peak_bytes);
    for (const int batch : {0, -1, 257}) {
        options.batch = batch;
        CHECK_THROWS_WITH(scheduler::make_schedule(graph, config, options),
                          Catch::Contains("batch = " + std::to_string(batch)));
    }
}

TEST_CASE("the next layer's first loads begin before the layer before has stored its last tile") {
    const auto graph = test::resnet_shapes({2, 1}, false);
    const auto config = pe::preset("ultra96");
    const auto schedule = scheduler::make_schedule(graph, config, {});
    const auto steps = scheduler::steps_of(graph, schedule);
    std::vector<scheduler::LayerTiles> tiles;
    for (std::size_t i = 0; i < steps.size(); ++i)
        tiles.push_back(scheduler::tile_layer(config, steps[i], schedule.layers[i]));
    const scheduler::MemoryModel memory;
    uint64_t alone = 0;
    std::vector<const scheduler::LayerTiles*> layers;
    for (const auto& t : tiles) {
        alone += scheduler::predict(config, {&t}, memory).cycles;
        layers.push_back(&t);
    }
    scheduler::link_stores(steps, tiles, false);
    const auto together = scheduler::predict(config, layers, memory);
    CHECK(together.cycles < alone);
    // At the latest a cycle after the end, where all of a map is needed at once.
    std::size_t early = 0;
    for (std::size_t i = 1; i < steps.size(); ++i) {
        INFO(steps[i].name);
        CHECK(together.layers[i].start <= together.layers[i - 1].end + 1);
        early += together.layers[i].start < together.layers[i - 1].end;
    }
    CHECK(early >= steps.size() / 2);
}

TEST_CASE(
    "maps that the output buffer holds are handed over on chip, which saves bytes and cycles") {
    const auto graph = test::resnet_shapes({1, 1, 1, 1}, false);
    auto config = pe::preset("ultra96");
    scheduler::Options options;
    options.visit_tiles = 100;
    const auto schedule = scheduler::make_schedule(graph, config, options);
    CHECK(schedule.handed_over_bytes > 0);
    CHECK(schedule.handed_over_bytes < schedule.dram_bytes / 4);
    CHECK(schedule.peak_bytes >= schedule.peak_bound);
    CHECK(schedule.peak_bytes <= schedule.peak_bound * 21 / 20);
    options.hand_over = false;
    const auto without = scheduler::make_schedule(graph, config, options);
    CHECK(without.handed_over_bytes == 0);
    CHECK(without.dram_bytes > schedule.dram_bytes);
    CHECK(without.predicted_cycles >= schedule.predicted_cycles);
    options.hand_over = true;
    config.out_words /= 4;
    CHECK(scheduler::make_schedule(graph, config, options).handed_over_bytes <
          schedule.handed_over_bytes);
}

TEST_CASE(
    "a hand-over reads one of the last two stored tiles, and a kept map has no other reader") {
    uint64_t loads = 0, kept = 0;
    for (uint64_t seed = 0; seed < 150; ++seed) {
        network::RandomNetworkOptions n;
        n.max_steps = 5;
        auto graph = network::random_network(seed, n);
        const auto config = pe::preset(seed % 2 ? "tiny" : "ultra96");
        scheduler::Options options;
        try {
            const auto schedule = scheduler::make_schedule(graph, config, options);
            scheduler::encode_weights(graph, schedule);
            const auto program = scheduler::make_program(graph, schedule, config);
            uint32_t stored = 0;
            const auto tiles = program.tiles();
            for (const auto& layer : program.layers) {
                for (uint32_t i = 0; i < layer.tile_count; ++i) {
                    const msd_tile& t = tiles[layer.first_tile + i];
                    INFO("seed " << seed << ", layer " << layer.name << ", tile " << i);
                    if (t.flags & MSD_TILE_LOAD_OUT) {
                        ++loads;
                        REQUIRE(t.wait_store >= 1);
                        REQUIRE(t.wait_store + 1 >= stored);
                        REQUIRE(t.wait_store <= stored);
                    }
                    const bool stores = t.flags & (MSD_TILE_LAST_C | MSD_TILE_POOL_ONLY);
                    REQUIRE(((t.flags & MSD_TILE_KEEP) != 0) == (stores && layer.kept));
                    stored += stores;
                }
                kept += layer.kept;
            }
            REQUIRE_FALSE(program.layers.back().kept);
            INFO("seed " << seed);
            REQUIRE(test::compare_with_reference(
                        graph, program, config,
                        network::random_tensor(program.input.shape, seed)) == "");
        } catch (const scheduler::ScheduleError&) {
        }
    }
    CHECK(loads > 100);
    CHECK(kept > 50);
}
