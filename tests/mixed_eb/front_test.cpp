// The Pareto front over all combinations, against every combination.
#include "codesign/mixed_eb/front.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "codesign/mixed_eb/search.h"
#include "tests/quant/random.h"

using namespace msd::mixed_eb;
using msd::test::Random;

namespace {

std::vector<std::vector<Choice>> random_layers(Random& random, int layers) {
    std::vector<std::vector<Choice>> all(layers);
    for (auto& choices : all) {
        const int count = 1 + random.below(4);
        for (int c = 0; c < count; ++c)  // few values: equal sums occur
            choices.push_back({double(random.below(8)), double(random.below(8)) / 4});
    }
    return all;
}

std::vector<Choice> all_sums(const std::vector<std::vector<Choice>>& layers) {
    std::vector<Choice> sums{{0, 0}};
    for (const auto& choices : layers) {
        std::vector<Choice> next;
        for (const Choice& s : sums)
            for (const Choice& c : choices) next.push_back({s.cycles + c.cycles, s.loss + c.loss});
        sums = next;
    }
    return sums;
}

}  // namespace

TEST_CASE("no combination beats the front, and each of its points is a combination") {
    Random random(1);
    for (int n = 0; n < 200; ++n) {
        const auto layers = random_layers(random, 1 + random.below(5));
        const auto front = pareto_front(layers);
        REQUIRE_FALSE(front.empty());
        for (std::size_t i = 0; i < front.size(); ++i) {
            double cycles = 0, loss = 0;
            for (std::size_t l = 0; l < layers.size(); ++l) {
                cycles += layers[l].at(front[i].choices[l]).cycles;
                loss += layers[l].at(front[i].choices[l]).loss;
            }
            REQUIRE(cycles == front[i].cycles);
            REQUIRE(loss == front[i].loss);
            if (i == 0) continue;
            REQUIRE(front[i].cycles > front[i - 1].cycles);
            REQUIRE(front[i].loss < front[i - 1].loss);
        }
        for (const Choice& sum : all_sums(layers)) {
            bool covered = false;
            for (const FrontPoint& p : front)
                covered = covered || (p.cycles <= sum.cycles && p.loss <= sum.loss);
            REQUIRE(covered);
        }
    }
}

TEST_CASE("with slack every combination has a point of no more loss and hardly more cycles") {
    Random random(2);
    std::size_t exact = 0, loose = 0;
    for (int n = 0; n < 100; ++n) {
        std::vector<std::vector<Choice>> layers(6);
        for (auto& choices : layers)
            for (int c = 0; c < 3; ++c)
                choices.push_back({random.uniform(1, 10), random.uniform(0, 1)});
        const double slack = 0.1;
        const auto front = pareto_front(layers, slack);
        exact += pareto_front(layers).size();
        loose += front.size();
        for (const Choice& sum : all_sums(layers)) {
            bool covered = false;
            for (const FrontPoint& p : front)
                covered = covered || (p.cycles <= sum.cycles * (1 + slack) * (1 + 1e-12) &&
                                      p.loss <= sum.loss + 1e-12);
            REQUIRE(covered);
        }
    }
    CHECK(loose < exact);
}

TEST_CASE("choices that cannot be added up are refused") {
    CHECK_THROWS_AS(pareto_front({{}}), std::invalid_argument);
    CHECK_THROWS_AS(pareto_front({{{-1, 0}}}), std::invalid_argument);
    CHECK_THROWS_AS(pareto_front({{{1, std::nan("")}}}), std::invalid_argument);
    CHECK_THROWS_AS(pareto_front({{{1, 0}}}, -0.1), std::invalid_argument);
    std::vector<std::vector<Choice>> many(12);
    Random random(3);
    for (auto& choices : many)
        for (int c = 0; c < 4; ++c) choices.push_back({random.uniform(1, 2), random.uniform(1, 2)});
    CHECK_THROWS_WITH(pareto_front(many, 0, 50),
                      "the front has more than 50 points; allow more slack");
}

TEST_CASE("a published point is dominated by one that is no slower and no worse") {
    const auto at = [](uint64_t cycles) {
        Configuration c;
        c.cycles = cycles;
        return c;
    };
    const auto rows =
        dominance({at(100), at(90), at(50)}, {10, 9, 3}, {at(60), at(95), at(100)}, {9, 8, 10});
    CHECK(rows[0].ours == 2);
    CHECK(rows[0].dominated);
    CHECK(rows[1].ours == 0);
    CHECK(rows[1].dominated);
    CHECK(rows[2].ours == 3);  // none is fast enough
    CHECK_FALSE(rows[2].dominated);
    CHECK_FALSE(rows[2].picked_dominates);
    CHECK_FALSE(rows[0].strictly);  // as fast, as right
    CHECK(rows[1].strictly);        // as right, but faster
    CHECK(rows[0].picked == 2);     // the last that is no slower
    CHECK(rows[0].picked_dominates);
    CHECK(rows[1].picked_dominates);
    // The one that the search would take is not the one that is right most often.
    const auto unlucky = dominance({at(100)}, {9}, {at(60), at(95)}, {9, 8});
    CHECK(unlucky[0].ours == 0);
    CHECK(unlucky[0].dominated);
    CHECK(unlucky[0].picked == 1);
    CHECK_FALSE(unlucky[0].picked_dominates);
    CHECK(dominance({at(100)}, {7}, {at(100)}, {8})[0].strictly);
}

TEST_CASE("the picture of a trade-off has its points and stays inside its frame") {
    const std::string svg =
        plot_svg("a < b", {{"ours", {1000, 2000}, {5, 1}, true}, {"greedy", {1500}, {4}, false}});
    CHECK(svg.find("a &lt; b") != std::string::npos);
    CHECK(svg.find("2000 cycles, 1 % wrong") != std::string::npos);
    std::size_t circles = 0;
    for (std::size_t at = svg.find("<circle"); at != std::string::npos;
         at = svg.find("<circle", at + 1))
        ++circles;
    CHECK(circles == 5);  // three points, two in the legend
    CHECK(plot_svg("empty", {}).find("</svg>") != std::string::npos);
}
