// Drives Verilator's classes for lut_pe.sv and dsp_pe.sv.
#include "rtl/pe_rtl.h"

#include <string>

#include "Vdsp_pe.h"
#include "Vlut_pe.h"
#include "verilated.h"

namespace msd::rtl {
namespace {

template <class Top>
struct Pe {
    VerilatedContext context;
    std::unique_ptr<Top> top;

    explicit Pe(int fault) {
        const std::string plus = "+fault=" + std::to_string(fault);
        const char* arguments[] = {"pe", plus.c_str()};
        context.commandArgs(2, arguments);
        context.randReset(2);
        context.randSeed(1);
        top = std::make_unique<Top>(&context, "pe");
        top->clk_i = 0;
        top->rst_i = 1;
        top->clear_i = 0;
        tick();
        tick();
        top->rst_i = 0;
    }
    ~Pe() { top->final(); }

    void tick() {
        top->clk_i = 1;
        top->eval();
        top->clk_i = 0;
        top->eval();
    }
};

}  // namespace

struct LutPeRtl::Model : Pe<Vlut_pe> {
    using Pe::Pe;
};

LutPeRtl::LutPeRtl(int fault) : model_(new Model(fault)) {}
LutPeRtl::~LutPeRtl() = default;

LutPeRtl::Outputs LutPeRtl::step(int8_t act, uint8_t digit, bool valid, bool clear) {
    Vlut_pe& top = *model_->top;
    top.act_i = static_cast<uint8_t>(act);
    top.digit_i = digit;
    top.valid_i = valid;
    top.clear_i = clear;
    top.eval();
    const Outputs out{top.sum_o, static_cast<int8_t>(top.act_o), top.digit_o, top.valid_o != 0,
                      top.clear_o != 0};
    model_->tick();
    return out;
}

struct DspPeRtl::Model : Pe<Vdsp_pe> {
    using Pe::Pe;
};

DspPeRtl::DspPeRtl(int fault) : model_(new Model(fault)) {}
DspPeRtl::~DspPeRtl() = default;

DspPeRtl::Outputs DspPeRtl::step(uint32_t act, int8_t weight, bool clear) {
    Vdsp_pe& top = *model_->top;
    top.act_i = act;
    top.weight_i = static_cast<uint8_t>(weight);
    top.clear_i = clear;
    top.eval();
    const Outputs out{top.sum_o, static_cast<uint16_t>(top.wraps_o), top.act_o,
                      static_cast<int8_t>(top.weight_o), top.clear_o != 0};
    model_->tick();
    return out;
}

}  // namespace msd::rtl
