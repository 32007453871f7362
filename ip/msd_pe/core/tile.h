// What the accelerator computes for one tile, exactly, in integers (docs/numbers.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "firmware/program.h"
#include "ip/msd_pe/core/config.h"

namespace msd::pe {

// The tile's weights in int8, one row per output channel in feed order: dense [k][kernel_h][kernel_w][c_blocks*16]
// (lanes above c_last are zero), depthwise [k][kernel_h][kernel_w].
struct TileWeights {
    std::vector<int8_t> values;
    std::size_t row_bytes = 0;
};

// Number of 16-byte words of the LUT and DSP weight streams and of the parameters of `tile`, as the row feeders read them.
unsigned lut_stream_words(const AcceleratorConfig& config, const msd_tile& tile);
unsigned dsp_stream_words(const AcceleratorConfig& config, const msd_tile& tile);
unsigned param_words(const msd_tile& tile);

// Decodes the streams as loaded (LUT digit codes, DSP bytes, [K pass][word][row]) into int8 weights.
void decode_weights(const AcceleratorConfig& config, const msd_tile& tile, const uint8_t* stream, TileWeights& weights);

// Sums of products: act is the loaded input tile [c_blocks][in_rows][in_cols][16]; acc is [k_lut + k_dsp][th*tw],
// overwritten if FIRST_C, else added to (mod 2^32).
void execute(const msd_tile& tile, const int8_t* act, const TileWeights& weights, int32_t* acc);

// Bias, requantisation, residual, clamp: writes out [ceil(k/16)][th*tw][16]; on entry it holds the residual if RESIDUAL.
void post_process(const msd_tile& tile, const int32_t* acc, const msd_channel* channels, int8_t* out);

// Pools `map` [blocks][th*tw][16] in place to [blocks][pool_oh*pool_ow][16].
void pool(const msd_tile& tile, int8_t* map);

// Why the tile cannot run on this accelerator (error code of the STATUS register), or 0: checked once, at fetch.
uint32_t check_tile(const AcceleratorConfig& config, const msd_tile& tile);

}  // namespace msd::pe
