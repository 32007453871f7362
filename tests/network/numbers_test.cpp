// Multipliers, shifts and bounds: docs/numbers.md with its numbers written out.
#include <catch2/catch.hpp>
#include <cmath>

#include "network/random_weights.h"
#include "network/reference.h"

using namespace msd::network;

TEST_CASE("a factor of one is multiplier 32768 and shift 15") {
    const Requant r = requant_of(1.0);
    CHECK(r.m == 32768);
    CHECK(r.s == 15);
}

TEST_CASE("multipliers are rounded half up to sixteen bits and carry into the shift") {
    CHECK(requant_of(0.75).m == 49152);  // 0.75 * 2^16
    CHECK(requant_of(0.75).s == 16);
    const double half = (40000 + 0.5) / 65536;  // exactly between two multipliers
    CHECK(requant_of(half).m == 40001);
    CHECK(requant_of(std::nextafter(half, 0.0)).m == 40000);
    const double carry = (65535 + 0.5) / 65536;  // rounds to 2^16
    CHECK(requant_of(carry).m == 32768);
    CHECK(requant_of(carry).s == 15);
    CHECK(requant_of(std::nextafter(carry, 0.0)).m == 65535);
    CHECK(requant_of(std::nextafter(carry, 0.0)).s == 16);
}

TEST_CASE("factors outside 2^-47 to 2^15 are refused") {
    CHECK(requant_of(std::ldexp(1, -47)).s == 62);
    CHECK(requant_of(std::ldexp(1, -47)).m == 32768);
    CHECK_THROWS_AS(requant_of(std::ldexp(1, -48)), std::invalid_argument);
    CHECK(requant_of(std::ldexp(1, 14)).s == 1);
    CHECK_THROWS_AS(requant_of(std::ldexp(1, 15)), std::invalid_argument);
    CHECK_THROWS_AS(requant_of(32767.9), std::invalid_argument);  // carries into 2^15
    CHECK_THROWS_AS(requant_of(0.0), std::invalid_argument);
    CHECK_THROWS_AS(requant_of(-1.0), std::invalid_argument);
    CHECK_THROWS_AS(requant_of(std::nan("")), std::invalid_argument);
    CHECK_THROWS_AS(requant_of(INFINITY), std::invalid_argument);
}

TEST_CASE("any factor is met within 2^-16 of its value by a multiplier of sixteen bits") {
    SplitMix random(7);
    for (int i = 0; i < 20000; ++i) {
        const double factor =
            std::ldexp(0.5 + random.uniform() / 2, static_cast<int>(random.next() % 60) - 45);
        const Requant r = requant_of(factor);
        REQUIRE(r.m >= 32768);
        REQUIRE(r.s >= 1);
        REQUIRE(r.s <= 62);
        REQUIRE(std::abs(std::ldexp(r.m, -r.s) - factor) <= std::ldexp(factor, -16));
    }
}

TEST_CASE("an addition's larger multiplier has fifteen bits and both share a shift") {
    const AddRequant equal = add_requant_of(1.0, 1.0);
    CHECK(equal.ma == 16384);
    CHECK(equal.mb == 16384);
    CHECK(equal.s == 14);
    const AddRequant half = add_requant_of(0.5, 1.0);
    CHECK(half.ma == 8192);
    CHECK(half.mb == 16384);
    CHECK(half.s == 14);
    const AddRequant swapped = add_requant_of(1.0, 0.5);
    CHECK(swapped.ma == half.mb);
    CHECK(swapped.mb == half.ma);
    const AddRequant carry = add_requant_of(std::nextafter(2.0, 0.0), 0.3);
    CHECK(carry.ma == 16384);  // 2^15 would not be an int16
    CHECK(carry.s == 13);
    CHECK(carry.mb == 2458);  // 0.3 * 2^13 = 2457.6
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
