// Random layers on the whole platform: firmware, accelerator, DMA and DRAM against the integer
// reference.
#include <catch2/catch.hpp>

#include "tests/platform/random_programs.h"

using namespace msd;
using namespace msd::test;

namespace {

// Runs networks until `layers` layers have been compared.
void run_layers(uint64_t first_seed, std::size_t layers, const std::string& dram) {
    platform::Soc soc("soc", soc_config(dram));
    std::size_t compared = 0, refused = 0, networks = 0;
    for (uint64_t seed = first_seed; compared < layers; ++seed) {
        INFO("seed " << seed);
        RandomProgram p;
        try {
            p = random_program(seed);
        } catch (const scheduler::ScheduleError&) {
            ++refused;  // some devices have buffers too small for some layers
            REQUIRE(refused < 50 + networks);
            continue;
        }
        std::string failure;
        compared += run_and_compare(soc, p, failure);
        INFO(failure);
        REQUIRE(failure.empty());
        ++networks;
    }
    CHECK(compared >= layers);
}

}  // namespace

TEST_CASE("550 random layers equal the reference on LPDDR4") {
    run_layers(1, 550, "lpddr4_x32");
}
TEST_CASE("550 random layers equal the reference on DDR3") {
    run_layers(100'001, 550, "ddr3_1050_x16");
}
TEST_CASE("550 random layers equal the reference on DDR4") {
    run_layers(200'001, 550, "ddr4_2133_x64");
}
TEST_CASE("550 random layers equal the reference on ideal memory") {
    run_layers(300'001, 550, "ideal");
}

TEST_CASE("20000 random layers equal the reference", "[.long]") {
    run_layers(1'000'001, 20'000, "lpddr4_x32");
}

TEST_CASE("a program takes the same cycles after any other program") {
    platform::Soc soc("soc", soc_config("lpddr4_x32"));
    std::string failure;
    const auto a = random_program(11);
    uint64_t first = 0, again = 0;
    run_and_compare(soc, a, failure, &first);
    for (uint64_t seed = 12; seed < 16; ++seed) {
        try {
            run_and_compare(soc, random_program(seed), failure);
        } catch (const scheduler::ScheduleError&) {
        }
    }
    run_and_compare(soc, a, failure, &again);
    CHECK(failure.empty());
    CHECK(first > 0);
    CHECK(first == again);
}
