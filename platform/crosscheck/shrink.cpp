// Makes a failing program small: takes away what the difference does not need.
#include <algorithm>

#include "ip/msd_pe/core/tile.h"
#include "ip/msd_pe/core/tile_shape.h"
#include "platform/crosscheck/campaign.h"

namespace msd::crosscheck {
namespace {

class Shrinker {
public:
    Shrinker(Program program, const std::function<bool(const Program&)>& differs, unsigned attempts)
        : best_(std::move(program)), differs_(differs), attempts_(attempts) {}

    Program run() {
        bool smaller = true;
        while (smaller && attempts_ > 0) {
            smaller = false;
            smaller |= steps();
            smaller |= lists();
            smaller |= tiles();
            smaller |= memory();
            smaller |= fields();
        }
        return best_;
    }

private:
    bool attempt(const Program& candidate) {
        if (attempts_ == 0) return false;
        --attempts_;
        if (!differs_(candidate)) return false;
        best_ = candidate;
        return true;
    }

    // Runs of steps, from half of them down to single ones.
    bool steps() {
        bool any = false;
        for (std::size_t size = std::max<std::size_t>(1, best_.steps.size() / 2); size >= 1;
             size /= 2) {
            for (std::size_t at = 0; at < best_.steps.size();) {
                Program p = best_;
                const std::size_t end = std::min(at + size, p.steps.size());
                p.steps.erase(p.steps.begin() + static_cast<std::ptrdiff_t>(at),
                              p.steps.begin() + static_cast<std::ptrdiff_t>(end));
                if (p.steps.size() < best_.steps.size() && attempt(p))
                    any = true;
                else
                    at += size;
            }
        }
        return any;
    }

    // A list without its push is gone; those behind it are renumbered.
    bool lists() {
        bool any = false;
        for (std::size_t l = best_.lists.size(); l-- > 0;) {
            Program p = best_;
            uint32_t stored = 0;
            for (uint32_t i = 0; i < p.lists[l].count; ++i)
                if (const msd_tile* t = p.tile(p.lists[l].address + 256 * i))
                    stored += pe::stored(*t);
            p.lists.erase(p.lists.begin() + static_cast<std::ptrdiff_t>(l));
            wait_for_fewer(p, l, stored);
            std::vector<Step> kept;
            for (Step s : p.steps) {
                if (s.kind == Step::Kind::kPush && s.value == l) continue;
                if (s.kind == Step::Kind::kPush && s.value > l) --s.value;
                if (s.kind == Step::Kind::kAwaitLists && s.value > l) --s.value;
                kept.push_back(s);
            }
            p.steps = kept;
            any |= attempt(p);
        }
        return any;
    }

    // The first or the last tiles of a list: half of them, or one.
    bool tiles() {
        bool any = false;
        for (std::size_t l = 0; l < best_.lists.size(); ++l) {
            for (uint32_t part = best_.lists[l].count / 2; part >= 1; part /= 2) {
                while (best_.lists[l].count > part) {
                    Program front = best_;
                    uint32_t stored = 0;
                    for (uint32_t i = 0; i < part; ++i)
                        if (const msd_tile* t = front.tile(front.lists[l].address + 256 * i))
                            stored += pe::stored(*t);
                    front.lists[l].address += 256 * part;
                    front.lists[l].count -= part;
                    wait_for_fewer(front, l, stored);
                    Program back = best_;
                    back.lists[l].count -= part;
                    if (!attempt(back) && !attempt(front)) break;
                    any = true;
                }
            }
        }
        return any;
    }

    bool memory() {
        bool any = false;
        const auto change = [&](auto&& edit) {
            Program p = best_;
            edit(p);
            any |= attempt(p);
        };
        if (best_.stall_permille != 0) change([](Program& p) { p.stall_permille = 0; });
        if (best_.dram_preset != "ideal") change([](Program& p) { p.dram_preset = "ideal"; });
        if (best_.read_latency_cycles != 8) change([](Program& p) { p.read_latency_cycles = 8; });
        if (best_.write_latency_cycles != 8) change([](Program& p) { p.write_latency_cycles = 8; });
        return any;
    }

    // Each tile simpler, where it stays a legal one.
    bool fields() {
        bool any = false;
        for (std::size_t l = 0; l < best_.lists.size(); ++l) {
            for (uint32_t i = 0; i < best_.lists[l].count; ++i) {
                const uint32_t address = best_.lists[l].address + 256 * i;
                any |= simplify(address, [](msd_tile& t) {
                    t.flags &= static_cast<uint16_t>(~(MSD_TILE_POOL_AVG | MSD_TILE_POOL_MAX));
                });
                any |= simplify(address, [](msd_tile& t) {
                    t.flags &= static_cast<uint16_t>(~(MSD_TILE_LOAD_RES | MSD_TILE_RESIDUAL));
                });
                any |= simplify(address, [](msd_tile& t) { t.k_lut = 0; });
                any |= simplify(address, [](msd_tile& t) { t.k_dsp = 0; });
                any |= simplify(address, [](msd_tile& t) { t.k_lut /= 2; });
                any |= simplify(address, [](msd_tile& t) { t.k_dsp /= 2; });
                any |= simplify(address, [](msd_tile& t) { t.th = 1; });
                any |= simplify(address, [](msd_tile& t) { t.tw = 1; });
                any |= simplify(address, [](msd_tile& t) { t.kernel_h = 1; });
                any |= simplify(address, [](msd_tile& t) { t.kernel_w = 1; });
                any |= simplify(address, [](msd_tile& t) { t.stride_y = t.stride_x = 1; });
                any |= simplify(address, [](msd_tile& t) { t.pad_y = t.pad_x = 0; });
                any |= simplify(address, [](msd_tile& t) { t.c_blocks = 1; });
                any |= simplify(address, [](msd_tile& t) { t.c_last = 1; });
                any |= simplify(address, [](msd_tile& t) { t.in_rows = 1; });
                any |= simplify(address, [](msd_tile& t) { t.in_cols = 1; });
                any |= simplify(address, [](msd_tile& t) { t.effective_bits = 1; });
                any |= simplify(address, [](msd_tile& t) { t.wait_store = 0; });
            }
        }
        return any;
    }

    template <class Edit>
    bool simplify(uint32_t address, Edit&& edit) {
        Program p = best_;
        msd_tile* t = p.tile(address);
        if (!t || attempts_ == 0) return false;
        const msd_tile before = *t;
        edit(*t);
        if (std::equal(reinterpret_cast<const uint8_t*>(t),
                       reinterpret_cast<const uint8_t*>(t) + sizeof *t,
                       reinterpret_cast<const uint8_t*>(&before)))
            return false;
        if (pe::check_tile(p.device, before) == 0) {
            follow(p.device, *t);
            if (pe::check_tile(p.device, *t) != 0) return false;
        }
        return attempt(p);
    }

    // What follows from the shape: groups, words, and blocks from where they began.
    static void follow(const pe::AcceleratorConfig& device, msd_tile& t) {
        pe::fill_groups(device, t);
        if (!pe::has(t, MSD_TILE_POOL_ONLY)) {
            t.lut_words = static_cast<uint16_t>(pe::lut_stream_words(device, t));
            t.dsp_words = static_cast<uint16_t>(pe::dsp_stream_words(device, t));
        }
        const auto shape = [](msd_block& b, uint64_t planes, uint64_t rows, uint64_t cols) {
            b.planes = static_cast<uint16_t>(planes);
            b.rows = static_cast<uint16_t>(rows);
            b.row_bytes = static_cast<uint32_t>(cols * 16);
        };
        shape(t.act, t.c_blocks, t.in_rows, t.in_cols);
        shape(t.res, pe::blocks(t), t.th, t.tw);
        if (pe::pooled(t))
            shape(t.out, pe::blocks(t), t.pool_oh, t.pool_ow);
        else
            shape(t.out, pe::blocks(t), t.th, t.tw);
    }

    Program best_;
    const std::function<bool(const Program&)>& differs_;
    unsigned attempts_;
};

}  // namespace

Program shrink(Program program, const std::function<bool(const Program&)>& differs,
               unsigned attempts) {
    return Shrinker(std::move(program), differs, attempts).run();
}

}  // namespace msd::crosscheck
