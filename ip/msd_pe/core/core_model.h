// One core, cycle by cycle: docs/timing.md, "Core", in executable form. For small arrays and tests;
// costs cycles * PEs.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "firmware/program.h"
#include "ip/msd_pe/core/config.h"
#include "ip/msd_pe/core/pe.h"
#include "ip/msd_pe/core/timing.h"

namespace msd::pe {

// What the controller issues in one cycle.
struct Slot {
    enum Kind : uint8_t { kDigit, kEmpty, kIdle, kClear } kind = kEmpty;
    uint16_t k_pass = 0, pixel_pass = 0;
    uint8_t tap_i = 0, tap_j = 0;
    uint16_t block = 0;
    uint8_t channel = 0;  // within the block
    uint8_t digit = 0;
    uint32_t index = 0;  // of a row's digits within the K pass, counted over the due ones
};

// All slots of a tile in order; as many as feed_cycles().
std::vector<Slot> slots(const CoreShape& core, const msd_tile& tile);

// A write into an accumulator bank, in the cycle in which the write strobe is up.
struct BankWrite {
    unsigned bank = 0;     // LUT: column; DSP: column, then columns + column for the high pixels
    unsigned address = 0;  // entry, without the half
    int32_t value = 0;
    bool surplus = false;  // of a pixel beyond the tile: value means nothing
};

class CoreModel {
public:
    enum Kind { kLut, kDsp };
    CoreModel(Kind kind, unsigned entries) : kind_(kind), entries_(entries) {}

    // What a tile works on; must outlive its last write.
    struct Work {
        msd_tile tile{};
        CoreShape shape;                  // lut_shape() or dsp_shape()
        const int8_t* act = nullptr;      // [c_blocks][in_rows][in_cols][16]
        const uint8_t* stream = nullptr;  // the core's weights, [K pass][word][used row]
        unsigned acc_half = 0;
    };
    // Makes the present cycle Exec_start. Only behind the feed_end of the tile before.
    void start(const Work& work);
    // Ends the present cycle; returns its bank writes.
    const std::vector<BankWrite>& step();

    uint64_t cycle() const { return cycle_; }
    bool digit_at_origin() const { return origin_valid_; }  // PE(0, 0), in the cycle just ended
    int32_t sum(unsigned half, unsigned bank, unsigned address) const {
        return banks_[(half * banks() + bank) * entries_ + address];
    }
    unsigned banks() const { return kind_ == kLut ? cols_ : 2 * cols_; }

private:
    struct Issued {
        const Work* work = nullptr;  // null: nothing was issued
        Slot slot;
    };
    struct Arrival {  // a sum on its way from the column to the bank
        uint64_t cycle = 0;
        BankWrite write;
        const Work* work = nullptr;
    };

    const Issued* issued(uint64_t behind) const;
    int8_t activation(const Issued& at, unsigned column, unsigned half) const;
    bool due(const Issued& at, unsigned row, int& digit) const;
    uint64_t pixel(const Issued& at, unsigned column, unsigned half) const;
    void arrive(const Issued& at, unsigned row, unsigned column, unsigned half, int32_t sum);
    void step_lut();
    void step_dsp();

    Kind kind_;
    unsigned entries_;
    unsigned rows_ = 0, cols_ = 0;
    uint64_t cycle_ = 0, first_slot_ = 0;
    std::deque<Work> works_;
    std::vector<Issued> history_;  // by cycle
    std::vector<Slot> pending_;    // of the tile being fed
    std::vector<LutPe> lut_;
    std::vector<DspPe> dsp_;
    struct Taken {
        uint64_t p = 0;
        Issued at;
        bool valid = false;
    };
    std::vector<Taken> taken_;  // DSP sums that wait for their wrap counter
    std::deque<Arrival> arrivals_;
    std::vector<BankWrite> writes_;
    std::vector<int32_t> banks_;
    bool origin_valid_ = false;
};

}  // namespace msd::pe
