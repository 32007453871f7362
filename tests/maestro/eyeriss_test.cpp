// The row-stationary mapping of AlexNet on Eyeriss: cycles and active PEs of the original program,
// which stand beside the chip's own measurements (Chen et al., JSSC 2017, AlexNet at batch
// 4: 3.30, 7.84, 4.36, 3.20 and 2.00 M cycles at 200 MHz).
#include <catch2/catch.hpp>
#include <cmath>

#include "codesign/maestro/network_cost.h"

using namespace msd::maestro;

namespace {

struct Row {
    const char* name;
    int64_t cycles;
    double pes;
    double chip_ms;
};

const Row kRows[] = {
    {"CONV1", 3'297'188, 151.25, 16.5}, {"CONV2", 7'921'306, 135, 39.2},
    {"CONV3", 4'142'630, 156, 21.8},    {"CONV4", 3'598'206, 156, 16.0},
    {"CONV5", 2'054'398, 156, 10.0},
};

Network alexnet() {
    return read_network_file(MSD_SOURCE_DIR "/scenarios/eyeriss_alexnet.m");
}

Hardware eyeriss() {
    return read_hardware_file(MSD_SOURCE_DIR "/scenarios/eyeriss.m");
}

}  // namespace

TEST_CASE(
    "Eyeriss' mapping of AlexNet costs what the original says, 1.5 % from the chip in total") {
    const Network network = alexnet();
    const NetworkCost cost = cost_of(network, eyeriss(), Mode::kOriginal);
    for (const auto& message : diagnoses(network, cost)) UNSCOPED_INFO(message);
    REQUIRE(cost.faults == 0);
    REQUIRE(cost.layers.size() == 5);
    double chip_ms = 0;
    for (std::size_t i = 0; i < cost.layers.size(); ++i) {
        INFO(kRows[i].name);
        CHECK(network.layers[i].name == kRows[i].name);
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
