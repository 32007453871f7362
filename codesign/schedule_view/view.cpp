// Views of both styles of schedule; see view.h.
#include "codesign/schedule_view/view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace msd::schedule_view {
namespace {

// Bytes of a union of [from, to) ranges.
int64_t union_bytes(std::vector<std::pair<uint64_t, uint64_t>>& ranges) {
    std::sort(ranges.begin(), ranges.end());
    int64_t bytes = 0;
    uint64_t end = 0;
    for (const auto& [from, to] : ranges) {
        if (to <= end) continue;
        bytes += static_cast<int64_t>(to - std::max(from, end));
        end = to;
    }
    return bytes;
}

int64_t block_bytes(const msd_block& b) {
    return int64_t{b.planes} * b.rows * b.row_bytes;
}

void add_rows(const msd_block& b, std::vector<std::pair<uint64_t, uint64_t>>& ranges) {
    for (uint32_t plane = 0; plane < b.planes; ++plane)
        for (uint32_t row = 0; row < b.rows; ++row) {
            const uint64_t at = uint64_t{b.address} + uint64_t{plane} * b.plane_stride +
                                uint64_t{row} * b.row_stride;
            ranges.emplace_back(at, at + b.row_bytes);
        }
}

struct Traffic {
    int64_t bytes = 0;
    Compulsory once;
};

Traffic traffic_of(const msd_tile* tiles, uint32_t count) {
    Traffic t;
    std::vector<std::pair<uint64_t, uint64_t>> acts, weights;
    for (uint32_t i = 0; i < count; ++i) {
        const msd_tile& tile = tiles[i];
        const auto read = [&](const msd_block& block) {
            t.bytes += block_bytes(block);
            add_rows(block, acts);
        };
        if (tile.flags & MSD_TILE_LOAD_ACT) read(tile.act);
        if (tile.flags & MSD_TILE_LOAD_RES) read(tile.res);
        if (tile.flags & MSD_TILE_LOAD_WGT) {
            const int64_t parameters =
                tile.flags & MSD_TILE_LAST_C ? (int64_t{tile.k_lut} + tile.k_dsp + 1) / 2 : 0;
            const int64_t bytes = (int64_t{tile.lut_words} + tile.dsp_words + parameters) * 16;
            t.bytes += bytes;
            weights.emplace_back(tile.wgt_address, tile.wgt_address + bytes);
        }
        if (tile.flags & MSD_TILE_LAST_C) {
            t.bytes += block_bytes(tile.out);
            t.once.outputs += block_bytes(tile.out);
        }
    }
    t.once.activations = union_bytes(acts);
    t.once.weights = union_bytes(weights);
    return t;
}

}  // namespace

double View::cycles() const {
    double sum = 0;
    for (const Row& row : rows) sum += row.cycles;
    return sum;
}

int64_t View::macs() const {
    int64_t sum = 0;
    for (const Row& row : rows) {
        if (row.macs < 0) return -1;
        sum += row.macs;
    }
    return sum;
}

double View::roofline_cycles() const {
    double sum = 0;
    for (const Row& row : rows) {
        if (row.roofline_cycles < 0) return -1;
        sum += row.roofline_cycles;
    }
    return sum;
}

double roofline_cycles(const Machine& machine, int64_t macs, int effective_bits,
                       const Compulsory& bytes) {
    double cycles = static_cast<double>(macs) / machine.macs(effective_bits);
    for (const int64_t port : {bytes.activations, bytes.weights, bytes.outputs})
        cycles = std::max(cycles, static_cast<double>(port) / machine.port_bytes);
    if (machine.dram_bytes > 0)
        cycles = std::max(cycles,
                          static_cast<double>(bytes.activations + bytes.weights + bytes.outputs) /
                              machine.dram_bytes);
    return cycles;
}

View view_of(const scheduler::Program& program, const scheduler::Schedule& schedule,
             const pe::AcceleratorConfig& config, double dram_bytes_per_cycle) {
    View view;
    view.title = program.network + " on " + program.device;
    Machine m;
    m.lut_elements = double(config.lut_rows) * config.lut_cols;
    m.dsp_macs = 2.0 * config.dsp_rows * config.dsp_cols;
    m.port_bytes = config.beat_bytes;
    m.dram_bytes = dram_bytes_per_cycle;
    m.clock_mhz = config.clock_mhz;
    view.machine = m;
    const std::vector<msd_tile> tiles = program.tiles();
    for (std::size_t i = 0; i < program.layers.size(); ++i) {
        const scheduler::ProgramLayer& layer = program.layers[i];
        const scheduler::LayerPlan& plan = schedule.layers.at(i);
        Row row;
        row.name = layer.name;
        row.tile = fmt::format("k{} c{} {}x{}", plan.k_tile, plan.c_tile, plan.h_tile, plan.w_tile);
        row.tiles = layer.tile_count;
        for (const uint8_t on : plan.on_lut) row.lut_channels += on;
        row.dsp_channels = static_cast<int>(plan.on_lut.size()) - row.lut_channels;
        row.effective_bits = layer.effective_bits;
        row.bound = layer.bound;
        row.cycles = static_cast<double>(layer.predicted_cycles);
        row.macs = layer.macs;
        const Traffic traffic = traffic_of(tiles.data() + layer.first_tile, layer.tile_count);
        row.dram_bytes = traffic.bytes;
        row.roofline_cycles = roofline_cycles(m, layer.macs, layer.effective_bits, traffic.once);
        view.rows.push_back(row);
    }
    return view;
}

View view_of(const std::vector<fccm23::ScheduleRow>& rows,
             const std::vector<fccm23::LayerShape>& layers,
             const fccm23::HardwareDescription& hardware, double dram_bytes_per_cycle) {
    View view;
    view.title = "published schedule on " + hardware.name;
    Machine m;
    m.lut_elements = double(hardware.lut_rows) * hardware.lut_cols;
    m.dsp_macs = 2.0 * hardware.dsp_rows * hardware.dsp_cols;
    m.port_bytes = hardware.bandwidth_bytes;
    m.dram_bytes = dram_bytes_per_cycle;
    m.clock_mhz = static_cast<double>(hardware.frequency_hz) * 1e-6;
    view.machine = m;
    auto r = rows.begin();
    for (const fccm23::LayerShape& layer : layers) {
        for (int repeat = 0; repeat < layer.repeats && r != rows.end(); ++repeat, ++r) {
            // A depthwise tile stands as (1, c) or (k, 1).
            const int channels = layer.depthwise() ? std::max(r->k, r->c) : r->k;
            const int64_t depth =
                int64_t{layer.depthwise() ? 1 : r->c} * layer.kernel_h * layer.kernel_w;
            const int64_t lut = std::llround(channels * r->ratio), dsp = channels - lut;
            const auto side = [&](int o, int kernel) {
                return int64_t{o - 1} * layer.stride + kernel;
            };
            const auto input = [&](int64_t c, int o) {
                return c * side(o, layer.kernel_h) * side(o, layer.kernel_w);
            };
            const auto weights = [&](int64_t l, int64_t d, int64_t n) {
                return (l * r->effective_bits * n + 1) / 2 + d * n;
            };
            Row row;
            row.name = r->name;
            row.tile = fmt::format("k{} c{} {}x{}", r->k, r->c, r->o, r->o);
            row.tiles = int64_t{r->k_tiles} * r->c_tiles * r->o_tiles * r->o_tiles;
            row.lut_channels = static_cast<int>(lut);
            row.dsp_channels = static_cast<int>(dsp);
            row.effective_bits = r->effective_bits;
            row.bound = r->compute_bound ? "compute" : "memory";
            row.cycles = r->cycles;
            row.macs = layer.macs();
            row.dram_bytes =
                row.tiles * (input(layer.depthwise() ? channels : r->c, r->o) +
                             weights(lut, dsp, depth) + int64_t{channels} * r->o * r->o);
            const int64_t in_channels = layer.depthwise() ? layer.k : layer.c;
            const int64_t taps =
                int64_t{layer.depthwise() ? 1 : layer.c} * layer.kernel_h * layer.kernel_w;
            const int64_t all_lut = std::llround(layer.k * r->ratio);
            row.roofline_cycles = roofline_cycles(
                m, row.macs, r->effective_bits,
                {input(in_channels, layer.o), weights(all_lut, layer.k - all_lut, taps),
                 int64_t{layer.k} * layer.o * layer.o});
            view.rows.push_back(row);
        }
    }
    return view;
}

}  // namespace msd::schedule_view
