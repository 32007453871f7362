// Cuts a strided block into AXI bursts: the one rule that DMA ports, scheduler and RTL share.
#pragma once

#include <algorithm>
#include <cstdint>

#include "firmware/program.h"

namespace msd::dma {

// AMBA AXI (ARM IHI 0022), address structure: no burst crosses 4 KiB.
constexpr uint32_t kBoundaryBytes = 4096;
constexpr unsigned kMaxBeats = 16;  // AXI allows 256; 16 keeps three masters fair in DRAM

// One burst: `bytes` at bus address `address`; `offset` is where they lie in block order
// [plane][row][bytes].
struct Burst {
    uint32_t address = 0;
    uint32_t bytes = 0;
    uint64_t offset = 0;

    unsigned beats(unsigned beat_bytes) const { return bytes / beat_bytes; }
};

// Walks the bursts of a block in order, without allocating. A run is one row: rows that happen to
// be adjacent in memory are not merged (the scheduler does that). Addresses wrap at 32 bits, as
// they do on the bus.
class BurstCursor {
public:
    BurstCursor() = default;
    // beat_bytes: 8 or 16; address, strides and row_bytes must be multiples of it.
    BurstCursor(const msd_block& block, unsigned beat_bytes)
        : block_(block), max_bytes_(kMaxBeats * beat_bytes), row_address_(block.address) {
        if (block.rows == 0 || block.row_bytes == 0) block_.planes = 0;
    }

    bool done() const { return plane_ == block_.planes; }

    // The next burst; only while !done().
    Burst next() {
        Burst burst;
        burst.address = row_address_ + column_;
        burst.offset = offset_;
        burst.bytes = std::min({max_bytes_, block_.row_bytes - column_,
                                kBoundaryBytes - burst.address % kBoundaryBytes});
        offset_ += burst.bytes;
        column_ += burst.bytes;
        if (column_ == block_.row_bytes) next_row();
        return burst;
    }

private:
    void next_row() {
        column_ = 0;
        row_address_ += block_.row_stride;
        if (++row_ < block_.rows) return;
        row_ = 0;
        ++plane_;
        row_address_ = block_.address + plane_ * block_.plane_stride;
    }

    msd_block block_{};
    uint32_t max_bytes_ = 0;
    uint32_t row_address_ = 0, column_ = 0;
    uint32_t row_ = 0, plane_ = 0;
    uint64_t offset_ = 0;
};

inline uint64_t count_bytes(const msd_block& block) {
    return uint64_t{block.planes} * block.rows * block.row_bytes;
}

inline uint64_t count_beats(const msd_block& block, unsigned beat_bytes) {
    return count_bytes(block) / beat_bytes;
}

inline uint64_t count_bursts(const msd_block& block, unsigned beat_bytes) {
    uint64_t bursts = 0;
    for (BurstCursor cursor(block, beat_bytes); !cursor.done(); cursor.next()) ++bursts;
    return bursts;
}

}  // namespace msd::dma
