// Programs of random networks compute what the reference computes, on every device.
#include <catch2/catch.hpp>

#include "network/check.h"
#include "scheduler/schedule.h"
#include "tests/scheduler/interpreter.h"
#include "tests/scheduler/random_device.h"
#include "tests/scheduler/random_network.h"
#include "tests/support.h"

using namespace msd;

namespace {

// Schedules, encodes, writes and interprets a network; returns the first difference.
std::string run(network::Graph graph, const pe::AcceleratorConfig& config,
                const scheduler::Options& options, uint64_t seed) {
    const auto schedule = scheduler::make_schedule(graph, config, options);
    scheduler::encode_weights(graph, schedule);
    const auto program = scheduler::make_program(graph, schedule, config);
    std::vector<network::Tensor8> inputs;
    for (int n = 0; n < options.batch; ++n)
        inputs.push_back(test::random_tensor(graph[graph.input()].shape, seed + 1000 * n));
    return test::compare_with_reference(graph, program, config, inputs);
}

scheduler::Options random_options(network::Random& random) {
    scheduler::Options options;
    options.effective_bits = 1 + random.below(3);
    const int share = random.below(5);
    if (share < 3) options.lut_share = share * 0.5;
    if (share == 3) options.lut_share = random.uniform(0, 1);
    if (random.below(4) == 0) options.batch = 2 + random.below(3);
    if (random.below(4) == 0) options.fuse_pools = false;
    options.visit_tiles = 200;
    options.objective = static_cast<scheduler::Objective>(std::max(0, random.below(5) - 2));
    return options;
}

void run_many(uint64_t first, uint64_t end) {
    for (uint64_t seed = first; seed < end; ++seed) {
        network::Random random(seed, 0x70726f);
        const auto graph = test::random_network(seed);
        network::check(graph);
        const auto config = test::random_device(seed);
        const auto options = random_options(random);
        INFO("seed " << seed << " on " << config.name << ", effective bits "
                     << options.effective_bits << ", share " << options.lut_share.value_or(-1));
        CHECK(run(graph, config, options, seed) == "");
    }
}

}  // namespace

TEST_CASE("the programs of random networks compute what the reference computes") {
    run_many(1, 300);
}

TEST_CASE("the programs of very many random networks compute what the reference computes",
          "[.long]") {
    run_many(10000, 30000);
}
