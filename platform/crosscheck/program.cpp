// A program in words.
#include "platform/crosscheck/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "ip/accelerator/accelerator_regs.h"

namespace msd::crosscheck {

const char* to_string(Step::Kind kind) {
    static const char* const names[] = {"idle",       "write",       "read",       "push",
                                        "await room", "await lists", "await idle", "read all"};
    return names[static_cast<unsigned>(kind)];
}

uint32_t Program::tile_count() const {
    uint32_t n = 0;
    for (const List& list : lists) n += list.count;
    return n;
}

msd_tile* Program::tile(uint32_t address) {
    const uint64_t at = uint64_t{address} - MSD_PROGRAM_BASE;
    if (address < MSD_PROGRAM_BASE || at % 4 != 0 || at + sizeof(msd_tile) > memory.size())
        return nullptr;
    return reinterpret_cast<msd_tile*>(memory.data() + at);
}

const msd_tile* Program::tile(uint32_t address) const {
    return const_cast<Program*>(this)->tile(address);
}

void wait_for_fewer(Program& p, std::size_t list, uint32_t stored) {
    for (std::size_t l = list; l < p.lists.size(); ++l)
        for (uint32_t i = 0; i < p.lists[l].count; ++i)
            if (msd_tile* t = p.tile(p.lists[l].address + i * uint32_t{sizeof(msd_tile)}))
                t->wait_store -= std::min(t->wait_store, stored);
}

std::string to_text(const Program& p) {
    const pe::AcceleratorConfig& d = p.device;
    std::string text = fmt::format(
        "program {} (seed {}), {}: LUT {}x{}, DSP {}x{}, {} bytes a beat, words {} act, {} + {} "
        "weights, {} out; {} sums, {} channels, {} outstanding\n"
        "memory {}, latency {} / {} cycles, {} of 1000 bursts up to {} cycles later\n",
        p.number, p.seed, p.kind, d.lut_rows, d.lut_cols, d.dsp_rows, d.dsp_cols, d.beat_bytes,
        d.act_words, d.lut_weight_words, d.dsp_weight_words, d.out_words, d.acc_entries,
        d.tile_channels, d.outstanding, p.dram_preset, p.read_latency_cycles,
        p.write_latency_cycles, p.stall_permille, p.stall_cycles);
    auto out = std::back_inserter(text);
    for (const Step& s : p.steps) {
        fmt::format_to(out, "  {}", to_string(s.kind));
        if (s.kind == Step::Kind::kWrite || s.kind == Step::Kind::kRead) {
            const char* name = msd_register_name(s.offset);
            fmt::format_to(out, " {}", name ? std::string(name) : fmt::format("{:#x}", s.offset));
        }
        if (s.kind != Step::Kind::kRead && s.kind != Step::Kind::kReadAll)
            fmt::format_to(out, " {:#x}", s.value);
        text += "\n";
    }
    for (std::size_t l = 0; l < p.lists.size(); ++l) {
        const List& list = p.lists[l];
        fmt::format_to(out, "  list {}: {} tiles at {:#x}\n", l, list.count, list.address);
        for (uint32_t i = 0; i < list.count; ++i) {
            const msd_tile* t = p.tile(list.address + i * uint32_t{sizeof(msd_tile)});
            if (!t) continue;
            fmt::format_to(out,
                           "    tile {}: flags {:#06x}, wait_store {}, in {}x{}x{} ({} in the last "
                           "block), out {}x{}, k {} + {}, EB {}, kernel {}x{}, stride {}x{}, pad "
                           "{},{}, pool {}x{} to {}x{}\n",
                           i, t->flags, t->wait_store, t->c_blocks, t->in_rows, t->in_cols,
                           t->c_last, t->th, t->tw, t->k_lut, t->k_dsp, t->effective_bits,
                           t->kernel_h, t->kernel_w, t->stride_y, t->stride_x, t->pad_y, t->pad_x,
                           t->pool_h, t->pool_w, t->pool_oh, t->pool_ow);
            if (t->flags & MSD_TILE_LAST_C)
                fmt::format_to(out, "      zero {} {} {}, clamp {} to {}", t->zero_conv,
                               t->zero_res, t->zero_out, t->clamp_lo, t->clamp_hi);
            if (t->flags & MSD_TILE_RESIDUAL)
                fmt::format_to(out, ", residual * {:#x} + {:#x} >> {}", uint32_t{t->mul_conv},
                               uint32_t{t->mul_res}, uint32_t{t->shift_res});
            if (t->flags & MSD_TILE_LAST_C) text += "\n";
        }
    }
    return text;
}

}  // namespace msd::crosscheck
