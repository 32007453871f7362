#include "tests/rtl/shell/parts.h"

#include <cstring>
#include <string>

#include "Vcheck_large.h"
#include "Vcheck_small.h"
#include "verilated.h"

namespace msd::test {

struct DescriptorCheckRtl::Model {
    virtual ~Model() = default;
    virtual Result check(const pe::AcceleratorConfig& limits, const msd_tile& tile) = 0;
};

template <class Top>
struct DescriptorCheckRtl::ModelOf : DescriptorCheckRtl::Model {
    VerilatedContext context;
    std::unique_ptr<Top> top;

    explicit ModelOf(int fault) {
        const std::string plus = "+fault=" + std::to_string(fault);
        const char* arguments[] = {"check", plus.c_str()};
        context.commandArgs(2, arguments);
        context.randReset(2);
        context.randSeed(1);
        top = std::make_unique<Top>(&context, "check");
        top->start_i = 0;
        top->rst_i = 1;
        for (int i = 0; i < 40; ++i) tick();  // until the walk over the groups has run out
        top->rst_i = 0;
    }
    ~ModelOf() override { top->final(); }
    void tick() {
        top->clk_i = 0;
        top->eval();
        top->clk_i = 1;
        top->eval();
    }

    Result check(const pe::AcceleratorConfig& limits, const msd_tile& tile) override {
        top->act_words_i = limits.act_words;
        top->lut_weight_words_i = limits.lut_weight_words;
        top->dsp_weight_words_i = limits.dsp_weight_words;
        top->acc_entries_i = limits.acc_entries;
        top->out_words_i = limits.out_words;
        top->tile_channels_i = limits.tile_channels;
        top->start_i = 1;  // the last word arrives in this cycle
        tick();
        top->start_i = 0;
        std::memcpy(&top->tile_i, &tile, sizeof tile);
        Result r{};
        for (r.cycles = 1; r.cycles < 100; ++r.cycles) {
            top->clk_i = 0;
            top->eval();
            if (top->done_o) break;
            tick();
        }
        r.error = top->error_o;
        r.lut_row_words = top->lut_row_words_o;
        r.dsp_row_words = top->dsp_row_words_o;
        r.pool_base = top->pool_base_o;
        r.result_words = top->result_words_o;
        tick();
        return r;
    }
};

DescriptorCheckRtl::DescriptorCheckRtl(bool large, int fault) {
    if (large)
        model_ = std::make_unique<ModelOf<Vcheck_large>>(fault);
    else
        model_ = std::make_unique<ModelOf<Vcheck_small>>(fault);
}

DescriptorCheckRtl::~DescriptorCheckRtl() = default;

DescriptorCheckRtl::Result DescriptorCheckRtl::check(const pe::AcceleratorConfig& limits,
                                                     const msd_tile& tile) {
    return model_->check(limits, tile);
}

}  // namespace msd::test
