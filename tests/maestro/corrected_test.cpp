// What corrected mode changes, quirk by quirk: the original's number, ours, and why ours is right.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "codesign/maestro/network_cost.h"
#include "codesign/maestro/templates.h"

using namespace msd::maestro;

namespace {

const char kXp[] =
    "TemporalMap(1,1) K; TemporalMap(1,1) C; TemporalMap(Sz(R),1) Y; SpatialMap(Sz(S),1) X;"
    "TemporalMap(Sz(R),Sz(R)) R; TemporalMap(Sz(S),Sz(S)) S;";

Layer layer(const std::string& head, const std::string& dataflow) {
    const Network n = parse_network(
        "Network n { Layer l { " + head + " Dataflow { " + dataflow + " } } }", "test");
    INFO(n.layers[0].problem);
    REQUIRE(n.layers[0].problem.empty());
    return n.layers[0];
}

LayerCost cost(const Layer& l, const Hardware& hw, Mode mode) {
    const LayerCost c = evaluate(l.shape, l.dataflow, hw, mode);
    INFO(describe(c));
    REQUIRE(c.ok());
    return c;
}

Hardware roomy(int pes = 16) {
    Hardware hw;
    hw.num_pes = pes;
    hw.noc_bw.fill(1000);
    hw.offchip_bw = 50;
    return hw;
}

}  // namespace

TEST_CASE("a layer's energy does not depend on the layer before it") {
    const std::string a =
        "Layer a { Type: CONV Dimensions { K: 64, C: 64, R: 3, S: 3, Y: 30, X: 30 } }";
    const std::string b =
        "Layer b { Type: CONV Dimensions { K: 8, C: 64, R: 1, S: 1, Y: 8, X: 8 } }";
    const auto& kcp = built_in_template("kcp_ws");
    const Network ab = apply(kcp, parse_network("Network n { " + a + " " + b + " }", "ab"));
    const Network ba = apply(kcp, parse_network("Network n { " + b + " " + a + " }", "ba"));
    Hardware hw = roomy(256);
    const NetworkCost o1 = cost_of(ab, hw, Mode::kOriginal), o2 = cost_of(ba, hw, Mode::kOriginal);
    CHECK(o1.energy_nj[0] != Approx(o2.energy_nj[1]));  // with no L1 accesses, and with those of b
    CHECK(o1.energy_nj[1] != Approx(o2.energy_nj[0]));
    const NetworkCost c1 = cost_of(ab, hw, Mode::kCorrected),
                      c2 = cost_of(ba, hw, Mode::kCorrected);
    CHECK(c1.energy_nj[0] == c2.energy_nj[1]);
    CHECK(c1.energy_nj[1] == c2.energy_nj[0]);
}

TEST_CASE(
    "energy is the sum of MAC, L1, L2, NoC and DRAM terms of a table that the user can replace") {
    const Layer l = layer("Type: CONV Dimensions { K: 4, C: 3, R: 3, S: 3, Y: 12, X: 12 }", kXp);
    Hardware hw = roomy();
    const LayerCost all = cost(l, hw, Mode::kCorrected);
    EnergyTable& t = hw.energy;
    double sum = 0;
    const auto only = [&](double EnergyTable::*term, double expected_accesses, double value) {
        t = {1.0, 0, 0, 0, 0};
        if (term) t.*term = value;
        const double energy =
            cost(l, hw, Mode::kCorrected).energy_nj - static_cast<double>(all.macs);
        CHECK(energy == Approx(expected_accesses * value));
        sum += energy;
    };
    double l1 = 0, l2 = 0;
    for (const TensorCounts& c : all.tensor) {
        l1 += static_cast<double>(c.l1_read + c.l1_write);
        l2 += static_cast<double>(c.l2_read + c.l2_write);
    }
    only(nullptr, 0, 0);
    only(&EnergyTable::l1, l1, 1.68);
    only(&EnergyTable::l2, l2, 18.61);
    only(&EnergyTable::noc, static_cast<double>(all.noc_elements), 2);
    only(&EnergyTable::dram, static_cast<double>(all.dram_elements), 200);
    CHECK(all.energy_nj == Approx(0.00023 * (static_cast<double>(all.macs) + sum)));
    CHECK(cost(l, roomy(), Mode::kOriginal).energy_nj <
          all.energy_nj);  // has neither MACs, output reads, NoC nor DRAM
}

TEST_CASE("an input is fetched again when an outer loop starts it over") {
    const Layer l = layer("Type: CONV Dimensions { K: 4, C: 1, R: 3, S: 3, Y: 10, X: 10 }", kXp);
    const LayerCost o = cost(l, roomy(), Mode::kOriginal), c = cost(l, roomy(), Mode::kCorrected);
    // The original: nothing when the output channel moves on, although rows start over.
    CHECK(o.tensor[kInput].l2_read == 8 * 9 + 4 * 7 * 9);
    CHECK(c.tensor[kInput].l2_read == 4 * 10 * 10);  // columns are shared by multicast
    CHECK(c.tensor[kFilter].l2_read == 4 * 9);
}

TEST_CASE("edge tiles count: the multiply-accumulates are the layer's") {
    // squeezenet's first layer in rows: 109 output rows on 36 clusters of 7, 109 columns, stride 2.
    const Network n =
        apply(built_in_template("rs"),
              parse_network("Network n { Layer l { Type: CONV Stride { X: 2, Y: 2 } "
                            "Dimensions { K: 96, C: 3, R: 7, S: 7, Y: 224, X: 224 } } }",
                            "test"));
    const LayerCost o = cost(n.layers[0], roomy(256), Mode::kOriginal),
                    c = cost(n.layers[0], roomy(256), Mode::kCorrected);
    CHECK(c.macs == int64_t{96} * 3 * 49 * 109 * 109);
    CHECK(o.macs == 175'355'712);  // takes the last, smaller step of clusters for a full one
    // 14 columns make 12 outputs, in tiles of 5, 5 and 2.
    const Layer tail = layer("Type: CONV Dimensions { K: 1, C: 1, R: 3, S: 3, Y: 14, X: 14 }",
                             "SpatialMap(Sz(R),1) Y; TemporalMap(7,5) X; TemporalMap(Sz(R),Sz(R)) "
                             "R; TemporalMap(Sz(S),Sz(S)) S;");
    CHECK(cost(tail, roomy(), Mode::kCorrected).macs == 12 * 12 * 9);
}

TEST_CASE("tiles written with gaps or overlaps are laid side by side, and the cost says so") {
    const auto with = [](const char* x) {
        return layer(
            "Type: CONV Dimensions { K: 2, C: 2, R: 3, S: 3, Y: 14, X: 22 }",
            fmt::format("SpatialMap(Sz(R),1) Y; TemporalMap({}) X; TemporalMap(Sz(R),Sz(R)) R; "
                        "TemporalMap(Sz(S),Sz(S)) S;",
                        x));
    };
    const LayerCost side = cost(with("10,8"), roomy(), Mode::kCorrected);
    CHECK_FALSE(side.retiled);
    for (const char* x : {"10,9", "10,1"}) {
        const LayerCost c = cost(with(x), roomy(), Mode::kCorrected);
        CHECK(c.retiled);
        CHECK(c.macs == side.macs);
        CHECK(c.runtime == side.runtime);
    }
    CHECK(cost(with("10,9"), roomy(), Mode::kOriginal).macs != side.macs);
}

TEST_CASE("off-chip time follows from all traffic") {
    const Layer l = layer("Type: CONV Dimensions { K: 4, C: 3, R: 3, S: 3, Y: 12, X: 12 }", kXp);
    Hardware hw = roomy();
    hw.offchip_bw = 1;
    const LayerCost c = cost(l, hw, Mode::kCorrected);
    CHECK(c.dram_elements ==
          3 * 12 * 12 + 4 * 3 * 9 + 4 * 10 * 10);  // L2 holds everything: each element once
    CHECK(c.offchip_cycles == c.dram_elements);
    hw.offchip_bw = 1'000'000;
    const LayerCost fast = cost(l, hw, Mode::kCorrected);
    CHECK(c.runtime == std::max(c.dram_elements, fast.runtime));
    // The original takes the first step's tile for every step, and so never notices that a small L2
    // fetches more.
    hw.offchip_bw = 1;
    hw.l2_bytes = static_cast<int32_t>(c.l2_bytes());
    const LayerCost small = cost(l, hw, Mode::kCorrected);
    CHECK(small.dram_elements > 2 * c.dram_elements);
    CHECK(small.dram_elements == small.tensor[kInput].l2_read + small.tensor[kFilter].l2_read +
                                     small.tensor[kOutput].l2_write);
    CHECK(small.runtime >= small.offchip_cycles);
    const int64_t original = cost(l, hw, Mode::kOriginal).runtime;
    hw.l2_bytes = INT32_MAX;
    CHECK(cost(l, hw, Mode::kOriginal).runtime == original);
}

TEST_CASE("L1 and L2 are limits: double buffers, else single ones in turn, else a diagnosis") {
    const Layer l = layer("Type: CONV Dimensions { K: 4, C: 3, R: 3, S: 3, Y: 12, X: 12 }", kXp);
    Hardware hw = roomy();
    const LayerCost free = cost(l, hw, Mode::kCorrected);
    CHECK(free.l1_bytes == 2 * (9 + 9 + 1));
    CHECK(free.l2_bytes() == 2 * (3 * 12 + 9 + 10));
    for (int32_t Hardware::*limit : {&Hardware::l1_bytes, &Hardware::l2_bytes}) {
        const bool is_l1 = limit == &Hardware::l1_bytes;
        const auto need = static_cast<int32_t>(is_l1 ? free.l1_bytes : free.l2_bytes());
        hw = roomy();
        hw.*limit = need;
        CHECK_FALSE(cost(l, hw, Mode::kCorrected).single_buffered);
        hw.*limit = need - 1;
        const LayerCost single = cost(l, hw, Mode::kCorrected);
        CHECK(single.single_buffered);
        CHECK(single.runtime > free.runtime);
        CHECK((is_l1 ? single.l1_bytes : single.l2_bytes()) == need / 2);
        hw.*limit = need / 2 - 1;
        const LayerCost none = evaluate(l.shape, l.dataflow, hw, Mode::kCorrected);
        CHECK(none.fault == (is_l1 ? Fault::kL1 : Fault::kL2));
        CHECK(none.a == need / 2);
        CHECK(none.b == need / 2 - 1);
        CHECK(cost(l, hw, Mode::kOriginal).runtime == cost(l, roomy(), Mode::kOriginal).runtime);
    }
    hw = roomy();
    hw.bytes_per_element = 2;
    CHECK(cost(l, hw, Mode::kCorrected).l1_bytes == 2 * free.l1_bytes);
}

TEST_CASE("the output's share of L1 is its own tile") {
    const Layer l = layer("Type: CONV Dimensions { K: 4, C: 3, R: 3, S: 3, Y: 12, X: 12 }", kXp);
    CHECK(cost(l, roomy(), Mode::kOriginal).l1_bytes ==
          2 * (9 + 9 + 9));  // one output in the space of nine inputs
    CHECK(cost(l, roomy(), Mode::kCorrected).l1_bytes == 2 * (9 + 9 + 1));
}

TEST_CASE("without multicast every sub-cluster is sent its own copy") {
    const Layer l = layer("Type: CONV Dimensions { K: 4, C: 1, R: 3, S: 3, Y: 10, X: 10 }", kXp);
    Hardware hw = roomy();
    hw.multicast = 0;
    const LayerCost c = cost(l, hw, Mode::kCorrected);
    CHECK(c.tensor[kFilter].l2_read == 8 * 4 * 9);
    CHECK(c.tensor[kInput].l2_read ==
          4 * 10 * 8 * 3);  // three columns each instead of ten together
    CHECK(cost(l, hw, Mode::kOriginal).tensor[kFilter].l2_read ==
          cost(l, roomy(), Mode::kOriginal).tensor[kFilter].l2_read);
}

TEST_CASE("each NoC level has its own bandwidth") {
    const Network n = apply(built_in_template("kcp_ws"),
                            parse_network("Network n { Layer l { Type: CONV Dimensions { K: 8, C: "
                                          "64, R: 3, S: 3, Y: 12, X: 12 } } }",
                                          "test"));
    Hardware hw = parse_hardware(
        "num_pes: 256 noc_bw_cstr: 1000 offchip_bw_cstr: 1000 noc_bw_level_1: 4", "hw");
    Hardware flat = hw;
    flat.noc_bw.fill(1000);
    CHECK(cost(n.layers[0], hw, Mode::kCorrected).runtime >
          2 * cost(n.layers[0], flat, Mode::kCorrected).runtime);
    CHECK(cost(n.layers[0], hw, Mode::kOriginal).runtime ==
          cost(n.layers[0], flat, Mode::kOriginal).runtime);
}

TEST_CASE("a transfer of nothing takes no time") {
    // Channels inside: outputs leave in every third step only. The original's leave in every step.
    const Layer l =
        layer("Type: CONV Dimensions { K: 4, C: 3, R: 1, S: 1, Y: 8, X: 8 }",
              "TemporalMap(1,1) K; TemporalMap(1,1) Y; SpatialMap(1,1) X; TemporalMap(1,1) C;");
    Hardware hw = roomy();
    hw.noc_latency = 3;
    const LayerCost c = cost(l, hw, Mode::kCorrected), o = cost(l, hw, Mode::kOriginal);
    CHECK(c.egress.min == 0);
    CHECK(c.egress.max == 3);
    CHECK(o.egress.min == 3);
}

TEST_CASE("stride counts in the size of the output") {
    const Layer l = layer(
        "Type: CONV Stride { X: 2, Y: 2 } Dimensions { K: 4, C: 3, R: 3, S: 3, Y: 13, X: 13 }",
        kXp);
    CHECK(cost(l, roomy(), Mode::kOriginal).tensor[kOutput].l2_read == 4 * 11 * 11);
    const LayerCost c = cost(l, roomy(), Mode::kCorrected);
    CHECK(c.macs == 4 * 3 * 9 * 6 * 6);
    CHECK(c.tensor[kOutput].l2_write >= 4 * 6 * 6);
    CHECK(c.dram_elements == 3 * 13 * 13 + 4 * 3 * 9 + 4 * 6 * 6);
}

TEST_CASE("a transposed convolution enlarges its input") {
    const std::string dims = "Dimensions { K: 512, C: 1024, R: 2, S: 2, Y: 28, X: 28 }";
    const Layer tr = layer("Type: TRCONV " + dims, kXp), conv = layer("Type: CONV " + dims, kXp);
    const LayerCost o = cost(tr, roomy(), Mode::kOriginal);
    CHECK(o.runtime ==
          cost(conv, roomy(), Mode::kOriginal).runtime);  // to the original they are the same
    CHECK(tr.shape.out_y() == 56);
    const LayerCost c = cost(tr, roomy(), Mode::kCorrected);
    CHECK(c.macs == int64_t{512} * 1024 * 4 * 56 * 56);
    CHECK(cost(conv, roomy(), Mode::kCorrected).macs == int64_t{512} * 1024 * 4 * 27 * 27);
    Hardware hw = roomy();  // each input pixel comes from DRAM once, not its surrounding zeros
    CHECK(cost(tr, hw, Mode::kCorrected).dram_elements ==
          1024 * 28 * 28 + 512 * 1024 * 4 + 512 * 56 * 56);
}

TEST_CASE("dilation spreads the kernel and padding surrounds the input") {
    const std::string dims = "Dimensions { K: 4, C: 3, R: 3, S: 3, Y: 14, X: 14 }";
    const Layer plain = layer("Type: CONV " + dims, kXp);
    const Layer dilated =
        layer("Type: CONV Dilation { X: 2, Y: 2 } " + dims,
              "TemporalMap(1,1) K; TemporalMap(1,1) C; TemporalMap(1,1) Y'; SpatialMap(1,1) X';"
              "TemporalMap(Sz(R),Sz(R)) R; TemporalMap(Sz(S),Sz(S)) S;");
    const Layer padded = layer("Type: CONV Padding { X: 1, Y: 1 } " + dims, kXp);
    CHECK(cost(plain, roomy(), Mode::kCorrected).macs == 4 * 3 * 9 * 12 * 12);
    CHECK(cost(dilated, roomy(), Mode::kCorrected).macs == 4 * 3 * 9 * 10 * 10);
    CHECK(cost(padded, roomy(), Mode::kCorrected).macs == 4 * 3 * 9 * 14 * 14);
    CHECK(cost(padded, roomy(), Mode::kCorrected).dram_elements ==
          3 * 14 * 14 + 4 * 27 + 4 * 14 * 14);  // padding is no traffic
    CHECK(cost(padded, roomy(), Mode::kOriginal).macs ==
          cost(plain, roomy(), Mode::kOriginal).macs);
}

TEST_CASE("a batch counts in the layer that has one, whatever the first layer has") {
    const Network n = parse_network(
        fmt::format(
            "Network n {{ Layer a {{ Type: CONV Dimensions {{ K 4, C 3, R 3, S 3, Y 12, X 12 }} "
            "Dataflow {{ {0} }} }} Layer b {{ Type: CONV Dimensions {{ N 5, K 4, C 3, R 3, S 3, "
            "Y 12, X 12 }} Dataflow {{ {0} }} }} }}",
            kXp),
        "test");
    CHECK(n.layers[1].shape.batch == 0);  // as the original decides
    CHECK(cost(n.layers[1], roomy(), Mode::kOriginal).macs ==
          cost(n.layers[0], roomy(), Mode::kOriginal).macs);
    CHECK(cost(n.layers[1], roomy(), Mode::kCorrected).macs ==
          5 * cost(n.layers[0], roomy(), Mode::kCorrected).macs);
}

TEST_CASE("partial sums that leave before they are done come back") {
    // Input channels outside: each output tile is visited once a channel.
    const Layer l =
        layer("Type: CONV Dimensions { K: 4, C: 3, R: 1, S: 1, Y: 8, X: 8 }",
              "TemporalMap(1,1) C; TemporalMap(1,1) K; TemporalMap(1,1) Y; SpatialMap(1,1) X;");
    const LayerCost c = cost(l, roomy(), Mode::kCorrected);
    CHECK(c.tensor[kOutput].l2_write == 3 * 4 * 64);
    CHECK(c.tensor[kOutput].l2_read ==
          2 * 4 * 64 + 4 * 64);  // fetched again twice, and once to DRAM
    // Inside: it stays until it is done. The original writes it in every step.
    const Layer inside =
        layer("Type: CONV Dimensions { K: 4, C: 3, R: 1, S: 1, Y: 8, X: 8 }",
              "TemporalMap(1,1) K; TemporalMap(1,1) Y; SpatialMap(1,1) X; TemporalMap(1,1) C;");
    CHECK(cost(inside, roomy(), Mode::kCorrected).tensor[kOutput].l2_write == 4 * 64);
    CHECK(cost(inside, roomy(), Mode::kOriginal).tensor[kOutput].l2_write == 3 * 4 * 64);
}

TEST_CASE("two spatial maps must be one window") {
    const std::string dims = "Type: CONV Dimensions { K: 8, C: 8, R: 3, S: 3, Y: 12, X: 12 }";
    for (const char* pair :
         {"SpatialMap(1,1) K; SpatialMap(1,1) C;", "SpatialMap(1,1) Y'; SpatialMap(1,1) R;",
          "SpatialMap(1,1) X; SpatialMap(1,1) R;"}) {
        const Layer l = layer(dims, pair);
        const LayerCost c = evaluate(l.shape, l.dataflow, roomy(), Mode::kCorrected);
        CHECK(c.fault == Fault::kIllegalPair);
    }
    const Layer window =
        layer(dims, "TemporalMap(1,1) Y'; Cluster(3,P); SpatialMap(1,1) Y; SpatialMap(1,1) R;");
    const Layer rows =
        layer(dims, "SpatialMap(1,1) Y'; Cluster(3,P); SpatialMap(1,1) Y; SpatialMap(1,1) R;");
    CHECK(evaluate(window.shape, window.dataflow, roomy(), Mode::kCorrected).fault ==
          Fault::kSpatialMaps);
    CHECK(cost(rows, roomy(), Mode::kCorrected).macs == rows.shape.macs());
}
