// Corrected mode against brute force: every step, sub-cluster and element enumerated as sets.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <set>
#include <tuple>

#include "codesign/maestro/network_cost.h"
#include "network/random.h"

using namespace msd::maestro;

namespace {

enum { K, C, P, Q, kLoops };  // P, Q: output rows and columns
constexpr std::array<const char*, kLoops> kNames = {"K", "C", "Y'", "X'"};

struct Case {
    int size[kLoops], tile[kLoops], order[kLoops];  // order: outer first
    int spatial, clusters;
    int kernel, stride, dilation;
};

using Element = std::tuple<int, int, int>;
using Elements = std::set<Element>;

struct Counts {
    int64_t macs = 0, input = 0, filter = 0, out = 0, psums = 0, l1_input = 0, l1_filter = 0,
            steps = 0, runtime = 0;
    bool once = true;  // each multiply-accumulate exactly once
};

// One level: loops in order, the spatial one in steps of `clusters` tiles. A tensor's tile stays
// where it is between steps; if the innermost loop that moved is output rows or columns, held input
// stays too; if a loop inside it started over, all is new.
Counts enumerate(const Case& c, int64_t bw, int64_t latency) {
    Counts result;
    int steps[kLoops];
    for (int d = 0; d < kLoops; ++d) {
        const int tiles = (c.size[d] + c.tile[d] - 1) / c.tile[d];
        steps[d] = d == c.spatial ? (tiles + c.clusters - 1) / c.clusters : tiles;
    }
    const auto depends = [](int tensor, int d) {
        return tensor == 0 ? d != K : tensor == 1 ? d == K || d == C : d != C;
    };
    int at[kLoops] = {0, 0, 0, 0};
    std::vector<std::array<Elements, 3>> held(c.clusters);
    std::set<std::tuple<int, int, int, int, int, int>> done;
    bool first = true;
    for (;;) {
        int moved = -1;  // position of the innermost loop that moved since the last step
        if (!first) {
            for (int i = kLoops - 1; i >= 0; --i) {
                const int d = c.order[i];
                if (++at[d] < steps[d]) {
                    moved = i;
                    break;
                }
                at[d] = 0;
            }
            if (moved < 0) break;
        }
        std::array<Elements, 3> brought;
        int64_t slowest = 0;
        bool revisit = at[C] > 0;
        for (int cluster = 0; cluster < c.clusters; ++cluster) {
            int low[kLoops], high[kLoops];
            bool idle = false;
            for (int d = 0; d < kLoops; ++d) {
                const int tile = d == c.spatial ? at[d] * c.clusters + cluster : at[d];
                low[d] = tile * c.tile[d];
                high[d] = std::min(c.size[d], low[d] + c.tile[d]);
                idle |= low[d] >= high[d];
            }
            if (idle) continue;
            std::array<Elements, 3> now;
            int64_t macs = 0;
            for (int k = low[K]; k < high[K]; ++k)
                for (int ch = low[C]; ch < high[C]; ++ch)
                    for (int p = low[P]; p < high[P]; ++p)
                        for (int q = low[Q]; q < high[Q]; ++q)
                            for (int r = 0; r < c.kernel; ++r)
                                for (int s = 0; s < c.kernel; ++s) {
                                    now[0].insert({ch, p * c.stride + r * c.dilation,
                                                   q * c.stride + s * c.dilation});
                                    now[1].insert({k, ch, r * 100 + s});
                                    now[2].insert({k, p, q});
                                    ++macs;
                                    result.once &= done.insert({k, ch, p, q, r, s}).second;
                                }
            result.macs += macs;
            slowest = std::max(slowest, macs);
            for (int t = 0; t < 3; ++t) {
                bool restarted = first;
                for (int i = moved + 1; i < kLoops && !first; ++i)
                    restarted |= depends(t, c.order[i]) && steps[c.order[i]] > 1;
                Elements fresh;
                if (restarted) {
                    fresh = now[t];
                } else if (depends(t, c.order[moved])) {
                    const int d = c.order[moved];
                    const bool halo = t == 0 && d != c.spatial && (d == P || d == Q);
                    for (const Element& e : now[t])
                        if (!halo || !held[cluster][t].count(e)) fresh.insert(e);
                }
                if (t == 0) result.l1_input += static_cast<int64_t>(fresh.size());
                if (t == 1) result.l1_filter += static_cast<int64_t>(fresh.size());
                brought[t].insert(fresh.begin(), fresh.end());
                held[cluster][t] = now[t];
            }
        }
        const auto size = [&](int t) { return static_cast<int64_t>(brought[t].size()); };
        result.input += size(0);
        result.filter += size(1);
        result.out += size(2);
        const int64_t psums = revisit ? size(2) : 0;
        result.psums += psums;
        const auto cycles = [&](int64_t n) { return n == 0 ? 0 : latency + (n + bw - 1) / bw - 1; };
        const int64_t in = cycles(size(0) + size(1) + psums), out = cycles(size(2));
        result.runtime += first ? in + slowest : std::max({in, slowest, out});
        ++result.steps;
        first = false;
    }
    return result;
}

}  // namespace

TEST_CASE("corrected mode counts what brute force counts on one level") {
    msd::network::Random random(7, 0);
    for (int n = 0; n < 400; ++n) {
        Case c;
        const auto below = [&](int m) { return random.below(m); };
        for (int d = 0; d < kLoops; ++d) {
            c.size[d] = 1 + below(d < P ? 4 : 6);
            c.tile[d] = 1 + below(c.size[d]);
            c.order[d] = d;
        }
        for (int d = kLoops - 1; d > 0; --d) std::swap(c.order[d], c.order[below(d + 1)]);
        c.spatial = below(kLoops);
        c.clusters = 1 + below(4);
        c.kernel = 1 + below(3);
        c.stride = 1 + below(3);
        c.dilation = 1 + below(2);
        const int side_y = (c.size[P] - 1) * c.stride + (c.kernel - 1) * c.dilation + 1;
        const int side_x = (c.size[Q] - 1) * c.stride + (c.kernel - 1) * c.dilation + 1;
        std::string directives;
        for (const int d : c.order)
            directives +=
                fmt::format("{}({},{}) {};", d == c.spatial ? "SpatialMap" : "TemporalMap",
                            c.tile[d], c.tile[d], kNames[d]);
        directives += "TemporalMap(Sz(R),Sz(R)) R; TemporalMap(Sz(S),Sz(S)) S;";
        const std::string text = fmt::format(
            "Network n {{ Layer l {{ Type: CONV Stride {{ X: {0}, Y: {0} }} Dilation {{ X: {1}, Y: "
            "{1} }} "
            "Dimensions {{ K: {2}, C: {3}, R: {4}, S: {4}, Y: {5}, X: {6} }} Dataflow {{ {7} }} }} "
            "}}",
            c.stride, c.dilation, c.size[K], c.size[C], c.kernel, side_y, side_x, directives);
        INFO(text << " PEs " << c.clusters);
        const Network network = parse_network(text, "case");
        REQUIRE(network.layers[0].problem.empty());
        Hardware hw;
        hw.num_pes = c.clusters;
        hw.noc_bw.fill(1 + below(8));
        hw.noc_latency = below(3);
        const LayerCost got =
            evaluate(network.layers[0].shape, network.layers[0].dataflow, hw, Mode::kCorrected);
        INFO(describe(got));
        REQUIRE(got.ok());
        const Counts want = enumerate(c, hw.noc_bw[0], hw.noc_latency);
        CHECK(want.once);
        REQUIRE(got.macs == want.macs);
        REQUIRE(got.tensor[kInput].l2_read == want.input);
        REQUIRE(got.tensor[kFilter].l2_read == want.filter);
        REQUIRE(got.tensor[kInput].l1_write == want.l1_input);
        REQUIRE(got.tensor[kFilter].l1_write == want.l1_filter);
        REQUIRE(got.noc_elements == want.input + want.filter + want.out + want.psums);
        REQUIRE(got.runtime == want.runtime);
    }
}

TEST_CASE(
    "a second level changes neither what the first one moves nor the number of "
    "multiply-accumulates") {
    msd::network::Random random(8, 0);
    for (int n = 0; n < 300; ++n) {
        const auto below = [&](int m) { return random.below(m); };
        const int k = 1 + below(9), c = 1 + below(9), y = 4 + below(9), x = 4 + below(9),
                  kernel = 1 + below(3);
        const int inner = 1 + below(4);
        const std::string outer = fmt::format(
            "SpatialMap({0},{0}) K; TemporalMap({1},{1}) C; TemporalMap({2},{2}) Y'; "
            "TemporalMap({3},{3}) X';",
            1 + below(k), 1 + below(c), 1 + below(y - kernel + 1), 1 + below(x - kernel + 1));
        const auto with = [&](const std::string& rest) {
            const Network network =
                parse_network(fmt::format("Network n {{ Layer l {{ Type: CONV Dimensions {{ K: {}, "
                                          "C: {}, R: {}, S: {}, Y: {}, X: {} }} "
                                          "Dataflow {{ {} {} }} }} }}",
                                          k, c, kernel, kernel, y, x, outer, rest),
                              "case");
            REQUIRE(network.layers[0].problem.empty());
            return network.layers[0];
        };
        const char* const dims[] = {"K", "C", "Y'", "X'"};
        const Layer one = with(""), two = with(fmt::format("Cluster({}, P); SpatialMap(1,1) {};",
                                                           inner, dims[below(4)]));
        Hardware hw;
        hw.num_pes = 3;
        hw.noc_bw.fill(100);
        const LayerCost a = evaluate(one.shape, one.dataflow, hw, Mode::kCorrected);
        hw.num_pes = 3 * inner;
        const LayerCost b = evaluate(two.shape, two.dataflow, hw, Mode::kCorrected);
        REQUIRE(a.ok());
        REQUIRE(b.ok());
        REQUIRE(a.macs == one.shape.macs());
        REQUIRE(b.macs == a.macs);
        for (int t = 0; t < 3; ++t) {
            REQUIRE(b.tensor[t].l2_read == a.tensor[t].l2_read);
            REQUIRE(b.tensor[t].l2_write == a.tensor[t].l2_write);
        }
        REQUIRE(b.compute.max <= a.compute.max + 2 * (a.compute.max + 1));
        REQUIRE(b.noc_elements >= a.noc_elements);
    }
}
