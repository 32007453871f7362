// Drives Verilator's class for core_top.sv.
#include "rtl/core_rtl.h"

#include <cstring>

#include "Vcore_top.h"
#include "verilated.h"

namespace msd::rtl {
namespace {

unsigned bits(const uint32_t* words, unsigned first, unsigned count) {
    unsigned value = 0;
    for (unsigned i = 0; i < count; ++i)
        value |= (words[(first + i) / 32] >> ((first + i) % 32) & 1u) << i;
    return value;
}

constexpr unsigned kAddressBits = 7;  // log2(2 * kCoreAccEntries)

}  // namespace

struct CoreRtl::Model {
    VerilatedContext context;
    std::unique_ptr<Vcore_top> top;

    void tick() {
        top->clk_i = 1;
        top->eval();
        top->clk_i = 0;
        top->eval();
        top->start_i = 0;
        top->write_act_i = top->write_lut_i = top->write_dsp_i = 0;
        top->read_i = 0;
    }

    void load(unsigned half, unsigned address, const uint8_t* word) {
        top->write_half_i = half;
        top->write_address_i = address;
        std::memcpy(&top->write_data_i, word, 16);
        tick();
    }
};

CoreRtl::CoreRtl(int fault) : model_(new Model) {
    const std::string plus = "+fault=" + std::to_string(fault);
    const char* arguments[] = {"core", plus.c_str()};
    model_->context.commandArgs(2, arguments);
    model_->context.randReset(2);  // registers start with noise: a missing reset shows
    model_->context.randSeed(1);
    model_->top = std::make_unique<Vcore_top>(&model_->context, "core");
    Vcore_top& top = *model_->top;
    top.clk_i = 0;
    top.rst_i = 1;
    top.start_i = 0;
    for (int i = 0; i < 16; ++i) model_->tick();  // as long as the longest delay line
    top.rst_i = 0;
}

CoreRtl::~CoreRtl() { model_->top->final(); }

void CoreRtl::write_act(unsigned group, unsigned half, unsigned address, const uint8_t* word) {
    model_->top->write_act_i = 1u << group;
    model_->load(half, address, word);
}

void CoreRtl::write_lut_weight(unsigned bank, unsigned half, unsigned address,
                               const uint8_t* word) {
    model_->top->write_lut_i = 1u << bank;
    model_->load(half, address, word);
}

void CoreRtl::write_dsp_weight(unsigned bank, unsigned half, unsigned address,
                               const uint8_t* word) {
    model_->top->write_dsp_i = 1u << bank;
    model_->load(half, address, word);
}

int32_t CoreRtl::read_bank(unsigned bank, unsigned address) {
    model_->top->read_i = 1;
    model_->top->read_address_i = address;
    model_->tick();
    return static_cast<int32_t>(bits(&model_->top->read_data_o[0], bank * 32, 32));
}

void CoreRtl::start(const msd_tile& tile, unsigned act_half, unsigned weight_half,
                    unsigned acc_half) {
    Vcore_top& top = *model_->top;
    top.start_i = 1;
    top.first_c_i = (tile.flags & MSD_TILE_FIRST_C) != 0;
    top.last_c_i = (tile.flags & MSD_TILE_LAST_C) != 0;
    top.depthwise_i = (tile.flags & MSD_TILE_DEPTHWISE) != 0;
    top.act_half_i = act_half;
    top.weight_half_i = weight_half;
    top.acc_half_i = acc_half;
    top.in_rows_i = tile.in_rows;
    top.in_cols_i = tile.in_cols;
    top.tw_i = tile.tw;
    top.k_lut_i = tile.k_lut;
    top.k_dsp_i = tile.k_dsp;
    top.p_lut_i = tile.p_lut;
    top.p_dsp_i = tile.p_dsp;
    top.c_blocks_i = tile.c_blocks;
    top.c_last_i = tile.c_last;
    top.digits_i = tile.effective_bits;
    top.kernel_h_i = tile.kernel_h;
    top.kernel_w_i = tile.kernel_w;
    top.stride_y_i = tile.stride_y;
    top.stride_x_i = tile.stride_x;
    top.pad_y_i = static_cast<uint8_t>(tile.pad_y);
    top.pad_x_i = static_cast<uint8_t>(tile.pad_x);
    top.pad_value_i = static_cast<uint8_t>(tile.pad_value);
    for (unsigned g = 0; g < 3; ++g) {
        const msd_group& group = tile.group[g];
        top.groups_i[2 * g] = group.oy0 | uint32_t{group.ox0} << 16;
        top.groups_i[2 * g + 1] = group.lo | uint32_t{group.hi} << 16;
    }
}

CorePins CoreRtl::step() {
    Vcore_top& top = *model_->top;
    top.eval();  // what follows from inputs set in this cycle
    CorePins pins;
    pins.feeding = top.feeding_o;
    pins.feed_end = top.feed_end_o;
    pins.release = top.release_o;
    pins.drained = top.drained_o;
    pins.acc_full = top.acc_full_o;
    pins.lut_busy = top.lut_busy_o;
    pins.dsp_busy = top.dsp_busy_o;
    pins.lut_valid = top.lut_valid_o;
    pins.dsp_valid = top.dsp_valid_o;
    for (unsigned b = 0; b < kCoreBanks; ++b) {
        CorePins::Write& write = pins.writes[b];
        write.valid = top.bank_write_o >> b & 1;
        write.address = bits(&top.bank_address_o[0], b * kAddressBits, kAddressBits);
        write.data = static_cast<int32_t>(bits(&top.bank_data_o[0], b * 32, 32));
    }
    model_->tick();
    return pins;
}

}  // namespace msd::rtl
