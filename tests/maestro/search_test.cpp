// The mapper, memoised and batched evaluation, and networks taken from ONNX.
#include <catch2/catch.hpp>
#include <mutex>
#include <set>

#include "codesign/maestro/batch.h"
#include "codesign/maestro/mapper.h"
#include "codesign/maestro/network_cost.h"
#include "codesign/maestro/network_files.h"
#include "codesign/semi_decoupled/darts.h"
#include "tests/support.h"

using namespace msd;
using namespace msd::maestro;

namespace {

Shape conv(int k, int c, int kernel, int side) {
    Shape s;
    s.size[kK] = k;
    s.size[kC] = c;
    s.size[kR] = s.size[kS] = kernel;
    s.size[kY] = s.size[kX] = side;
    return s;
}

Hardware small_hardware() {
    Hardware hw;
    hw.num_pes = 64;
    hw.noc_bw.fill(16);
    hw.offchip_bw = 8;
    hw.l1_bytes = 256;
    hw.l2_bytes = 4096;
    return hw;
}

}  // namespace

TEST_CASE("every template maps every dilated layer that it maps undilated, and counts its work") {
    Hardware hw;
    hw.num_pes = 256;
    hw.noc_bw.fill(100);
    hw.offchip_bw = 50;
    int mapped = 0;
    for (const Template& t : built_in_templates())
        for (const LayerType type : {LayerType::kConv, LayerType::kDsConv})
            for (const int stride : {1, 2}) {
                Shape plain = conv(12, 16, 3, 20);
                plain.type = type;
                plain.stride_y = plain.stride_x = stride;
                Shape dilated = plain;
                dilated.dilation_y = dilated.dilation_x = 2;
                Dataflow a, b;
                if (!apply(t, plain, a) || !evaluate(plain, a, hw, Mode::kCorrected).ok()) continue;
                REQUIRE(apply(t, dilated, b));
                const LayerCost cost = evaluate(dilated, b, hw, Mode::kCorrected);
                INFO(t.name << " " << describe(cost));
                REQUIRE(cost.ok());
                CHECK(cost.macs == dilated.macs());
                REQUIRE(apply(t, dilated, b, Mode::kOriginal));  // which knows no dilation
                CHECK(b == a);
                ++mapped;
            }
    CHECK(mapped > 20);
}

TEST_CASE(
    "the mapper never does worse than the template, and finds a mapping where the template has "
    "none") {
    Hardware hw = small_hardware();
    hw.num_pes = 48;  // fewer than a cluster of kcp_ws
    int better = 0, rescued = 0;
    for (const Shape& shape :
         {conv(32, 16, 3, 18), conv(7, 100, 1, 9), conv(64, 3, 7, 40), conv(10, 5, 5, 12)}) {
        for (const char* name : {"kcp_ws", "rs", "ckp_ws", "ykp_os"}) {
            const Template& t = built_in_template(name);
            Dataflow dataflow;
            REQUIRE(apply(t, shape, dataflow));
            const LayerCost start = evaluate(shape, dataflow, hw, Mode::kCorrected);
            for (const Objective o :
                 {Objective::kRuntime, Objective::kEnergy, Objective::kEnergyDelay}) {
                MapperOptions options;
                options.objective = o;
                options.most_evaluations = 3000;
                const Mapped best = search(t, shape, hw, options);
                INFO(name << " " << describe(best.cost));
                CHECK(best.evaluated <= 3000);
                CHECK(objective_of(best.cost, o) <= objective_of(start, o));
                if (!best.cost.ok()) continue;
                better += start.ok() && objective_of(best.cost, o) < objective_of(start, o);
                rescued += !start.ok();
                const LayerCost again = evaluate(shape, best.dataflow, hw, Mode::kCorrected);
                CHECK(again.runtime == best.cost.runtime);
                CHECK(again.macs == shape.macs());
            }
        }
    }
    CHECK(better > 10);
    CHECK(rescued > 0);
}

TEST_CASE("the mapper finds the best of all tile sizes of a small template") {
    const Template t = parse_template(
        "SpatialMap(1,1) K; TemporalMap(4,4) C; TemporalMap(1,1) Y'; TemporalMap(1,1) X';"
        "TemporalMap(Sz(R),Sz(R)) R; TemporalMap(Sz(S),Sz(S)) S;",
        "t");
    const Shape shape = conv(12, 8, 3, 10);
    const Hardware hw = small_hardware();
    double best = INFINITY;
    for (int k = 1; k <= 12; ++k)
        for (int c = 1; c <= 8; ++c)
            for (int y = 1; y <= 8; ++y)
                for (int x = 1; x <= 8; ++x) {
                    Dataflow d;
                    REQUIRE(apply(t, shape, d));
                    const int sizes[] = {k, c, y, x};
                    for (int i = 0; i < 4; ++i) d.list[i].size = d.list[i].offset = sizes[i];
                    best = std::min(best, objective_of(evaluate(shape, d, hw, Mode::kCorrected),
                                                       Objective::kRuntime));
                }
    const Mapped found = search(t, shape, hw, {});
    CHECK(objective_of(found.cost, Objective::kRuntime) <= 1.02 * best);
    CHECK(found.evaluated < 12 * 8 * 8 * 8);
}

TEST_CASE("a remembered evaluation is the same as a fresh one") {
    Evaluator evaluator(Mode::kCorrected);
    const Hardware hw = small_hardware();
    Hardware other = hw;
    other.noc_bw[1] = 4;
    for (int pass = 0; pass < 3; ++pass) {
        for (int k = 1; k < 20; ++k) {
            for (const Hardware& h : {hw, other}) {
                Dataflow dataflow;
                REQUIRE(apply(built_in_template("rs"), conv(k, 3, 3, 10), dataflow));
                const LayerCost fresh = evaluate(conv(k, 3, 3, 10), dataflow, h, Mode::kCorrected);
                const LayerCost& kept = evaluator(conv(k, 3, 3, 10), dataflow, h);
                CHECK(kept.runtime == fresh.runtime);
                CHECK(kept.energy_nj == fresh.energy_nj);
            }
        }
    }
    CHECK(evaluator.distinct() == 19 * 2);
    CHECK(evaluator.calls() == 3 * 19 * 2);
}

TEST_CASE("a sweep gives what single networks give, on any number of threads") {
    semi_decoupled::Genotype g;
    std::vector<Network> networks;
    for (int i = 0; i < 7; ++i) {
        for (int e = 0; e < 8; ++e) {
            g.normal[e] = {static_cast<semi_decoupled::CellOp>((i + e) % 7), e % 2};
            g.reduce[e] = {static_cast<semi_decoupled::CellOp>((3 * i + e) % 7), (e + 1) % 2};
        }
        networks.push_back(semi_decoupled::darts_network(g, {}));
    }
    const std::vector<Template> templates{built_in_template("kcp_ws"), built_in_template("xp_ws")};
    std::vector<Hardware> points(3, small_hardware());
    points[1].num_pes = 32;  // too few for kcp_ws
    points[2].l2_bytes = points[2].l1_bytes = 1 << 20;
    for (const Mode mode : {Mode::kOriginal, Mode::kCorrected}) {
        Sweep sweep(mode);
        for (const Network& n : networks) sweep.add(n);
        for (const unsigned threads : {1u, 2u, 5u}) {
            std::set<std::pair<std::size_t, std::size_t>> seen;
            sweep.run(templates, points, threads,
                      [&](std::size_t p, std::size_t t, const std::vector<Totals>& totals) {
                          CHECK(seen.insert({p, t}).second);
                          REQUIRE(totals.size() == networks.size());
                          for (std::size_t n = 0; n < networks.size(); ++n) {
                              const NetworkCost want =
                                  cost_of(apply(templates[t], networks[n], mode), points[p], mode);
                              CHECK(totals[n].runtime == want.runtime);
                              CHECK(totals[n].energy_nj == Approx(want.energy).epsilon(1e-12));
                              CHECK(static_cast<int>(totals[n].faults) == want.faults);
                          }
                      });
            CHECK(seen.size() == 6);
        }
        CHECK_THROWS(sweep.run(templates, points, 2,
                               [](auto, auto, auto&) { throw std::runtime_error("full disk"); }));
    }
}

TEST_CASE("an ONNX network becomes layers with the multiply-accumulates of its graph") {
    if (!test::have_data("onnx/resnet8_int8.onnx")) return;
    const Network network = load_network(test::data_path("onnx/resnet8_int8.onnx"));
    const network::Graph graph =
        network::read_network(test::data_path("onnx/resnet8_int8.onnx"), 1);
    int64_t want = 0, got = 0;
    for (const network::LayerId id : graph.order()) want += graph.macs(id);
    for (const Layer& layer : network.layers) got += layer.shape.macs();
    CHECK(got == want);
    Hardware hw = small_hardware();
    hw.l1_bytes = hw.l2_bytes = INT32_MAX;
    const NetworkCost cost =
        cost_of(apply(built_in_template("kcp_ws"), network), hw, Mode::kCorrected);
    CHECK(cost.faults == 0);
    int64_t counted = 0;
    for (const LayerCost& c : cost.layers) counted += c.macs;
    CHECK(counted == want);
    const Network again = parse_network(model_text(network, Mode::kCorrected, false), "again.m");
    REQUIRE(again.layers.size() == network.layers.size());
    for (std::size_t i = 0; i < again.layers.size(); ++i)
        CHECK(again.layers[i].shape == network.layers[i].shape);
}
