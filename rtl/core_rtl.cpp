// Drives Verilator's classes for core_top.sv.
#include "rtl/core_rtl.h"

#include <cstring>
#include <string>

#include "Vcore_square.h"
#include "Vcore_tall.h"
#include "Vcore_wide.h"
#include "verilated.h"

namespace msd::rtl {
namespace {

constexpr unsigned kAddressBits = 8;  // log2(2 * kCoreAccEntries)

// Bits of a wide port (an array of words) or of a port that fits one number.
unsigned bits(const uint32_t* words, unsigned first, unsigned count) {
    unsigned value = 0;
    for (unsigned i = 0; i < count; ++i)
        value |= (words[(first + i) / 32] >> ((first + i) % 32) & 1u) << i;
    return value;
}
template <std::size_t kWords>
unsigned bits(const VlWide<kWords>& port, unsigned first, unsigned count) {
    return bits(&port[0], first, count);
}
unsigned bits(uint64_t port, unsigned first, unsigned count) {
    return static_cast<unsigned>(port >> first & ((uint64_t{1} << count) - 1));
}

// One of a port's 16-bit fields.
template <std::size_t kWords>
void set_address(VlWide<kWords>& port, unsigned index, unsigned value) {
    const unsigned shift = index % 2 * 16;
    port[index / 2] = (port[index / 2] & ~(0xffffu << shift)) | value << shift;
}
void set_address(uint64_t& port, unsigned index, unsigned value) {
    port = (port & ~(uint64_t{0xffff} << index * 16)) | uint64_t{value} << index * 16;
}

enum class Buffer { kAct, kLutWeights, kDspWeights };

}  // namespace

// What the two instances of Verilator's classes have in common but for their type.
struct CoreRtl::Model {
    virtual ~Model() = default;
    virtual void load(Buffer buffer, unsigned bank, unsigned half, unsigned address,
                      const uint8_t* word) = 0;
    virtual int32_t read(unsigned bank, unsigned address) = 0;
    virtual void start(const msd_tile& tile, unsigned act_half, unsigned weight_half,
                       unsigned acc_half) = 0;
    virtual CorePins step() = 0;
};

template <class Top>
struct CoreRtl::ModelOf : CoreRtl::Model {
    VerilatedContext context;
    std::unique_ptr<Top> top;
    CoreSizes sizes;

    ModelOf(CoreSize size, int fault) : sizes(core_sizes(size)) {
        const std::string plus = "+fault=" + std::to_string(fault);
        const char* arguments[] = {"core", plus.c_str()};
        context.commandArgs(2, arguments);
        context.randReset(2);  // registers start with noise: a missing reset shows
        context.randSeed(1);
        top = std::make_unique<Top>(&context, "core");
        top->clk_i = 0;
        top->rst_i = 1;
        for (int i = 0; i < 256; ++i) tick();  // longer than the longest delay line
        top->rst_i = 0;
    }
    ~ModelOf() override { top->final(); }

    void tick() {
        top->clk_i = 1;
        top->eval();
        top->clk_i = 0;
        top->eval();
        top->start_i = 0;
        top->write_act_i = top->write_lut_i = top->write_dsp_i = 0;
        top->read_i = 0;
    }

    void load(Buffer buffer, unsigned bank, unsigned half, unsigned address,
              const uint8_t* word) override {
        if (buffer == Buffer::kAct) top->write_act_i = 1u << bank;
        if (buffer == Buffer::kLutWeights) top->write_lut_i = 1u << bank;
        if (buffer == Buffer::kDspWeights) top->write_dsp_i = 1u << bank;
        if (buffer == Buffer::kAct) {
            top->write_act_half_i = half;
            set_address(top->write_act_address_i, bank, address);
            std::memcpy(&top->write_act_data_i, word, 16);
        } else {
            top->write_wgt_half_i = half;
            top->write_wgt_address_i = address;
            std::memcpy(&top->write_wgt_data_i, word, 16);
        }
        tick();
    }

    int32_t read(unsigned bank, unsigned address) override {
        unsigned group = bank / 16, lane = bank % 16;
        if (bank >= sizes.lut_cols) {
            const unsigned column = (bank - sizes.lut_cols) % sizes.dsp_cols;
            group = (sizes.lut_cols + 15) / 16 + column / 16 * 2 +
                    (bank - sizes.lut_cols) / sizes.dsp_cols;
            lane = column % 16;
        }
        top->read_i = 1;
        top->read_group_i = group;
        top->read_address_i = address;
        tick();
        return static_cast<int32_t>(bits(top->read_data_o, lane * 32, 32));
    }

    void start(const msd_tile& tile, unsigned act_half, unsigned weight_half,
               unsigned acc_half) override {
        top->start_i = 1;
        top->first_c_i = (tile.flags & MSD_TILE_FIRST_C) != 0;
        top->last_c_i = (tile.flags & MSD_TILE_LAST_C) != 0;
        top->depthwise_i = (tile.flags & MSD_TILE_DEPTHWISE) != 0;
        top->act_half_i = act_half;
        top->weight_half_i = weight_half;
        top->acc_half_i = acc_half;
        top->in_rows_i = tile.in_rows;
        top->in_cols_i = tile.in_cols;
        top->tw_i = tile.tw;
        top->k_lut_i = tile.k_lut;
        top->k_dsp_i = tile.k_dsp;
        top->p_lut_i = tile.p_lut;
        top->p_dsp_i = tile.p_dsp;
        top->c_blocks_i = tile.c_blocks;
        top->c_last_i = tile.c_last;
        top->digits_i = tile.effective_bits;
        top->kernel_h_i = tile.kernel_h;
        top->kernel_w_i = tile.kernel_w;
        top->stride_y_i = tile.stride_y;
        top->stride_x_i = tile.stride_x;
        top->pad_y_i = static_cast<uint8_t>(tile.pad_y);
        top->pad_x_i = static_cast<uint8_t>(tile.pad_x);
        top->pad_value_i = static_cast<uint8_t>(tile.pad_value);
        for (unsigned g = 0; g < sizes.groups(); ++g) {
            const msd_group& group = tile.group[g];
            top->groups_i[2 * g] = group.oy0 | uint32_t{group.ox0} << 16;
            top->groups_i[2 * g + 1] = group.lo | uint32_t{group.hi} << 16;
        }
    }

    CorePins step() override {
        top->eval();  // what follows from inputs set in this cycle
        CorePins pins;
        pins.feeding = top->feeding_o;
        pins.feed_end = top->feed_end_o;
        pins.release = top->release_o;
        pins.drained = top->drained_o;
        pins.acc_full = top->acc_full_o;
        pins.lut_busy = top->lut_busy_o;
        pins.dsp_busy = top->dsp_busy_o;
        pins.lut_valid = top->lut_valid_o;
        pins.dsp_valid = top->dsp_valid_o;
        pins.writes.resize(sizes.banks());
        for (unsigned b = 0; b < sizes.banks(); ++b) {
            CorePins::Write& write = pins.writes[b];
            write.valid = bits(top->bank_write_o, b, 1) != 0;
            if (!write.valid) continue;
            write.address = bits(top->bank_address_o, b * kAddressBits, kAddressBits);
            write.data = static_cast<int32_t>(bits(top->bank_data_o, b * 32, 32));
        }
        tick();
        return pins;
    }
};

CoreRtl::CoreRtl(CoreSize size, int fault) {
    if (size == CoreSize::kSquare)
        model_ = std::make_unique<ModelOf<Vcore_square>>(size, fault);
    else if (size == CoreSize::kTall)
        model_ = std::make_unique<ModelOf<Vcore_tall>>(size, fault);
    else
        model_ = std::make_unique<ModelOf<Vcore_wide>>(size, fault);
}

CoreRtl::~CoreRtl() = default;

void CoreRtl::write_act(unsigned group, unsigned half, unsigned address, const uint8_t* word) {
    model_->load(Buffer::kAct, group, half, address, word);
}

void CoreRtl::write_lut_weight(unsigned bank, unsigned half, unsigned address,
                               const uint8_t* word) {
    model_->load(Buffer::kLutWeights, bank, half, address, word);
}

void CoreRtl::write_dsp_weight(unsigned bank, unsigned half, unsigned address,
                               const uint8_t* word) {
    model_->load(Buffer::kDspWeights, bank, half, address, word);
}

int32_t CoreRtl::read_bank(unsigned bank, unsigned address) {
    return model_->read(bank, address);
}

void CoreRtl::start(const msd_tile& tile, unsigned act_half, unsigned weight_half,
                    unsigned acc_half) {
    model_->start(tile, act_half, weight_half, acc_half);
}

CorePins CoreRtl::step() {
    return model_->step();
}

}  // namespace msd::rtl
