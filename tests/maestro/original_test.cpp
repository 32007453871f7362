// Original mode against what the original program printed, cell by cell.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <sstream>

#include "codesign/maestro/batch.h"
#include "codesign/maestro/network_cost.h"
#include "codesign/semi_decoupled/darts.h"
#include "codesign/semi_decoupled/study.h"
#include "tests/support.h"

using namespace msd;
using namespace msd::maestro;

namespace {

std::vector<std::string> split(const std::string& line, char separator) {
    std::vector<std::string> cells;
    std::stringstream stream(line);
    for (std::string cell; std::getline(stream, cell, separator);) cells.push_back(cell);
    return cells;
}

std::vector<std::vector<std::string>> table(const std::string& csv) {
    std::vector<std::vector<std::string>> rows;
    for (const std::string& line : split(csv, '\n')) rows.push_back(split(line, ','));
    return rows;
}

}  // namespace

TEST_CASE("original mode prints every cell of every given CSV as the original does") {
    if (!test::have_data("maestro/expected")) return;
    int files = 0, cells = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(test::data_path("maestro/expected"))) {
        const std::string name = entry.path().stem().string();
        const std::size_t cut = name.find("__");
        const Network network =
            read_network_file(test::data_path("maestro/mapping/" + name.substr(0, cut) + ".m"));
        const Hardware hw =
            read_hardware_file(test::data_path("maestro/hw/" + name.substr(cut + 2) + ".m"));
        const NetworkCost cost = cost_of(network, hw, Mode::kOriginal);
        const std::string csv = cost_csv(network, hw, cost),
                          expected = read_text(entry.path().string());
        ++files;
        INFO(name);
        CHECK(cost.faults == 0);
        if (csv == expected) {
            cells += static_cast<int>(std::count(expected.begin(), expected.end(), ','));
            continue;
        }
        const auto got = table(csv), want = table(expected);
        REQUIRE(got.size() == want.size());
        for (std::size_t r = 0; r < want.size(); ++r) {
            INFO("row " << r);
            REQUIRE(got[r] == want[r]);
        }
        FAIL("the cells agree, the separators do not");
    }
    CHECK(files == 31);
    CHECK(cells > 50'000);
}

TEST_CASE(
    "given mappings on which the original dies get a diagnosis a layer and the other layers a "
    "cost") {
    if (!test::have_data("maestro/mapping")) return;
    const Hardware hw = read_hardware_file(test::data_path("maestro/hw/accelerator_1.m"));
    struct Case {
        const char* mapping;
        std::size_t layers;
        int faults;
        Fault first;
        std::string text;
    };
    const Case cases[] = {
        {"UNet_kcp_ws", 23, 1, Fault::kKernelTile, "R has size 7"},
        {"googlenet_ykp_os", 64, 63, Fault::kKernelTile, "of R has size"},
        {"vgg16_rs", 13, 13, Fault::kDivisionByZero, "compute nothing"},
    };
    for (const Case& c : cases) {
        for (const Mode mode : {Mode::kOriginal, Mode::kCorrected}) {
            const Network network = read_network_file(
                test::data_path(std::string("maestro/mapping/") + c.mapping + ".m"));
            const NetworkCost cost = cost_of(network, hw, mode);
            INFO(c.mapping << (mode == Mode::kOriginal ? " original" : " corrected"));
            CHECK(network.layers.size() == c.layers);
            CHECK(cost.layers.size() == c.layers);
            const auto messages = diagnoses(network, cost);
            REQUIRE(!messages.empty());
            CHECK(static_cast<int>(messages.size()) == cost.faults);
            CHECK(messages[0].find(".m:") != std::string::npos);
            CHECK(messages[0].find(": layer ") != std::string::npos);
            if (mode != Mode::kOriginal) continue;
            CHECK(cost.faults == c.faults);
            const auto bad = std::find_if(cost.layers.begin(), cost.layers.end(),
                                          [](const LayerCost& l) { return !l.ok(); });
            CHECK(bad->fault == c.first);
            CHECK(messages[0].find(c.text) != std::string::npos);
        }
    }
}

TEST_CASE("corrected mode has every multiply-accumulate of every given mapping") {
    if (!test::have_data("maestro/mapping")) return;
    Hardware hw = read_hardware_file(test::data_path("maestro/hw/accelerator_1.m"));
    hw.l1_bytes = hw.l2_bytes = INT32_MAX;  // the given hardware's L2 is too small for some
    int layers = 0, fewer = 0, more = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(test::data_path("maestro/mapping"))) {
        const Network network = read_network_file(entry.path().string());
        const NetworkCost original = cost_of(network, hw, Mode::kOriginal),
                          corrected = cost_of(network, hw, Mode::kCorrected);
        CHECK(original.faults == corrected.faults);
        for (std::size_t i = 0; i < network.layers.size(); ++i) {
            if (!corrected.layers[i].ok()) continue;
            INFO(entry.path() << " " << network.layers[i].name);
            REQUIRE(corrected.layers[i].macs == network.layers[i].shape.macs());
            ++layers;
            fewer += original.layers[i].macs < corrected.layers[i].macs;
            more += original.layers[i].macs > corrected.layers[i].macs;
        }
    }
    CHECK(layers > 500);
    CHECK(fewer > 0);
    CHECK(more > 0);
}

TEST_CASE("hardware with fewer PEs than a cluster is a diagnosis, not a crash") {
    if (!test::have_data("maestro/mapping/Resnet50_kcp_ws.m")) return;
    const Network network = read_network_file(test::data_path("maestro/mapping/Resnet50_kcp_ws.m"));
    for (int pes = 1; pes <= 66; ++pes) {
        Hardware hw = read_hardware_file(test::data_path("maestro/hw/accelerator_1.m"));
        hw.num_pes = pes;
        for (const Mode mode : {Mode::kOriginal, Mode::kCorrected}) {
            const NetworkCost cost = cost_of(network, hw, mode);
            INFO(pes);
            if (pes < 64) {
                REQUIRE(cost.faults == 50);  // the 16 DSCONV layers have no cluster
                REQUIRE(cost.layers[0].fault == Fault::kTooFewPes);
                REQUIRE(describe(cost.layers[0]) ==
                        fmt::format(
                            "its clusters take 64 PEs, but num_pes is {}; raise it or cluster less",
                            pes));
            } else if (mode == Mode::kOriginal) {
                REQUIRE(cost.faults == 0);
            }
        }
    }
}

TEST_CASE("numbers of a network stop at the largest one instead of overflowing") {
    std::string text = "Network n {\n";
    for (int i = 0; i < 300; ++i)  // 2^55 cycles each
        text +=
            "Layer l { Type: CONV Dimensions { K: 16777216, C: 16777216, R: 1, S: 1, Y: 64, X: 2 } "
            "Dataflow { SpatialMap(16,16) K; TemporalMap(65536,65536) C; } }\n";
    const Network network = parse_network(text + "}\n", "a.m");
    for (const Mode mode : {Mode::kOriginal, Mode::kCorrected}) {
        const NetworkCost cost = cost_of(network, Hardware(), mode);
        CHECK(cost.faults == 0);
        CHECK(cost.layers[0].runtime >= int64_t{1} << 55);
        CHECK(cost.runtime == INT64_MAX);
    }
    semi_decoupled::Study study(Mode::kOriginal, true);
    study.add(network);
    CHECK(study.networks()[0].macs == INT64_MAX);
    CHECK(study.networks()[0].weights == 300 * (int64_t{1} << 48));
    // Buffers of 2 x 2^60 elements for input and output each.
    const Network large = parse_network(
        "Network n { Layer l { Type: DSCONV Dimensions { C: 1048576, R: 1, S: 1, Y: 1048576, X: "
        "1048576 } Dataflow { SpatialMap(1048576,1048576) C; } } }",
        "a.m");
    CHECK(cost_of(large, Hardware(), Mode::kOriginal).layers[0].fault == Fault::kTooLarge);
}

TEST_CASE("the first 200 networks cost what was published on six configurations") {
    if (!test::have_data("nasbench/reference_first200.csv")) return;
    const auto genotypes =
        semi_decoupled::read_genotypes(test::data_path("nasbench/genotypes.json"));
    REQUIRE(genotypes.size() == 1018);
    Sweep sweep(Mode::kOriginal);
    for (const auto& g : genotypes) sweep.add(semi_decoupled::darts_network(g, {}));
    CHECK(sweep.layers() == 331'338);
    CHECK(sweep.shapes() == 32);
    const auto rows = table(read_text(test::data_path("nasbench/reference_first200.csv")));
    REQUIRE(rows.size() == 201);
    std::size_t column = 3;
    for (const char* name : {"kcp_ws", "rs", "xp_ws"}) {
        for (const int hw_index : {1, 2}) {
            Hardware hw;
            hw.num_pes = hw_index == 1 ? 256 : 128;
            hw.noc_bw.fill(hw_index == 1 ? 1000 : 500);
            hw.offchip_bw = 300;
            const auto totals = sweep.run(built_in_template(name), hw);
            for (std::size_t r = 1; r < rows.size(); ++r) {
                const int model = std::stoi(rows[r][0]);
                const bool doubled = column == 3 && rows[r][16] == "1";
                const double latency = std::stod(rows[r][column]) / (doubled ? 2 : 1);
                const double energy = std::stod(rows[r][column + 1]) / (doubled ? 2 : 1);
                INFO(name << " hardware " << hw_index << " model " << model);
                REQUIRE(totals[model].faults == 0);
                REQUIRE(static_cast<double>(totals[model].runtime) == latency);
                REQUIRE(std::abs(totals[model].energy_nj / energy - 1) < 1e-6);
            }
            column += 2;
        }
    }
}

TEST_CASE("the networks of the DARTS space use exactly the listed layer shapes") {
    if (!test::have_data("nasbench/unique_layers.csv")) return;
    std::vector<std::string> listed, used;
    const auto rows = table(read_text(test::data_path("nasbench/unique_layers.csv")));
    for (std::size_t r = 1; r < rows.size(); ++r)
        listed.push_back(fmt::format("{} {} {} {} {} {} {}",
                                     rows[r][0] == "LIN" ? "CONV" : rows[r][0], rows[r][1],
                                     rows[r][2], rows[r][3], rows[r][4], rows[r][5], rows[r][6]));
    for (const auto& g :
         semi_decoupled::read_genotypes(test::data_path("nasbench/genotypes.json"))) {
        for (const Layer& layer : semi_decoupled::darts_network(g, {}).layers) {
            const auto& s = layer.shape;
            used.push_back(fmt::format("{} {} {} {} {} {} {}", to_string(s.type), s.size[kK],
                                       s.size[kC], s.size[kR], s.stride_y, s.size[kY], s.size[kX]));
        }
    }
    for (auto* list : {&listed, &used}) {
        std::sort(list->begin(), list->end());
        list->erase(std::unique(list->begin(), list->end()), list->end());
    }
    CHECK(used == listed);
}
