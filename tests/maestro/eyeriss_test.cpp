// The row-stationary mapping of AlexNet on Eyeriss: cycles and active PEs of the original program,
// which stand beside the chip's own measurements (Chen et al., JSSC 2017, AlexNet at batch
// 4: 3.30, 7.84, 4.36, 3.20 and 2.00 M cycles at 200 MHz).
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <sstream>

#include "codesign/maestro/network_cost.h"
#include "codesign/maestro/network_files.h"
#include "codesign/maestro/tokens.h"

using namespace msd::maestro;

namespace {

// Directives as words: "K16" a temporal tile of 16, "/" a spatial one; "R" and "S" the whole
// kernel; "c13" a cluster; a second number is an offset that differs.
struct Row {
    const char* name;
    int k, c, kernel, side, stride;
    const char* directives;
    int64_t cycles;
    double pes;
    double chip_ms;
};

const Row kRows[] = {
    {"CONV1", 96, 3, 11, 227, 4, "/Y'1 X'1 N1 C1 K16 R S cR N1 C1 K2 /Y1 /R1 S", 3'297'188, 151.25,
     16.5},
    {"CONV2", 256, 48, 5, 31, 1, "/Y'1 X'1 N1 C2 K16 R S cR C1 /Y1 /R1 S", 7'921'306, 135, 39.2},
    {"CONV3", 384, 256, 3, 15, 1,
     "N4 /K16 C4 Y'13 X15,13 R S c13 N4 K16 C4 /Y'1 X15,13 R S cR N4 C4 K16 X'13 /Y1 /R1 S",
     4'142'630, 156, 21.8},
    {"CONV4", 384, 192, 3, 15, 1,
     "N4 C6 /K16 Y'13 X'13 R S c2 N4 /C3 K16 Y'13 X'1 R S c13 N4 C3 K16 /Y'1 X'1 R S cR N1 C1 K1 "
     "X'1 /Y1 /R1 S",
     3'598'206, 156, 16.0},
    {"CONV5", 256, 192, 3, 15, 1,
     "N4 C6 /K16 Y'13 X'13 R S c2 N4 /C3 K16 Y'13 X'8 R S c13 N1 C3 K16 /Y'1 X'1 R S cR N1 C1 K2 "
     "X'1 /Y1 /R1 S",
     2'054'398, 156, 10.0},
};

Network alexnet() {
    Network network;
    network.name = "alexnet";
    network.file = "alexnet";
    for (const Row& row : kRows) {
        Layer layer;
        layer.name = row.name;
        Shape& s = layer.shape;
        s.size[kN] = 4;
        s.size[kK] = row.k;
        s.size[kC] = row.c;
        s.size[kR] = s.size[kS] = row.kernel;
        s.size[kY] = s.size[kX] = row.side;
        s.stride_y = s.stride_x = row.stride;
        std::istringstream words(row.directives);
        for (std::string word; words >> word;) {
            Directive d;
            if (word[0] == '/') {
                d.kind = DirectiveKind::kSpatial;
                word.erase(0, 1);
            }
            if (word[0] == 'c') d.kind = DirectiveKind::kCluster;
            const std::size_t digits = std::min(word.find_first_of("0123456789"), word.size());
            if (word[0] != 'c') REQUIRE(parse_dim(word.substr(0, digits), d.dim));
            const std::size_t comma = word.find(',');
            d.size = digits == word.size() ? row.kernel : std::stoi(word.substr(digits));
            d.offset = comma == std::string::npos ? d.size : std::stoi(word.substr(comma + 1));
            REQUIRE(layer.dataflow.add(d));
        }
        network.layers.push_back(layer);
    }
    finish(network);
    return network;
}

Hardware eyeriss() {
    Hardware hw;
    hw.num_pes = 168;
    hw.noc_bw.fill(14);
    hw.offchip_bw = 70'000;
    return hw;
}

}  // namespace

TEST_CASE(
    "Eyeriss' mapping of AlexNet costs what the original says, 1.5 % from the chip in total") {
    const Network network = alexnet();
    const NetworkCost cost = cost_of(network, eyeriss(), Mode::kOriginal);
    for (const auto& message : diagnoses(network, cost)) UNSCOPED_INFO(message);
    REQUIRE(cost.faults == 0);
    double chip_ms = 0;
    for (std::size_t i = 0; i < cost.layers.size(); ++i) {
        INFO(kRows[i].name);
        CHECK(cost.layers[i].runtime == kRows[i].cycles);
        CHECK(cost.layers[i].avg_pes == Approx(kRows[i].pes));
        CHECK(std::abs(static_cast<double>(cost.layers[i].runtime) / 200e3 / kRows[i].chip_ms - 1) <
              0.13);
        chip_ms += kRows[i].chip_ms;
    }
    CHECK(cost.runtime == 21'013'728);
    CHECK(static_cast<double>(cost.runtime) / 200e3 / chip_ms == Approx(1.015).margin(0.001));
}

TEST_CASE("Eyeriss' mapping of AlexNet has every multiply-accumulate in corrected mode") {
    const Network network = alexnet();
    const NetworkCost cost = cost_of(network, eyeriss(), Mode::kCorrected);
    for (const auto& message : diagnoses(network, cost)) UNSCOPED_INFO(message);
    REQUIRE(cost.faults == 0);
    for (std::size_t i = 0; i < cost.layers.size(); ++i)
        CHECK(cost.layers[i].macs == network.layers[i].shape.macs());
    CHECK(cost.runtime == 20'114'121);
}
