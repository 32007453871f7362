// Pooling in place: the walk of docs/timing.md replayed word by word never reads what it has
// written.
#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

#include "ip/accelerator/accelerator_regs.h"
#include "ip/msd_pe/core/tile.h"

namespace {

using namespace msd;

// A pool of a 16-channel map, as a tile of its own.
msd_tile pool_tile(int th, int tw, int window_h, int window_w, int stride_y, int stride_x,
                   int pad_y, int pad_x, int oh, int ow) {
    msd_tile t{};
    t.magic = MSD_TILE_MAGIC;
    t.flags = MSD_TILE_POOL_ONLY | MSD_TILE_LOAD_RES | MSD_TILE_POOL_MAX;
    t.k_dsp = 16;
    t.th = static_cast<uint16_t>(th);
    t.tw = static_cast<uint16_t>(tw);
    t.pool_h = static_cast<uint8_t>(window_h);
    t.pool_w = static_cast<uint8_t>(window_w);
    t.pool_stride_y = static_cast<uint8_t>(stride_y);
    t.pool_stride_x = static_cast<uint8_t>(stride_x);
    t.pool_pad_y = static_cast<int8_t>(pad_y);
    t.pool_pad_x = static_cast<int8_t>(pad_x);
    t.pool_oh = static_cast<uint16_t>(oh);
    t.pool_ow = static_cast<uint16_t>(ow);
    const uint32_t in = static_cast<uint32_t>(th * tw) * 16,
                   out = static_cast<uint32_t>(oh * ow) * 16;
    t.res = {0, in, in, in, 1, 1};
    t.out = {0x10000, out, out, out, 1, 1};
    return t;
}

// Words of the map that are read after a result was written over them, with the map at `base`:
// columns in turn, of each the window's rows; a window is written when its last column has passed.
int overwritten(const msd_tile& t, int base, int blocks) {
    std::vector<bool> written(static_cast<std::size_t>(base) + std::size_t(blocks) * t.th * t.tw);
    int lost = 0, out = 0;
    for (int b = 0; b < blocks; ++b)
        for (int oy = 0; oy < t.pool_oh; ++oy) {
            int ox = 0;
            for (int x = 0; x < t.tw; ++x) {
                for (int i = 0; i < t.pool_h; ++i) {
                    const int y = oy * t.pool_stride_y - t.pool_pad_y + i;
                    if (y >= 0 && y < t.th) lost += written[base + (b * t.th + y) * t.tw + x];
                }
                for (; ox < t.pool_ow; ++ox) {
                    const int end = ox * t.pool_stride_x - t.pool_pad_x + t.pool_w - 1;
                    if (std::min<int>(end, t.tw - 1) > x) break;
                    written[out++] = true;
                }
            }
        }
    return lost;
}

}  // namespace

TEST_CASE("a map that begins at pool_base is read before results are written over it") {
    int tiles = 0, behind = 0;
    for (int h = 1; h <= 4; ++h)
        for (int stride = 1; stride <= 3; ++stride)
            for (int pad = -1; pad < h; ++pad)
                for (int th = 1; th <= 7; ++th)
                    for (int tw = 1; tw <= 7; ++tw)
                        for (int stride_x = 1; stride_x <= 2; ++stride_x) {
                            const int oh = (th + pad - 1) / stride + 1,
                                      ow = (tw + pad - 1) / stride_x + 1;
                            if (th + pad < 1 || tw + pad < 1 || oh * ow > th * tw) continue;
                            const msd_tile t =
                                pool_tile(th, tw, h, h, stride, stride_x, pad, pad, oh, ow);
                            const int base = static_cast<int>(pe::pool_base(t));
                            REQUIRE(overwritten(t, base, 3) == 0);
                            ++tiles;
                            behind += base > 0 && overwritten(t, 0, 1) > 0;
                        }
    CHECK(tiles > 1000);
    CHECK(behind > 100);  // the base is needed: at 0 these would read results
}

TEST_CASE("a pool with stride 1 and a border takes one row more of the output half") {
    const msd_tile t = pool_tile(6, 8, 3, 3, 1, 1, 1, 1, 6, 8);
    CHECK(pe::pool_base(t) == 8);
    CHECK(pe::out_words_of(t) == 8 + 48);
    pe::AcceleratorConfig config = pe::preset("tiny");
    config.out_words = 56;
    CHECK(pe::check_tile(config, t) == MSD_ERROR_NONE);
    config.out_words = 55;
    CHECK(pe::check_tile(config, t) == MSD_ERROR_OUT_CAPACITY);
    CHECK(pe::pool_base(pool_tile(6, 8, 3, 3, 2, 2, 1, 1, 3, 4)) == 0);
}

TEST_CASE("at most 32 windows are open at a column") {
    pe::AcceleratorConfig config = pe::preset("ultra96");
    CHECK(pe::check_tile(config, pool_tile(1, 80, 1, 48, 1, 1, 0, 0, 1, 32)) == MSD_ERROR_NONE);
    CHECK(pe::check_tile(config, pool_tile(1, 80, 1, 48, 1, 1, 0, 0, 1, 33)) == MSD_ERROR_GEOMETRY);
    CHECK(pe::check_tile(config, pool_tile(1, 80, 1, 48, 2, 2, 0, 0, 1, 17)) == MSD_ERROR_NONE);
    CHECK(pe::check_tile(config, pool_tile(56, 56, 56, 56, 1, 1, 0, 0, 1, 1)) == MSD_ERROR_NONE);
}
