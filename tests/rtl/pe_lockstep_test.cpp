// The RTL processing elements against core/, every output in every cycle.
#include <catch2/catch.hpp>

#include <random>

#include "ip/msd_pe/core/pe.h"
#include "rtl/pe_rtl.h"

namespace {

using namespace msd;

int8_t random_int8(std::mt19937& rng) {
    static const int8_t extremes[] = {-128, 127, -1, 0, 1, -127, 64, -64};
    return rng() % 4 == 0 ? extremes[rng() % 8] : static_cast<int8_t>(rng() & 0xff);
}

// First cycle in which the two differ, or -1; a sum ends every `length` cycles on average.
int lut_difference(int fault, int cycles, uint32_t seed, unsigned length = 40) {
    std::mt19937 rng(seed);
    rtl::LutPeRtl rtl(fault);
    pe::LutPe model;
    for (int cycle = 0; cycle < cycles; ++cycle) {
        pe::LutInputs in;
        in.act = random_int8(rng);
        in.digit = static_cast<uint8_t>(rng() & 15);
        in.clear = rng() % length == 0;
        in.valid = !in.clear && rng() % 4 != 0;
        const rtl::LutPeRtl::Outputs out = rtl.step(in.act, in.digit, in.valid, in.clear);
        bool same = out.sum == model.sum(in) && out.valid == model.passed.valid &&
                    out.clear == model.passed.clear;
        if (cycle > 0) same &= out.act == model.passed.act && out.digit == model.passed.digit;
        if (!same) return cycle;
        model.step(in);
    }
    return -1;
}

int dsp_difference(int fault, int cycles, uint32_t seed) {
    std::mt19937 rng(seed);
    rtl::DspPeRtl rtl(fault);
    pe::DspPe model;
    int left = 0;  // of a stretch with one sign, so that the low sum wraps often
    int8_t act = 0, weight = 0;
    for (int cycle = 0; cycle < cycles; ++cycle) {
        if (left-- == 0) {
            left = static_cast<int>(rng() % 60);
            act = random_int8(rng);
            weight = random_int8(rng);
        }
        const bool steady = left % 2 == 0;
        pe::DspInputs in;
        in.clear = rng() % 300 == 0;
        in.act = pe::pack(random_int8(rng), steady ? act : random_int8(rng));
        in.weight = in.clear || rng() % 6 == 0 ? int8_t{0} : steady ? weight : random_int8(rng);
        const rtl::DspPeRtl::Outputs out = rtl.step(in.act, in.weight, in.clear);
        bool same = out.sum == model.sum(in) &&
                    out.wraps == static_cast<uint16_t>(model.wraps_out()) &&
                    out.weight == model.passed.weight && out.clear == model.passed.clear;
        if (cycle > 0) same &= out.act == model.passed.act;
        if (!same) return cycle;
        model.step(in);
    }
    return -1;
}

}  // namespace

TEST_CASE("lut_pe.sv equals core/ in every cycle") {
    for (const unsigned length : {4u, 40u, 1000u, 20000u})
        CHECK(lut_difference(0, 100000, length, length) == -1);
}

TEST_CASE("lut_pe.sv counts the carries of its low half modulo 2^16") {
    // The largest products, 2^14 below and 127 * 2^7 above zero, until sums have left 32 bits.
    for (const bool negative : {true, false}) {
        rtl::LutPeRtl rtl;
        pe::LutPe model;
        pe::LutInputs in;
        in.act = negative ? int8_t{-128} : int8_t{127};
        in.digit = 7;
        in.valid = true;
        int differing = 0;
        for (int cycle = 0; cycle < 300000; ++cycle) {
            in.clear = cycle == 280000 || cycle == 299999;
            in.valid = !in.clear;
            differing += rtl.step(in.act, in.digit, in.valid, in.clear).sum != model.sum(in);
            model.step(in);
        }
        CHECK(differing == 0);
    }
    // Sums of every length up to 4,200 products, so that each state of the first two registers is
    // read.
    CHECK(lut_difference(0, 200000, 7, 4200) == -1);
}

TEST_CASE("dsp_pe.sv equals core/ in every cycle") {
    for (uint32_t seed = 1; seed <= 4; ++seed) CHECK(dsp_difference(0, 100000, seed) == -1);
}

TEST_CASE("faults planted in the RTL elements are seen by the lockstep comparison") {
    CHECK(lut_difference(3, 10000, 1) >= 0);         // no clear
    CHECK(lut_difference(4, 10000, 1) >= 0);         // sign
    CHECK(lut_difference(12, 10000, 1, 1000) >= 0);  // carry within the counter
    CHECK(lut_difference(13, 10000, 1) >= 0);        // correction
    CHECK(dsp_difference(1, 10000, 1) >= 0);         // lost carry
}
