// The AlphaNet space and random DARTS cells.
#include <catch2/catch.hpp>
#include <set>

#include "codesign/semi_decoupled/alphanet.h"
#include "codesign/semi_decoupled/darts.h"
#include "codesign/semi_decoupled/study.h"

using namespace msd;
using namespace msd::semi_decoupled;

namespace {

struct Size {
    double macs = 0, weights = 0;  // millions
};

Size size_of(const maestro::Network& network) {
    Size size;
    for (const maestro::Layer& layer : network.layers) {
        size.macs += static_cast<double>(layer.shape.macs()) / 1e6;
        size.weights += static_cast<double>(weights_of(layer.shape)) / 1e6;
    }
    return size;
}

AlphaNetConfig extreme(bool large) {
    const auto pick = [&](const std::vector<int>& v) { return large ? v.back() : v.front(); };
    const AlphaNetChoices& c = alphanet_choices();
    AlphaNetConfig config;
    config.resolution = pick(c.resolution);
    for (int i = 0; i < 9; ++i) config.width[i] = pick(c.width[i]);
    for (int i = 0; i < 7; ++i) {
        config.depth[i] = pick(c.depth[i]);
        config.kernel[i] = pick(c.kernel[i]);
        config.expand[i] = pick(c.expand[i]);
    }
    return config;
}

const char* const kConfig =
    "[{\"resolution\": 224, \"width\": [16, 16, 24, 32, 64, 112, 192, 216, 1792], "
    "\"depth\": [1, 3, 3, 3, 3, 3, 1], \"kernel_size\": [3, 3, 3, 3, 3, 3, 3], "
    "\"expand_ratio\": [1, 4, 4, 4, 4, 6, 6], \"accuracy\": 1}]";

}  // namespace

TEST_CASE("the smallest and largest networks of the AlphaNet space have the published sizes") {
    // AttentiveNAS-A0, published with 203 M FLOPs, is close to the smallest; weights of sampled
    // networks lie within 7.9 and 14.9 M.
    const Size small = size_of(alphanet_network(extreme(false)));
    CHECK(small.macs == Approx(203).epsilon(0.05));
    CHECK(small.weights < 7.9);
    const Size large = size_of(alphanet_network(extreme(true)));
    CHECK(large.macs > 1128);
    CHECK(large.weights == Approx(14.9).epsilon(0.05));
}

TEST_CASE("an AlphaNet block is counted as it is by hand") {
    AlphaNetConfig config = extreme(false);
    const maestro::Network network = alphanet_network(config);
    // Stem, stage 1 (no expansion): depthwise and 1x1, ...
    const auto& layers = network.layers;
    CHECK(layers[0].shape.macs() == 96 * 96 * 16 * 27);
    CHECK(layers[1].shape.macs() == 96 * 96 * 16 * 9);
    CHECK(layers[2].shape.macs() == 96 * 96 * 16 * 16);
    // ... stage 2: 1x1 to 64 channels, depthwise with stride 2, 1x1 to 24.
    CHECK(layers[3].shape.macs() == 96 * 96 * 64 * 16);
    CHECK(layers[4].shape.macs() == 48 * 48 * 64 * 9);
    CHECK(layers[5].shape.macs() == 48 * 48 * 64 * 24);
    // Blocks of 3 layers, 5 with squeeze and excitation, 2 in stage 1; stem, head of 3.
    CHECK(layers.size() == 1 + 2 + 3 * 3 + 3 * 5 + 3 * 3 + 3 * 5 + 3 * 5 + 1 * 5 + 3);
    CHECK(layers.back().shape.macs() == 1792 * 1000);
}

TEST_CASE("drawn AlphaNet networks cover every choice, the same for a seed") {
    network::Random a(7, 0), b(7, 0);
    std::set<std::string> names;
    std::set<int> resolutions, depths;
    for (int i = 0; i < 300; ++i) {
        const AlphaNetConfig config = sample_alphanet(a);
        CHECK(alphanet_name(config) == alphanet_name(sample_alphanet(b)));
        names.insert(alphanet_name(config));
        resolutions.insert(config.resolution);
        depths.insert(config.depth[5]);
        const Size size = size_of(alphanet_network(config));
        CHECK(size.macs > 198);
        CHECK(size.weights < 15);
    }
    CHECK(names.size() > 290);
    CHECK(resolutions == std::set<int>{192, 224, 256, 288});
    CHECK(depths == std::set<int>{3, 4, 5, 6, 7, 8});
}

TEST_CASE("AlphaNet configurations come from JSON, and wrong ones say what is wrong") {
    const auto configs = parse_alphanet(kConfig, "a.json");
    REQUIRE(configs.size() == 1);
    CHECK(configs[0].width[8] == 1792);
    const auto fails = [](std::string text, const std::string& from, const std::string& to,
                          const std::string& message) {
        const auto at = text.find(from);
        REQUIRE(at != std::string::npos);
        text.replace(at, from.size(), to);
        CHECK_THROWS_WITH(parse_alphanet(text, "a.json"), Catch::Contains(message));
    };
    fails(kConfig, "224", "10", "a.json: entry 0: resolution");
    fails(kConfig, "1792", "1792, 3", "width: must be a list of 9");
    fails(kConfig, "[1, 3, 3", "[0, 3, 3", "depth: must be");
    fails(kConfig, "[3, 3, 3", "[4, 3, 3", "4 is even");
    fails(kConfig, "[{", "[[{", "no JSON");
}

TEST_CASE("no mutation of AlphaNet configurations crashes the reader or the generator") {
    network::Random random(5, 1);
    int good = 0;
    for (int round = 0; round < 3000; ++round) {
        std::string text = kConfig;
        for (int edits = 1 + random.below(3); edits > 0; --edits) {
            const auto at = static_cast<std::size_t>(random.below(static_cast<int>(text.size())));
            const char to = "0123456789[]{},:\"-.eE"[random.below(21)];
            if (random.below(3) == 0)
                text.erase(at, 1);
            else
                text[at] = to;
        }
        try {
            for (const AlphaNetConfig& config : parse_alphanet(text, "a")) {
                for (const maestro::Layer& layer : alphanet_network(config).layers)
                    REQUIRE(layer.shape.macs() >= 0);
                ++good;
            }
        } catch (const maestro::InputError&) {
        }
    }
    CHECK(good > 100);
}

TEST_CASE("random DARTS cells have two different inputs from before, and every operation") {
    network::Random random(6, 0);
    std::set<CellOp> ops;
    for (int i = 0; i < 200; ++i) {
        const Genotype g = sample_genotype(random, i);
        for (const Cell& cell : {g.normal, g.reduce})
            for (int node = 0; node < 4; ++node) {
                const CellEdge &a = cell[2 * node], &b = cell[2 * node + 1];
                CHECK(a.from != b.from);
                CHECK(std::max(a.from, b.from) <= node + 1);
                CHECK(std::min(a.from, b.from) >= 0);
                ops.insert({a.op, b.op});
            }
        CHECK(darts_network(g, {}).layers.size() > 50);
    }
    CHECK(ops.size() == 7);
}
