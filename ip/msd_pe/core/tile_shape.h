// Sizes that follow from a tile descriptor; shared by the functions of tile.h.
#pragma once

#include <algorithm>
#include <cstdint>

#include "firmware/program.h"
#include "ip/msd_pe/core/config.h"

namespace msd::pe {

inline uint64_t ceil_div(uint64_t a, uint64_t b) {
    return (a + b - 1) / b;
}

inline bool has(const msd_tile& tile, unsigned flag) {
    return (tile.flags & flag) != 0;
}
inline bool pooled(const msd_tile& tile) {
    return has(tile, MSD_TILE_POOL_MAX | MSD_TILE_POOL_AVG);
}
inline bool stored(const msd_tile& tile) {
    return has(tile, MSD_TILE_LAST_C | MSD_TILE_POOL_ONLY);
}

inline unsigned channels(const msd_tile& tile) {
    return unsigned{tile.k_lut} + tile.k_dsp;
}
inline unsigned blocks(const msd_tile& tile) {
    return (channels(tile) + 15) / 16;
}
inline uint64_t pixels(const msd_tile& tile) {
    return uint64_t{tile.th} * tile.tw;
}
inline uint64_t result_words(const msd_tile& tile) {  // that a stored tile leaves in its half
    return blocks(tile) * (pooled(tile) ? uint64_t{tile.pool_oh} * tile.pool_ow : pixels(tile));
}
inline unsigned taps(const msd_tile& tile) {
    return unsigned{tile.kernel_h} * tile.kernel_w;
}
inline unsigned valid_channels(const msd_tile& tile) {  // of the input
    return (unsigned{tile.c_blocks} - 1) * 16 + tile.c_last;
}
// Input channels as the kernel sees them: the last block is cut to a multiple of 4.
inline unsigned lanes(const msd_tile& tile) {
    return (unsigned{tile.c_blocks} - 1) * 16 + (tile.c_last + 3u) / 4 * 4;
}

// Weights of one output channel, as streamed.
inline uint64_t weights_per_row(const msd_tile& tile) {
    return uint64_t{taps(tile)} * (has(tile, MSD_TILE_DEPTHWISE) ? 1 : valid_channels(tile));
}
inline uint64_t lut_words_per_row(const msd_tile& tile) {  // 32 digits a word
    return ceil_div(weights_per_row(tile) * tile.effective_bits, 32);
}
inline uint64_t dsp_words_per_row(const msd_tile& tile) {  // 16 int8 a word
    return ceil_div(weights_per_row(tile), 16);
}

}  // namespace msd::pe
