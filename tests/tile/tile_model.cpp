// The plain loops of tile_model.h.
#include "tests/tile/tile_model.h"

#include <algorithm>

#include "ip/msd_pe/core/tile.h"

namespace msd::test {
namespace {

// floor(a / 2^s), without shifting negative numbers.
int64_t floor_div_pow2(__int128 a, int s) {
    const __int128 d = __int128{1} << s;
    __int128 q = a / d;
    if (a % d < 0) --q;
    return static_cast<int64_t>(q);
}

// a / 2^s to the nearest integer, half upwards.
int64_t half_up(__int128 a, int s) {
    return floor_div_pow2(2 * a + (__int128{1} << s), s + 1);
}

// The same, half away from zero: of magnitudes, half upwards.
int64_t half_away(__int128 a, int s) {
    return a < 0 ? -half_up(-a, s) : half_up(a, s);
}

// A requantised sum: 24 bits of the shift are rounded half up, the rest half away from zero.
int64_t requantised(__int128 product, int s) {
    return s <= 24 ? half_up(product, s) : half_away(half_up(product, 24), s - 24);
}

int64_t limit(int64_t v, int64_t low, int64_t high) {
    return v < low ? low : v > high ? high : v;
}

// Words [K pass][word][used row] of one core; row_bytes(k) gives the packed bytes of channel k.
template <typename RowBytes>
void append_core(std::vector<uint8_t>& out, int first, int count, int rows, RowBytes row_bytes) {
    for (int pass = 0; pass < count; pass += rows) {
        const int used = std::min(rows, count - pass);
        std::vector<std::vector<uint8_t>> padded;
        for (int r = 0; r < used; ++r) {
            padded.push_back(row_bytes(first + pass + r));
            while (padded.back().size() % 16 != 0) padded.back().push_back(0x5a);  // never read
        }
        for (std::size_t word = 0; word < padded[0].size() / 16; ++word)
            for (const auto& row : padded)
                out.insert(out.end(), row.begin() + static_cast<long>(word) * 16,
                           row.begin() + static_cast<long>(word) * 16 + 16);
    }
}

}  // namespace

std::vector<uint8_t> TileModel::stream() const {
    std::vector<uint8_t> out;
    append_core(out, 0, tile.k_lut, static_cast<int>(config.lut_rows), [&](int k) {
        std::vector<uint8_t> bytes;
        for (std::size_t i = 0; i < digits[k].size(); ++i) {
            if (i % 2 == 0) bytes.push_back(0);
            bytes.back() |= static_cast<uint8_t>(digits[k][i] << (i % 2 ? 4 : 0));
        }
        return bytes;
    });
    append_core(out, tile.k_lut, tile.k_dsp, static_cast<int>(config.dsp_rows),
                [&](int k) { return std::vector<uint8_t>(weights[k].begin(), weights[k].end()); });
    return out;
}

int64_t TileModel::sum(int k, int oy, int ox) const {
    int64_t total = 0;
    const int first = depthwise() ? k : 0, last = depthwise() ? k + 1 : channels_in;
    for (int i = 0; i < tile.kernel_h; ++i) {
        for (int j = 0; j < tile.kernel_w; ++j) {
            const int iy = oy * tile.stride_y + i - tile.pad_y;
            const int ix = ox * tile.stride_x + j - tile.pad_x;
            const bool inside = iy >= 0 && iy < tile.in_rows && ix >= 0 && ix < tile.in_cols;
            for (int c = first; c < last; ++c) {
                const int tap = i * tile.kernel_w + j;
                const int w = weights[k][depthwise() ? tap : tap * channels_in + c];
                const int a =
                    inside ? act[((c / 16 * tile.in_rows + iy) * tile.in_cols + ix) * 16 + c % 16]
                           : tile.pad_value;
                total += a * w;
            }
        }
    }
    return total;
}

std::vector<int32_t> TileModel::sums(const std::vector<int32_t>& before) const {
    std::vector<int32_t> out;
    for (int k = 0; k < channels(); ++k)
        for (int oy = 0; oy < tile.th; ++oy)
            for (int ox = 0; ox < tile.tw; ++ox) {
                const int64_t start = before.empty() ? 0 : before[out.size()];
                out.push_back(static_cast<int32_t>(static_cast<uint32_t>(start + sum(k, oy, ox))));
            }
    return out;
}

std::vector<int8_t> TileModel::posted(const std::vector<int32_t>& sums) const {
    std::vector<int8_t> out(std::size_t(blocks()) * pixels() * 16, tile.zero_out);
    for (int k = 0; k < channels(); ++k) {
        for (int p = 0; p < pixels(); ++p) {
            const std::size_t at = (std::size_t(k / 16) * pixels() + p) * 16 + k % 16;
            const __int128 acc = __int128{sums[std::size_t(k) * pixels() + p]} + params[k].bias;
            const int64_t t =
                limit(tile.zero_conv + requantised(acc * params[k].multiplier, params[k].shift),
                      -128, 127);
            int64_t y = t;
            if (residual_added())
                y = tile.zero_out +
                    half_away(__int128{t - tile.zero_conv} * tile.mul_conv +
                                  __int128{residual[at] - tile.zero_res} * tile.mul_res,
                              tile.shift_res);
            out[at] = static_cast<int8_t>(limit(y, tile.clamp_lo, tile.clamp_hi));
        }
    }
    return out;
}

std::vector<int8_t> TileModel::pooled(const std::vector<int8_t>& map) const {
    std::vector<int8_t> out;
    for (int b = 0; b < blocks(); ++b) {
        for (int oy = 0; oy < tile.pool_oh; ++oy) {
            for (int ox = 0; ox < tile.pool_ow; ++ox) {
                for (int lane = 0; lane < 16; ++lane) {
                    int64_t n = 0, total = 0, most = -1000;
                    for (int i = 0; i < tile.pool_h; ++i) {
                        for (int j = 0; j < tile.pool_w; ++j) {
                            const int y = oy * tile.pool_stride_y + i - tile.pool_pad_y;
                            const int x = ox * tile.pool_stride_x + j - tile.pool_pad_x;
                            if (y < 0 || y >= tile.th || x < 0 || x >= tile.tw) continue;
                            const int v =
                                map[(std::size_t(b) * pixels() + y * tile.tw + x) * 16 + lane];
                            ++n;
                            total += v;
                            most = std::max<int64_t>(most, v);
                        }
                    }
                    const int64_t mean =
                        half_away(__int128{total - n * tile.zero_out} * tile.pool_mul +
                                      (__int128{tile.pool_zero} << tile.pool_shift),
                                  tile.pool_shift);
                    const bool average = (tile.flags & MSD_TILE_POOL_AVG) != 0;
                    out.push_back(static_cast<int8_t>(average ? limit(mean, -128, 127) : most));
                }
            }
        }
    }
    return out;
}

pe::AcceleratorConfig roomy_device(Random& random) {
    pe::AcceleratorConfig c;
    c.name = "roomy";
    c.lut_rows = static_cast<unsigned>(random.in(1, 80));
    c.lut_cols = static_cast<unsigned>(random.in(1, 80));
    c.dsp_rows = static_cast<unsigned>(random.in(1, 48));
    c.dsp_cols = static_cast<unsigned>(random.in(1, 48));
    c.act_words = c.lut_weight_words = c.dsp_weight_words = 65535;
    c.acc_entries = c.out_words = 65535;
    c.tile_channels = 4096;
    c.check();
    return c;
}

void place_blocks(msd_tile& tile) {
    const bool pools = (tile.flags & (MSD_TILE_POOL_MAX | MSD_TILE_POOL_AVG)) != 0;
    const auto block = [](uint32_t address, int planes, int rows, int cols) {
        msd_block b{};
        b.address = address;
        b.row_bytes = static_cast<uint32_t>(cols) * 16;
        b.row_stride = b.row_bytes;
        b.rows = static_cast<uint16_t>(rows);
        b.planes = static_cast<uint16_t>(planes);
        b.plane_stride = b.row_stride * b.rows;
        return b;
    };
    const int blocks = (tile.k_lut + tile.k_dsp + 15) / 16;
    tile.act = block(0x80200000u, tile.c_blocks, tile.in_rows, tile.in_cols);
    tile.res = block(0x80300000u, blocks, tile.th, tile.tw);
    tile.out =
        block(0x80400000u, blocks, pools ? tile.pool_oh : tile.th, pools ? tile.pool_ow : tile.tw);
    tile.wgt_address = 0x80500000u;
}

TileModel random_tile(Random& random, const pe::AcceleratorConfig& config,
                      const ModelLimits& limits) {
    TileModel model;
    model.config = config;
    msd_tile& t = model.tile;
    const bool depthwise = random.chance(25);
    t.magic = MSD_TILE_MAGIC;
    t.flags = MSD_TILE_LOAD_ACT | MSD_TILE_LOAD_WGT | MSD_TILE_FIRST_C | MSD_TILE_LAST_C;
    if (depthwise) t.flags |= MSD_TILE_DEPTHWISE;
    if (random.chance(30)) t.flags |= MSD_TILE_RESIDUAL | MSD_TILE_LOAD_RES;
    t.in_rows = static_cast<uint16_t>(random.in(1, limits.max_side));
    t.in_cols = static_cast<uint16_t>(random.in(1, limits.max_side));
    t.th = static_cast<uint16_t>(random.in(1, limits.max_side));
    t.tw = static_cast<uint16_t>(random.in(1, limits.max_side));
    t.kernel_h = static_cast<uint8_t>(random.in(1, limits.max_kernel));
    t.kernel_w = static_cast<uint8_t>(random.in(1, limits.max_kernel));
    t.stride_y = static_cast<uint8_t>(random.in(1, limits.max_kernel + 1));
    t.stride_x = static_cast<uint8_t>(random.in(1, limits.max_kernel + 1));
    t.pad_y = static_cast<int8_t>(random.in(-2, limits.max_side + 3));  // may exceed the map
    t.pad_x = static_cast<int8_t>(random.in(-2, limits.max_side + 3));
    t.effective_bits = static_cast<uint8_t>(random.in(1, 3));
    t.c_blocks = static_cast<uint16_t>(random.in(1, limits.max_blocks));
    t.c_last = static_cast<uint8_t>(random.chance(40) ? 16 : random.in(1, 16));
    const int channels_in = (t.c_blocks - 1) * 16 + t.c_last;
    const int all =
        random.in(1, depthwise ? std::min(channels_in, limits.max_channels) : limits.max_channels);
    const int split = random.in(0, 9);
    t.k_lut = static_cast<uint16_t>(split == 0 ? 0 : split == 1 ? all : random.in(0, all));
    t.k_dsp = static_cast<uint16_t>(all - t.k_lut);
    t.pad_value = random.byte();
    t.zero_conv = random.byte();
    t.zero_res = random.byte();
    t.zero_out = t.flags & MSD_TILE_RESIDUAL ? random.byte() : t.zero_conv;
    t.clamp_lo = static_cast<int8_t>(random.chance(50) ? -128 : random.in(-128, 127));
    t.clamp_hi = static_cast<int8_t>(random.chance(50) ? 127 : random.in(t.clamp_lo, 127));
    // Small multipliers of few bits meet ties often.
    t.mul_conv = random.chance(20) ? 1u << random.in(0, 23) : random.in(0, (1 << 24) - 1);
    t.mul_res = random.chance(20) ? 1u << random.in(0, 23) : random.in(0, (1 << 24) - 1);
    t.shift_res = random.chance(80) ? random.in(16, 32) : random.in(1, 62);
    t.lut_words = static_cast<uint16_t>(pe::lut_stream_words(config, t));
    t.dsp_words = static_cast<uint16_t>(pe::dsp_stream_words(config, t));
    pe::fill_groups(config, t);
    place_blocks(t);
    fill_operands(model, random, limits.wild_digits);
    return model;
}

void fill_operands(TileModel& model, Random& random, bool wild_digits) {
    const msd_tile& t = model.tile;
    model.channels_in = (t.c_blocks - 1) * 16 + t.c_last;
    const int per_row = model.taps() * (model.depthwise() ? 1 : model.channels_in);
    model.digits.assign(static_cast<std::size_t>(model.channels()), {});
    model.weights.assign(static_cast<std::size_t>(model.channels()), {});
    for (int k = 0; k < model.channels(); ++k) {
        for (int n = 0; n < per_row; ++n) {
            if (k >= t.k_lut) {
                model.weights[k].push_back(random.byte());
                continue;
            }
            int value, codes[3];
            do {
                value = 0;
                for (int e = 0; e < t.effective_bits; ++e) {
                    codes[e] = random.in(0, 15);
                    const int power = 1 << (codes[e] % 8);
                    value += codes[e] >= 8 ? -power : power;
                }
                if (t.effective_bits == 1 && codes[0] == 7) value = 0;
            } while (!wild_digits && (value < -128 || value > 127));
            model.weights[k].push_back(value);
            for (int e = 0; e < t.effective_bits; ++e)
                model.digits[k].push_back(static_cast<uint8_t>(codes[e]));
        }
    }
    model.act.resize(std::size_t(t.c_blocks) * t.in_rows * t.in_cols * 16);
    for (int8_t& v : model.act) v = random.byte();
    model.residual.resize(std::size_t(model.blocks()) * model.pixels() * 16);
    for (int8_t& v : model.residual) v = random.byte();
    model.params.clear();
    for (int k = 0; k < model.channels(); ++k) {
        msd_channel c{};
        c.bias = random.chance(10) ? (random.chance(50) ? INT32_MAX : INT32_MIN)
                                   : random.in(-30000, 30000);
        c.multiplier = random.chance(20) ? 1u << 23 : random.in(1 << 23, (1 << 24) - 1);
        c.shift = random.chance(80) ? random.in(24, 40) : random.in(1, 62);
        model.params.push_back(c);
    }
}

}  // namespace msd::test
