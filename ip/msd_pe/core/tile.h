// What the accelerator computes for one tile, exactly, in integers (docs/numbers.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "firmware/program.h"
#include "ip/msd_pe/core/config.h"

namespace msd::pe {

// The tile's weights, one row per output channel in feed order: dense
// [k][kernel_h][kernel_w][lanes] where lanes = (c_blocks-1)*16 + c_last rounded up to 4 (surplus
// lanes are zero), depthwise [k][kernel_h][kernel_w]. A weight is values + 256 * high; high is
// empty unless some digits sum to more than an int8 holds (digits that no encoder writes, but the
// array would execute). Reusable: decoding into it again allocates nothing if it fits.
struct TileWeights {
    std::vector<int8_t> values;
    std::vector<int8_t> high;
    std::size_t row_bytes = 0;
    unsigned channels = 0;  // rows
    bool depthwise = false;
};

// Number of 16-byte words of the LUT and DSP weight streams and of the parameters of `tile`, as the
// row feeders read them.
unsigned lut_stream_words(const AcceleratorConfig& config, const msd_tile& tile);
unsigned dsp_stream_words(const AcceleratorConfig& config, const msd_tile& tile);
unsigned param_words(const msd_tile& tile);

// Decodes the streams as loaded (LUT digit codes, DSP bytes, [K pass][word][row]) into int8
// weights.
void decode_weights(const AcceleratorConfig& config, const msd_tile& tile, const uint8_t* stream,
                    TileWeights& weights);

// Whether weights were decoded for a tile of this shape: what must hold if a tile without LOAD_WGT
// uses them.
bool fits(const msd_tile& tile, const TileWeights& weights);

// Sums of products: act is the loaded input tile [c_blocks][in_rows][in_cols][16]; acc is [k_lut +
// k_dsp][th*tw], overwritten if FIRST_C, else added to (mod 2^32). fits(tile, weights) must hold,
// else std::invalid_argument.
void execute(const msd_tile& tile, const int8_t* act, const TileWeights& weights, int32_t* acc);

// Bias, requantisation, residual, clamp: writes out [ceil(k/16)][th*tw][16]; on entry it holds the
// residual if RESIDUAL. Of a channel's shift the low 6 bits count, as in hardware.
void post_process(const msd_tile& tile, const int32_t* acc, const msd_channel* channels,
                  int8_t* out);

// Pools `map` [blocks][th*tw][16] in place to [blocks][pool_oh*pool_ow][16].
void pool(const msd_tile& tile, int8_t* map);

// First word of the output half that the map of a pooled tile takes (0 of any other): so far behind
// the pooled words, which go to the front, that none is overwritten before its last reading
// (docs/timing.md). And the words of the half that a tile takes in all.
uint64_t pool_base(const msd_tile& tile);
uint64_t out_words_of(const msd_tile& tile);
// Windows that a column of the map lies in, at most; the hardware keeps kPoolWindows.
unsigned open_windows(const msd_tile& tile);

// Why the tile cannot run on this accelerator (error code of the ERROR register), or 0: checked
// once, at fetch. If 0, the functions above are memory safe for buffers of the blocks' sizes
// (planes * rows * row_bytes), act being [c_blocks][in_rows][in_cols][16] and the output half big
// enough for [ceil(k/16)][th*tw][16]. What depends on earlier tiles (an operand kept that was never
// loaded, another shape) is not seen here.
uint32_t check_tile(const AcceleratorConfig& config, const msd_tile& tile);

// Computes p_lut, p_dsp and every group entry from flags, in_rows, th, tw, k_lut, k_dsp, kernel_h,
// stride_y, pad_y.
void fill_groups(const AcceleratorConfig& config, msd_tile& tile);

}  // namespace msd::pe
