// What a tile may do after the one before it: the sequence rules of docs/timing.md, checked at
// fetch.
#include "ip/accelerator/accelerator.h"
#include "ip/accelerator/accelerator_regs.h"
#include "ip/dma/faults.h"

namespace msd::accelerator {

uint32_t Accelerator::check_sequence(const msd_tile& t, bool last_of_list) const {
    const auto has = [&t](uint16_t flag) { return (t.flags & flag) != 0; };
    const msd_tile& p = previous_;
    const bool stores = has(MSD_TILE_LAST_C) || has(MSD_TILE_POOL_ONLY);
    const bool sums_open = have_previous_ && !(p.flags & (MSD_TILE_LAST_C | MSD_TILE_POOL_ONLY));
    if (last_of_list && !stores) return MSD_ERROR_FLAGS;
    if (t.wait_store > store_ends_.count()) return MSD_ERROR_FLAGS;  // would wait for itself
    // Of the stored tiles before, the output buffer holds the last two.
    if (has(MSD_TILE_LOAD_OUT) &&
        (t.wait_store == 0 ||
         (t.wait_store + uint64_t{1} < store_ends_.count() && !MSD_FAULT(MSD_FAULT_HAND_ANY))))
        return MSD_ERROR_FLAGS;
    if (has(MSD_TILE_POOL_ONLY)) return sums_open ? MSD_ERROR_FLAGS : 0;
    if (has(MSD_TILE_FIRST_C) == sums_open) return MSD_ERROR_FLAGS;
    // A half that is held must be used up before the next is loaded, and one that is kept must be
    // there.
    if (has(MSD_TILE_LOAD_ACT) == act_held_ || has(MSD_TILE_LOAD_WGT) == wgt_held_)
        return MSD_ERROR_FLAGS;
    if (!has(MSD_TILE_LOAD_ACT) &&
        (t.c_blocks != loaded_act_.c_blocks || t.in_rows != loaded_act_.in_rows ||
         t.in_cols != loaded_act_.in_cols))
        return MSD_ERROR_GEOMETRY;
    const msd_tile& w = loaded_wgt_;
    if (!has(MSD_TILE_LOAD_WGT) &&
        (t.k_lut != w.k_lut || t.k_dsp != w.k_dsp || t.c_blocks != w.c_blocks ||
         t.c_last != w.c_last || t.kernel_h != w.kernel_h || t.kernel_w != w.kernel_w ||
         t.effective_bits != w.effective_bits || ((t.flags ^ w.flags) & MSD_TILE_DEPTHWISE) ||
         ((t.flags ^ w.flags) & MSD_TILE_LAST_C)))
        return MSD_ERROR_GEOMETRY;
    if (sums_open && (t.k_lut != p.k_lut || t.k_dsp != p.k_dsp || t.th != p.th || t.tw != p.tw))
        return MSD_ERROR_GEOMETRY;
    return 0;
}

}  // namespace msd::accelerator
