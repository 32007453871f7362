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

    // high * 2^16 + low: what the top 9 bits lent to a negative low part is given back.
    const int low = static_cast<int8_t>(act.read().to_uint() & 0xff);
    const int lent = low < 0 ? 1 : 0;
    const int high = static_cast<int8_t>(((act.read().to_uint() >> 8) + lent) & 0xff);
    const int64_t product =
        (int64_t{high} * 65536 + low) * static_cast<int8_t>(weight.read().to_uint());
    p_.write(zero ? sc_dt::sc_uint<48>(0)
                  : sc_dt::sc_uint<48>(p_.read().to_uint64() + static_cast<uint64_t>(product)));

    // One product moves low by at most a quarter of its range.
    const bool up = quadrant_.read() == 3 && quadrant == 0;
    const bool down = quadrant_.read() == 0 && quadrant == 3;
    count_.write(reset.read() || cleared_.read()
                     ? sc_dt::sc_uint<16>(0)
                     : sc_dt::sc_uint<16>(count_.read() + (up ? 1 : 0) + (down ? 0xffff : 0)));
    quadrant_.write(reset.read() ? sc_dt::sc_uint<2>(0) : quadrant);

    act_out.write(act.read());
    weight_out.write(reset.read() ? sc_dt::sc_uint<8>(0) : weight.read());
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
