// The Verilated core (core_top.sv): inputs are set, a cycle is evaluated, outputs are looked at,
// the clock ticks.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "firmware/program.h"

namespace msd::rtl {

// The core is built in three sizes (CMakeLists.txt): square, with one weight bank and activation
// group (pair) a core; tall, with more rows than a weight bank serves and than a step has slots;
// wide, with more columns than an activation group serves.
enum class CoreSize { kSquare, kTall, kWide };
struct CoreSizes {
    unsigned lut_rows, lut_cols, dsp_rows, dsp_cols;
    // LUT columns, DSP low, DSP high pixels.
    unsigned banks() const { return lut_cols + 2 * dsp_cols; }
    // Of activations: LUT columns by 16, then a low and a high one of 16 DSP columns each.
    unsigned groups() const { return (lut_cols + 15) / 16 + (dsp_cols + 15) / 16 * 2; }
};
constexpr CoreSizes core_sizes(CoreSize size) {
    return size == CoreSize::kSquare ? CoreSizes{4, 4, 4, 4}
           : size == CoreSize::kTall ? CoreSizes{36, 2, 18, 3}
                                     : CoreSizes{3, 33, 2, 18};
}
constexpr unsigned kCoreActWords = 256;
constexpr unsigned kCoreWeightWords = 256;  // of each weight bank
constexpr unsigned kCoreAccEntries = 128;

// What the core's pins say in one cycle.
struct CorePins {
    bool feeding = false, feed_end = false, release = false, drained = false, acc_full = false;
    bool lut_busy = false, dsp_busy = false;    // the slot issued in this cycle is due to a row
    bool lut_valid = false, dsp_valid = false;  // a digit at PE(0, 0)
    struct Write {
        bool valid = false;
        unsigned address = 0;  // half * entries + entry
        int32_t data = 0;
    };
    std::vector<Write> writes;  // of each accumulator bank
};

class CoreRtl {
public:
    // fault: 0, or the number of a planted fault (rtl/faults.svh).
    explicit CoreRtl(CoreSize size, int fault = 0);
    ~CoreRtl();
    CoreRtl(const CoreRtl&) = delete;
    CoreRtl& operator=(const CoreRtl&) = delete;

    // Operand buffers; each write takes a cycle. Groups in the order of a tile's.
    void write_act(unsigned group, unsigned half, unsigned address, const uint8_t* word);
    void write_lut_weight(unsigned bank, unsigned half, unsigned address, const uint8_t* word);
    void write_dsp_weight(unsigned bank, unsigned half, unsigned address, const uint8_t* word);
    // What a bank holds; takes cycles, only while nothing executes.
    int32_t read_bank(unsigned bank, unsigned address);

    // Makes the present cycle Exec_start of a tile.
    void start(const msd_tile& tile, unsigned act_half, unsigned weight_half, unsigned acc_half);
    // Ends the present cycle; returns its pins.
    CorePins step();

private:
    struct Model;
    template <class Top>
    struct ModelOf;
    std::unique_ptr<Model> model_;
};

}  // namespace msd::rtl
