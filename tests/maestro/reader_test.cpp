// The readers: what they accept as the original does, and what they say of mistakes.
#include <catch2/catch.hpp>
#include <fstream>

#include "codesign/maestro/model_text.h"
#include "codesign/maestro/network_cost.h"
#include "codesign/maestro/templates.h"
#include "codesign/semi_decoupled/darts.h"
#include "tests/support.h"

using namespace msd;
using namespace msd::maestro;

namespace {

std::string network_error(const std::string& text) {
    try {
        parse_network(text, "a.m");
    } catch (const InputError& e) {
        return e.what();
    }
    return "";
}

std::string hardware_error(const std::string& text) {
    try {
        parse_hardware(text, "h.m");
    } catch (const InputError& e) {
        return e.what();
    }
    return "";
}

const char kConv[] = "Type: CONV Dimensions { K 8, C 4, R 3, S 3, Y 20, X 20 }";

std::string with_layer(const std::string& body) {
    return "Network n {\nLayer a {\n" + body + "\n}\n}\n";
}

}  // namespace

TEST_CASE("separators are cosmetic and a dash splits a name") {
    const Network n = parse_network(
        "Constant T 5;\nNetwork x y {\n Layer Conv2d-7 { // comment }\n Type CONV\n"
        "Dimensions { K:T C>3 (R 3) S,3;Y: 20\tX 21 } } }",
        "a.m");
    CHECK(n.name == "y");
    REQUIRE(n.layers.size() == 1);
    CHECK(n.layers[0].name == "7");
    CHECK(n.layers[0].line == 3);
    CHECK(n.layers[0].shape.size[kK] == 5);
    CHECK(n.layers[0].shape.size[kX] == 21);
    CHECK(n.layers[0].printed_input == 3 * 20 * 21);
}

TEST_CASE("braces need no blanks, and a byte order mark or carriage returns do no harm") {
    const std::string text =
        "\xef\xbb\xbfNetwork n{\r\nLayer a{Type: CONV\r\nStride {X: 2, Y: 2}\r\n"
        "Dimensions {K: 8, C: 4, R: 3, S: 3, Y: 20, X: 20}\r\n"
        "Dataflow {SpatialMap(1,1) K;}}}\r\n";
    const Network n = parse_network(text, "a.m");
    REQUIRE(n.layers.size() == 1);
    CHECK(n.layers[0].problem == "");
    CHECK(n.layers[0].name == "a");
    CHECK(n.layers[0].shape.stride_x == 2);
    CHECK(n.layers[0].shape.size[kX] == 20);
    CHECK(n.layers[0].dataflow.count == 1);
    CHECK(n.layers[0].line == 2);
    CHECK(network_error("Network n{\nLayer a{Type: CONV Dimensions {K: x}}}") ==
          "a.m:2:35: 'x' where a size should be: a whole number or a constant");
}

TEST_CASE("a hardware block of older files is passed over, and the last brace may be missing") {
    const std::string layer = "Layer a { " + std::string(kConv) + " }\n";
    const std::string block =
        "Accelerator {\n PE { NumPEs: 128; VectorWidth: 4; MultPrecision: INT8 }\n"
        " Buffer { GlobalL2: 2048, LocalL1: 64}\n NoC {Bandwidth: 64; AvgLatency: 2}\n}\n";
    CHECK(parse_network("Network n {\n" + layer + "}\n" + block, "a.m").layers.size() == 1);
    CHECK(parse_network(block + "Network n {\n" + layer + "}\n", "a.m").layers.size() == 1);
    CHECK(parse_network("Network n {\n" + layer, "a.m").layers.size() == 1);
    CHECK(network_error("Network n {\n") ==
          "a.m:1:1: the file ends where Layer or } should follow");
    CHECK(network_error("Accelerator {\n PE {") == "a.m:2:1: the file ends where } should follow");
}

TEST_CASE("a layer without dataflow takes the one before it, sizes resolved there") {
    const Network n =
        parse_network("Network n { Layer a { " + std::string(kConv) +
                          " Dataflow { SpatialMap(Sz(R),1) Y; TemporalMap(2,2) K; } } Layer b { " +
                          kConv + " } }",
                      "a.m");
    CHECK(n.layers[1].dataflow == n.layers[0].dataflow);
    CHECK(n.layers[0].dataflow.list[0].size == 3);
}

TEST_CASE("layers may be given by their outputs") {
    const Network n = parse_network(
        with_layer(
            "Type: CONV Stride { X: 2, Y: 2 } Dimensions { K 8, C 4, R 3, S 3, Y' 10, X' 9 }"),
        "a.m");
    CHECK(n.layers[0].problem == "");
    CHECK(n.layers[0].shape.out_y() == 10);
    CHECK(n.layers[0].shape.out_x() == 9);
}

TEST_CASE("unreadable files are refused with file, line, column and what would be right") {
    CHECK(network_error("") == "a.m:1:1: holds no Network { … }");
    CHECK(network_error("Netwrok n {") == "a.m:1:1: 'Netwrok' where Network or Constant should be");
    CHECK(network_error("Network n {\n  Layr a {") == "a.m:2:3: 'Layr' where Layer or } should be");
    CHECK(network_error("Network n { Layer a {\n Type: CONV\n Dims { }") ==
          "a.m:3:2: 'Dims' where Type, Stride, Dilation, Padding, Dimensions, Dataflow or } should "
          "be");
    CHECK(network_error("Network n { Layer a { Type: CONV Dimensions { K: many") ==
          "a.m:1:50: 'many' where a size should be: a whole number or a constant");
    CHECK(network_error("Network n { Layer a {") == "a.m:1:1: the file ends where } should follow");
    CHECK(network_error(with_layer("Dataflow { SpatialMap(1 x) K; }")) ==
          "a.m:3:25: 'x' where an offset should be: a whole number, a constant or Sz(dimension)");
    CHECK(network_error(with_layer("Dataflow { Cluster(4, Q); }")) ==
          "a.m:3:23: 'Q' where P or L should be");
    CHECK(network_error("Constant A B;") == "a.m:1:12: 'B' is no whole number of 0..16777216");
    CHECK_THROWS_AS(read_network_file("/nonexistent.m"), InputError);
    CHECK_THROWS_AS(read_network_file("/"), InputError);
}

TEST_CASE("what spoils one layer is said of that layer, and the others are read") {
    const auto problem = [](const std::string& body) {
        return parse_network(with_layer(body), "a.m").layers[0].problem;
    };
    CHECK(
        problem("Type: POOL Dimensions { C 3 }") ==
        "a.m:3:7: layer type 'POOL' has no model; there are CONV, DSCONV, NGCONV, TRCONV and GEMM");
    CHECK(problem("Type: CONV Dimensions { K 0 }") ==
          "a.m:3:27: a size is 0; it must be 1..16777216");
    CHECK(problem("Type: CONV Dimensions { K 8 } Stride { X: 2 }") ==
          "a.m:3:31: Stride must precede Dimensions");
    CHECK(problem("Type: CONV Dimensions { K 8, Q 3 }") ==
          "a.m:3:30: 'Q' is no dimension; there are N G K C R S Y X Y' X' M");
    CHECK(problem("Type: CONV Dimensions { K 8 } Dataflow { TemporalMap(Sz(C),1) K; }") ==
          "a.m:3:57: Sz of 'C', which the layer does not list before");
    CHECK(problem("Dimensions { K 8 }") == "a.m:2:1: the layer has no Type");
    CHECK(problem("Type: CONV Dimensions { K 8, C 4, R 3, S 3, Y 20, Y' 18, X 20 }") ==
          "a.m:2:1: lists both Y and Y'; list one");
    const Network n = parse_network("Network n { Layer a { Type: LSTM } Layer b { " +
                                        std::string(kConv) + " Dataflow { SpatialMap(1,1) K; } } }",
                                    "a.m");
    Hardware hw;
    hw.num_pes = 4;
    const NetworkCost cost = cost_of(n, hw, Mode::kOriginal);
    CHECK(cost.faults == 1);
    CHECK(cost.layers[1].ok());
    CHECK(diagnoses(n, cost)[0].find("a.m:1:29: layer a: layer type 'LSTM' has no model") == 0);
    const std::string csv = cost_csv(n, hw, cost);
    CHECK(csv.find("\nn,a,4," + std::string(48, ',') + "\n") != std::string::npos);
}

TEST_CASE("hardware files take the original's keys and ours, and name the rest") {
    const Hardware hw = parse_hardware(
        "num_pes: 64\nl1_size_cstr: 100\nl2_size_cstr: 3000 // bytes\nnoc_bw_cstr: 8\nNoC_NumHops: "
        "2\n"
        "offchip_bw_cstr: 5\nnoc_bw_level_2: 4 noc_multicast: 0 bytes_per_element: 2 "
        "num_simd_lanes: 3",
        "h.m");
    CHECK(hw.num_pes == 64);
    CHECK(hw.noc_bw == std::array<int32_t, 4>{8, 8, 4, 8});
    CHECK(hw.noc_latency == 2);
    CHECK(hw.multicast == 0);
    CHECK(hw.bytes_per_element == 2);
    CHECK(hw.simd_lanes == 3);
    CHECK(parse_hardware("", "h.m").num_pes == 1);  // the original's default
    CHECK(hardware_error("pes: 4").find(
              "h.m:1:1: unknown key 'pes'; there are num_pes, l1_size_cstr") == 0);
    CHECK(hardware_error("num_pes: 0") ==
          "h.m:1:10: num_pes is '0'; it must be a whole number of 1..16777216");
    CHECK(hardware_error("\nnum_pes") == "h.m:2:1: the file ends where a value should follow");
    EnergyTable table;
    parse_energy("mac_nj: 0.001 l2: 6", "e.m", table);
    CHECK(table.mac_nj == 0.001);
    CHECK(table.l2 == 6);
    CHECK_THROWS_WITH(parse_energy("l2: much", "e.m", table),
                      "e.m:1:5: l2 is 'much'; it must be a number of 0..1e9");
}

TEST_CASE("a written model or mapping reads back the same") {
    const std::string text = with_layer(
        "Type: NGCONV Stride { X: 2, Y: 1 } Dilation { Y: 2 X: 3 } Padding { Top: 1, Right: 4 } "
        "Dimensions { N 2, G 3, K 8, C 4, R 3, S 3, Y 20, X 20 } "
        "Dataflow { SpatialMap(1,1) K; TemporalMap(3,1) Y; Cluster(2, P); SpatialMap(2,2) X'; }");
    const Network n = parse_network(text, "a.m");
    REQUIRE(n.layers[0].problem == "");
    const Network again = parse_network(model_text(n, Mode::kCorrected, true), "b.m");
    CHECK(again.layers[0].shape == n.layers[0].shape);
    CHECK(again.layers[0].dataflow == n.layers[0].dataflow);
    CHECK(again.name == n.name);
    const std::string old =
        model_text(n, Mode::kOriginal, false);  // the original's reader knows neither block
    CHECK(old.find("Padding") == std::string::npos);
    CHECK(old.find("Dilation") == std::string::npos);
    CHECK(old.find("Dataflow") == std::string::npos);
}

TEST_CASE("a template gives a given mapping from its model") {
    if (!test::have_data("maestro/model/Resnet50_model.m")) return;
    struct Case {
        const char *model, *templ, *mapping;
    };
    for (const Case& c :
         {Case{"Resnet50", "kcp_ws", "Resnet50_kcp_ws"},
          Case{"Resnet50", "xp_ws", "Resnet50_xp_ws"}, Case{"Resnet50", "nlr", "Resnet50_nlr"},
          Case{"squeezenet1_0", "kcp_ws", "squeezenet1_0_kcp_ws"},
          Case{"squeezenet1_0", "rs", "squeezenet1_0_rs"}, Case{"vgg16", "xp_ws", "vgg16_xp_ws"}}) {
        const Network model = read_network_file(
            test::data_path(std::string("maestro/model/") + c.model + "_model.m"));
        const Network want =
            read_network_file(test::data_path(std::string("maestro/mapping/") + c.mapping + ".m"));
        const Network got = apply(built_in_template(c.templ), model);
        INFO(c.mapping);
        REQUIRE(got.layers.size() == want.layers.size());
        int same = 0, convs = 0;
        for (std::size_t i = 0; i < want.layers.size(); ++i) {
            if (want.layers[i].shape.type != LayerType::kConv ||
                !(want.layers[i].shape == got.layers[i].shape))
                continue;
            ++convs;
            same += got.layers[i].dataflow == want.layers[i].dataflow;
        }
        CHECK(convs > 0);
        CHECK(same == convs);
    }
    CHECK_THROWS_WITH(built_in_template("kcp"),
                      Catch::Contains("no template is called 'kcp'; there are kcp_ws, rs, xp_ws"));
}

TEST_CASE("bad genotypes are refused with the entry and what would be right") {
    using semi_decoupled::parse_genotypes;
    CHECK_THROWS_WITH(parse_genotypes("nonsense", "g.json"),
                      "g.json: is no JSON list of genotypes");
    CHECK_THROWS_WITH(
        parse_genotypes("[{}]", "g.json"),
        "g.json: entry 0: normal: missing; it must be a list of 8 pairs [operation, node]");
    CHECK_THROWS_WITH(
        parse_genotypes(R"([{"normal": [["skip_connect", 2],0,0,0,0,0,0,0]}])", "g.json"),
        Catch::Contains("edge 0 comes from node 2, not 0..1"));
}
