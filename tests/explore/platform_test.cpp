// What a layer costs on the platform, against schedules of whole networks.
#include <catch2/catch.hpp>

#include "codesign/semi_decoupled/platform_cost.h"
#include "network/random_weights.h"

using namespace msd;
using namespace msd::semi_decoupled;

namespace {

maestro::Shape shape_of(maestro::LayerType type, int k, int c, int kernel, int stride, int side) {
    maestro::Shape s;
    s.type = type;
    s.size[maestro::kK] = k;
    s.size[maestro::kC] = c;
    s.size[maestro::kR] = s.size[maestro::kS] = kernel;
    s.size[maestro::kY] = s.size[maestro::kX] = side;
    s.stride_y = s.stride_x = stride;
    s.pad.fill(static_cast<uint16_t>(kernel / 2));
    return s;
}

uint64_t scheduled(const Device& device, int k, int c, int groups, int kernel, int stride,
                   int side) {
    network::Graph graph;
    network::Layer input, conv;
    input.name = "input";
    input.shape = {c, side, side};
    conv.name = "conv";
    conv.op = network::Op::kConv;
    conv.groups = groups;
    network::Window& w = conv.window;
    w.kernel_h = w.kernel_w = kernel;
    w.stride_y = w.stride_x = stride;
    w.pad_top = w.pad_bottom = w.pad_left = w.pad_right = kernel / 2;
    const int out = (side + 2 * (kernel / 2) - kernel) / stride + 1;
    conv.shape = {k, out, out};
    const auto id = graph.add(input, {});
    graph.add(conv, {id});
    network::draw_weights(graph, 1);
    scheduler::Options options;
    options.effective_bits = device.effective_bits;
    options.visit_tiles = device.visit_tiles;
    return scheduler::make_schedule(graph, device.config, options).predicted_cycles;
}

}  // namespace

TEST_CASE("a layer's cycles on the platform are those of a schedule of the layer alone") {
    for (const char* preset : {"ultra96", "tiny"})
        for (const int bits : {1, 3}) {
            Device device;
            device.config = pe::preset(preset);
            device.effective_bits = bits;
            using maestro::LayerType;
            const auto cost = platform_cost(device, shape_of(LayerType::kConv, 40, 32, 3, 1, 14));
            REQUIRE(cost.ok);
            CHECK(static_cast<uint64_t>(cost.cycles) == scheduled(device, 40, 32, 1, 3, 1, 14));
            CHECK(cost.energy_nj > 0);
            const auto depthwise =
                platform_cost(device, shape_of(LayerType::kDsConv, 1, 48, 3, 2, 14));
            REQUIRE(depthwise.ok);
            CHECK(static_cast<uint64_t>(depthwise.cycles) ==
                  scheduled(device, 48, 48, 48, 3, 2, 14));
            const auto point = platform_cost(device, shape_of(LayerType::kConv, 64, 48, 1, 1, 7));
            REQUIRE(point.ok);
            CHECK(static_cast<uint64_t>(point.cycles) == scheduled(device, 64, 48, 1, 1, 1, 7));
        }
}

TEST_CASE("a matrix product is a 1x1 convolution and a transposed convolution has no cost") {
    Device device;
    device.config = pe::preset("ultra96");
    maestro::Shape gemm;
    gemm.type = maestro::LayerType::kGemm;
    gemm.size[maestro::kM] = 49;
    gemm.size[maestro::kN] = 64;
    gemm.size[maestro::kK] = 48;
    auto square = shape_of(maestro::LayerType::kConv, 64, 48, 1, 1, 49);
    square.size[maestro::kY] = 1;
    CHECK(platform_cost(device, gemm).cycles == platform_cost(device, square).cycles);
    CHECK(platform_cost(device, gemm).ok);
    auto transposed = shape_of(maestro::LayerType::kTrConv, 8, 8, 3, 2, 8);
    CHECK_FALSE(platform_cost(device, transposed).ok);
    auto huge = shape_of(maestro::LayerType::kConv, 1 << 20, 8, 3, 1, 8);
    CHECK_FALSE(platform_cost(device, huge).ok);
}

TEST_CASE("every number of a device moves its cost") {
    const auto shape = shape_of(maestro::LayerType::kConv, 128, 128, 3, 1, 28);
    Device base;
    base.config = pe::preset("ultra96");
    const auto cost = platform_cost(base, shape);
    Device slow = base;
    slow.dram_bytes_per_cycle = 1;
    CHECK(platform_cost(slow, shape).cycles > cost.cycles);
    Device far = base;
    far.dram_latency_cycles = 4000;
    CHECK(platform_cost(far, shape).cycles > cost.cycles);
    Device precise = base;
    precise.effective_bits = 3;
    CHECK(platform_cost(precise, shape).cycles > cost.cycles);
    Device small = base;
    small.config.lut_rows = 16;
    CHECK(platform_cost(small, shape).cycles > cost.cycles);
}
