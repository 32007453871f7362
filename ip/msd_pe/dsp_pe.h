// One DSP processing element with clock and ports: two pixels times one weight a cycle, both sums
// exact in 32 bits.
#pragma once

#include <cstdint>
#include <systemc>

namespace msd::pe {

class DspPeModule : public sc_core::sc_module {
public:
    sc_core::sc_in<bool> clk{"clk"};
    sc_core::sc_in<bool> reset{"reset"};  // synchronous

    sc_core::sc_in<sc_dt::sc_uint<17>> act{"act"};  // {high - (low < 0) : 9 bits, low : 8 bits}
    sc_core::sc_in<sc_dt::sc_uint<8>> weight{"weight"};  // int8, 0 in empty slots
    sc_core::sc_in<bool> clear{"clear"};

    sc_core::sc_out<sc_dt::sc_uint<17>> act_out{"act_out"};  // to the row below, one cycle later
    sc_core::sc_out<sc_dt::sc_uint<8>> weight_out{"weight_out"};  // to the column on the right
    sc_core::sc_out<bool> clear_out{"clear_out"};
    sc_core::sc_out<sc_dt::sc_uint<48>> sum{"sum"};      // high * 2^16 + low, zero unless clear
    sc_core::sc_out<sc_dt::sc_uint<16>> wraps{"wraps"};  // of low, one cycle later, zero otherwise

    SC_HAS_PROCESS(DspPeModule);
    explicit DspPeModule(const sc_core::sc_module_name& name);

    void trace(sc_core::sc_trace_file* file) const override;

private:
    void edge();
    void show_sum();
    void show_wraps();

    sc_core::sc_signal<sc_dt::sc_uint<48>> p_{"p"};
    sc_core::sc_signal<sc_dt::sc_uint<16>> count_{"count"};  // of low's wraps, one cycle behind p
    sc_core::sc_signal<sc_dt::sc_uint<2>> quadrant_{"quadrant"};
    sc_core::sc_signal<bool> cleared_{"cleared"};  // clear, one cycle ago
};

}  // namespace msd::pe
