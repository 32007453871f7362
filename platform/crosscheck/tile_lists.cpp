// Random tiles: sums over several of them, operands kept from one to the next, pools, residuals.
#include "platform/crosscheck/tile_lists.h"

#include <algorithm>
#include <cstring>

#include "ip/msd_pe/core/tile.h"
#include "ip/msd_pe/core/tile_shape.h"

namespace msd::crosscheck {
namespace {

using network::Random;
using pe::AcceleratorConfig;

constexpr uint32_t kTilesAt = 0x1000, kDataAt = 0x8000, kDataBytes = 0x30000;

int between(Random& random, int low, int high) {
    return low + random.below(high - low + 1);
}

bool same_strips(const msd_tile& loaded, const msd_tile& t) {
    for (unsigned g = 0; g < MSD_MAX_GROUPS; ++g) {
        const msd_group &a = loaded.group[g], &b = t.group[g];
        if (b.lo != b.hi && (a.lo != b.lo || a.hi != b.hi)) return false;
    }
    return true;
}

class Maker {
public:
    Maker(Program& program, Random& random, bool across_lists)
        : p_(program),
          random_(random),
          across_lists_(across_lists),
          extreme_(program.kind == "extreme"),
          chain_(extreme_ && random.below(6) == 0) {
        p_.memory.resize(kDataAt + kDataBytes);
        for (std::size_t i = kDataAt; i < p_.memory.size(); i += 8) {
            const uint64_t bits = random_.next();
            std::memcpy(p_.memory.data() + i, &bits, 8);
        }
    }

    void list(unsigned tiles) {
        const uint32_t address = MSD_PROGRAM_BASE + kTilesAt + written_ * 256;
        const uint32_t before = written_;
        open_ = open_ && across_lists_;
        while (written_ - before < tiles && written_ < 100) next_sum();
        p_.lists.push_back({address, written_ - before});
    }

private:
    // One stored tile: a pool alone, or a sum over one to three tiles.
    void next_sum() {
        if (random_.below(8) == 0) return pool_only();
        msd_tile t = shape();
        const int parts = random_.below(3) == 0 ? between(random_, 2, extreme_ ? 8 : 3) : 1;
        for (int part = 0; part < parts; ++part) {
            msd_tile now = part == 0 ? t : other_inputs(t);
            now.flags |=
                MSD_TILE_LOAD_ACT | MSD_TILE_LOAD_WGT | MSD_TILE_RELEASE_ACT | MSD_TILE_RELEASE_WGT;
            if (part == 0) now.flags |= MSD_TILE_FIRST_C;
            if (part + 1 == parts) finish_sum(now);
            pe::fill_groups(p_.device, now);
            now.lut_words = static_cast<uint16_t>(pe::lut_stream_words(p_.device, now));
            now.dsp_words = static_cast<uint16_t>(pe::dsp_stream_words(p_.device, now));
            const bool fits =
                16 * (uint64_t{now.lut_words} + now.dsp_words + pe::param_words(now)) <= kDataBytes;
            if (fits) place(now);
            if (!fits || pe::check_tile(p_.device, now) != 0) {
                if (part != 0) drop_sum();
                return;
            }
            reuse(now);
            add(now);
        }
    }

    msd_tile shape() {
        msd_tile t{};
        t.magic = MSD_TILE_MAGIC;
        if (random_.below(5) == 0) t.flags |= MSD_TILE_DEPTHWISE;
        t.effective_bits = static_cast<uint8_t>(between(random_, 1, 3));
        t.th = static_cast<uint16_t>(between(random_, 1, 6));
        t.tw = static_cast<uint16_t>(between(random_, 1, 9));
        const int most = std::min<int>(40, static_cast<int>(p_.device.tile_channels));
        const int k = between(random_, 1, most);
        const int lut = random_.below(4) == 0 ? random_.below(2) * k : random_.below(k + 1);
        t.k_lut = static_cast<uint16_t>(lut);
        t.k_dsp = static_cast<uint16_t>(k - lut);
        t.pad_value = any_byte();
        if (extreme_ && random_.below(2)) {  // a line of pixels, few channels
            t.th = static_cast<uint16_t>(any_size(random_.below(2) ? 255 : 1));
            t.tw = static_cast<uint16_t>(t.th == 1 ? any_size(255) : 1);
            t.k_lut = static_cast<uint16_t>(random_.below(3));
            t.k_dsp = static_cast<uint16_t>(1 + random_.below(2));
        } else if (extreme_ && random_.below(3) == 0) {  // a pixel or two of many channels
            const int all = any_size(static_cast<int>(p_.device.tile_channels));
            t.th = 1;
            t.tw = static_cast<uint16_t>(1 + random_.below(2));
            t.k_lut = static_cast<uint16_t>(random_.below(2) ? all : random_.below(all + 1));
            t.k_dsp = static_cast<uint16_t>(all - t.k_lut);
        }
        inputs(t);
        return t;
    }

    void inputs(msd_tile& t) {
        t.kernel_h = static_cast<uint8_t>(between(random_, 1, random_.below(4) ? 3 : 6));
        t.kernel_w = static_cast<uint8_t>(between(random_, 1, random_.below(4) ? 3 : 6));
        t.stride_y = static_cast<uint8_t>(between(random_, 1, random_.below(3) ? 2 : 5));
        t.stride_x = static_cast<uint8_t>(between(random_, 1, random_.below(3) ? 2 : 5));
        t.pad_y = static_cast<int8_t>(between(random_, -2, t.kernel_h + 1));
        t.pad_x = static_cast<int8_t>(between(random_, -2, t.kernel_w + 1));
        t.in_rows = static_cast<uint16_t>(between(random_, 1, 10));
        t.in_cols = static_cast<uint16_t>(between(random_, 1, 10));
        int c = between(random_, 1, random_.below(3) ? 20 : 50);
        if (extreme_) extreme_inputs(t, c);
        if (t.flags & MSD_TILE_DEPTHWISE) c = t.k_lut + t.k_dsp + random_.below(9);
        t.c_blocks = static_cast<uint16_t>((c + 15) / 16);
        t.c_last = static_cast<uint8_t>(c - (t.c_blocks - 1) * 16);
    }

    // Small and large numbers alike.
    int any_size(int most) { return 1 + random_.below(1 + random_.below(most)); }

    // One of the sizes as large as a buffer may hold.
    void extreme_inputs(msd_tile& t, int& c) {
        if (t.k_lut + t.k_dsp > 40) {
            t.kernel_h = t.kernel_w = 1;
            t.in_rows = t.in_cols = 2;
            c = any_size(16);
            return;
        }
        if (random_.below(2)) {
            t.stride_y = static_cast<uint8_t>(any_size(255));
            t.stride_x = static_cast<uint8_t>(any_size(255));
        }
        if (random_.below(4) == 0) {
            t.pad_y = any_byte();
            t.pad_x = any_byte();
        }
        switch (random_.below(6)) {
            case 0:
                t.in_rows = 1;
                t.in_cols = static_cast<uint16_t>(any_size(256));
                break;
            case 1:
                t.in_rows = static_cast<uint16_t>(any_size(500));
                t.in_cols = 1;
                break;
            case 2:
                t.in_rows = t.in_cols = t.kernel_h = t.kernel_w = 1;
                c = random_.below(4) ? any_size(4096) : 4096;
                break;
            case 3:
                t.kernel_h = static_cast<uint8_t>(any_size(255));
                t.kernel_w = 1;
                break;
            case 4:
                t.kernel_h = 1;
                t.kernel_w = static_cast<uint8_t>(any_size(255));
                break;
            default:
                t.effective_bits = 1;
        }
    }

    // Another part of the same sum: what is summed may differ, not where to.
    msd_tile other_inputs(const msd_tile& first) {
        msd_tile t = first;
        t.flags &= MSD_TILE_DEPTHWISE;
        inputs(t);
        t.effective_bits = static_cast<uint8_t>(between(random_, 1, 3));
        t.pad_value = any_byte();
        return t;
    }

    void finish_sum(msd_tile& t) {
        t.flags |= MSD_TILE_LAST_C;
        t.zero_conv = any_byte();
        t.zero_res = any_byte();
        t.zero_out = any_byte();
        t.clamp_lo = any_byte();
        t.clamp_hi = any_byte();
        if (t.clamp_lo > t.clamp_hi || random_.below(2)) t.clamp_lo = -128, t.clamp_hi = 127;
        if (random_.below(3) == 0) {
            t.flags |= MSD_TILE_LOAD_RES | MSD_TILE_RESIDUAL;
            t.mul_conv = static_cast<uint32_t>(random_.next() & 0xffffff);
            t.mul_res = static_cast<uint32_t>(random_.next() & 0xffffff);
            t.shift_res = static_cast<uint32_t>(between(random_, 20, 27));
            if (random_.below(extreme_ ? 2 : 10) == 0)
                t.shift_res = static_cast<uint32_t>(between(random_, 1, 62));
            if (random_.below(3) == 0) {  // ties, which rounding decides
                t.mul_conv = 1u << between(random_, 16, 22);
                t.mul_res = 1u << between(random_, 16, 22);
            }
        }
        if (random_.below(3) == 0) add_pool(t);
        if (random_.below(4) == 0) t.flags |= MSD_TILE_IRQ;
    }

    void add_pool(msd_tile& t) {
        const bool average = random_.below(2) != 0;
        t.flags |= average ? MSD_TILE_POOL_AVG : MSD_TILE_POOL_MAX;
        t.pool_h = static_cast<uint8_t>(between(random_, 1, random_.below(5) ? 3 : 8));
        t.pool_w = static_cast<uint8_t>(between(random_, 1, random_.below(5) ? 3 : 8));
        t.pool_stride_y = static_cast<uint8_t>(between(random_, 1, 3));
        t.pool_stride_x = static_cast<uint8_t>(between(random_, 1, 3));
        if (extreme_ && random_.below(2)) {
            t.pool_h = static_cast<uint8_t>(any_size(255));
            t.pool_w = static_cast<uint8_t>(any_size(255));
            t.pool_stride_y = static_cast<uint8_t>(any_size(255));
            t.pool_stride_x = static_cast<uint8_t>(any_size(255));
        }
        t.pool_pad_y = static_cast<int8_t>(random_.below(std::min<int>(t.pool_h, 128)));
        t.pool_pad_x = static_cast<int8_t>(random_.below(std::min<int>(t.pool_w, 128)));
        const auto most = [](int in, int window, int stride, int pad) {
            (void)window;
            return (in + pad - 1) / stride + 1;  // a tap inside every window
        };
        t.pool_oh = static_cast<uint16_t>(
            between(random_, 1, most(t.th, t.pool_h, t.pool_stride_y, t.pool_pad_y)));
        t.pool_ow = static_cast<uint16_t>(
            between(random_, 1, most(t.tw, t.pool_w, t.pool_stride_x, t.pool_pad_x)));
        t.pool_zero = any_byte();
        t.pool_mul = static_cast<uint16_t>(0x8000 | (random_.next() & 0x7fff));
        t.pool_shift = static_cast<uint32_t>(between(random_, 14, 22));
        if (extreme_ && random_.below(2))
            t.pool_shift = static_cast<uint32_t>(between(random_, 1, 46));
    }

    void pool_only() {
        msd_tile t{};
        t.magic = MSD_TILE_MAGIC;
        t.flags = MSD_TILE_POOL_ONLY | MSD_TILE_LOAD_RES;
        t.th = static_cast<uint16_t>(extreme_ ? any_size(60) : between(random_, 1, 6));
        t.tw = static_cast<uint16_t>(extreme_ ? any_size(60) : between(random_, 1, 9));
        t.k_dsp = static_cast<uint16_t>(
            between(random_, 1, std::min<int>(40, static_cast<int>(p_.device.tile_channels))));
        t.zero_out = any_byte();
        add_pool(t);
        place(t);
        if (pe::check_tile(p_.device, t) == 0) add(t);
    }

    int8_t any_byte() { return static_cast<int8_t>(random_.below(256) - 128); }

    uint32_t any_place(uint64_t bytes) {
        const auto words =
            static_cast<int>((kDataBytes - std::min<uint64_t>(bytes, kDataBytes)) / 16);
        return MSD_PROGRAM_BASE + kDataAt + 16 * static_cast<uint32_t>(random_.below(words + 1));
    }

    // Strides beyond what is moved, now and then, and rows merged into one or not.
    msd_block block(uint64_t planes, uint64_t rows, uint64_t cols) {
        msd_block b{};
        const uint64_t row_bytes = cols * 16;
        if (random_.below(3) == 0) {
            b.row_bytes = static_cast<uint32_t>(rows * row_bytes);
            b.rows = 1;
        } else {
            b.row_bytes = static_cast<uint32_t>(row_bytes);
            b.rows = static_cast<uint16_t>(rows);
        }
        b.planes = static_cast<uint16_t>(planes);
        b.row_stride = b.row_bytes + 16 * static_cast<uint32_t>(random_.below(6));
        b.plane_stride = b.row_stride * b.rows + 16 * static_cast<uint32_t>(random_.below(20));
        b.address = any_place(uint64_t{b.plane_stride} * planes);
        if (extreme_ && random_.below(2)) {  // strides that nothing is moved by
            if (b.planes == 1) b.plane_stride = static_cast<uint32_t>(random_.next()) & ~15u;
            if (b.planes == 1 && b.rows == 1)
                b.row_stride = static_cast<uint32_t>(random_.next()) & ~15u;
        }
        return b;
    }

    void place(msd_tile& t) {
        const uint64_t blocks = pe::blocks(t);
        t.act = block(t.c_blocks, t.in_rows, t.in_cols);
        t.res = block(blocks, t.th, t.tw);
        t.out = pe::pooled(t) ? block(blocks, t.pool_oh, t.pool_ow) : block(blocks, t.th, t.tw);
        const uint64_t bytes = 16 * (uint64_t{t.lut_words} + t.dsp_words + pe::param_words(t));
        t.wgt_address = any_place(bytes);
        if (!pe::has(t, MSD_TILE_LAST_C)) return;
        uint8_t* channels = p_.memory.data() + (t.wgt_address - MSD_PROGRAM_BASE) +
                            16 * (std::size_t{t.lut_words} + t.dsp_words);
        for (unsigned k = 0; k < pe::channels(t); ++k) {
            msd_channel c{};
            c.bias = random_.below(20001) - 10000;
            if (extreme_) c.bias = static_cast<int32_t>(random_.next());
            c.multiplier = static_cast<uint32_t>(0x800000 | (random_.next() & 0x7fffff));
            c.shift = static_cast<uint32_t>(between(random_, 28, 38));
            if (random_.below(extreme_ ? 3 : 30) == 0)
                c.shift = static_cast<uint32_t>(between(random_, 1, 62));
            std::memcpy(channels + k * sizeof c, &c, sizeof c);
        }
    }

    // Now and then the operands of the tile before are still good for this one: it gets the tile's
    // shape, and neither of them loads or releases.
    void reuse(msd_tile& t) {
        if (written_ == 0 || !open_ || (!chain_ && random_.below(2))) return;
        msd_tile& before = *p_.tile(MSD_PROGRAM_BASE + kTilesAt + (written_ - 1) * 256);
        if ((before.flags & MSD_TILE_POOL_ONLY) || (t.flags & MSD_TILE_POOL_ONLY)) return;
        const bool act = t.c_blocks == before.c_blocks && t.in_rows == before.in_rows &&
                         t.in_cols == before.in_cols;
        const bool weights = t.k_lut == before.k_lut && t.k_dsp == before.k_dsp &&
                             t.c_blocks == before.c_blocks && t.c_last == before.c_last &&
                             t.kernel_h == before.kernel_h && t.kernel_w == before.kernel_w &&
                             t.effective_bits == before.effective_bits &&
                             !((t.flags ^ before.flags) & (MSD_TILE_DEPTHWISE | MSD_TILE_LAST_C));
        if (act && same_strips(loaded_, t)) {
            before.flags &= static_cast<uint16_t>(~MSD_TILE_RELEASE_ACT);
            t.flags &= static_cast<uint16_t>(~MSD_TILE_LOAD_ACT);
        }
        if (weights && !chain_) {
            before.flags &= static_cast<uint16_t>(~MSD_TILE_RELEASE_WGT);
            t.flags &= static_cast<uint16_t>(~MSD_TILE_LOAD_WGT);
        }
    }

    // Now and then activations come from the output buffer, in part from behind what it holds, and
    // the output stays there: nothing of its block in DRAM is looked at.
    void hand_over(msd_tile& t) {
        if (pe::has(t, MSD_TILE_LOAD_ACT) && stored_ != 0 && random_.below(3) == 0) {
            msd_tile out = t;
            out.flags |= MSD_TILE_LOAD_OUT;
            out.wait_store = stored_ - (stored_ > 1 && random_.below(2) ? 1 : 0);
            out.act.address = random_.below(2) ? 0 : 16u * static_cast<uint32_t>(random_.below(24));
            if (p_.kind == "damaged" && random_.below(4) == 0)  // perhaps of a half that is gone
                out.wait_store = static_cast<uint32_t>(random_.below(static_cast<int>(stored_)));
            if (random_.below(16) == 0) out.act.address = 16u * (0x10000u - random_.below(20));
            if (pe::check_tile(p_.device, out) == 0) t = out;
        }
        if (pe::stored(t) && random_.below(4) == 0) {
            t.flags |= MSD_TILE_KEEP;
            t.out.address = static_cast<uint32_t>(random_.next());
            t.out.row_bytes = static_cast<uint32_t>(random_.next());
        }
    }

    template <typename T>
    void fill(T& value) {
        for (std::size_t i = 0; i < sizeof value; ++i)
            reinterpret_cast<uint8_t*>(&value)[i] = static_cast<uint8_t>(random_.next());
    }

    // Anything where nobody looks.
    void scribble(msd_tile& t) {
        if (!pe::has(t, MSD_TILE_LOAD_ACT)) fill(t.act);
        if (!pe::has(t, MSD_TILE_LOAD_RES)) fill(t.res);
        if (!pe::stored(t) || pe::has(t, MSD_TILE_KEEP)) fill(t.out);
        if (!pe::has(t, MSD_TILE_LOAD_WGT)) fill(t.wgt_address);
        if (!pe::has(t, MSD_TILE_RESIDUAL)) t.shift_res = static_cast<uint8_t>(random_.next());
        if (!pe::pooled(t)) {
            fill(t.pool_stride_y);
            fill(t.pool_stride_x);
            fill(t.pool_pad_y);
            fill(t.pool_pad_x);
            fill(t.pool_oh);
            fill(t.pool_ow);
            t.pool_shift = static_cast<uint8_t>(random_.next());
        }
        for (msd_group& group : t.group) {
            if (group.lo != group.hi) continue;
            const msd_group before = group;
            fill(group);
            group.hi = group.lo;
            if (pe::check_tile(p_.device, t) != 0) group = before;
        }
    }

    void add(msd_tile t) {
        if (stored_ != 0 && random_.below(3) == 0)
            t.wait_store = static_cast<uint32_t>(1 + random_.below(static_cast<int>(stored_)));
        hand_over(t);
        msd_tile& written = *p_.tile(MSD_PROGRAM_BASE + kTilesAt + written_ * 256);
        written = t;
        if (extreme_) scribble(written);
        ++written_;
        open_ = true;
        if (pe::has(t, MSD_TILE_LOAD_ACT)) loaded_ = t;
        if (pe::stored(t)) ++stored_;
        // The same again, other pixels: keeps weights, or all of it.
        if (!pe::has(t, MSD_TILE_POOL_ONLY) && pe::has(t, MSD_TILE_FIRST_C) &&
            pe::has(t, MSD_TILE_LAST_C) && written_ < 100 &&
            (chain_ ? random_.below(16) != 0 : random_.below(3) == 0)) {
            msd_tile again = t;
            const uint32_t wgt = t.wgt_address;
            place(again);
            again.wgt_address = wgt;
            again.flags &= static_cast<uint16_t>(~(MSD_TILE_LOAD_OUT | MSD_TILE_KEEP));
            again.flags |=
                MSD_TILE_LOAD_ACT | MSD_TILE_LOAD_WGT | MSD_TILE_RELEASE_ACT | MSD_TILE_RELEASE_WGT;
            again.wait_store = 0;
            if (pe::check_tile(p_.device, again) != 0) return;
            reuse(again);
            add(again);
        }
    }

    // A sum that does not go on: its tiles are forgotten.
    void drop_sum() {
        while (written_ > 0) {
            const msd_tile& last = *p_.tile(MSD_PROGRAM_BASE + kTilesAt + (written_ - 1) * 256);
            if (pe::stored(last)) break;
            --written_;
        }
        loaded_ = {};
        for (uint32_t i = 0; i < written_; ++i) {
            const msd_tile& t = *p_.tile(MSD_PROGRAM_BASE + kTilesAt + i * 256);
            if (pe::has(t, MSD_TILE_LOAD_ACT)) loaded_ = t;
        }
        if (written_ == 0) return;
        // What was kept for them is released after all.
        msd_tile& last = *p_.tile(MSD_PROGRAM_BASE + kTilesAt + (written_ - 1) * 256);
        if (!pe::has(last, MSD_TILE_POOL_ONLY))
            last.flags |= MSD_TILE_RELEASE_ACT | MSD_TILE_RELEASE_WGT;
    }

    Program& p_;
    Random& random_;
    const bool across_lists_, extreme_;
    const bool chain_;   // many tiles that keep their activations
    msd_tile loaded_{};  // the last one with LOAD_ACT
    uint32_t written_ = 0, stored_ = 0;
    bool open_ = false;
};

}  // namespace

bool keeps_strips(const Program& p) {
    msd_tile loaded{};
    for (const List& list : p.lists) {
        for (uint32_t i = 0; i < list.count; ++i) {
            const msd_tile* t = p.tile(list.address + i * uint32_t{sizeof(msd_tile)});
            if (!t || pe::has(*t, MSD_TILE_POOL_ONLY)) continue;
            if (pe::has(*t, MSD_TILE_LOAD_ACT))
                loaded = *t;
            else if (!same_strips(loaded, *t))
                return false;
        }
    }
    return true;
}

void add_tile_lists(Program& program, Random& random, bool across_lists) {
    Maker maker(program, random, across_lists);
    const bool few = program.kind == "extreme";  // for they are long
    const int lists = 1 + random.below(few ? 2 : 4);
    for (int l = 0; l < lists; ++l)
        maker.list(static_cast<unsigned>(1 + random.below(few ? 4 : 7)));
}

}  // namespace msd::crosscheck
