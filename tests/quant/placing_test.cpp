// Which channels take the places that a schedule puts on the RSD grid.
#include "quant/placing.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>

#include "network/images.h"
#include "network/random_network.h"
#include "network/reference.h"
#include "quant/calibrate.h"
#include "tests/quant/small_network.h"

using namespace msd::network;
using namespace msd::quant;

namespace {

double total(const Digits& places, const ChannelLosses& losses, const ChannelOrder& order) {
    double sum = 0;
    for (const auto& [id, digits] : by_channel(places, order))
        for (std::size_t k = 0; k < digits.size(); ++k)
            if (digits[k] > 0) sum += losses.at(id)[k];
    return sum;
}

// in (3) -> a (6) + b (6) -> sum -> out (2): a, b and sum share an order that is free.
Graph two_branches() {
    msd::test::Random random(1);
    Graph g;
    const LayerId in = g.add(msd::test::input_layer({3, 4, 4}), {});
    const LayerId a = g.add(msd::test::conv_layer("a", 6, {3, 4, 4}, random), {in});
    const LayerId b = g.add(msd::test::conv_layer("b", 6, {3, 4, 4}, random), {in});
    Layer sum;
    sum.name = "sum";
    sum.op = Op::kAdd;
    sum.shape = {6, 4, 4};
    const LayerId s = g.add(sum, {a, b});
    g.add(msd::test::conv_layer("out", 2, {6, 4, 4}, random), {s});
    return g;
}

// The small network with a classifier behind it, so that the channels of all else are free.
Graph classified(msd::test::Random& random) {
    Graph g = msd::test::small_network(random);
    Layer last;
    last.name = "classes";
    last.op = Op::kConv;
    last.shape = {4, 1, 1};
    for (int i = 0; i < 24; ++i) last.weights.real.push_back(static_cast<float>(random.normal()));
    last.weights.bias_real.assign(4, 0.0f);
    g.add(last, {g.output()});
    return g;
}

// Mean square of the difference from the float network's answers, in a unit of their own.
double apart(const Graph& real, const Graph& integer,
             const std::vector<std::vector<float>>& images) {
    double sum = 0;
    const auto& q = integer[integer.output()].quant;
    for (const auto& image : images) {
        const auto expected = evaluate_float(real, image)[real.output()];
        const auto got = evaluate(integer, quantise_image({image, -1}, integer[0].quant));
        for (std::size_t i = 0; i < expected.size(); ++i) {
            const double value = q.scale * (got[integer.output()][i] - q.zero_point);
            sum += (value - expected[i]) * (value - expected[i]);
        }
    }
    return sum;
}

}  // namespace

TEST_CASE("no order of channels loses less than the one that is chosen") {
    const Graph g = two_branches();
    msd::test::Random random(2);
    for (int n = 0; n < 150; ++n) {
        Digits places{{1, {}}, {2, {}}};
        ChannelLosses losses{{1, {}}, {2, {}}};
        for (auto& [id, digits] : places)
            for (int k = 0; k < 6; ++k) {
                digits.push_back(static_cast<uint8_t>(random.below(2) * 2));
                losses[id].push_back(n % 3 == 0 ? random.below(4) : random.uniform(0, 1));
            }
        const ChannelOrder order = best_order(g, places, losses);
        const double chosen = total(places, losses, order);
        std::vector<int> any{0, 1, 2, 3, 4, 5};
        double least = 1e300;
        do {
            least = std::min(least, total(places, losses, {{1, any}, {2, any}}));
        } while (std::next_permutation(any.begin(), any.end()));
        REQUIRE(chosen == Approx(least).margin(1e-9));
        if (least == total(places, losses, {})) CHECK(order.empty());  // moved for a gain only
        Graph other = g;
        reorder_channels(other, order);  // and it is an order that the network may have
    }
}

TEST_CASE("the channels that lose most lie where there are no digits, each layer's in its order") {
    const Graph g = two_branches();
    const Digits places{{1, {2, 2, 2, 2, 0, 0}}};
    const ChannelOrder order = best_order(g, places, {{1, {9, 1, 2, 8, 3, 4}}});
    REQUIRE(order.size() == 3);
    CHECK(order.at(1) == std::vector<int>{1, 2, 4, 5, 0, 3});
    CHECK(order.at(3) == order.at(1));
    CHECK(by_channel(places, order).at(1) == std::vector<uint8_t>{0, 2, 2, 0, 2, 2});
    CHECK(best_order(g, {{1, std::vector<uint8_t>(6, 2)}}, {{1, {9, 1, 2, 8, 3, 4}}}).empty());
    // The network's answers stay where they are.
    CHECK(best_order(g, {{4, {1, 0}}}, {{4, {5, 1}}}).empty());
    CHECK(ordered_layers(g, {{4, {1, 0}}}).empty());
    CHECK(ordered_layers(g, {{1, {3, 3, 3, 0, 0, 0}}, {2, std::vector<uint8_t>(6, 0)}}) ==
          std::map<LayerId, int>{{1, 3}, {2, 1}});
}

TEST_CASE("a channel's measured loss is by how much its sums change") {
    const Graph g = two_branches();
    msd::test::Random random(4);
    const auto images = msd::test::random_images(3, 48, random);
    const auto losses = measured_losses(g, images, {{2, 1}}, ScaleSearch::kBest);
    REQUIRE(losses.size() == 1);
    // By evaluating networks whose weights are what either grid makes of them.
    Graph grid = g, eight = g;
    for (int k = 0; k < 6; ++k) {
        const auto& w = g[2].weights.real;
        const std::vector<double> real(w.begin() + k * 27, w.begin() + (k + 1) * 27);
        for (const int digits : {1, 0}) {
            int8_t q[27];
            const double scale = encode_channel(real.data(), 27, digits, q);
            Graph& of = digits == 1 ? grid : eight;
            for (int i = 0; i < 27; ++i)
                of[2].weights.real[k * 27 + i] = static_cast<float>(scale * q[i]);
        }
    }
    double whole = 0;
    std::vector<double> expected(6, 0);
    for (const auto& image : images) {
        const auto a = evaluate_float(grid, image)[2], b = evaluate_float(eight, image)[2],
                   r = evaluate_float(g, image)[2];
        for (std::size_t i = 0; i < a.size(); ++i) {
            expected[i / 16] += (a[i] - b[i]) * (a[i] - b[i]);
            whole += r[i] * r[i];
        }
    }
    for (int k = 0; k < 6; ++k) CHECK(losses.at(2)[k] == Approx(expected[k] / whole).epsilon(1e-3));
}

TEST_CASE("what is expected to lose much without an image is what loses much") {
    msd::test::Random random(5);
    const Graph real = two_branches();
    const auto images = msd::test::random_images(20, 48, random);
    const auto measured = measured_losses(real, images, {{1, 1}, {2, 1}}, ScaleSearch::kBest);
    const auto expected = expected_losses(quantise(real, images), {{1, 1}, {2, 1}});
    for (const LayerId id : {1, 2}) {
        int agree = 0;
        for (int a = 0; a < 6; ++a)
            for (int b = 0; b < a; ++b)
                agree += (measured.at(id)[a] < measured.at(id)[b]) ==
                         (expected.at(id)[a] < expected.at(id)[b]);
        CHECK(agree >= 12);  // of 15 pairs
    }
}

TEST_CASE("a network placed as its digits ask is nearer to its answers, on images it never saw") {
    int nearer = 0;
    for (uint64_t seed = 1; seed <= 20; ++seed) {
        msd::test::Random random(seed);
        const Graph real = classified(random);
        const auto images = msd::test::random_images(8, 192, random),
                   fresh = msd::test::random_images(40, 192, random);
        const Digits places{{1, {1, 1, 1, 0, 0, 0}}, {3, {1, 1, 1, 1, 0, 0}}};
        PostTrainingOptions keep;
        keep.order_channels = false;
        const PostTraining post(real, images);
        const Graph placed = post.placed(places),
                    kept = PostTraining(real, images, keep).placed(places);
        for (const auto& [id, digits] : places) {
            CHECK(placed[id].weights.digits == digits);
            CHECK(kept[id].weights.digits == digits);
        }
        CHECK(kept[1].weights.q == post.quantised(places)[1].weights.q);
        nearer += apart(real, placed, fresh) < apart(real, kept, fresh);
        // It is what the order makes of the network quantised in its own.
        Graph other = post.quantised(by_channel(places, post.order_for(places)));
        reorder_channels(other, post.order_for(places));
        CHECK(other[3].weights.q == placed[3].weights.q);
    }
    CHECK(nearer >= 16);
}
