// Weight streams decode back to the weights they were made of, on every device and for every kind
// of layer.
#include "scheduler/weights.h"

#include <catch2/catch.hpp>

#include "ip/msd_pe/core/tile.h"
#include "scheduler/program.h"
#include "scheduler/schedule.h"
#include "tests/scheduler/random_network.h"

using namespace msd;

namespace {

// Weight of output channel k at tap (i, j) and channel c of the step's input: 0 outside k's group.
int weight(const network::Graph& graph, const scheduler::Step& step, int k, int c, int i, int j) {
    if (step.identity) return c == k;
    const network::Layer& layer = graph[step.conv];
    const int c_group = step.in.c / layer.groups, k_group = step.out.c / layer.groups;
    const int inside = c - k / k_group * c_group;
    if (inside < 0 || inside >= c_group) return 0;
    return layer.weights.q.at(((std::size_t(k) * c_group + inside) * layer.window.kernel_h + i) *
                                  layer.window.kernel_w +
                              j);
}

}  // namespace

TEST_CASE("weight streams decode back to the weights") {
    std::size_t compared = 0, cut_kernels = 0;
    for (uint64_t seed = 1; seed <= 150; ++seed) {
        auto graph = test::random_network(seed);
        const auto config = pe::preset(pe::preset_names()[seed % 4]);
        scheduler::Options options;
        options.effective_bits = 1 + static_cast<int>(seed % 3);
        const auto schedule = scheduler::make_schedule(graph, config, options);
        scheduler::encode_weights(graph, schedule);
        const auto steps = scheduler::steps_of(graph, schedule);
        for (std::size_t s = 0; s < steps.size(); ++s) {
            const auto layer = scheduler::tile_layer(config, steps[s], schedule.layers[s]);
            const auto channels = scheduler::channel_parameters(graph, steps[s]);
            cut_kernels += schedule.layers[s].kh_tile > 0;
            for (const auto& slice : layer.slices) {
                const auto bytes =
                    scheduler::encode_slice(config, graph, steps[s], slice, channels);
                pe::TileWeights decoded;
                pe::decode_weights(config, slice.shape, bytes.data(), decoded);
                REQUIRE(decoded.high.empty());
                const bool depthwise = steps[s].kind == scheduler::StepKind::kDepthwise;
                const int valid = depthwise ? 1 : slice.part.channels();
                const std::size_t lanes = depthwise ? 1 : (valid + 3) / 4 * 4;
                for (int k = 0; k < slice.k.count(); ++k) {
                    std::size_t tap = k * decoded.row_bytes / lanes;
                    for (int i = slice.part.i0; i < slice.part.i1; ++i)
                        for (int j = slice.part.j0; j < slice.part.j1; ++j, ++tap)
                            for (int c = 0; c < valid; ++c, ++compared) {
                                const int channel = slice.k.k0 + k;
                                const int expected =
                                    weight(graph, steps[s], channel,
                                           depthwise ? channel : slice.part.b0 * 16 + c, i, j);
                                REQUIRE(int(decoded.values[tap * lanes + c]) == expected);
                            }
                }
            }
        }
    }
    CHECK(compared > 1000000);
    CHECK(cut_kernels > 0);
}

TEST_CASE("a LUT channel whose weights are not on the grid is refused by name and value") {
    auto graph = test::random_network(2);
    const auto config = pe::preset("ultra96");
    scheduler::Options options;
    options.lut_share = 1.0;
    const auto schedule = scheduler::make_schedule(graph, config, options);
    scheduler::encode_weights(graph, schedule);
    for (const auto& plan : schedule.layers) {
        if (graph[plan.conv].op != network::Op::kConv) continue;
        graph[plan.conv].weights.q[0] = 11;  // 8 + 2 + 1
        CHECK_THROWS_WITH(scheduler::make_program(graph, schedule, config),
                          Catch::Contains("channel 0") && Catch::Contains("a weight of 11") &&
                              Catch::Contains("2 digits"));
        return;
    }
    FAIL("the network has no convolution");
}
