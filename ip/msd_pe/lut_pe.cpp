// The LUT element's registers and its gate to the column.
#include "ip/msd_pe/lut_pe.h"

namespace msd::pe {

LutPeModule::LutPeModule(const sc_core::sc_module_name& name) : sc_module(name) {
    SC_METHOD(edge);
    sensitive << clk.pos();
    dont_initialize();
    SC_METHOD(show);
    sensitive << clear << acc_;
}

void LutPeModule::edge() {
    if (reset.read() || clear.read()) {
        acc_.write(0);
    } else if (valid.read()) {
        const int value =
            static_cast<int8_t>(act.read().to_uint()) * (1 << (digit.read().to_uint() & 7));
        acc_.write(acc_.read().to_uint() + static_cast<unsigned>(digit.read()[3] ? -value : value));
    }
    act_out.write(act.read());
    digit_out.write(digit.read());
    valid_out.write(valid.read() && !reset.read());
    clear_out.write(clear.read() && !reset.read());
}

void LutPeModule::show() {
    sum.write(clear.read() ? acc_.read() : sc_dt::sc_uint<32>(0));
}

void LutPeModule::trace(sc_core::sc_trace_file* file) const {
    const std::string path = std::string(name()) + ".";
    sc_core::sc_trace(file, act, path + "act");
    sc_core::sc_trace(file, digit, path + "digit");
    sc_core::sc_trace(file, valid, path + "valid");
    sc_core::sc_trace(file, clear, path + "clear");
    sc_core::sc_trace(file, acc_, path + "acc");
}

}  // namespace msd::pe
