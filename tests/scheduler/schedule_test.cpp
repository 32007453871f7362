// What make_schedule promises: splits, sizes, limits, messages, speed.
#include <catch2/catch.hpp>
#include <chrono>
#include <set>

#include "scheduler/lowering.h"
#include "scheduler/predict.h"
#include "scheduler/schedule.h"
#include "scheduler/tiles.h"
#include "tests/scheduler/random_network.h"
#include "tests/scheduler/resnet_shapes.h"

using namespace msd;

TEST_CASE("bench", "[.bench]") {
    for (const auto& name : pe::preset_names())
        for (bool bottleneck : {false, true}) {
            const auto graph = test::resnet_shapes(bottleneck ? std::vector<int>{3, 4, 6, 3} : std::vector<int>{2, 2, 2, 2}, bottleneck);
            scheduler::Options options;
            if (name == "xc7z020") options.dram_bytes_per_cycle = 8;
            const auto t0 = std::chrono::steady_clock::now();
            const auto s = scheduler::make_schedule(graph, pe::preset(name), options);
            const double dt = std::chrono::duration<double>(std::chrono::steady_clock::now() - t0).count();
            printf("%s %d: %llu cycles, %.2f ms, search %.3f s\n", name.c_str(), bottleneck, (unsigned long long)s.predicted_cycles,
                   s.predicted_cycles / pe::preset(name).clock_mhz / 1e3, dt);
            if (!bottleneck) puts(scheduler::to_csv(graph, s).c_str());
        }
}
