// What the published host programs for a row of a schedule, and how many cycles the published RTL
// then takes.
//
// The RTL overlaps load(i+1), execute(i) and write(i-1) in lock-step, within a layer only. Its
// cycles do not depend on data: per layer LOAD + 1 + (tiles - 1) * PERIOD + EXECUTE + WRITE
// (measured on the RTL, no error in 507 layers).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "codesign/msd_fccm23/schedule.h"

namespace msd::fccm23 {

// What the published host believes of the array: it takes one number for both sides of each.
struct HostArray {
    int lut_side = 0, dsp_side = 0;
    int beat_bytes = 0;
    int dsp_cols = 0;  // 0: as dsp_side, which then are the rows
};

// As in the host scripts: xc7z020 40, 15; ultra96 100, 48 (the array is 48, 16); zcu102 80, 48.
// Throws InputError.
HostArray published_host_array(const std::string& device);

// The same of the elements that the RTL has: ultra96 48, 16; zcu102 80, 48; xc7z020 40 and 14 x 15
// DSP elements, here 15 channels by 14 columns as its schedules count them (the RTL has 14 channels
// by 15 columns, on which the same schedules take up to 16 % longer).
HostArray true_array(const std::string& device);

// One layer as the instruction words state it.
struct LayerCommand {
    int64_t act_beats = 0, lut_weight_beats = 0, dsp_weight_beats = 0;  // of a tile
    int64_t lut_out_beats = 0, dsp_out_beats = 0;
    int64_t lut_k_steps = 0, dsp_k_steps = 0;    // ceil(channels / rows)
    int64_t lut_hw_steps = 0, dsp_hw_steps = 0;  // ceil(pixels / columns); two pixels a DSP column
    int64_t depth = 0;                           // c * kernel^2: products of one output
    int64_t lut_hw_depth = 0, dsp_hw_depth = 0;  // depth * hw_steps
    int64_t digit_depth = 0;                     // depth * effective bits
    int effective_bits = 0;
    int64_t tiles = 0;
    int64_t act_bytes = 0, weight_bytes = 0, out_bytes = 0;  // of a tile, whole beats
    uint32_t act_address = 0, weight_address = 0, out_address = 0;
    bool last_layer = false;

    int64_t lut_cycles() const { return digit_depth * lut_hw_steps * lut_k_steps; }
    int64_t dsp_cycles() const { return dsp_hw_depth * dsp_k_steps; }
};

struct Addresses {
    uint32_t activations = 0, weights = 0,
             outputs = 0;  // the host gives every layer the same three
};

// With the host's oddities: LUT channels = ceil(k * ratio), each core at least 1; LUT weights take
// half a byte whatever the effective bits. Throws InputError where the host asserts: a field that
// does not fit its bits.
LayerCommand command(const ScheduleRow& row, const HostArray& array,
                     const Addresses& addresses = {});
std::vector<LayerCommand> commands(const std::vector<ScheduleRow>& rows, const HostArray& array,
                                   const Addresses& addresses = {});

// Of a mover that delivers a beat a cycle; 1, 1, 1 is an ideal memory.
struct MemoryLatency {
    int64_t read = 1, write = 1, status = 1;
};

struct StageCycles {
    int64_t load = 0, execute = 0, write = 0;
    int64_t period = 0;  // from one tile's start to the next's, once all three stages overlap
    int64_t layer = 0;   // all tiles
};

StageCycles stage_cycles(const LayerCommand& command, const MemoryLatency& memory = {});

// The moments of one layer's first tile.
struct TileTimes {
    int64_t load_start = 0, load_end = 0;
    int64_t execute_start = 0, lut_end = 0, dsp_end = 0, execute_end = 0;
    int64_t write_start = 0, write_end = 0;
    int64_t next_execute = 0;  // of the second tile, if there is one
};

constexpr int64_t kFirstLoadCycle = 11;  // when the first layer's load starts

TileTimes first_tile(const LayerCommand& command, const MemoryLatency& memory = {},
                     int64_t load_start = kFirstLoadCycle);

// The two instruction formats, which go with two latency counters.
enum class InstructionFormat {
    k128,  // four words a layer; the counter starts with the first word (ultra96, zcu102)
    k64,   // eight words a layer; the counter starts with the first activation (xc7z020)
};

InstructionFormat published_format(const std::string& device);  // throws InputError

// What the latency counter shows in the end: the layers one after the other, the words of each,
// which the controller takes only when no layer runs, and the last status.
int64_t run_cycles(const std::vector<LayerCommand>& commands, InstructionFormat format,
                   const MemoryLatency& memory = {});

}  // namespace msd::fccm23
