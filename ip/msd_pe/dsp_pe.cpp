// The DSP element's registers: the 48-bit accumulator and the counter of the low sum's wraps.
#include "ip/msd_pe/dsp_pe.h"

namespace msd::pe {

DspPeModule::DspPeModule(const sc_core::sc_module_name& name) : sc_module(name) {
    SC_METHOD(edge);
    sensitive << clk.pos();
    dont_initialize();
    SC_METHOD(show_sum);
    sensitive << clear << p_;
    SC_METHOD(show_wraps);
    sensitive << cleared_ << count_;
}

void DspPeModule::edge() {
    const bool zero = reset.read() || clear.read();
    const sc_dt::sc_uint<2> quadrant(p_.read().range(15, 14));

    // {9 bits, sign of low, low} as a signed number of 25 bits.
    const sc_dt::sc_int<9> high(act.read().range(16, 8).to_int64());
    const sc_dt::sc_int<8> low(act.read().range(7, 0).to_int64());
    const sc_dt::int64 a = high.to_int64() * 65536 + (low.to_int64() & 0xffff);
    const sc_dt::int64 product = a * weight.read().to_int64();
    p_.write(zero
                 ? sc_dt::sc_uint<48>(0)
                 : sc_dt::sc_uint<48>(p_.read().to_uint64() + static_cast<sc_dt::uint64>(product)));

    // One product moves low by at most a quarter of its range.
    const bool up = quadrant_.read() == 3 && quadrant == 0;
    const bool down = quadrant_.read() == 0 && quadrant == 3;
    count_.write(reset.read() || cleared_.read()
                     ? sc_dt::sc_uint<16>(0)
                     : sc_dt::sc_uint<16>(count_.read() + (up ? 1 : 0) + (down ? 0xffff : 0)));
    quadrant_.write(reset.read() ? sc_dt::sc_uint<2>(0) : quadrant);

    act_out.write(act.read());
    weight_out.write(reset.read() ? sc_dt::sc_int<8>(0) : weight.read());
    clear_out.write(clear.read() && !reset.read());
    cleared_.write(clear.read() && !reset.read());
}

void DspPeModule::show_sum() {
    sum.write(clear.read() ? p_.read() : sc_dt::sc_uint<48>(0));
}

void DspPeModule::show_wraps() {
    wraps.write(cleared_.read() ? count_.read() : sc_dt::sc_uint<16>(0));
}

void DspPeModule::trace(sc_core::sc_trace_file* file) const {
    const std::string path = std::string(name()) + ".";
    sc_core::sc_trace(file, act, path + "act");
    sc_core::sc_trace(file, weight, path + "weight");
    sc_core::sc_trace(file, clear, path + "clear");
    sc_core::sc_trace(file, p_, path + "p");
    sc_core::sc_trace(file, count_, path + "wraps");
}

}  // namespace msd::pe
