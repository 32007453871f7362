// Ranks, Pareto sets and the searches, against brute force.
#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "codesign/semi_decoupled/search.h"
#include "network/random.h"

using namespace msd;
using namespace msd::semi_decoupled;

namespace {

std::vector<uint32_t> pareto_by_pairs(const std::vector<double>& s, const std::vector<double>& c,
                                      const std::vector<double>& e) {
    std::vector<uint32_t> result;
    for (uint32_t i = 0; i < s.size(); ++i) {
        bool beaten = !std::isfinite(c[i]) || !std::isfinite(e[i]);
        for (uint32_t k = 0; k < s.size(); ++k) {
            if (k == i || !(s[k] >= s[i] && c[k] <= c[i] && e[k] <= e[i])) continue;
            const bool equal = s[k] == s[i] && c[k] == c[i] && e[k] == e[i];
            beaten |= !equal || k < i;
        }
        if (!beaten) result.push_back(i);
    }
    return result;
}

// n networks on p points: cycles and energy grow with the network's size; `noise` disturbs the
// order.
Table table_of(network::Random& random, std::size_t points, const std::vector<double>& size,
               double noise) {
    Table table(points, size.size());
    for (uint32_t p = 0; p < points; ++p) {
        const double speed = random.uniform(0.5, 3), thrift = random.uniform(0.5, 3);
        for (uint32_t n = 0; n < size.size(); ++n)
            table.set(p, n,
                      {static_cast<int64_t>(1e6 * size[n] * speed * random.uniform(1, 1 + noise)),
                       size[n] * thrift * random.uniform(1, 1 + noise), 0});
    }
    return table;
}

std::vector<uint32_t> first(uint32_t n) {
    std::vector<uint32_t> result;
    for (uint32_t i = 0; i < n; ++i) result.push_back(i);
    return result;
}

}  // namespace

TEST_CASE("spearman's correlation is that of textbook examples, with ties") {
    CHECK(ranks({10, 20, 20, 5}) == std::vector<double>{2, 3.5, 3.5, 1});
    CHECK(spearman({1, 2, 3, 4, 5}, {5, 6, 7, 8, 7}) == Approx(0.8207826816681233));
    // IQ and hours of television (the example of Wikipedia's article): -29/165.
    CHECK(spearman({106, 100, 86, 101, 99, 103, 97, 113, 112, 110},
                   {7, 27, 2, 50, 28, 29, 20, 12, 6, 17}) == Approx(-29.0 / 165));
    CHECK(spearman({1, 2, 3}, {30, 20, 10}) == Approx(-1));
    CHECK(std::isnan(spearman({1, 1, 1}, {1, 2, 3})));
    CHECK(std::isnan(spearman({1}, {2})));
}

TEST_CASE("a pareto set is what comparing all pairs leaves, ties and missing costs included") {
    network::Random random(1, 1);
    for (int round = 0; round < 300; ++round) {
        std::vector<double> s, c, e;
        const int n = 1 + random.below(40), levels = 2 + random.below(12);
        for (int i = 0; i < n; ++i) {
            const bool none = random.below(10) == 0;
            s.push_back(random.below(levels));
            c.push_back(none ? INFINITY : random.below(levels));
            e.push_back(none ? INFINITY : random.below(levels));
        }
        REQUIRE(pareto(s, c, e) == pareto_by_pairs(s, c, e));
    }
}

TEST_CASE("the best design is the one that trying all of them finds") {
    network::Random random(2, 1);
    for (int round = 0; round < 50; ++round) {
        std::vector<double> size;
        for (int i = 0; i < 30; ++i) size.push_back(random.uniform(1, 10));
        const Table table = table_of(random, 6, size, 0.3);
        const Limits limits{random.uniform(1e6, 2e7), random.uniform(1, 20)};
        const Design found = best_design(table, size, first(30), {1, 2, 3, 5}, limits);
        double best = -1;
        for (const uint32_t p : {1, 2, 3, 5})
            for (uint32_t n = 0; n < 30; ++n)
                if (table.cycles(p)[n] <= limits.cycles && table.energy(p)[n] <= limits.energy_nj)
                    best = std::max(best, size[n]);
        if (best < 0) {
            CHECK(found.network == -1);
            continue;
        }
        REQUIRE(found.score == best);
        CHECK(table.cycles(static_cast<std::size_t>(
                  found.point))[static_cast<std::size_t>(found.network)] <= limits.cycles);
    }
}

TEST_CASE("where all points order the networks alike, two stages lose nothing") {
    network::Random random(3, 1);
    for (int round = 0; round < 10; ++round) {
        std::vector<double> size, score;
        for (int i = 0; i < 60; ++i) size.push_back(random.uniform(1, 10));
        for (const double s : size) score.push_back(s * random.uniform(0.5, 1));
        const Table table = table_of(random, 8, size, 0);
        const auto all = compare_methods(table, score, size, first(8), first(8), 6, 5, 4);
        REQUIRE(all.size() == 1 + 2 + 8 + 8 + 2);
        CHECK(all[0].evaluations == 60 * 8);
        for (const MethodResult& m : all) {
            if (m.method == "semi_decoupled_runs" || m.method == "decoupled") continue;
            CHECK(m.equal == m.limits);
            CHECK(m.worst_gap == 0);
            CHECK(m.limits > 0);
            // 60 networks on the proxy, then those kept on the seven others.
            if (m.method == "semi_decoupled") CHECK(m.evaluations == 60 + 7 * m.kept);
        }
    }
}

TEST_CASE("where the order does not hold, two stages are seen to lose") {
    network::Random random(4, 1);
    std::vector<double> size, score;
    for (int i = 0; i < 60; ++i) size.push_back(random.uniform(1, 10));
    for (const double s : size) score.push_back(s * random.uniform(0.9, 1));
    const Table table = table_of(random, 8, size, 2.0);
    std::size_t equal = 0, limits = 0, missed = 0;
    for (const MethodResult& m : compare_methods(table, score, size, first(8), first(8), 6, 5, 4)) {
        if (m.method == "coupled") CHECK(m.equal == m.limits);
        if (m.method == "decoupled") missed = m.missed;
        if (m.method != "semi_decoupled") continue;
        equal += m.equal;
        limits += m.limits;
        CHECK(m.worst_gap >= m.mean_gap);
    }
    CHECK(equal < limits);
    CHECK(missed > 0);
}

TEST_CASE("a sample is spread over the sizes") {
    CHECK(spread_sample({5, 1, 4, 2, 3, 0}, 3) == std::vector<uint32_t>{0, 1, 4});
    CHECK(spread_sample({5, 1, 4, 2, 3, 0}, 1) == std::vector<uint32_t>{4});
    CHECK(spread_sample({5, 1, 4}, 100) == std::vector<uint32_t>{0, 1, 2});
    CHECK(spread_sample({}, 2).empty());
}

// Counts the pairs that the methods with a sample evaluate, one by one.
TEST_CASE("sampled methods count every pair that they evaluate once") {
    network::Random random(6, 1);
    for (int round = 0; round < 30; ++round) {
        std::vector<double> size, score;
        for (int i = 0; i < 40; ++i) size.push_back(random.uniform(1, 10));
        for (const double s : size) score.push_back(s * random.uniform(0.8, 1));
        const Table table = table_of(random, 6, size, 0.5);
        for (const int count : {3, 40}) {
            const Sampled sampled = sample_points(table, spread_sample(size, count), first(6));
            REQUIRE(!sampled.proxies.empty());
            // No point that is left out is the only best one for a sampled network.
            for (const uint32_t n : sampled.networks)
                for (uint32_t p = 0; p < 6; ++p) {
                    bool covered = false;
                    for (const uint32_t q : sampled.points)
                        covered |= table.cycles(q)[n] <= table.cycles(p)[n] &&
                                   table.energy(q)[n] <= table.energy(p)[n];
                    REQUIRE(covered);
                }
            std::set<std::pair<uint32_t, uint32_t>> pairs[2];  // with the proxy's stage, by FLOPs
            for (int flops = 0; flops < 2; ++flops)
                for (const uint32_t n : sampled.networks)
                    for (uint32_t p = 0; p < 6; ++p) pairs[flops].emplace(n, p);
            for (const uint32_t proxy : sampled.proxies)
                for (uint32_t n = 0; n < 40; ++n) pairs[0].emplace(n, proxy);
            for (const uint32_t p : sampled.points) {
                for (const uint32_t proxy : sampled.proxies)
                    for (const uint32_t n : pareto(score, table.cycles(proxy), table.energy(proxy)))
                        pairs[0].emplace(n, p);
                for (const uint32_t n : pareto(score, size, size)) pairs[1].emplace(n, p);
            }
            int seen = 0;
            for (const MethodResult& m :
                 compare_methods(table, score, size, first(6), {}, 6, 5, count)) {
                if (m.method != "semi_decoupled_sampled" && m.method != "flops_sampled") continue;
                ++seen;
                CHECK(m.evaluations == pairs[m.method == "flops_sampled"].size());
                CHECK(m.points == sampled.points.size());
                CHECK(m.designs.size() == m.limits);
                if (count == 40 && m.method == "semi_decoupled_sampled")
                    CHECK(m.evaluations == 40 * 6);
            }
            CHECK(seen == 2);
        }
    }
}

TEST_CASE(
    "a sample's proxies are the fastest and the thriftiest point, and dear points are left out") {
    Table table(5, 3);
    for (uint32_t n = 0; n < 3; ++n) {
        const int64_t size = 10 * (n + 1);
        table.set(0, n, {2 * size, 2.0 * size, 0});
        table.set(1, n, {size, 1.5 * size, 0});      // beats 0
        table.set(2, n, {size, 1.5 * size, 0});      // as 1, which comes first
        table.set(3, n, {4 * size, 1.0 * size, 0});  // slow, but thrifty
        table.set(4, n, {3 * size, 1.2 * size, 0});  // between them
    }
    const Sampled sampled = sample_points(table, {0, 2}, {0, 1, 2, 3, 4});
    CHECK(sampled.proxies == std::vector<uint32_t>{1, 3});
    CHECK(sampled.points == std::vector<uint32_t>{1, 3, 4});
    CHECK(sample_points(table, {0, 2}, {0, 2}).proxies == std::vector<uint32_t>{2});
    Table none(4, 3);  // no point runs network 2
    for (uint32_t p = 0; p < 4; ++p)
        for (uint32_t n = 0; n < 3; ++n) none.set(p, n, {1, 1, n == 2});
    CHECK(sample_points(none, {0, 2}, {0, 1, 2, 3}).proxies.empty());
    CHECK(sample_points(none, {0, 1}, {0, 1, 2, 3}).points == std::vector<uint32_t>{0});
}

TEST_CASE(
    "stage one keeps the best network of each limit, and a proxy that runs nothing is left out") {
    const std::vector<double> score{1, 2, 3, 4};
    Table table(2, 4);
    for (uint32_t n = 0; n < 4; ++n) {
        table.set(0, n, {10 * (n + 1), 10.0 * (n + 1), 0});
        table.set(1, n, {1, 1, 1});  // a layer without a cost
    }
    CHECK(stage_one(table, score, 0, 3) == std::vector<uint32_t>{1, 2, 3});
    CHECK(stage_one(table, score, 0, 1) == std::vector<uint32_t>{3});
    CHECK(stage_one(table, score, 1, 3).empty());
    for (const MethodResult& m : compare_methods(table, score, score, {0, 1}, {0, 1}, 3, 3, 2))
        CHECK(m.proxy != 1);
}
