// The predicted cycles of tiles whose every step can be written out.
#include "scheduler/predict.h"

#include <catch2/catch.hpp>

#include "ip/msd_pe/core/tile.h"
#include "ip/msd_pe/core/timing.h"
#include "scheduler/link.h"
#include "scheduler/schedule.h"
#include "tests/scheduler/resnet_shapes.h"

using namespace msd;

namespace {

// 1x1 convolution of 16 channels, k on the DSP core, 4x4 pixels, on the tiny device: `tiles` tiles
// in a row.
scheduler::LayerTiles tiles_of(const pe::AcceleratorConfig& config, int tiles) {
    scheduler::Step step;
    step.name = "conv";
    step.in = {16, 4 * tiles, 4};
    step.out = {16, 4 * tiles, 4};
    scheduler::LayerPlan plan;
    plan.k_tile = plan.c_tile = 16;
    plan.h_tile = plan.w_tile = 4;
    plan.on_lut.assign(16, 0);
    return scheduler::tile_layer(config, step, plan);
}

}  // namespace

TEST_CASE("the prediction of one tile is the sum of its units' times") {
    const auto config = pe::preset("tiny");
    const auto layer = tiles_of(config, 1);
    REQUIRE(layer.tiles.size() == 1);
    const auto timing = pe::tile_timing(config, layer.tiles[0].tile);
    const double latency = 40;
    const auto p = scheduler::predict(config, {&layer}, {1e9, latency});
    const uint64_t fetched = 1 + 40 + 256 / 16 + 24;  // start 1, latency, beats, check
    const uint64_t load_start = fetched + 1;
    const uint64_t words = 16 * 1 + 16 / 2;  // weights, parameters: more than the 16 of activations
    const uint64_t load_end = load_start + 40 + words;
    const uint64_t exec_start = load_end + 1;
    const uint64_t acc_full = exec_start + timing.feed + timing.drain;
    const uint64_t post_end = acc_full + 1 + timing.post;
    const uint64_t store_end = post_end + 1 + 16 + 40;  // start, beats, response
    REQUIRE(p.layers.size() == 1);
    CHECK(p.layers[0].start == load_start);
    CHECK(p.layers[0].end == store_end);
    CHECK(p.cycles == store_end);
}

TEST_CASE("load of the next tile, execution and store of the last one overlap") {
    const auto config = pe::preset("tiny");
    const scheduler::MemoryModel memory{16, 40};
    const auto one = tiles_of(config, 1), many = tiles_of(config, 33);
    const uint64_t first = scheduler::predict(config, {&one}, memory).cycles;
    const uint64_t all = scheduler::predict(config, {&many}, memory).cycles;
    const auto timing = pe::tile_timing(config, many.tiles[5].tile);
    const uint64_t per_tile = (all - first) / 32;
    CHECK(per_tile >= std::max(timing.feed, timing.post));
    CHECK(per_tile < first / 2);
}

TEST_CASE("less bandwidth, more latency or fewer bursts in flight never predict fewer cycles") {
    const auto graph = test::resnet_shapes({1, 1, 1, 1}, false);
    const auto config = pe::preset("ultra96");
    const auto schedule = scheduler::make_schedule(graph, config, {});
    const auto steps = scheduler::steps_of(graph, schedule);
    std::vector<scheduler::LayerTiles> tiles;
    for (std::size_t i = 0; i < steps.size(); ++i)
        tiles.push_back(scheduler::tile_layer(config, steps[i], schedule.layers[i]));
    scheduler::link_stores(steps, tiles, true);
    std::vector<const scheduler::LayerTiles*> layers;
    for (const auto& t : tiles) layers.push_back(&t);
    const uint64_t base = scheduler::predict(config, layers, {16, 40}).cycles;
    CHECK(base == schedule.predicted_cycles);
    CHECK(scheduler::predict(config, layers, {8, 40}).cycles > base);
    CHECK(scheduler::predict(config, layers, {16, 200}).cycles > base);
    auto few = config;
    few.outstanding = 1;
    CHECK(scheduler::predict(few, layers, {16, 40}).cycles > base);
}

TEST_CASE("the layers' predicted cycles sum to the network's, and layers overlap") {
    const auto graph = test::resnet_shapes({2, 2, 2, 2}, false);
    const auto schedule = scheduler::make_schedule(graph, pe::preset("ultra96"), {});
    uint64_t sum = 0;
    for (const auto& plan : schedule.layers) sum += plan.predicted_cycles;
    CHECK(sum == schedule.predicted_cycles);
}

TEST_CASE("a map handed over on chip takes a cycle a word, and what is kept is stored at once") {
    const auto config = pe::preset("tiny");
    const auto layer = tiles_of(config, 1);
    auto work = scheduler::work_of(config, layer);
    work.push_back(work[0]);
    work[0].keep();
    work[1].load_out();
    work[1].wait_store = 1;
    const double latency = 40;
    scheduler::Predictor predictor(config, {1e9, latency});
    const auto timing = pe::tile_timing(config, layer.tiles[0].tile);
    const uint64_t fetched = 1 + 40 + 256 / 16 + 24;
    const uint64_t weights = 16 * 1 + 16 / 2;
    const uint64_t post_end =
        fetched + 1 + 40 + weights + 1 + timing.feed + timing.drain + 1 + timing.post;
    const uint64_t kept = post_end + 1;         // no beats, no response
    const uint64_t loaded = kept + 1 + 16 + 2;  // start, words, request and rotate
    const uint64_t again = loaded + 1 + timing.feed + timing.drain + 1 + timing.post;
    CHECK(predictor.run(work) == again + 1 + 16 + 40);
    CHECK(scheduler::dram_bytes(work) == 2 * 256 + 256 + 2 * weights * 16 + 256);
}
