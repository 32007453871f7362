// Random tiles for the post unit: shapes, sums near the ends of int8 and at ties, windows.
#include <algorithm>
#include <cstdlib>

#include "ip/msd_pe/core/tile.h"
#include "ip/msd_pe/core/tile_shape.h"
#include "tests/rtl/post/post_bench.h"

namespace msd::test {
namespace {

int draw(std::mt19937& rng, int low, int high) {
    return low + static_cast<int>(rng() % static_cast<unsigned>(high - low + 1));
}

int8_t byte(std::mt19937& rng) {
    static const int8_t kExtremes[] = {-128, 127, -1, 0};
    return rng() % 4 == 0 ? kExtremes[rng() % 4] : static_cast<int8_t>(rng() & 0xff);
}

uint32_t multiplier(std::mt19937& rng) {
    static const uint32_t kCorners[] = {1u << 23, (1u << 24) - 1, 3u << 22, 0};
    if (rng() % 4 == 0) return kCorners[rng() % (rng() % 8 == 0 ? 4 : 3)];
    return (1u << 23) + (rng() & ((1u << 23) - 1));
}

// Sums of a channel: the result before clamping is mostly within a few hundred of zero; some are
// exact ties of the last rounding, some the largest that 32 bits hold.
void draw_channel(PostCase& c, std::size_t k, std::mt19937& rng) {
    msd_channel& channel = c.channels[k];
    channel.multiplier = multiplier(rng) & 0xffffff;
    channel.shift = rng() % 16 == 0 ? rng() % 64 : static_cast<unsigned>(draw(rng, 18, 46));
    const int bits = std::clamp<int>(static_cast<int>(channel.shift) - 14, 1, 31);
    channel.bias = static_cast<int32_t>(rng()) >> draw(rng, std::min(32 - bits, 31), 31);
    const std::size_t pixels = pe::pixels(c.tile);
    for (std::size_t p = 0; p < pixels; ++p) {
        int64_t sum = static_cast<int32_t>(rng()) >> (32 - bits);
        if (rng() % 4 == 0) {  // odd * 2^(s-24) - bias: half a unit with multiplier 2^23
            const int tie = std::max<int>(static_cast<int>(channel.shift) - 24, 0);
            sum = (int64_t{draw(rng, -300, 300)} * 2 + 1) * (int64_t{1} << std::min(tie, 40));
            sum = static_cast<int32_t>(sum) - int64_t{channel.bias};
        } else if (rng() % 16 == 0) {
            sum = rng() % 2 ? INT32_MAX : INT32_MIN;
        }
        c.sums[k * pixels + p] = static_cast<int32_t>(sum);
    }
}

void draw_pool(msd_tile& t, std::mt19937& rng) {
    const bool global = rng() % 6 == 0;
    t.pool_h = static_cast<uint8_t>(global ? t.th : draw(rng, 1, 4));
    t.pool_w = static_cast<uint8_t>(global ? t.tw : draw(rng, 1, rng() % 8 == 0 ? 40 : 5));
    t.pool_stride_y = static_cast<uint8_t>(draw(rng, 1, 3));
    t.pool_stride_x = static_cast<uint8_t>(draw(rng, 1, 3));
    t.pool_pad_y = static_cast<int8_t>(draw(rng, -1, t.pool_h - 1));
    t.pool_pad_x = static_cast<int8_t>(draw(rng, -1, t.pool_w - 1));
    if (global) t.pool_pad_y = t.pool_pad_x = 0;
    const auto most = [](int in, int pad, int stride) { return (in + pad - 1) / stride + 1; };
    const int oh = most(t.th, t.pool_pad_y, t.pool_stride_y),
              ow = most(t.tw, t.pool_pad_x, t.pool_stride_x);
    t.pool_oh = static_cast<uint16_t>(global || oh < 1 ? 1 : rng() % 2 ? oh : draw(rng, 1, oh));
    t.pool_ow = static_cast<uint16_t>(global || ow < 1 ? 1 : rng() % 2 ? ow : draw(rng, 1, ow));
    t.pool_zero = byte(rng);
    t.pool_mul = static_cast<uint16_t>(rng() % 4 == 0 ? 0x8000 : 0x8000 | rng());
    const int window = t.pool_h * t.pool_w;
    int log = 0;
    while ((1 << log) < window) ++log;
    t.pool_shift =
        static_cast<unsigned>(rng() % 12 == 0 ? draw(rng, 1, 46) : 15 + log + draw(rng, -1, 2));
}

}  // namespace

void complete(PostCase& c, const pe::AcceleratorConfig& config) {
    pe::fill_groups(config, c.tile);
    if (pe::has(c.tile, MSD_TILE_POOL_ONLY)) c.tile.p_lut = c.tile.p_dsp = 0;
}

PostCase random_post(std::mt19937& rng, const pe::AcceleratorConfig& config, PostKind kind) {
    for (;;) {
        PostCase c;
        msd_tile& t = c.tile;
        const bool pool_only = kind == PostKind::kPoolOnly;
        const bool residual = kind == PostKind::kResidual || kind == PostKind::kResidualPooled;
        const bool pooled = kind != PostKind::kPlain && kind != PostKind::kResidual;
        t.magic = MSD_TILE_MAGIC;
        t.flags = pool_only ? MSD_TILE_POOL_ONLY | MSD_TILE_LOAD_RES : MSD_TILE_LAST_C;
        if (residual) t.flags |= MSD_TILE_RESIDUAL | MSD_TILE_LOAD_RES;
        if (pooled) t.flags |= rng() % 2 ? MSD_TILE_POOL_MAX : MSD_TILE_POOL_AVG;
        t.effective_bits = t.kernel_h = t.kernel_w = t.stride_y = t.stride_x = 1;
        const int most = static_cast<int>(config.tile_channels);
        t.k_lut = static_cast<uint16_t>(pool_only || rng() % 6 == 0 ? 0 : draw(rng, 1, most / 2));
        t.k_dsp = static_cast<uint16_t>(rng() % 6 == 0 ? 0 : draw(rng, 1, most / 2));
        if (rng() % 3 == 0) t.k_dsp = static_cast<uint16_t>((16 - t.k_lut % 16) % 16);
        t.th = static_cast<uint16_t>(draw(rng, 1, rng() % 4 == 0 ? 12 : 6));
        t.tw = static_cast<uint16_t>(draw(rng, 1, rng() % 8 == 0 ? 40 : 8));
        t.in_rows = t.th;
        t.in_cols = t.tw;
        t.c_blocks = 1;
        t.c_last = 16;
        for (int8_t* v : {&t.zero_conv, &t.zero_res, &t.zero_out}) *v = byte(rng);
        t.clamp_lo = rng() % 2 ? -128 : byte(rng);
        t.clamp_hi = rng() % 2 ? 127 : byte(rng);
        if (t.clamp_lo > t.clamp_hi) std::swap(t.clamp_lo, t.clamp_hi);
        t.mul_conv = multiplier(rng) & 0xffffff;
        t.mul_res = rng() & ((1u << draw(rng, 1, 24)) - 1);
        if (rng() % 4 == 0) t.mul_res = t.mul_conv;
        t.shift_res = static_cast<unsigned>(rng() % 8 == 0 ? draw(rng, 1, 62) : draw(rng, 22, 26));
        if (pooled) draw_pool(t, rng);
        complete(c, config);

        if (!pe::channels(t) || pe::channels(t) > config.tile_channels ||
            unsigned{t.p_lut} * t.k_lut > config.acc_entries ||
            unsigned{t.p_dsp} * t.k_dsp > config.acc_entries ||
            pe::out_words_of(t) > config.out_words)
            continue;
        if (pooled) {
            const bool reaches = (t.pool_oh - 1) * t.pool_stride_y - t.pool_pad_y < t.th &&
                                 (t.pool_ow - 1) * t.pool_stride_x - t.pool_pad_x < t.tw;
            if (!reaches || unsigned{t.pool_oh} * t.pool_ow > pe::pixels(t) ||
                pe::open_windows(t) > pe::kPoolWindows)
                continue;
        }
        c.channels.resize((pe::channels(t) + 1) / 2 * 2);
        if (pool_only) c.channels.clear();
        c.sums.resize(pe::channels(t) * pe::pixels(t));
        if (!pool_only)
            for (unsigned k = 0; k < pe::channels(t); ++k) draw_channel(c, k, rng);
        if (residual || pool_only) {
            c.input.resize(pe::blocks(t) * pe::pixels(t) * pe::kWordBytes);
            for (int8_t& v : c.input) v = byte(rng);
        }
        return c;
    }
}

}  // namespace msd::test
