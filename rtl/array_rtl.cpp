// Drives Verilator's classes for lut_array.sv and dsp_array.sv.
#include "rtl/array_rtl.h"

#include <string>

#include "Vdsp_array.h"
#include "Vlut_array.h"
#include "verilated.h"

namespace msd::rtl {
namespace {

constexpr unsigned kResetCycles = 40;  // clears run through rows and trees

template <class Top>
struct Array {
    VerilatedContext context;
    std::unique_ptr<Top> top;

    explicit Array(int fault) {
        const std::string plus = "+fault=" + std::to_string(fault);
        const char* arguments[] = {"array", plus.c_str()};
        context.commandArgs(2, arguments);
        context.randReset(2);
        context.randSeed(1);
        top = std::make_unique<Top>(&context, "array");
        top->clk_i = 0;
        top->rst_i = 1;
        top->clear_i = 0;
        for (unsigned i = 0; i < kResetCycles; ++i) tick();
        top->rst_i = 0;
    }
    ~Array() { top->final(); }

    void tick() {
        top->clk_i = 1;
        top->eval();
        top->clk_i = 0;
        top->eval();
    }
};

template <std::size_t N>
uint64_t bits(const std::array<bool, N>& values) {
    uint64_t all = 0;
    for (std::size_t i = 0; i < N; ++i) all |= uint64_t{values[i]} << i;
    return all;
}

template <class T, std::size_t N>
uint64_t packed(const std::array<T, N>& values, unsigned width) {
    uint64_t all = 0;
    for (std::size_t i = 0; i < N; ++i)
        all |= (static_cast<uint64_t>(values[i]) & ((1u << width) - 1)) << width * i;
    return all;
}

}  // namespace

struct LutArrayRtl::Model : Array<Vlut_array> {
    using Array::Array;
};

LutArrayRtl::LutArrayRtl(int fault) : model_(new Model(fault)) {}
LutArrayRtl::~LutArrayRtl() = default;

LutArrayRtl::Outputs LutArrayRtl::step(const Inputs& in) {
    Vlut_array& top = *model_->top;
    top.act_i = packed(in.act, 8);
    top.digit_i = static_cast<uint32_t>(packed(in.digit, 4));
    top.valid_i = static_cast<uint8_t>(bits(in.valid));
    top.clear_i = static_cast<uint8_t>(bits(in.clear));
    top.eval();
    Outputs out;
    for (unsigned m = 0; m < kCols; ++m) {
        out.valid[m] = (top.valid_o >> m & 1) != 0;
        out.sum[m] = top.sum_o[m];
    }
    model_->tick();
    return out;
}

struct DspArrayRtl::Model : Array<Vdsp_array> {
    using Array::Array;
};

DspArrayRtl::DspArrayRtl(int fault) : model_(new Model(fault)) {}
DspArrayRtl::~DspArrayRtl() = default;

DspArrayRtl::Outputs DspArrayRtl::step(const Inputs& in) {
    Vdsp_array& top = *model_->top;
    top.low_i = static_cast<uint32_t>(packed(in.low, 8));
    top.high_i = static_cast<uint32_t>(packed(in.high, 8));
    top.weight_i = packed(in.weight, 8);
    top.clear_i = static_cast<uint8_t>(bits(in.clear));
    top.eval();
    Outputs out;
    for (unsigned m = 0; m < kCols; ++m) {
        out.valid[m] = (top.valid_o >> m & 1) != 0;
        out.low[m] = top.low_o[m];
        out.high[m] = top.high_o[m];
    }
    model_->tick();
    return out;
}

}  // namespace msd::rtl
