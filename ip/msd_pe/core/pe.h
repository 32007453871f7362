// The two processing elements, one clock edge at a time: what lut_pe.sv and dsp_pe.sv do.
#pragma once

#include <cstdint>

namespace msd::pe {

// What enters a LUT element in one cycle. valid and clear never come together.
struct LutInputs {
    int8_t act = 0;
    uint8_t digit = 0;  // {negative, shift[2:0]}: +-2^shift, all 16 codes
    bool valid = false;
    bool clear = false;

    bool operator==(const LutInputs& o) const {
        return act == o.act && digit == o.digit && valid == o.valid && clear == o.clear;
    }
};

struct LutPe {
    LutInputs passed;  // last cycle's inputs: act goes down, the rest to the right
    uint32_t acc = 0;  // sums wrap modulo 2^32

    // What the element puts on its column in the cycle of these inputs.
    uint32_t sum(const LutInputs& in) const { return in.clear ? acc : 0; }
    // The edge at the end of that cycle.
    void step(const LutInputs& in);
};

// Two pixels as one number, high * 2^16 + low: the low part is the low byte, and its sign is taken
// from the high part.
constexpr uint32_t pack(int8_t high, int8_t low) {
    const int borrowed = int{high} - (low < 0 ? 1 : 0);
    return (static_cast<uint32_t>(borrowed) & 0x1ffu) << 8 | static_cast<uint8_t>(low);
}

// What enters a DSP element in one cycle; weight is 0 in empty slots.
struct DspInputs {
    uint32_t act = 0;  // 17 bits, from pack()
    int8_t weight = 0;
    bool clear = false;

    bool operator==(const DspInputs& o) const {
        return act == o.act && weight == o.weight && clear == o.clear;
    }
};

struct DspPe {
    unsigned offset = 16;  // of the high sum within p; 18 leaves it 30 bits only
    DspInputs passed;
    uint64_t p = 0;         // high * 2^offset + low, modulo 2^48
    uint32_t wraps = 0;     // of the low field, one cycle behind p
    unsigned quadrant = 0;  // of the low field one cycle ago

    uint64_t sum(const DspInputs& in) const { return in.clear ? p : 0; }
    // The wrap counter follows its sum by one cycle.
    uint32_t wraps_out() const { return passed.clear ? wraps : 0; }
    void step(const DspInputs& in);
};

struct DspSums {
    int32_t low = 0, high = 0;
};
// Undoes the packing at the foot of a column.
DspSums unpack(uint64_t p, uint32_t wraps, unsigned offset = 16);

}  // namespace msd::pe
