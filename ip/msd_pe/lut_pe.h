// One LUT processing element with clock and ports: adds +-(act << shift) while valid, hands its sum
// over while clear.
#pragma once

#include <cstdint>
#include <systemc>

namespace msd::pe {

class LutPeModule : public sc_core::sc_module {
public:
    sc_core::sc_in<bool> clk{"clk"};
    sc_core::sc_in<bool> reset{"reset"};  // synchronous

    sc_core::sc_in<sc_dt::sc_uint<8>> act{"act"};      // int8
    sc_core::sc_in<sc_dt::sc_uint<4>> digit{"digit"};  // {negative, shift}: +-2^shift
    sc_core::sc_in<bool> valid{"valid"};               // never together with clear
    sc_core::sc_in<bool> clear{"clear"};

    sc_core::sc_out<sc_dt::sc_uint<8>> act_out{"act_out"};      // to the row below, one cycle later
    sc_core::sc_out<sc_dt::sc_uint<4>> digit_out{"digit_out"};  // to the column on the right
    sc_core::sc_out<bool> valid_out{"valid_out"};
    sc_core::sc_out<bool> clear_out{"clear_out"};
    sc_core::sc_out<sc_dt::sc_uint<32>> sum{"sum"};  // zero unless clear

    SC_HAS_PROCESS(LutPeModule);
    explicit LutPeModule(const sc_core::sc_module_name& name);

    void trace(sc_core::sc_trace_file* file) const override;

private:
    void edge();
    void show();

    sc_core::sc_signal<sc_dt::sc_uint<32>> acc_{"acc"};
};

}  // namespace msd::pe
