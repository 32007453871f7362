// Measured sensitivities and the search above them.
#include "codesign/mixed_eb/search.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <set>

#include "network/fold.h"
#include "network/reference.h"
#include "scheduler/assignment.h"
#include "tests/quant/small_network.h"

using namespace msd::mixed_eb;
using namespace msd::network;
using namespace msd::test;
using msd::quant::PostTraining;

namespace {

std::vector<Image> labelled(const std::vector<std::vector<float>>& pixels, Random& random) {
    std::vector<Image> images;
    for (const auto& p : pixels) images.push_back({p, random.below(6)});
    return images;
}

// Of whole evaluations, without any of Judge's shortcuts.
Measured from_scratch(const Graph& graph, const Graph& base, const std::vector<Image>& images) {
    const auto shares = [](const Graph& g, const Image& image) {
        const Tensor8 q = evaluate(g, quantise_image(image, g[g.input()].quant))[g.output()];
        std::vector<double> e;
        double sum = 0;
        for (const int8_t v : q) e.push_back(std::exp(g[g.output()].quant.scale * v));
        for (const double v : e) sum += v;
        for (double& v : e) v /= sum;
        return e;
    };
    Measured m;
    for (const Image& image : images) {
        const auto p = shares(base, image), r = shares(graph, image);
        m.right += std::max_element(r.begin(), r.end()) - r.begin() == image.label;
        for (std::size_t k = 0; k < p.size(); ++k)
            m.loss += p[k] * std::log(p[k] / r[k]) / double(images.size());
    }
    return m;
}

SearchOptions options() {
    SearchOptions o;
    o.device = msd::pe::preset("ultra96");
    o.points = 8;
    o.refine = 4;
    o.schedule.visit_tiles = 300;
    return o;
}

const auto quiet = [](const std::string&) {};

}  // namespace

TEST_CASE("what a layer's digits cost is what evaluating the whole network anew gives") {
    Random random(6);
    for (int n = 0; n < 10; ++n) {
        const Graph real = small_network(random);
        const auto pixels = random_images(6, 192, random);
        const auto images = labelled(pixels, random);
        const PostTraining post(real, pixels);
        const Graph base = post.quantised();
        const Judge judge(base, images);
        CHECK(judge.measure(base).loss == Approx(0).margin(1e-12));
        for (const LayerId id : real.order()) {
            if (real[id].op != Op::kConv) continue;
            for (int digits = 1; digits <= 3; ++digits) {
                const Graph graph =
                    post.quantised({{id, std::vector<uint8_t>(real[id].shape.c, uint8_t(digits))}});
                const Measured fast = judge.measure(graph),
                               slow = from_scratch(graph, base, images);
                REQUIRE(fast.right == slow.right);
                REQUIRE(fast.loss == Approx(slow.loss).margin(1e-9));
            }
        }
    }
}

TEST_CASE("a judge needs images and a quantised network with the same input") {
    Random random(7);
    const Graph real = small_network(random);
    const auto pixels = random_images(3, 192, random);
    const Graph base = PostTraining(real, pixels).quantised();
    CHECK_THROWS_AS(Judge(base, {}), ImportError);
    CHECK_THROWS_AS(Judge(real, labelled(pixels, random)), ImportError);
    Graph other = base;
    other[other.input()].quant.scale *= 2;
    CHECK_THROWS_AS(Judge(base, labelled(pixels, random)).measure(other), std::invalid_argument);
}

TEST_CASE("each point of the front has the scheduler's cycles and its own measured loss") {
    Random random(8);
    const Graph real = small_network(random);
    const auto pixels = random_images(12, 192, random);
    const auto images = labelled(pixels, random);
    const PostTraining post(real, pixels);
    Search search(post, images, options(), quiet);
    REQUIRE(search.layers().size() == 2);
    for (const auto& layer : search.layers()) {
        REQUIRE(layer.size() == 4);
        CHECK(layer[0].cost.loss == Approx(0).margin(1e-12));
        CHECK(layer[0].lut_channels == 0);
    }
    const auto front = search.front({});
    REQUIRE_FALSE(front.empty());
    const Judge judge(post.quantised(), images);
    for (std::size_t i = 0; i < front.size(); ++i) {
        const Graph graph = search.quantised(front[i].choices);
        CHECK(judge.measure(graph).loss == Approx(front[i].search.loss).margin(1e-12));
        Graph bound = search.placed(front[i].choices);  // as it runs: its digits bind the split
        for (const Image& image : images) {
            const Tensor8 q = quantise_image(image, graph[graph.input()].quant);
            REQUIRE(evaluate(bound, q)[bound.output()] == evaluate(graph, q)[graph.output()]);
        }
        fold_input(bound);
        CHECK(msd::scheduler::make_schedule(bound, options().device, options().schedule)
                  .predicted_cycles == front[i].cycles);
        if (i > 0) {
            CHECK(front[i].cycles >= front[i - 1].cycles);
            CHECK(front[i].search.loss < front[i - 1].search.loss);
        }
    }
    const auto published = search.published();
    CHECK(published.front().choices == std::vector<uint8_t>{3, 3});
    CHECK(published.back().choices == std::vector<uint8_t>{1, 1});
    Search again(post, images, options(), quiet);
    CHECK(again.front({}).size() == front.size());
}

TEST_CASE("a layer of several passes may have part of its channels on either core") {
    Random random(9);
    Graph real;
    const LayerId in = real.add(input_layer({3, 6, 6}), {});
    const LayerId wide = real.add(conv_layer("wide", 64, {3, 6, 6}, random), {in});
    real.add(conv_layer("narrow", 6, {64, 6, 6}, random), {wide});
    const auto pixels = random_images(4, 108, random);
    const PostTraining post(real, pixels);
    Search search(post, labelled(pixels, random), options(), quiet);
    std::map<int, std::set<int>> shares;  // LUT channels, by digits
    for (const LayerChoice& c : search.layers()[0]) {
        CHECK(c.channels == 64);
        CHECK(shares[digits_of(c.number)].insert(c.lut_channels).second);  // each only once
    }
    CHECK(shares[0] == std::set<int>{0});
    for (const int digits : {1, 2, 3})
        for (const int lut : {16, 32, 48}) CHECK(shares[digits].count(lut) == 1);
    CHECK(search.layers()[1].size() == 4);
    for (const LayerChoice& c : search.layers()[0]) {
        const Configuration& whole = search.configuration({c.number, 0});
        CHECK(whole.lut_channels == std::vector<int>{c.lut_channels, 0});
        // Only this layer is on the grid, so what the layer alone loses is what the whole does.
        CHECK(whole.search.loss == Approx(c.cost.loss).margin(1e-9));
        const Graph placed = search.placed({c.number, 0});
        int on = 0;
        for (const uint8_t d : placed[1].weights.digits) {
            on += d > 0;
            CHECK((d == 0 || d == digits_of(c.number)));
        }
        CHECK(on == c.lut_channels);
    }
    CHECK_THROWS_AS(search.configuration({0, choice_of(1, 2)}), std::invalid_argument);
}
