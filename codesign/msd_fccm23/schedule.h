// The published search for tiles and the LUT | DSP split of a layer, with all its quirks, and its
// CSV format.
//
// It minimises, over tiles of k output channels, c input channels and o x o outputs and over l
// channels for the LUT core (d = k - l for the DSP core), tiles * max(compute, load, write) + load
// + write, where
//   compute = max(c I J EB ceil(o^2 / lut_rows) ceil(l / lut_cols), c I J ceil(o^2 / (2 dsp_rows))
//   ceil(d / dsp_cols)) load    = ceil(max(ceil(l EB c I J / 2) + d c I J, c * input side^2) /
//   bandwidth), times 1.2 if below 16 write   = ceil(k o^2 / bandwidth).
// The result is that of the published loops, ties included; it is found by enumerating the break
// points of the ceilings in l, by a lower bound for each tile, and by solving identical layers
// once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "codesign/msd_fccm23/hardware.h"
#include "codesign/msd_fccm23/layers.h"

namespace msd::fccm23 {

struct ScheduleRow {
    std::string name;
    double cycles = 0;  // whole unless `fractional`
    bool fractional =
        false;  // computed in floating point there (load below 16 beats), and so written as 12.0
    int k = 0, k_tiles = 0, c = 0, c_tiles = 0, o = 0, o_tiles = 0;
    int kernel = 0, stride = 0;  // the kernel's width
    double ratio = 0;            // LUT channels / k, or / c of a depthwise layer
    int effective_bits = 0;
    bool compute_bound = false;
    // Multiplications of all tiles: more than the layer's where they reach beyond its edge.
    int64_t tile_macs() const {
        return int64_t{k} * k_tiles * c * c_tiles * o * o_tiles * o * o_tiles * kernel * kernel;
    }
    bool repeated =
        false;  // one of several rows of a layer; it changes the blanks in the file only
};

struct SearchStats {
    int64_t candidates_total = 0;    // that the published loops go through, layer by layer
    int64_t candidates_visited = 0;  // whose cost was computed here
    int layers = 0, layers_solved = 0;
};

constexpr int kMostEffectiveBits = 7;  // the instruction word has 3 bits

// Rows in the order of the layers. Throws InputError: nonsense, or a layer for which no tile fits
// the buffers.
std::vector<ScheduleRow> schedule(const std::vector<LayerShape>& layers,
                                  const HardwareDescription& hardware, int effective_bits,
                                  SearchStats* stats = nullptr);
std::vector<ScheduleRow> schedule(const std::vector<LayerShape>& layers,
                                  const HardwareDescription& hardware,
                                  const std::vector<int>& effective_bits_by_layer,
                                  SearchStats* stats = nullptr);

// The published file: no header; name, cycles, k, k_tiles, c, c_tiles, o, o_tiles, kernel, stride,
// ratio, EB, bound.
std::string to_csv(const std::vector<ScheduleRow>& rows);

// Throws InputError "file:line: …".
std::vector<ScheduleRow> read_schedule(const std::string& path);

// Throws InputError unless the schedule is one of these layers: as many rows, the same names,
// kernels and strides, and tiles that cover each layer.
void check_schedule(const std::vector<ScheduleRow>& rows, const std::vector<LayerShape>& layers);

}  // namespace msd::fccm23
