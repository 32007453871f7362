// Drives Verilator's classes for post_unit.sv.
#include "rtl/post_rtl.h"

#include <cstring>
#include <string>

#include "Vpost_small.h"
#include "Vpost_wide.h"
#include "verilated.h"

namespace msd::rtl {

pe::AcceleratorConfig post_config(PostSize size) {
    const bool wide = size == PostSize::kWide;
    pe::AcceleratorConfig config;
    config.name = "post";
    config.lut_rows = wide ? 5 : 4;
    config.lut_cols = wide ? 37 : 4;
    config.dsp_rows = wide ? 3 : 4;
    config.dsp_cols = wide ? 18 : 4;
    config.acc_entries = wide ? 64 : 256;
    config.out_words = wide ? 300 : 256;
    config.tile_channels = wide ? 48 : 64;
    return config;
}

struct PostRtl::Model {
    virtual ~Model() = default;
    virtual void load(unsigned half, unsigned word, const int8_t* bytes) = 0;
    virtual void request(unsigned half, unsigned word) = 0;
    virtual void hand(unsigned half, unsigned word, unsigned words) = 0;
    virtual void write_params(unsigned set, unsigned address, const msd_channel* two) = 0;
    virtual void start(const msd_tile& tile, const PostPlace& place) = 0;
    virtual void sums(const std::array<int32_t, 16>& sums) = 0;
    virtual std::array<int8_t, 16> stored() = 0;
    virtual std::array<int8_t, 16> handed() = 0;
    virtual PostPins step() = 0;
};

template <class Top>
struct PostRtl::ModelOf : PostRtl::Model {
    VerilatedContext context;
    std::unique_ptr<Top> top;
    const unsigned entries;

    ModelOf(PostSize size, int fault) : entries(post_config(size).acc_entries) {
        const std::string plus = "+fault=" + std::to_string(fault);
        const char* arguments[] = {"post", plus.c_str()};
        context.commandArgs(2, arguments);
        context.randReset(2);  // registers start with noise: a missing reset shows
        context.randSeed(1);
        top = std::make_unique<Top>(&context, "post");
        top->clk_i = 0;
        top->start_i = 0;
        top->rst_i = 1;
        for (int i = 0; i < 40; ++i) tick();  // longer than the longest delay line
        top->rst_i = 0;
    }
    ~ModelOf() override { top->final(); }

    void tick() {
        top->clk_i = 1;
        top->eval();
        top->clk_i = 0;
        top->eval();
        top->start_i = top->res_write_i = top->store_read_i = top->hand_read_i =
            top->param_write_i = 0;
    }

    void load(unsigned half, unsigned word, const int8_t* bytes) override {
        top->res_write_i = 1;
        top->res_half_i = half;
        top->res_address_i = word;
        std::memcpy(&top->res_data_i, bytes, 16);
    }

    void request(unsigned half, unsigned word) override {
        top->store_read_i = 1;
        top->store_half_i = half;
        top->store_address_i = word;
    }
    void hand(unsigned half, unsigned word, unsigned words) override {
        top->hand_read_i = 1;
        top->hand_half_i = half;
        top->hand_address_i = word;
        top->hand_words_i = words;
    }

    void write_params(unsigned set, unsigned address, const msd_channel* two) override {
        top->param_write_i = 1;
        top->param_write_set_i = set;
        top->param_write_address_i = address;
        std::memcpy(&top->param_write_data_i, two, 16);
    }

    void start(const msd_tile& tile, const PostPlace& place) override {
        const auto flag = [&tile](unsigned bit) { return (tile.flags & bit) != 0; };
        const auto byte = [](int8_t v) { return static_cast<uint8_t>(v); };
        top->start_i = 1;
        top->pool_only_i = flag(MSD_TILE_POOL_ONLY);
        top->residual_i = flag(MSD_TILE_RESIDUAL);
        top->pool_max_i = flag(MSD_TILE_POOL_MAX);
        top->pool_avg_i = flag(MSD_TILE_POOL_AVG);
        top->acc_half_i = place.acc_half;
        top->out_half_i = place.out_half;
        top->param_set_i = place.set;
        top->pool_base_i = place.pool_base;
        top->th_i = tile.th;
        top->tw_i = tile.tw;
        top->k_lut_i = tile.k_lut;
        top->k_dsp_i = tile.k_dsp;
        top->p_lut_i = tile.p_lut;
        top->p_dsp_i = tile.p_dsp;
        top->zero_conv_i = byte(tile.zero_conv);
        top->zero_res_i = byte(tile.zero_res);
        top->zero_out_i = byte(tile.zero_out);
        top->clamp_lo_i = byte(tile.clamp_lo);
        top->clamp_hi_i = byte(tile.clamp_hi);
        top->mul_conv_i = tile.mul_conv;
        top->mul_res_i = tile.mul_res;
        top->shift_res_i = tile.shift_res;
        top->pool_h_i = tile.pool_h;
        top->pool_w_i = tile.pool_w;
        top->pool_stride_y_i = tile.pool_stride_y;
        top->pool_stride_x_i = tile.pool_stride_x;
        top->pool_pad_y_i = byte(tile.pool_pad_y);
        top->pool_pad_x_i = byte(tile.pool_pad_x);
        top->pool_zero_i = byte(tile.pool_zero);
        top->pool_shift_i = tile.pool_shift;
        top->pool_mul_i = tile.pool_mul;
        top->pool_oh_i = tile.pool_oh;
        top->pool_ow_i = tile.pool_ow;
    }

    void sums(const std::array<int32_t, 16>& sums) override {
        std::memcpy(&top->read_data_i, sums.data(), 64);
    }

    std::array<int8_t, 16> stored() override {
        top->eval();
        std::array<int8_t, 16> word{};
        std::memcpy(word.data(), &top->store_data_o, 16);
        return word;
    }
    std::array<int8_t, 16> handed() override {
        std::array<int8_t, 16> word{};
        std::memcpy(word.data(), &top->hand_data_o, 16);
        return word;
    }

    PostPins step() override {
        top->eval();  // what follows from inputs set in this cycle
        PostPins pins;
        pins.done = top->done_o;
        pins.read = top->read_o;
        pins.group = top->read_group_o;
        pins.half = top->read_address_o / entries;
        pins.entry = top->read_address_o % entries;
        tick();
        return pins;
    }
};

PostRtl::PostRtl(PostSize size, int fault) {
    if (size == PostSize::kSmall)
        model_ = std::make_unique<ModelOf<Vpost_small>>(size, fault);
    else
        model_ = std::make_unique<ModelOf<Vpost_wide>>(size, fault);
}

PostRtl::~PostRtl() = default;

void PostRtl::load(unsigned half, unsigned word, const int8_t* bytes) {
    model_->load(half, word, bytes);
}

void PostRtl::request(unsigned half, unsigned word) {
    model_->request(half, word);
}

void PostRtl::hand(unsigned half, unsigned word, unsigned words) {
    model_->hand(half, word, words);
}

void PostRtl::write_params(unsigned set, unsigned address, const msd_channel* two) {
    model_->write_params(set, address, two);
}

void PostRtl::start(const msd_tile& tile, const PostPlace& place) {
    model_->start(tile, place);
}

void PostRtl::sums(const std::array<int32_t, 16>& sums) {
    model_->sums(sums);
}

std::array<int8_t, 16> PostRtl::stored() const {
    return model_->stored();
}

std::array<int8_t, 16> PostRtl::handed() const {
    return model_->handed();
}

PostPins PostRtl::step() {
    return model_->step();
}

}  // namespace msd::rtl
