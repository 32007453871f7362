// The processing elements of core/: digits, clear, packing of two pixels, all against plain sums.
#include <catch2/catch.hpp>

#include <random>

#include "ip/msd_pe/core/pe.h"

namespace {

using namespace msd::pe;

LutInputs add(int8_t act, uint8_t digit) {
    return {act, digit, true, false};
}
constexpr uint8_t kNegative = 8;

// Runs products through a DSP element, then clears it; returns both sums as the column takes them.
struct DspRun {
    explicit DspRun(unsigned offset) { pe.offset = offset; }
    void multiply(int8_t high, int8_t low, int8_t weight) {
        pe.step({pack(high, low), weight, false});
        expected_high += int64_t{high} * weight;
        expected_low += int64_t{low} * weight;
    }
    DspSums finish() {
        const DspInputs clear{0, 0, true};
        const uint64_t p = pe.sum(clear);
        pe.step(clear);  // the wrap counter lags by one cycle
        const uint32_t wraps = pe.wraps_out();
        return unpack(p, wraps, pe.offset);
    }
    bool exact() {
        const DspSums sums = finish();
        const bool same = sums.low == static_cast<int32_t>(expected_low) &&
                          sums.high == static_cast<int32_t>(expected_high);
        expected_high = expected_low = 0;
        return same;
    }
    DspPe pe;
    int64_t expected_high = 0, expected_low = 0;
};

}  // namespace

TEST_CASE("a LUT element adds the shifted activation and shows it in the clear cycle only") {
    LutPe pe;
    pe.step(add(5, 3));               // 5 * 8 = 40
    pe.step(add(-7, 1 | kNegative));  // -7 * -2 = 14
    pe.step({100, 6, false, false});  // not valid: adds nothing
    const LutInputs clear{0, 0, false, true};
    CHECK(pe.sum(LutInputs{}) == 0);  // the cycle before: nothing on the column
    CHECK(pe.sum(clear) == 40 + 14);
    pe.step(clear);
    CHECK(pe.acc == 0);  // the cycle after: empty
    CHECK(pe.passed == clear);
}

TEST_CASE("every one of the 16 digit codes is a signed power of two") {
    for (int act = -128; act <= 127; ++act)
        for (uint8_t code = 0; code < 16; ++code) {
            LutPe pe;
            pe.step(add(static_cast<int8_t>(act), code));
            const int value = (code & kNegative ? -1 : 1) * (1 << (code & 7));
            REQUIRE(static_cast<int32_t>(pe.sum({0, 0, false, true})) == act * value);
        }
}

TEST_CASE("a LUT element takes code 7 as +128: zero at one digit is the feeder's business") {
    LutPe pe;
    pe.step(add(3, 7));
    CHECK(pe.sum({0, 0, false, true}) == 3 * 128);
}

TEST_CASE("a LUT element's sum wraps modulo 2^32") {
    LutPe pe;
    pe.acc = 0x7fffffff;
    pe.step(add(1, 0));
    CHECK(pe.sum({0, 0, false, true}) == 0x80000000u);
}

TEST_CASE("two pixels are packed without loss") {
    for (int high = -128; high <= 127; ++high)
        for (int low = -128; low <= 127; ++low) {
            const uint32_t packed = pack(static_cast<int8_t>(high), static_cast<int8_t>(low));
            REQUIRE(packed < (1u << 17));
            DspPe pe;
            pe.step({packed, 1, false});
            const int64_t p = static_cast<int64_t>(pe.p << 16) >> 16;
            REQUIRE(p == int64_t{high} * 65536 + low);
        }
}

TEST_CASE("a DSP element is exact for every single product") {
    for (unsigned offset : {16u, 18u}) {
        DspRun run(offset);
        for (int weight = -128; weight <= 127; ++weight)
            for (int low = -128; low <= 127; ++low) {
                run.multiply(static_cast<int8_t>(~low), static_cast<int8_t>(low),
                             static_cast<int8_t>(weight));
                REQUIRE(run.exact());
            }
    }
}

TEST_CASE("a DSP element is exact for thousands of the largest products") {
    for (unsigned offset : {16u, 18u})
        for (int low : {-128, 127, 0})
            for (int high : {-128, 127, 0})
                for (int weight : {-128, 127})
                    for (int count : {1, 2, 3, 4, 5, 4095, 4096, 4097, 30000}) {
                        DspRun run(offset);
                        for (int i = 0; i < count; ++i)
                            run.multiply(static_cast<int8_t>(high), static_cast<int8_t>(low),
                                         static_cast<int8_t>(weight));
                        INFO(offset << ' ' << low << ' ' << high << ' ' << weight << ' ' << count);
                        CHECK(run.exact());
                    }
}

TEST_CASE("offset 16 stays exact where the 30 bits above offset 18 do not") {
    // 32768 products of 2^14 are 2^29: the high sum needs 31 bits.
    for (unsigned offset : {16u, 18u}) {
        DspRun run(offset);
        for (int i = 0; i < 32768; ++i) run.multiply(-128, 0, -128);
        CHECK(run.exact() == (offset == 16));
    }
}

TEST_CASE("a DSP element is exact for random passes, one behind the other") {
    std::mt19937 rng(7);
    for (unsigned offset : {16u, 18u}) {
        DspRun run(offset);
        for (int pass = 0; pass < 2000; ++pass) {
            const int length = static_cast<int>(rng() % 200);
            const bool extreme = rng() % 2 == 0;
            for (int i = 0; i < length; ++i) {
                const auto value = [&] {
                    return static_cast<int8_t>(extreme ? (rng() & 1 ? -128 : 127) : rng() & 0xff);
                };
                if (rng() % 5 == 0) run.multiply(value(), value(), 0);  // an empty slot
                const int8_t high = value(), low = value(), weight = value();
                run.multiply(high, low, weight);
            }
            REQUIRE(run.exact());
        }
    }
}

TEST_CASE("a DSP element's next pass begins in the cycle after the clear") {
    DspRun run(16);
    for (int i = 0; i < 5; ++i) run.multiply(-128, -128, 127);
    const DspInputs clear{0, 0, true};
    const uint64_t p = run.pe.sum(clear);
    run.pe.step(clear);
    const uint32_t wraps = run.pe.wraps_out();
    run.pe.step({pack(1, -1), 100, false});  // while the wrap counter is read
    CHECK(run.pe.wraps_out() == 0);
    const DspSums first = unpack(p, wraps);
    CHECK(first.low == 5 * -128 * 127);
    const uint64_t p2 = run.pe.sum(clear);
    run.pe.step(clear);
    const DspSums second = unpack(p2, run.pe.wraps_out());
    CHECK(second.low == -100);
    CHECK(second.high == 100);
}
