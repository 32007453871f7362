// Post-processing and pooling of a tile: docs/numbers.md in code.
#include <algorithm>
#include <cstring>

#include "ip/msd_pe/core/tile.h"
#include "ip/msd_pe/core/tile_shape.h"

namespace msd::pe {
namespace {

int64_t clamp8(int64_t v) {
    return std::clamp<int64_t>(v, -128, 127);
}

// asr(v + 2^(s-1), s): half rounds up. s = 0 leaves v.
int64_t round_shift(int64_t v, unsigned s) {
    return (v + static_cast<int64_t>((uint64_t{1} << s) >> 1)) >> s;
}

}  // namespace

void post_process(const msd_tile& tile, const int32_t* acc, const msd_channel* params,
                  int8_t* out) {
    const std::size_t count = pixels(tile);
    const unsigned all = channels(tile);
    const bool residual = has(tile, MSD_TILE_RESIDUAL);
    for (unsigned b = 0; b < blocks(tile); ++b) {
        for (unsigned lane = 0; lane < 16; ++lane) {
            const unsigned k = b * 16 + lane;
            int8_t* bytes = out + b * count * 16 + lane;
            if (k >= all) {
                for (std::size_t p = 0; p < count; ++p) bytes[p * 16] = tile.zero_out;
                continue;
            }
            const msd_channel& c = params[k];
            for (std::size_t p = 0; p < count; ++p) {
                const int64_t sum = int64_t{acc[k * count + p]} + c.bias;
                int64_t y = clamp8(tile.zero_conv + round_shift(sum * c.multiplier, c.shift & 63));
                if (residual)
                    y = tile.zero_out +
                        round_shift((y - tile.zero_conv) * tile.mul_conv +
                                        (bytes[p * 16] - tile.zero_res) * int64_t{tile.mul_res},
                                    tile.shift_res);
                bytes[p * 16] =
                    static_cast<int8_t>(std::clamp<int64_t>(y, tile.clamp_lo, tile.clamp_hi));
            }
        }
    }
}

void pool(const msd_tile& tile, int8_t* map) {
    const std::size_t in_bytes = pixels(tile) * 16;
    const std::size_t out_bytes = std::size_t{tile.pool_oh} * tile.pool_ow * 16;
    const bool average = has(tile, MSD_TILE_POOL_AVG);
    thread_local std::vector<int8_t> block;
    for (unsigned b = 0; b < blocks(tile); ++b) {
        block.assign(map + b * in_bytes, map + (b + 1) * in_bytes);
        int8_t* out = map + b * out_bytes;
        for (int oy = 0; oy < tile.pool_oh; ++oy) {
            const int y0 = oy * tile.pool_stride_y - tile.pool_pad_y;
            const int top = std::max(y0, 0), bottom = std::min<int>(y0 + tile.pool_h, tile.th);
            for (int ox = 0; ox < tile.pool_ow; ++ox, out += 16) {
                const int x0 = ox * tile.pool_stride_x - tile.pool_pad_x;
                const int left = std::max(x0, 0), right = std::min<int>(x0 + tile.pool_w, tile.tw);
                int32_t sum[16] = {};
                int8_t most[16];
                std::memset(most, -128, sizeof most);
                for (int y = top; y < bottom; ++y) {
                    const int8_t* word = block.data() + (std::size_t(y) * tile.tw + left) * 16;
                    for (int x = left; x < right; ++x, word += 16) {
                        for (int n = 0; n < 16; ++n) {
                            sum[n] += word[n];
                            most[n] = std::max(most[n], word[n]);
                        }
                    }
                }
                if (!average) {
                    std::memcpy(out, most, 16);
                    continue;
                }
                const int64_t taps_inside = int64_t{bottom - top} * (right - left);
                for (int n = 0; n < 16; ++n) {
                    const int64_t v = (sum[n] - taps_inside * tile.zero_out) * tile.pool_mul;
                    out[n] = static_cast<int8_t>(
                        clamp8(tile.pool_zero + round_shift(v, tile.pool_shift)));
                }
            }
        }
    }
}

}  // namespace msd::pe
