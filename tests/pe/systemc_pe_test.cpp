// The SystemC processing elements against core/, every output in every cycle.
#include <catch2/catch.hpp>

#include <random>
#include <systemc>

#include "ip/msd_pe/core/pe.h"
#include "ip/msd_pe/dsp_pe.h"
#include "ip/msd_pe/lut_pe.h"

namespace {

using namespace sc_core;
using namespace msd::pe;

int8_t random_int8(std::mt19937& rng) {
    static const int8_t extremes[] = {-128, 127, -1, 0, 1, -127, 64, -64};
    return rng() % 4 == 0 ? extremes[rng() % 8] : static_cast<int8_t>(rng() & 0xff);
}

struct Clocked {
    sc_clock clk{"clk", 10, SC_NS, 0.5, 5, SC_NS};  // edges at 5, 15, 25 ns
    sc_signal<bool> reset{"reset"};
    // Inputs are set between edges; outputs are looked at before the edge.
    void settle() { sc_start(4, SC_NS); }
    void edge() { sc_start(6, SC_NS); }
};

}  // namespace

TEST_CASE("the SystemC LUT element equals core/ in every cycle") {
    Clocked clocked;
    sc_signal<sc_dt::sc_uint<8>> act, act_out;
    sc_signal<sc_dt::sc_uint<4>> digit, digit_out;
    sc_signal<bool> valid, clear, valid_out, clear_out;
    sc_signal<sc_dt::sc_uint<32>> sum;
    LutPeModule module("lut_pe");
    module.clk(clocked.clk);
    module.reset(clocked.reset);
    module.act(act);
    module.digit(digit);
    module.valid(valid);
    module.clear(clear);
    module.act_out(act_out);
    module.digit_out(digit_out);
    module.valid_out(valid_out);
    module.clear_out(clear_out);
    module.sum(sum);

    LutPe model;
    std::mt19937 rng(11);
    int shown = 0;
    for (int cycle = 0; cycle < 20000; ++cycle) {
        LutInputs in;
        in.act = random_int8(rng);
        in.digit = static_cast<uint8_t>(rng() & 15);
        in.clear = rng() % 40 == 0;
        in.valid = !in.clear && rng() % 4 != 0;
        act = static_cast<uint8_t>(in.act);
        digit = in.digit;
        valid = in.valid;
        clear = in.clear;
        clocked.settle();
        REQUIRE(sum.read().to_uint() == model.sum(in));
        REQUIRE(static_cast<int8_t>(act_out.read().to_uint()) == model.passed.act);
        REQUIRE(digit_out.read().to_uint() == model.passed.digit);
        REQUIRE(valid_out.read() == model.passed.valid);
        REQUIRE(clear_out.read() == model.passed.clear);
        shown += model.sum(in) != 0;
        model.step(in);
        clocked.edge();
    }
    CHECK(shown > 300);
}

TEST_CASE("the SystemC DSP element equals core/ in every cycle") {
    Clocked clocked;
    sc_signal<sc_dt::sc_uint<17>> act, act_out;
    sc_signal<sc_dt::sc_uint<8>> weight, weight_out;
    sc_signal<bool> clear, clear_out;
    sc_signal<sc_dt::sc_uint<48>> sum;
    sc_signal<sc_dt::sc_uint<16>> wraps;
    DspPeModule module("dsp_pe");
    module.clk(clocked.clk);
    module.reset(clocked.reset);
    module.act(act);
    module.weight(weight);
    module.clear(clear);
    module.act_out(act_out);
    module.weight_out(weight_out);
    module.clear_out(clear_out);
    module.sum(sum);
    module.wraps(wraps);

    DspPe model;
    std::mt19937 rng(12);
    int wrapped = 0;
    for (int cycle = 0; cycle < 20000; ++cycle) {
        DspInputs in;
        in.clear = rng() % 100 == 0;
        const bool steady = cycle / 50 % 2 == 0;
        in.act = pack(random_int8(rng), steady ? int8_t{-100} : random_int8(rng));
        in.weight = in.clear ? int8_t{0} : steady ? int8_t{120} : random_int8(rng);
        act = in.act;
        weight = static_cast<uint8_t>(in.weight);
        clear = in.clear;
        clocked.settle();
        REQUIRE(sum.read().to_uint64() == model.sum(in));
        REQUIRE(wraps.read().to_uint() == (model.wraps_out() & 0xffff));
        REQUIRE(act_out.read().to_uint() == model.passed.act);
        REQUIRE(static_cast<int8_t>(weight_out.read().to_uint()) == model.passed.weight);
        REQUIRE(clear_out.read() == model.passed.clear);
        wrapped += model.wraps_out() != 0;
        model.step(in);
        clocked.edge();
    }
    CHECK(wrapped > 50);
}

TEST_CASE("reset empties the SystemC elements at the next edge, not before") {
    Clocked clocked;
    sc_signal<sc_dt::sc_uint<8>> act, act_out;
    sc_signal<sc_dt::sc_uint<4>> digit, digit_out;
    sc_signal<bool> valid, clear, valid_out, clear_out;
    sc_signal<sc_dt::sc_uint<32>> sum;
    LutPeModule module("lut_pe");
    module.clk(clocked.clk);
    module.reset(clocked.reset);
    module.act(act);
    module.digit(digit);
    module.valid(valid);
    module.clear(clear);
    module.act_out(act_out);
    module.digit_out(digit_out);
    module.valid_out(valid_out);
    module.clear_out(clear_out);
    module.sum(sum);

    act = 9;
    digit = 2;
    valid = true;
    clocked.settle();
    clocked.edge();  // acc = 36
    valid = false;
    clear = true;  // shows the sum without an edge
    clocked.reset = true;
    clocked.settle();
    CHECK(sum.read() == 36);
    clocked.edge();
    clocked.settle();
    CHECK(sum.read() == 0);
    CHECK_FALSE(clear_out.read());
}
