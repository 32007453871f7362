// Random tiles: shapes first, then operands, groups and streams as docs/timing.md defines them.
#include "tests/rtl/tile_case.h"

#include <algorithm>

#include "ip/msd_pe/core/timing.h"

namespace msd::test {
namespace {

int draw(std::mt19937& rng, int low, int high) {
    return low + static_cast<int>(rng() % static_cast<unsigned>(high - low + 1));
}

int8_t value(std::mt19937& rng, bool extremes) {
    static const int8_t kExtremes[] = {-128, 127, -1, 1};
    return extremes && rng() % 3 == 0 ? kExtremes[rng() % 4] : static_cast<int8_t>(rng() & 0xff);
}

unsigned ceil_div(unsigned a, unsigned b) {
    return (a + b - 1) / b;
}

// Puts one row's items (digits of 4 bits, weights of 8) into its words of the stream.
void put_row(std::vector<uint8_t>& stream, const std::vector<uint8_t>& items, unsigned bits,
             unsigned k, unsigned channels, unsigned rows) {
    const unsigned per_word = 128 / bits;
    const unsigned words = ceil_div(static_cast<unsigned>(items.size()), per_word);
    const unsigned first = k / rows * rows;
    const unsigned used = std::min(rows, channels - first);
    stream.resize(std::size_t{channels} * words * 16);
    for (unsigned i = 0; i < items.size(); ++i) {
        const std::size_t word = std::size_t{first} * words + i / per_word * used + (k - first);
        const unsigned place = i % per_word;
        uint8_t& byte = stream[word * 16 + place * bits / 8];
        byte = static_cast<uint8_t>(byte | items[i] << (place * bits % 8));
    }
}

void make_groups(TileCase& c, const pe::AcceleratorConfig& config) {
    msd_tile& t = c.tile;
    const unsigned pixels = unsigned{t.th} * t.tw;
    t.p_lut = static_cast<uint16_t>(t.k_lut ? ceil_div(pixels, config.lut_cols) : 0);
    t.p_dsp = static_cast<uint16_t>(t.k_dsp ? ceil_div(pixels, 2 * config.dsp_cols) : 0);
    unsigned start = 0;
    for (unsigned g = 0; g < config.groups(); ++g) {
        const bool lut = g < config.lut_groups();
        if (g == config.lut_groups()) start = 0;
        const unsigned count = config.group_columns(g) * (lut ? t.p_lut : t.p_dsp);
        const unsigned end = std::min(start + count, pixels);
        msd_group& group = t.group[g] = msd_group{};
        if (start < end) {
            group.oy0 = static_cast<uint16_t>(start / t.tw);
            group.ox0 = static_cast<uint16_t>(start % t.tw);
            const int top = group.oy0 * t.stride_y - t.pad_y;
            const int bottom =
                static_cast<int>((end - 1) / t.tw) * t.stride_y - t.pad_y + t.kernel_h;
            const int lo = std::clamp(top, 0, int{t.in_rows}),
                      hi = std::clamp(bottom, 0, int{t.in_rows});
            if (lo < hi) group.lo = static_cast<uint16_t>(lo), group.hi = static_cast<uint16_t>(hi);
        }
        start += count;
    }
}

void random_inputs(TileCase& c, std::mt19937& rng, const Ranges& ranges) {
    msd_tile& t = c.tile;
    t.kernel_h = static_cast<uint8_t>(draw(rng, 1, ranges.kernel_max));
    t.kernel_w = static_cast<uint8_t>(draw(rng, 1, ranges.kernel_max));
    t.stride_y = static_cast<uint8_t>(draw(rng, 1, ranges.stride_max));
    t.stride_x = static_cast<uint8_t>(draw(rng, 1, ranges.stride_max));
    t.pad_y = static_cast<int8_t>(draw(rng, -1, t.kernel_h));
    t.pad_x = static_cast<int8_t>(draw(rng, -1, t.kernel_w));
    t.in_rows = static_cast<uint16_t>(draw(rng, 1, 9));
    t.in_cols = static_cast<uint16_t>(draw(rng, 1, 9));
    t.c_blocks = static_cast<uint16_t>(draw(rng, 1, 3));
    t.c_last = static_cast<uint8_t>(rng() % 3 == 0 ? 16 : draw(rng, 1, 16));
    t.pad_value = value(rng, ranges.extremes);
    if (c.depthwise()) {  // enough input channels for the outputs
        const int need = c.channels() + draw(rng, 0, 8);
        t.c_blocks = static_cast<uint16_t>((need + 15) / 16);
        t.c_last = static_cast<uint8_t>(need - (t.c_blocks - 1) * 16);
    }
}

}  // namespace

pe::AcceleratorConfig core_config(rtl::CoreSize size) {
    const rtl::CoreSizes sizes = rtl::core_sizes(size);
    pe::AcceleratorConfig config;
    config.name = "rtl";
    config.lut_rows = sizes.lut_rows;
    config.lut_cols = sizes.lut_cols;
    config.dsp_rows = sizes.dsp_rows;
    config.dsp_cols = sizes.dsp_cols;
    config.act_words = rtl::kCoreActWords;
    config.lut_weight_words = config.dsp_weight_words = rtl::kCoreWeightWords;
    config.acc_entries = rtl::kCoreAccEntries;
    return config;
}

bool fits(const TileCase& c, const pe::AcceleratorConfig& config) {
    const msd_tile& t = c.tile;
    if (unsigned{t.p_lut} * t.k_lut > config.acc_entries) return false;
    if (unsigned{t.p_dsp} * t.k_dsp > config.acc_entries) return false;
    // The first bank of each core is the fullest.
    const auto bank_words = [](std::size_t stream, const pe::CoreShape& core) {
        std::size_t rows = 0;
        for (unsigned k = 0; k < core.k_passes(); ++k)
            rows += std::min(core.rows_used(k), core.bank_rows);
        return core.channels == 0 ? 0 : stream / 16 / core.channels * rows;
    };
    if (bank_words(c.lut_stream.size(), pe::lut_shape(config, t)) > config.lut_weight_words)
        return false;
    if (bank_words(c.dsp_stream.size(), pe::dsp_shape(config, t)) > config.dsp_weight_words)
        return false;
    for (unsigned g = 0; g < config.groups(); ++g)
        if (unsigned(t.group[g].hi - t.group[g].lo) * t.in_cols * t.c_blocks > config.act_words)
            return false;
    return true;
}

void fill(TileCase& c, std::mt19937& rng, const pe::AcceleratorConfig& config, bool extremes) {
    msd_tile& t = c.tile;
    make_groups(c, config);
    c.act.resize(std::size_t{t.c_blocks} * t.in_rows * t.in_cols * 16);
    for (int8_t& a : c.act) a = value(rng, extremes);
    c.weights.clear();
    c.lut_stream.clear();
    c.dsp_stream.clear();
    const int per_row = t.kernel_h * t.kernel_w * (c.depthwise() ? 1 : c.valid_channels());
    for (int k = 0; k < c.channels(); ++k) {
        std::vector<uint8_t> items;
        for (int i = 0; i < per_row; ++i) {
            if (k >= t.k_lut) {
                const int8_t weight = value(rng, extremes);
                c.weights.push_back(weight);
                items.push_back(static_cast<uint8_t>(weight));
                continue;
            }
            int weight = 0;
            for (int e = 0; e < t.effective_bits; ++e) {
                const unsigned code = rng() & 15;
                items.push_back(static_cast<uint8_t>(code));
                if (t.effective_bits == 1 && code == 7) continue;  // zero
                weight += (code & 8 ? -1 : 1) * (1 << (code & 7));
            }
            c.weights.push_back(weight);
        }
        if (k < t.k_lut)
            put_row(c.lut_stream, items, 4, k, t.k_lut, config.lut_rows);
        else
            put_row(c.dsp_stream, items, 8, k - t.k_lut, t.k_dsp, config.dsp_rows);
    }
}

TileCase random_case(std::mt19937& rng, const pe::AcceleratorConfig& config, const Ranges& ranges) {
    const int max_channels = static_cast<int>(std::max(ranges.channels_max, config.lut_rows + 4));
    for (;;) {
        TileCase c;
        msd_tile& t = c.tile;
        t.flags = MSD_TILE_FIRST_C | MSD_TILE_LAST_C;
        if (rng() % 4 == 0) t.flags |= MSD_TILE_DEPTHWISE;
        t.effective_bits = static_cast<uint8_t>(draw(rng, 1, 3));
        t.k_lut = static_cast<uint16_t>(rng() % 6 == 0 ? 0 : draw(rng, 1, max_channels));
        t.k_dsp = static_cast<uint16_t>(rng() % 6 == 0 ? 0 : draw(rng, 1, max_channels));
        t.th = static_cast<uint16_t>(draw(rng, 1, ranges.size_max));
        t.tw = static_cast<uint16_t>(draw(rng, 1, ranges.size_max));
        random_inputs(c, rng, ranges);
        if (c.channels() == 0) continue;
        fill(c, rng, config, ranges.extremes && rng() % 2 == 0);
        if (fits(c, config)) return c;
    }
}

TileCase random_continuation(std::mt19937& rng, const pe::AcceleratorConfig& config,
                             const TileCase& first) {
    for (;;) {
        TileCase c;
        msd_tile& t = c.tile;
        t.flags = MSD_TILE_LAST_C;
        if (rng() % 4 == 0) t.flags |= MSD_TILE_DEPTHWISE;
        t.effective_bits = static_cast<uint8_t>(draw(rng, 1, 3));
        t.k_lut = first.tile.k_lut;
        t.k_dsp = first.tile.k_dsp;
        t.th = first.tile.th;
        t.tw = first.tile.tw;
        random_inputs(c, rng, {});
        fill(c, rng, config, rng() % 2 == 0);
        if (fits(c, config)) return c;
    }
}

void TileCase::add_to(std::vector<int32_t>& sums) const {
    const int pixels = tile.th * tile.tw;
    sums.resize(static_cast<std::size_t>(channels()) * pixels);
    const auto input = [this](int c, int y, int x) -> int {
        if (y < 0 || y >= tile.in_rows || x < 0 || x >= tile.in_cols) return tile.pad_value;
        return act[((std::size_t(c / 16) * tile.in_rows + y) * tile.in_cols + x) * 16 + c % 16];
    };
    std::size_t w = 0;
    for (int k = 0; k < channels(); ++k)
        for (int i = 0; i < tile.kernel_h; ++i)
            for (int j = 0; j < tile.kernel_w; ++j) {
                const int first = depthwise() ? k : 0,
                          last = depthwise() ? k : valid_channels() - 1;
                for (int c = first; c <= last; ++c, ++w)
                    for (int pixel = 0; pixel < pixels; ++pixel) {
                        const int y = pixel / tile.tw * tile.stride_y + i - tile.pad_y;
                        const int x = pixel % tile.tw * tile.stride_x + j - tile.pad_x;
                        int32_t& sum = sums[static_cast<std::size_t>(k) * pixels + pixel];
                        sum = static_cast<int32_t>(
                            static_cast<uint32_t>(sum) +
                            static_cast<uint32_t>(weights[w] * input(c, y, x)));
                    }
            }
}

}  // namespace msd::test
