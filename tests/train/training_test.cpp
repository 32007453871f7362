// Training: what the network computes is what it exports, losses fall, runs repeat and resume.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>

#include "network/images.h"
#include "network/reference.h"
#include "quant/calibrate.h"
#include "quant/train/trainer.h"
#include "tests/quant/small_network.h"
#include "tests/quant/temporary.h"

using namespace msd::train;
using namespace msd::test;
using msd::network::Graph;
using msd::quant::PostTraining;

namespace {

struct Problem {
    Graph real, integer;
    std::vector<std::vector<float>> pixels;
    Dataset data;
};

Problem problem(uint64_t seed, int digits) {
    torch::set_num_threads(1);
    Random random(seed);
    Problem p;
    p.real = small_network(random);
    p.pixels = random_images(96, 192, random);
    const std::vector<uint8_t> all(6, static_cast<uint8_t>(digits));
    p.integer = PostTraining(p.real, p.pixels).quantised({{1, all}, {3, all}});
    p.data = {torch::empty({96, 3, 8, 8}), torch::empty({96}, torch::kLong)};
    for (int i = 0; i < 96; ++i) {
        std::copy(p.pixels[i].begin(), p.pixels[i].end(),
                  p.data.images.data_ptr<float>() + i * 192);
        const auto logits = evaluate_float(p.real, p.pixels[i])[p.real.output()];
        p.data.labels.data_ptr<int64_t>()[i] =
            std::max_element(logits.begin(), logits.end()) - logits.begin();
    }
    return p;
}

TrainOptions options(int epochs) {
    TrainOptions o;
    o.epochs = epochs;
    o.batch = 16;
    o.rate = 3e-3;
    o.fingerprint = "a";
    return o;
}

std::vector<double> losses(TrainableNetwork& network, const Problem& p, const TrainOptions& o,
                           int stop_after = 1 << 30) {
    TrainableNetwork teacher(p.real, p.integer, {Method::kFloat});
    std::vector<double> all;
    struct Stop {};
    try {
        train(
            network, teacher_answers(teacher, p.data, o.augment), p.data, o,
            [&](const Epoch& e) {
                all.push_back(e.loss);
                if (e.number == stop_after) throw Stop{};
            },
            [](int, double) {});
    } catch (const Stop&) {
    }
    return all;
}

// Mean and largest difference, in steps of the output, of the trained network and what it exports.
std::pair<double, double> apart(TrainableNetwork& network, const Problem& p) {
    const torch::NoGradGuard none;
    const Graph graph = network.exported();
    const auto& quant = graph[graph.output()].quant;
    double sum = 0, most = 0;
    for (int i = 0; i < 24; ++i) {
        const auto logits = network.forward(p.data.images.slice(0, i, i + 1)).contiguous();
        const auto q =
            evaluate(graph, quantise_image({p.pixels[i], -1}, graph[0].quant))[graph.output()];
        for (std::size_t k = 0; k < q.size(); ++k) {
            const double real = quant.scale * (q[k] - quant.zero_point);
            const double steps = std::abs(logits.data_ptr<float>()[k] - real) / quant.scale;
            sum += steps / (24.0 * q.size());
            most = std::max(most, steps);
        }
    }
    return {sum, most};
}

}  // namespace

TEST_CASE("a network trains as the integers that it exports compute, before and after") {
    for (const Method method : {Method::kRsd, Method::kLsqPlus, Method::kLowBit}) {
        Problem p = problem(11, 2);
        MethodOptions m;
        m.method = method;
        m.weight_bits = m.activation_bits = 6;
        TrainableNetwork network(p.real, p.integer, m);
        network.initialise(p.data.images);
        for (const int epochs : {0, 3}) {
            if (epochs > 0) losses(network, p, options(epochs));
            const auto [mean, most] = apart(network, p);
            INFO("method " << int(method) << " after " << epochs);
            CHECK(mean < 0.6);
            CHECK(most < 4);
        }
        if (method == Method::kRsd)
            CHECK(network.exported()[3].weights.digits == std::vector<uint8_t>(6, 2));
    }
}

TEST_CASE("training starts from the biases that quantisation corrected") {
    const Problem p = problem(17, 1);
    const std::vector<uint8_t> one(6, 1);
    std::vector<Graph> starts;
    for (const bool corrected : {false, true}) {
        msd::quant::PostTrainingOptions o;
        o.correct_biases = corrected;
        starts.push_back(PostTraining(p.real, p.pixels, o).quantised({{1, one}, {3, one}}));
    }
    const Graph trained = TrainableNetwork(p.real, starts[1], {}).exported();
    for (const std::size_t conv : {1, 3}) {
        const auto& bias = starts[1][conv].weights.bias_q;
        CHECK(bias != starts[0][conv].weights.bias_q);
        for (std::size_t k = 0; k < bias.size(); ++k)  // through float
            CHECK(std::abs(trained[conv].weights.bias_q[k] - bias[k]) <=
                  1 + 1e-6 * std::abs(bias[k]));
    }
}

TEST_CASE("training with one digit a weight makes the loss fall") {
    Problem p = problem(12, 1);
    TrainableNetwork network(p.real, p.integer, {});
    const auto all = losses(network, p, options(12));
    REQUIRE(all.size() == 12);
    CHECK(all.back() < 0.6 * all.front());
}

TEST_CASE("the same seed gives the same network, another seed another") {
    Problem p = problem(13, 2);
    std::vector<Graph> graphs;
    for (const uint64_t seed : {1, 1, 2}) {
        TrainableNetwork network(p.real, p.integer, {});
        TrainOptions o = options(2);
        o.seed = seed;
        o.augment = true;
        losses(network, p, o);
        graphs.push_back(network.exported());
    }
    CHECK(graphs[0][3].weights.scale == graphs[1][3].weights.scale);
    CHECK(graphs[0][3].weights.bias_q == graphs[1][3].weights.bias_q);
    CHECK(graphs[0][3].weights.scale != graphs[2][3].weights.scale);
}

TEST_CASE("a run that was stopped resumes as if it had not been") {
    const TemporaryFolder folder;
    Problem p = problem(14, 2);
    TrainOptions o = options(4);
    TrainableNetwork whole(p.real, p.integer, {});
    const auto expected = losses(whole, p, o);
    o.checkpoint = folder.path() + "/c.pt";
    TrainableNetwork first(p.real, p.integer, {});
    losses(first, p, o, 2);
    CHECK(std::filesystem::exists(o.checkpoint));
    CHECK_FALSE(std::filesystem::exists(o.checkpoint + ".part"));
    TrainableNetwork second(p.real, p.integer, {});
    const auto got = losses(second, p, o);
    REQUIRE(got.size() == 4);  // those of the checkpoint are reported again
    for (int e = 0; e < 4; ++e) CHECK(got[e] == Approx(expected[e]).epsilon(1e-12));
    CHECK(second.exported()[3].weights.scale == whole.exported()[3].weights.scale);
    o.fingerprint = "b";
    TrainableNetwork other(p.real, p.integer, {});
    CHECK_THROWS_WITH(losses(other, p, o), Catch::Contains("belongs to a run with other settings"));
    std::ofstream(o.checkpoint) << "rubbish";
    CHECK_THROWS_WITH(losses(other, p, o), Catch::Contains("is no checkpoint, or damaged"));
}

TEST_CASE("a rate that lets the loss run away is said to be too high") {
    Problem p = problem(15, 2);
    TrainableNetwork network(p.real, p.integer, {});
    TrainOptions o = options(50);
    o.rate = 1e30;
    CHECK_THROWS_WITH(losses(network, p, o), Catch::Contains("a lower train.rate may help"));
}

TEST_CASE("LSQ+ starts from the ranges, its weights from half of them as published") {
    Problem p = problem(16, 0);
    MethodOptions m;
    m.method = Method::kLsqPlus;
    double scales[2];
    for (const bool quirk : {false, true}) {
        m.quirk_init = quirk;
        TrainableNetwork network(p.real, p.integer, m);
        network.initialise(p.data.images);
        const Graph graph = network.exported();
        scales[quirk] = graph[3].weights.scale[0];
        CHECK(graph[3].weights.scale == std::vector<double>(6, scales[quirk]));
    }
    float most = 0;
    for (const float w : p.real[3].weights.real) most = std::max(most, std::abs(w));
    CHECK(scales[0] == Approx(2 * most / 255).epsilon(1e-5));
    CHECK(scales[1] == Approx(most / 255).epsilon(1e-5));
}

TEST_CASE("networks that are not of one shape are refused") {
    Problem p = problem(17, 1);
    CHECK_THROWS_AS(TrainableNetwork(p.integer, p.integer, {}), msd::network::ImportError);
    CHECK_THROWS_AS(TrainableNetwork(p.real, p.real, {}), msd::network::ImportError);
    p.real[3].weights.real[0] = std::nanf("");
    CHECK_THROWS_WITH(TrainableNetwork(p.real, p.integer, {}),
                      Catch::Contains("layer 'second' has a weight that is not a finite number"));
}
