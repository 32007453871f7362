// Feature maps in DRAM: tensors that are alive together never share a byte, others do.
#include "scheduler/memory_plan.h"

#include <catch2/catch.hpp>

#include "tests/scheduler/random_network.h"
#include "tests/scheduler/resnet_shapes.h"

using namespace msd;

namespace {

struct Life {
    network::LayerId id;
    std::size_t first, last;  // steps in which it is written and last read
};

std::vector<Life> lives(const network::Graph& graph, const std::vector<scheduler::Step>& steps) {
    std::vector<Life> all{{graph.input(), 0, 0}};
    for (std::size_t i = 0; i < steps.size(); ++i) all.push_back({steps[i].layer, i, i});
    for (Life& life : all) {
        bool read = false;
        for (std::size_t i = 0; i < steps.size(); ++i)
            if (steps[i].source == life.id || steps[i].residual == life.id)
                life.last = i, read = true;
        if (!read) life.last = steps.size();
    }
    return all;
}

void check_plan(const network::Graph& graph) {
    const auto steps = scheduler::lower(graph);
    const auto plan = scheduler::plan_memory(graph, steps);
    const auto all = lives(graph, steps);
    for (const Life& a : all) {
        const uint64_t a_begin = plan.offset.at(a.id),
                       a_end = a_begin + scheduler::tensor_bytes(graph[a.id].shape);
        REQUIRE(a_begin % 256 == 0);
        REQUIRE(a_end <= plan.bytes);
        for (const Life& b : all) {
            if (a.id >= b.id || a.last < b.first || b.last < a.first) continue;
            const uint64_t b_begin = plan.offset.at(b.id),
                           b_end = b_begin + scheduler::tensor_bytes(graph[b.id].shape);
            INFO("tensors " << a.id << " and " << b.id << " of " << graph.name);
            REQUIRE((a_end <= b_begin || b_end <= a_begin));
        }
    }
    REQUIRE(plan.bytes >= plan.live_bytes);
}

}  // namespace

TEST_CASE("tensors that live at the same time never overlap") {
    test::RandomNetworkOptions options;
    options.max_steps = 12;
    for (uint64_t seed = 1; seed <= 500; ++seed) check_plan(test::random_network(seed, options));
    check_plan(test::resnet_shapes({3, 4, 6, 3}, true));
}

TEST_CASE("memory of tensors that nobody reads any more is used again") {
    const auto graph = test::resnet_shapes({3, 4, 6, 3}, true);
    const auto steps = scheduler::lower(graph);
    const auto plan = scheduler::plan_memory(graph, steps);
    uint64_t all = 0;
    for (const auto& step : steps) all += scheduler::tensor_bytes(graph[step.layer].shape);
    CHECK(plan.bytes < all / 4);
    CHECK(plan.bytes < plan.live_bytes * 5 / 4);
}
