// Multipliers, shifts and bounds: docs/numbers.md with its numbers written out.
#include <catch2/catch.hpp>
#include <cmath>

#include "network/random_weights.h"
#include "network/reference.h"

using namespace msd::network;

TEST_CASE("a factor of one is multiplier 2^23 and shift 23") {
    const Requant r = requant_of(1.0);
    CHECK(r.m == 8388608);
    CHECK(r.s == 23);
}

TEST_CASE("multipliers are rounded half up to 24 bits and carry into the shift") {
    CHECK(requant_of(0.75).m == 12582912);  // 0.75 * 2^24
    CHECK(requant_of(0.75).s == 24);
    const double half = (10000000 + 0.5) / 16777216;  // exactly between two multipliers
    CHECK(requant_of(half).m == 10000001);
    CHECK(requant_of(std::nextafter(half, 0.0)).m == 10000000);
    const double carry = (16777215 + 0.5) / 16777216;  // rounds to 2^24
    CHECK(requant_of(carry).m == 8388608);
    CHECK(requant_of(carry).s == 23);
    CHECK(requant_of(std::nextafter(carry, 0.0)).m == 16777215);
    CHECK(requant_of(std::nextafter(carry, 0.0)).s == 24);
}

TEST_CASE("factors outside 2^-39 to 2^23 are refused") {
    CHECK(requant_of(std::ldexp(1, -39)).s == 62);
    CHECK(requant_of(std::ldexp(1, -39)).m == 8388608);
    CHECK_THROWS_AS(requant_of(std::ldexp(1, -40)), std::invalid_argument);
    CHECK(requant_of(std::ldexp(1, 22)).s == 1);
    CHECK_THROWS_AS(requant_of(std::ldexp(1, 23)), std::invalid_argument);
    CHECK_THROWS_AS(requant_of(8388607.9), std::invalid_argument);  // carries into 2^23
    CHECK_THROWS_AS(requant_of(0.0), std::invalid_argument);
    CHECK_THROWS_AS(requant_of(-1.0), std::invalid_argument);
    CHECK_THROWS_AS(requant_of(std::nan("")), std::invalid_argument);
    CHECK_THROWS_AS(requant_of(INFINITY), std::invalid_argument);
}

TEST_CASE("any factor is met within 2^-24 of its value by a multiplier of 24 bits") {
    SplitMix random(7);
    for (int i = 0; i < 20000; ++i) {
        const double factor =
            std::ldexp(0.5 + random.uniform() / 2, static_cast<int>(random.next() % 60) - 38);
        const Requant r = requant_of(factor);
        REQUIRE(r.m >= 8388608);
        REQUIRE(r.m < 16777216);
        REQUIRE(r.s >= 1);
        REQUIRE(r.s <= 62);
        REQUIRE(std::abs(std::ldexp(r.m, -r.s) - factor) <= std::ldexp(factor, -24));
    }
}

TEST_CASE("an average pool's multiplier has sixteen bits and its shift is at most 46") {
    CHECK(pool_requant_of(1.0 / 64).m == 32768);
    CHECK(pool_requant_of(1.0 / 64).s == 21);
    CHECK(pool_requant_of(std::ldexp(1, -31)).s == 46);
    CHECK_THROWS_AS(pool_requant_of(std::ldexp(1, -32)), std::invalid_argument);
}

TEST_CASE("an addition's larger multiplier has 24 bits and both share a shift") {
    const AddRequant equal = add_requant_of(1.0, 1.0);
    CHECK(equal.ma == 8388608);
    CHECK(equal.mb == 8388608);
    CHECK(equal.s == 23);
    const AddRequant half = add_requant_of(0.5, 1.0);
    CHECK(half.ma == 4194304);
    CHECK(half.mb == 8388608);
    CHECK(half.s == 23);
    const AddRequant swapped = add_requant_of(1.0, 0.5);
    CHECK(swapped.ma == half.mb);
    CHECK(swapped.mb == half.ma);
    const AddRequant carry = add_requant_of(std::nextafter(2.0, 0.0), 0.3);
    CHECK(carry.ma == 8388608);
    CHECK(carry.s == 22);
    CHECK(carry.mb == 1258291);  // 0.3 * 2^22 = 1258291.2
    CHECK(add_requant_of(1.0, 1e-9).mb == 0);
    CHECK_THROWS_AS(add_requant_of(1.0, 0.0), std::invalid_argument);
    CHECK_THROWS_AS(add_requant_of(1e9, 1.0), std::invalid_argument);
}

TEST_CASE("real bounds become grid bounds rounded half up and limited to int8") {
    Layer layer;
    layer.quant = {0.5, -100};
    CHECK(layer.clamp_lo() == -128);
    CHECK(layer.clamp_hi() == 127);
    layer.real_lo = 0;
    layer.real_hi = 6;
    CHECK(layer.clamp_lo() == -100);
    CHECK(layer.clamp_hi() == -88);
    layer.real_hi = 6.25;  // 12.5 steps
    CHECK(layer.clamp_hi() == -87);
    layer.real_lo = -6.25;  // -12.5 steps: half up is -12
    CHECK(layer.clamp_lo() == -112);
    layer.real_hi = 1000;
    CHECK(layer.clamp_hi() == 127);
}
