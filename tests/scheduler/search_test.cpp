// The search against full enumeration by other code, and its bounds against the recurrences.
#include "scheduler/search.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "ip/msd_pe/core/tile.h"
#include "scheduler/geometry.h"
#include "scheduler/work.h"
#include "tests/scheduler/random_device.h"
#include "tests/scheduler/random_network.h"

using namespace msd;

namespace {

scheduler::Step convolution(network::Shape in, int k, int kernel, int stride, int pad,
                            bool residual = false) {
    scheduler::Step step;
    step.name = "conv";
    step.in = in;
    step.window.kernel_h = step.window.kernel_w = kernel;
    step.window.stride_y = step.window.stride_x = stride;
    step.window.pad_top = step.window.pad_left = step.window.pad_bottom = step.window.pad_right =
        pad;
    step.out = {k, (in.h + 2 * pad - kernel) / stride + 1, (in.w + 2 * pad - kernel) / stride + 1};
    if (residual) step.residual = 0;
    return step;
}

scheduler::Step depthwise(network::Shape in, int stride) {
    auto step = convolution(in, in.c, 3, stride, 1);
    step.kind = scheduler::StepKind::kDepthwise;
    return step;
}

void add_pool(scheduler::Step& step, int kernel, int stride, int pad) {
    scheduler::FusedPool pool;
    pool.window.kernel_h = pool.window.kernel_w = kernel;
    pool.window.stride_y = pool.window.stride_x = stride;
    pool.window.pad_top = pool.window.pad_left = pad;
    pool.window.pad_bottom = pool.window.pad_right = pad;
    pool.out = {step.out.c, (step.out.h + 2 * pad - kernel) / stride + 1,
                (step.out.w + 2 * pad - kernel) / stride + 1};
    step.pool = pool;
}

// The least cost over every tile size, every split of a full and of the last K tile, every number
// of channel blocks and every order that the accelerator's own check accepts.
struct Enumerated {
    double least = 1e300;
    uint64_t feasible = 0;
};

Enumerated enumerate(const pe::AcceleratorConfig& config, const scheduler::Step& step,
                     const scheduler::MemoryModel& memory, scheduler::Objective objective) {
    Enumerated result;
    const int h = step.stored().h, w = step.stored().w, k_all = step.out.c;
    const bool dense = step.kind == scheduler::StepKind::kDense;
    for (int th = 1; th <= h; ++th)
        for (int tw = 1; tw <= w; ++tw)
            for (int kt = 16; kt < k_all + 16; kt += 16) {
                const int full = std::min(kt, k_all), rest = k_all > kt ? k_all % kt : 0;
                for (int l = 0; l <= full; ++l)
                    for (int lr = 0; lr <= rest; ++lr)
                        for (int c = 1; c <= (dense ? step.in_blocks() : 1); ++c)
                            for (const char* order :
                                 {"activation", "activation_snake", "weight", "weight_snake"}) {
                                scheduler::LayerPlan plan;
                                plan.effective_bits = 2;
                                plan.h_tile = th;
                                plan.w_tile = tw;
                                plan.k_tile = kt;
                                plan.c_tile = c * 16;
                                plan.order = order;
                                plan.on_lut.assign(k_all, 0);
                                for (int k0 = 0; k0 < k_all; k0 += kt)
                                    for (int i = 0; i < (k0 + kt <= k_all || rest == 0 ? l : lr);
                                         ++i)
                                        plan.on_lut[k0 + i] = 1;
                                auto tiles = scheduler::tile_layer(config, step, plan);
                                bool good = true;
                                for (auto& p : tiles.tiles)
                                    good = good && pe::check_tile(config, p.tile) == 0;
                                if (!good) continue;
                                ++result.feasible;
                                const double cycles =
                                    double(scheduler::predict(config, {&tiles}, memory).cycles);
                                double cost = cycles;
                                const auto work = scheduler::work_of(config, tiles);
                                if (objective == scheduler::Objective::kDramBytes)
                                    cost = double(scheduler::dram_bytes(work)) + 1e-9 * cycles;
                                if (objective == scheduler::Objective::kEnergy)
                                    cost = scheduler::energy_pj(work) + 1e-9 * cycles;
                                result.least = std::min(result.least, cost);
                            }
            }
    return result;
}

std::vector<scheduler::Step> small_layers() {
    std::vector<scheduler::Step> layers{convolution({24, 5, 4}, 24, 3, 1, 1),
                                        convolution({40, 4, 3}, 16, 1, 1, 0, true),
                                        convolution({3, 9, 8}, 20, 3, 2, 1),
                                        convolution({48, 3, 3}, 24, 3, 1, 1, true),
                                        convolution({16, 6, 5}, 32, 1, 2, 0),
                                        depthwise({24, 6, 5}, 1),
                                        depthwise({40, 5, 5}, 2),
                                        convolution({64, 1, 1}, 40, 1, 1, 0),
                                        convolution({12, 7, 6}, 16, 3, 1, 1),
                                        convolution({20, 4, 4}, 18, 2, 1, 0)};
    add_pool(layers[8], 2, 2, 0);
    return layers;
}

// The tiny device with weight banks that hold whole kernels.
pe::AcceleratorConfig small_device() {
    auto config = pe::preset("tiny");
    config.lut_weight_words = config.dsp_weight_words = 300;
    config.act_words = 96;
    return config;
}

}  // namespace

TEST_CASE("the search finds the least of a full enumeration, and proves it") {
    const auto config = small_device();
    for (const auto& step : small_layers()) {
        for (const scheduler::MemoryModel memory : {scheduler::MemoryModel{16, 40}, {3, 10}}) {
            scheduler::Options options;
            options.certificate = true;
            options.memory.bytes_per_cycle = memory.bytes_per_cycle;
            options.memory.latency_cycles = memory.latency_cycles;
            const auto found = scheduler::search_layer(config, step, {}, options);
            const auto all = enumerate(config, step, memory, options.objective);
            INFO(step.in.c << "x" << step.in.h << "x" << step.in.w << " to " << step.out.c << ", "
                           << all.feasible << " feasible, " << found.stats.visited << " visited of "
                           << found.stats.candidates);
            CHECK(found.stats.closed());
            CHECK(found.stats.best == all.least);
            CHECK(found.stats.candidates >= all.feasible / 20);
        }
    }
}

TEST_CASE("so it does for bytes and for energy") {
    const auto config = small_device();
    const auto layers = small_layers();
    for (const std::size_t i : {0, 3, 5})
        for (const auto objective :
             {scheduler::Objective::kDramBytes, scheduler::Objective::kEnergy}) {
            scheduler::Options options;
            options.objective = objective;
            options.certificate = true;
            const scheduler::MemoryModel memory{options.memory.bytes_per_cycle,
                                                options.memory.latency_cycles};
            const auto found = scheduler::search_layer(config, layers[i], {}, options);
            const auto all = enumerate(config, layers[i], memory, objective);
            INFO("layer " << i << ", objective " << scheduler::to_string(objective));
            CHECK(found.stats.closed());
            CHECK(found.stats.best == Approx(all.least).epsilon(1e-12));
        }
}

TEST_CASE("candidates cost what the recurrences over their descriptors say, at least the bound") {
    for (uint64_t seed = 1; seed <= 150; ++seed) {
        const auto graph = test::random_network(seed);
        const auto config = test::random_device(seed);
        const auto pools = scheduler::fusible_pools(graph);
        for (const auto& step : scheduler::lower(graph, pools, 1 + seed % 3)) {
            scheduler::SplitRule split;
            split.all_dsp = step.identity;
            scheduler::Options options;
            options.effective_bits = 1 + static_cast<int>(seed % 3);
            scheduler::SearchResult found;
            try {
                found = scheduler::search_layer(config, step, split, options);
            } catch (const scheduler::ScheduleError&) {
                continue;
            }
            INFO("seed " << seed << ", layer " << step.name);
            const scheduler::MemoryModel memory{options.memory.bytes_per_cycle,
                                                options.memory.latency_cycles};
            for (const auto& candidate : found.candidates) {
                const auto tiles = scheduler::tile_layer(config, step, candidate.plan);
                CHECK(scheduler::predict(config, {&tiles}, memory).cycles == candidate.cycles);
                CHECK(double(candidate.cycles) >= found.stats.bound);
            }
        }
    }
}

TEST_CASE("no lower bound is above what the recurrences give") {
    network::Random random(11, 0);
    int checked = 0;
    for (uint64_t seed = 1; seed <= 200; ++seed) {
        const auto graph = test::random_network(seed);
        const auto config = test::random_device(seed);
        const scheduler::MemoryModel memory{random.uniform(2, 40), double(random.below(60))};
        for (const auto& step : scheduler::lower(graph, scheduler::fusible_pools(graph))) {
            scheduler::SplitRule split;
            split.all_dsp = step.identity;
            scheduler::LayerModel model(config, step, split, 2, memory);
            scheduler::Predictor predictor(config, memory);
            for (int i = 0; i < 30; ++i) {
                scheduler::Choice choice;
                choice.h_tile = 1 + random.below(step.stored().h);
                choice.w_tile = 1 + random.below(step.stored().w);
                choice.k_tile = 16 * (1 + random.below(step.out_blocks()));
                choice.lut = random.below(std::min(choice.k_tile, step.out.c) + 1);
                choice.lut_rest = random.below(step.out.c % choice.k_tile + 1);
                if (choice.k_tile >= step.out.c) choice.lut_rest = choice.lut;
                choice.c_blocks = 1 + random.below(step.in_blocks());
                if (step.kind == scheduler::StepKind::kDepthwise)
                    choice.c_blocks = choice.k_tile / 16;
                choice.order = scheduler::kOrders[random.below(4)];
                const auto places = model.places(choice.h_tile, choice.w_tile);
                if (!places || !model.fits(*places, choice)) continue;
                std::vector<scheduler::TileWork> work;
                model.work(choice, work);
                const auto cycles = double(predictor.run(work));
                INFO("seed " << seed << ", layer " << step.name << ", tile " << choice.h_tile << "x"
                             << choice.w_tile << "x" << choice.k_tile << ", "
                             << scheduler::to_string(choice.order));
                const auto bound = model.bound(*places, choice);
                REQUIRE(bound.cycles <= cycles);
                REQUIRE(bound.bytes <= double(scheduler::dram_bytes(work)));
                REQUIRE(model.bound(*places) <= cycles);
                ++checked;
            }
        }
    }
    CHECK(checked > 3000);
}
