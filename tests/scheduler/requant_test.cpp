// The scheduler's multipliers against the formulas of docs/numbers.md and the reference's own.
#include "scheduler/requant.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "network/random.h"
#include "network/reference.h"

using namespace msd;

TEST_CASE("a multiplier of one is 2^23 shifted by 23") {
    CHECK(scheduler::multiplier_of(1.0).value == 1 << 23);
    CHECK(scheduler::multiplier_of(1.0).shift == 23);
    CHECK(scheduler::multiplier_of(0.75).value == 3 << 22);
    CHECK(scheduler::multiplier_of(0.75).shift == 24);
}

TEST_CASE("a mantissa that rounds up to a power of two is carried into the exponent") {
    const auto m = scheduler::multiplier_of(std::nextafter(1.0, 0.0));
    CHECK(m.value == 1 << 23);
    CHECK(m.shift == 23);
}

TEST_CASE("random multipliers are those of the reference") {
    network::Random random(1, 0);
    for (int i = 0; i < 100000; ++i) {
        const double factor = std::ldexp(random.uniform(0.5, 1.0), random.below(60) - 38);
        const auto own = scheduler::multiplier_of(factor);
        const auto other = network::requant_of(factor);
        REQUIRE(own.value == other.m);
        REQUIRE(own.shift == other.s);
        REQUIRE(std::abs(std::ldexp(own.value, -own.shift) / factor - 1) <= std::ldexp(1, -24));
    }
}

TEST_CASE("random multipliers of average pools are those of the reference") {
    network::Random random(3, 0);
    for (int i = 0; i < 100000; ++i) {
        const double factor = std::ldexp(random.uniform(0.5, 1.0), random.below(45) - 29);
        const auto own = scheduler::pool_multiplier_of(factor);
        const auto other = network::pool_requant_of(factor);
        REQUIRE(own.value == other.m);
        REQUIRE(own.shift == other.s);
        REQUIRE(std::abs(std::ldexp(own.value, -own.shift) / factor - 1) <= std::ldexp(1, -16));
    }
    CHECK_THROWS_AS(scheduler::pool_multiplier_of(std::ldexp(1, -32)), std::invalid_argument);
    CHECK_THROWS_AS(network::pool_requant_of(std::ldexp(1, -32)), std::invalid_argument);
}

TEST_CASE("factors that no shift expresses are refused") {
    for (double factor :
         {0.0, -1.0, std::ldexp(1, -60), std::ldexp(1, 23), HUGE_VAL, std::nan("")}) {
        CHECK_THROWS_AS(scheduler::multiplier_of(factor), std::invalid_argument);
        if (factor != std::ldexp(1, -60))
            CHECK_THROWS_AS(scheduler::add_multipliers_of(factor, 1.0), std::invalid_argument);
    }
    CHECK(scheduler::add_multipliers_of(std::ldexp(1, -60), 1.0).a ==
          0);  // below half a unit: the operand is lost
}

TEST_CASE("the operands of an addition share a shift, and the larger multiplier has 24 bits") {
    network::Random random(2, 0);
    for (int i = 0; i < 100000; ++i) {
        const double a = std::ldexp(random.uniform(0.5, 1.0), random.below(20) - 12);
        const double b = std::ldexp(random.uniform(0.5, 1.0), random.below(20) - 12);
        const auto m = scheduler::add_multipliers_of(a, b),
                   swapped = scheduler::add_multipliers_of(b, a);
        REQUIRE(m.a == swapped.b);
        REQUIRE(m.b == swapped.a);
        REQUIRE(m.shift == swapped.shift);
        REQUIRE(std::max(m.a, m.b) >= 1u << 23);
        REQUIRE(std::max(m.a, m.b) < 1u << 24);
        const auto other = network::add_requant_of(a, b);
        REQUIRE(m.a == other.ma);
        REQUIRE(m.b == other.mb);
        REQUIRE(m.shift == other.s);
    }
}
