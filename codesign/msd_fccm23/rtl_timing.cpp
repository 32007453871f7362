// The published host's arithmetic and the published RTL's cycles; see rtl_timing.h.
#include "codesign/msd_fccm23/rtl_timing.h"

#include <algorithm>
#include <cmath>

namespace msd::fccm23 {
namespace {

int64_t ceil_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

void check_fields(const LayerCommand& c, const std::string& name) {
    const struct {
        const char* what;
        int64_t value;
        int bits;
    } fields[] = {
        {"activation beats", c.act_beats, 16},
        {"LUT weight beats", c.lut_weight_beats, 16},
        {"DSP weight beats", c.dsp_weight_beats, 16},
        {"LUT output beats", c.lut_out_beats, 16},
        {"DSP output beats", c.dsp_out_beats, 16},
        {"LUT channel steps", c.lut_k_steps, 8},
        {"DSP channel steps", c.dsp_k_steps, 8},
        {"LUT pixel steps", c.lut_hw_steps, 8},
        {"DSP pixel steps", c.dsp_hw_steps, 8},
        {"products of an output", c.depth, 16},
        {"LUT products", c.lut_hw_depth, 24},
        {"DSP products", c.dsp_hw_depth, 24},
        {"digits of an output", c.digit_depth, 24},
        {"effective bits", c.effective_bits, 3},
        {"tiles", c.tiles, 16},
        {"activation bytes", c.act_bytes, 24},
        {"weight bytes", c.weight_bytes, 24},
        {"output bytes", c.out_bytes, 24},
    };
    for (const auto& field : fields) {
        // The host's assertions are strict, except that it has none for the effective bits.
        const int64_t most = (int64_t{1} << field.bits) - (field.bits > 3 ? 2 : 1);
        if (field.value > most) {
            throw InputError("layer " + name + ": " + std::to_string(field.value) + " " +
                             field.what + " do not fit the instruction word, which holds up to " +
                             std::to_string(most));
        }
    }
}

}  // namespace

HostArray published_host_array(const std::string& device) {
    if (device == "xc7z020") return {40, 15, 8};
    if (device == "ultra96") return {100, 48, 16};
    if (device == "zcu102") return {80, 48, 16};
    throw InputError("no published host script is for '" + device.substr(0, 60) +
                     "'; there are xc7z020, ultra96 and zcu102");
}

HostArray true_array(const std::string& device) {
    if (device == "xc7z020") return {40, 15, 8, 14};
    if (device == "ultra96") return {48, 16, 16};
    return published_host_array(device);
}

LayerCommand command(const ScheduleRow& row, const HostArray& array, const Addresses& addresses) {
    if (array.lut_side < 1 || array.dsp_side < 1 || array.beat_bytes < 1)
        throw InputError("the host's array needs sides and a beat of at least 1");
    const int64_t beat = array.beat_bytes, area = int64_t{row.o} * row.o;
    const int64_t side = int64_t{row.o - 1} * row.stride + row.kernel;
    // In floating point as there: k * (l / k) may come out a little above l, and is then rounded up
    // to l + 1.
    const int64_t lut_share = static_cast<int64_t>(std::ceil(row.k * row.ratio));
    const int64_t lut = std::max<int64_t>(1, lut_share);
    const int64_t dsp = std::max<int64_t>(1, row.k - lut_share);
    LayerCommand c;
    c.depth = int64_t{row.c} * row.kernel * row.kernel;
    c.effective_bits = row.effective_bits;
    c.act_beats = ceil_div(side * side * row.c, beat);
    c.lut_weight_beats = ceil_div(c.depth * lut, 2 * beat);
    c.dsp_weight_beats = ceil_div(c.depth * dsp, beat);
    c.lut_out_beats = ceil_div(lut * area, beat);
    c.dsp_out_beats = ceil_div(dsp * area, beat);
    c.lut_k_steps = ceil_div(lut, array.lut_side);
    c.dsp_k_steps = ceil_div(dsp, array.dsp_side);
    c.lut_hw_steps = ceil_div(area, array.lut_side);
    c.dsp_hw_steps = ceil_div(area, 2 * (array.dsp_cols > 0 ? array.dsp_cols : array.dsp_side));
    c.lut_hw_depth = c.depth * c.lut_hw_steps;
    c.dsp_hw_depth = c.depth * c.dsp_hw_steps;
    c.digit_depth = c.depth * row.effective_bits;
    c.tiles = int64_t{row.k_tiles} * row.c_tiles * row.o_tiles * row.o_tiles;
    c.act_bytes = c.act_beats * beat;
    c.weight_bytes = (c.lut_weight_beats + c.dsp_weight_beats) * beat;
    c.out_bytes = (c.lut_out_beats + c.dsp_out_beats) * beat;
    c.act_address = addresses.activations;
    c.weight_address = addresses.weights;
    c.out_address = addresses.outputs;
    check_fields(c, row.name);
    return c;
}

std::vector<LayerCommand> commands(const std::vector<ScheduleRow>& rows, const HostArray& array,
                                   const Addresses& addresses) {
    std::vector<LayerCommand> list;
    for (const ScheduleRow& row : rows) list.push_back(command(row, array, addresses));
    if (!list.empty()) list.back().last_layer = true;
    return list;
}

StageCycles stage_cycles(const LayerCommand& c, const MemoryLatency& memory) {
    StageCycles s;
    s.load = std::max(c.act_beats, c.lut_weight_beats + c.dsp_weight_beats) + 2 + memory.read;
    s.execute = std::max(c.lut_cycles(), c.dsp_cycles()) + 2;
    s.write = c.lut_out_beats + c.dsp_out_beats + 1 + memory.write;
    s.period = std::max({s.load + 1, s.execute, s.write + 1 + memory.status});
    s.layer = s.load + 1 + (c.tiles - 1) * s.period + s.execute + s.write;
    return s;
}

TileTimes first_tile(const LayerCommand& c, const MemoryLatency& memory, int64_t load_start) {
    const StageCycles s = stage_cycles(c, memory);
    TileTimes t;
    t.load_start = load_start;
    t.load_end = load_start + s.load;
    t.execute_start = t.load_end + 1;
    t.lut_end = t.execute_start + c.lut_cycles();
    t.dsp_end = t.execute_start + c.dsp_cycles();
    t.execute_end = t.execute_start + s.execute - 1;
    t.write_start = t.execute_end + 1;
    t.write_end = t.write_start + s.write;
    // The second tile's load runs beside the first one's execution.
    t.next_execute = t.execute_start + std::max(s.load + 1, s.execute);
    return t;
}

InstructionFormat published_format(const std::string& device) {
    return published_host_array(device).beat_bytes == 8 ? InstructionFormat::k64
                                                        : InstructionFormat::k128;
}

int64_t run_cycles(const std::vector<LayerCommand>& commands, InstructionFormat format,
                   const MemoryLatency& memory) {
    if (commands.empty()) return 0;
    const int64_t words = format == InstructionFormat::k64 ? 8 : 4;
    int64_t cycles = 1 + memory.status;
    for (const LayerCommand& c : commands) cycles += words + stage_cycles(c, memory).layer;
    // The later counter misses the first layer's words, a cycle and the first read's latency.
    if (format == InstructionFormat::k64) cycles -= words + 1 + memory.read;
    return cycles;
}

}  // namespace msd::fccm23
