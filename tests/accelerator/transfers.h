// What a tile moves to and from memory, cut into bursts as docs/timing.md ("DMA") says, without the
// code of ip/dma.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "firmware/program.h"
#include "scheduler/program.h"

namespace msd::test {

enum class Kind { kDescriptor, kAct, kRes, kWeights, kOut };

struct CutBurst {
    uint64_t address;
    uint32_t bytes;
    friend bool operator==(const CutBurst& a, const CutBurst& b) {
        return a.address == b.address && a.bytes == b.bytes;
    }
};

// The words of 16 bytes of a block in its order.
inline std::vector<uint64_t> words(const msd_block& b) {
    std::vector<uint64_t> all;
    for (uint64_t plane = 0; plane < b.planes; ++plane)
        for (uint64_t row = 0; row < b.rows; ++row)
            for (uint64_t at = 0; at < b.row_bytes; at += 16)
                all.push_back(b.address + plane * b.plane_stride + row * b.row_stride + at);
    return all;
}

inline msd_block one_row(uint32_t address, uint32_t bytes) {
    msd_block b{};
    b.address = address;
    b.row_bytes = bytes;
    b.rows = b.planes = 1;
    return b;
}

// A burst ends at the end of its row, before a 4 KiB boundary, or with its 16th beat.
inline std::vector<CutBurst> cut(const msd_block& b, unsigned beat_bytes) {
    std::vector<CutBurst> all;
    for (uint64_t plane = 0; plane < b.planes; ++plane)
        for (uint64_t row = 0; row < b.rows; ++row) {
            const uint64_t start = b.address + plane * b.plane_stride + row * b.row_stride;
            bool open = false;
            for (uint64_t at = start; at < start + b.row_bytes; at += beat_bytes) {
                if (!open || at % 4096 == 0 || all.back().bytes == 16 * beat_bytes)
                    all.push_back({at, 0});
                open = true;
                all.back().bytes += beat_bytes;
            }
        }
    return all;
}

inline bool stores(const msd_tile& t) {
    return (t.flags & (MSD_TILE_LAST_C | MSD_TILE_POOL_ONLY)) != 0;
}

inline uint32_t weight_bytes(const msd_tile& t) {
    const uint32_t channels = t.k_lut + t.k_dsp;
    const uint32_t params = (t.flags & MSD_TILE_LAST_C) != 0 ? (channels + 1) / 2 : 0;
    return 16 * (uint32_t{t.lut_words} + t.dsp_words + params);
}

// Descriptor addresses in order of execution, and which tile begins which list (-1: none).
struct TileList {
    std::vector<msd_tile> tiles;
    std::vector<uint32_t> address;
    std::vector<int> begins;
    std::vector<uint64_t> last_tile;  // by list
};

inline TileList tile_list(const scheduler::Program& program) {
    TileList list;
    list.tiles = program.tiles();
    const auto* layers = reinterpret_cast<const msd_layer*>(
        program.image.data() + (program.header().layers_address - MSD_PROGRAM_BASE));
    for (uint32_t l = 0; l < program.header().layer_count; ++l) {
        for (uint32_t i = 0; i < layers[l].tile_count; ++i) {
            list.address.push_back(layers[l].tiles_address + i * 256);
            list.begins.push_back(i == 0 ? static_cast<int>(l) : -1);
        }
        list.last_tile.push_back(list.address.size() - 1);
    }
    return list;
}

struct Transfer {
    Kind kind;
    uint64_t tile;
    msd_block block;
};

inline bool is_written(Kind kind) {
    return kind == Kind::kOut;
}

// All transfers of one kind in order of tiles.
inline std::vector<Transfer> transfers(const TileList& list, Kind kind) {
    std::vector<Transfer> all;
    for (uint64_t j = 0; j < list.tiles.size(); ++j) {
        const msd_tile& t = list.tiles[j];
        const auto has = [&t](uint16_t flag) { return (t.flags & flag) != 0; };
        switch (kind) {
            case Kind::kDescriptor:
                all.push_back({kind, j, one_row(list.address[j], 256)});
                break;
            case Kind::kAct:
                if (has(MSD_TILE_LOAD_ACT) && !has(MSD_TILE_LOAD_OUT))
                    all.push_back({kind, j, t.act});
                break;
            case Kind::kRes:
                if (has(MSD_TILE_LOAD_RES)) all.push_back({kind, j, t.res});
                break;
            case Kind::kWeights:
                if (has(MSD_TILE_LOAD_WGT))
                    all.push_back({kind, j, one_row(t.wgt_address, weight_bytes(t))});
                break;
            case Kind::kOut:
                if (stores(t) && !has(MSD_TILE_KEEP)) all.push_back({kind, j, t.out});
                break;
        }
    }
    return all;
}

}  // namespace msd::test
