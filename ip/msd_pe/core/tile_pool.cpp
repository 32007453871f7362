// Pooling of a tile's map, in place: docs/numbers.md in code.
#include <algorithm>
#include <cstring>

#include "ip/msd_pe/core/tile.h"
#include "ip/msd_pe/core/tile_shape.h"

namespace msd::pe {
namespace {

// The taps [top, bottom) x [left, right) of one window that lie inside the map, 16 channels wide.
struct Window {
    const int8_t* map;
    int width;
    int top, bottom, left, right;

    template <typename Visit>
    void for_words(Visit visit) const {
        for (int y = top; y < bottom; ++y) {
            const int8_t* word = map + (std::size_t(y) * width + left) * 16;
            for (int x = left; x < right; ++x, word += 16) visit(word);
        }
    }
};

void maximum(const Window& window, int8_t* out) {
    int8_t most[16];
    std::memset(most, -128, sizeof most);
    window.for_words([&most](const int8_t* word) {
        for (int n = 0; n < 16; ++n) most[n] = std::max(most[n], word[n]);
    });
    std::memcpy(out, most, sizeof most);
}

void average(const msd_tile& tile, const Window& window, int8_t* out) {
    int32_t sums[16] = {};
    window.for_words([&sums](const int8_t* word) {
        for (int n = 0; n < 16; ++n) sums[n] += word[n];
    });
    const int64_t inside = int64_t{window.bottom - window.top} * (window.right - window.left);
    const int64_t half = int64_t{1} << (tile.pool_shift - 1);
    for (int n = 0; n < 16; ++n) {
        const int64_t scaled = (sums[n] - inside * tile.zero_out) * tile.pool_mul;
        const int64_t below = (scaled >> tile.pool_shift) + tile.pool_zero < 0;
        const int64_t v = tile.pool_zero + ((scaled + half - below) >> tile.pool_shift);
        out[n] = static_cast<int8_t>(std::clamp<int64_t>(v, -128, 127));
    }
}

}  // namespace

void pool(const msd_tile& tile, int8_t* map) {
    const std::size_t in_bytes = pixels(tile) * 16;
    thread_local std::vector<int8_t>
        block;  // what the windows read while the results overwrite the map
    int8_t* out = map;
    for (unsigned b = 0; b < blocks(tile); ++b) {
        block.assign(map + b * in_bytes, map + (b + 1) * in_bytes);
        Window window{block.data(), tile.tw, 0, 0, 0, 0};
        for (int oy = 0; oy < tile.pool_oh; ++oy) {
            const int y = oy * tile.pool_stride_y - tile.pool_pad_y;
            window.top = std::max(y, 0);
            window.bottom = std::min<int>(y + tile.pool_h, tile.th);
            for (int ox = 0; ox < tile.pool_ow; ++ox, out += 16) {
                const int x = ox * tile.pool_stride_x - tile.pool_pad_x;
                window.left = std::max(x, 0);
                window.right = std::min<int>(x + tile.pool_w, tile.tw);
                has(tile, MSD_TILE_POOL_AVG) ? average(tile, window, out) : maximum(window, out);
            }
        }
    }
}

}  // namespace msd::pe
