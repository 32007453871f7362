// The grids of restricted signed digits and their digit strings, against the published lists and
// brute force.
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <set>
#include <string>

#include "quant/rsd.h"
#include "tests/quant/random.h"

using namespace msd::quant;

namespace {

// Every string of `digits` codes that forms an int8, by value, in lexicographic order.
std::map<int, std::vector<std::vector<int>>> all_strings(int digits) {
    std::map<int, std::vector<std::vector<int>>> by_value;
    std::vector<int> codes(digits, 0);
    for (;;) {
        int value = 0;
        for (int code : codes) value += code >= 8 ? -(1 << (code - 8)) : 1 << code;
        if (digits == 1 && codes[0] == 7) value = 0;
        if (value >= -128 && value <= 127) by_value[value].push_back(codes);
        int d = digits - 1;
        while (d >= 0 && ++codes[d] == 16) codes[d--] = 0;
        if (d < 0) return by_value;
    }
}

// Non-zero digits of the non-adjacent form.
int naf_weight(int v) {
    int weight = 0;
    while (v != 0) {
        if ((v & 1) != 0) {
            v -= (v & 3) == 3 ? -1 : 1;
            ++weight;
        }
        v /= 2;
    }
    return weight;
}

std::set<int> missing_positives(int digits) {
    std::set<int> missing;
    for (int v = 1; v <= 127; ++v) missing.insert(v);
    for (int v : grid(digits)) missing.erase(v);
    return missing;
}

}  // namespace

TEST_CASE("a grid holds exactly the int8 values whose non-adjacent form has so many digits") {
    for (int digits = 1; digits <= 3; ++digits) {
        std::vector<int> expected;
        for (int v = -128; v <= 127; ++v) {
            if (naf_weight(v) <= digits) expected.push_back(v);
        }
        CHECK(grid(digits) == expected);
    }
    CHECK(grid(1).size() ==
          16);  // 0, +-1 .. +-64, -128; the published 17 count +128, which is no int8
    CHECK(grid(2).size() == 88);
    CHECK(grid(3).size() == 208);
    CHECK(grid(0).size() == 256);
}

TEST_CASE("the grids of one, two and three digits are the published ones") {
    CHECK(grid(1) ==
          std::vector<int>{-128, -64, -32, -16, -8, -4, -2, -1, 0, 1, 2, 4, 8, 16, 32, 64});
    const std::set<int> two{1,  2,  3,  4,  5,  6,  7,  8,  9,   10,  12,  14,  15, 16, 17,
                            18, 20, 24, 28, 30, 31, 32, 33, 34,  36,  40,  48,  56, 60, 62,
                            63, 64, 65, 66, 68, 72, 80, 96, 112, 120, 124, 126, 127};
    std::set<int> expected{0, -128};
    for (int v : two) expected.insert({v, -v});
    CHECK(std::set<int>(grid(2).begin(), grid(2).end()) == expected);
    CHECK(missing_positives(3) == std::set<int>{43,  45,  51,  53,  75,  77,  83,  85,
                                                86,  87,  89,  90,  91,  93,  99,  101,
                                                102, 103, 105, 106, 107, 109, 115, 117});
}

TEST_CASE("every digit string of int8 value lies on the grid and every level has a string") {
    for (int digits = 1; digits <= 3; ++digits) {
        std::vector<int> reached;
        for (const auto& entry : all_strings(digits)) reached.push_back(entry.first);
        CHECK(reached == grid(digits));
    }
}

TEST_CASE("the canonical digit string is the lexicographically smallest of its value") {
    for (int digits = 1; digits <= 3; ++digits) {
        for (const auto& [value, strings] : all_strings(digits)) {
            const auto codes = encode(value, digits);
            INFO("value " << value << " in " << digits << " digits");
            for (int d = 0; d < digits; ++d) CHECK(int{codes[d]} == strings.front()[d]);
            for (int d = digits; d < kMaxDigits; ++d) CHECK(int{codes[d]} == 0);
            CHECK(decode(codes.data(), digits) == value);
            for (const auto& string : strings) {
                const std::vector<DigitCode> bytes(string.begin(), string.end());
                CHECK(decode(bytes.data(), digits) == value);
            }
        }
    }
}

TEST_CASE("digit strings written out") {
    using Codes = std::array<DigitCode, kMaxDigits>;
    CHECK(encode(0, 1) == Codes{7});             // +2^7 stands for zero at one digit
    CHECK(encode(-128, 1) == Codes{15});         // -2^7
    CHECK(encode(-1, 1) == Codes{8});            // -2^0
    CHECK(encode(0, 2) == Codes{0, 8});          // +1 -1
    CHECK(encode(1, 2) == Codes{1, 8});          // +2 -1
    CHECK(encode(127, 2) == Codes{7, 8});        // +128 -1
    CHECK(encode(-128, 2) == Codes{14, 14});     // -64 -64
    CHECK(encode(0, 3) == Codes{0, 0, 9});       // +1 +1 -2
    CHECK(encode(11, 3) == Codes{0, 1, 3});      // +1 +2 +8
    CHECK(encode(-127, 3) == Codes{0, 14, 14});  // +1 -64 -64
}

TEST_CASE("a value off the grid is refused with the nearest one") {
    CHECK_THROWS_WITH(encode(11, 2),
                      "weight 11 is no sum of 2 signed powers of two; the nearest is 10");
    CHECK_THROWS_WITH(encode(128, 1),
                      "weight 128 is no sum of 1 signed powers of two; the nearest is 64");
    CHECK_THROWS_AS(encode(3, 1), std::invalid_argument);
    CHECK_THROWS_AS(encode(1, 0), std::invalid_argument);
    CHECK_THROWS_AS(encode(1, 4), std::invalid_argument);
    CHECK_THROWS_WITH(grid(4), "a weight of 4 digits; 1 to 3 are possible, 0 stands for int8");
    CHECK_THROWS_AS(grid(-1), std::invalid_argument);
}

TEST_CASE("nearest finds the level of least distance and of smaller magnitude at a tie") {
    msd::test::Random random(5);
    for (int digits = 0; digits <= 3; ++digits) {
        const auto check = [&](double v) {
            int best = grid(digits).front();
            for (int level : grid(digits)) {
                const double d = std::abs(level - v), d_best = std::abs(best - v);
                if (d < d_best || (d == d_best && std::abs(level) < std::abs(best))) best = level;
            }
            if (nearest(v, digits) != best)
                FAIL_CHECK(v << " -> " << nearest(v, digits) << ", not " << best);
        };
        for (int eighth = -8 * 140; eighth <= 8 * 140; ++eighth) {
            check(eighth / 8.0);
            check(std::nextafter(eighth / 8.0, 1e9));
            check(std::nextafter(eighth / 8.0, -1e9));
        }
        for (int i = 0; i < 20000; ++i) check(random.uniform(-150, 150));
        CHECK(nearest(1e300, digits) == grid(digits).back());
        CHECK(nearest(-1e300, digits) == -128);
    }
    CHECK(nearest(11, 2) == 10);  // between 10 and 12
    CHECK(nearest(-11, 2) == -10);
    CHECK(nearest(96.0, 1) == 64);
    CHECK(nearest(-96.0, 1) == -64);
    CHECK(nearest(-96.5, 1) == -128);
}

TEST_CASE("the largest distance to a grid is 32 or 64, 8 and 2") {
    const auto farthest = [](int digits, int to) {
        int worst = 0;
        for (int v = -127; v <= to; ++v) worst = std::max(worst, std::abs(v - nearest(v, digits)));
        return worst;
    };
    CHECK(farthest(1, 96) == 32);   // 96 between 64 and 128, which only the negative side has
    CHECK(farthest(1, 127) == 63);  // 127 - 64
    CHECK(farthest(2, 127) == 8);
    CHECK(farthest(3, 127) == 2);
}
