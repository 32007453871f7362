#include "scheduler/work.h"

#include <algorithm>

#include "ip/dma/core/bursts.h"
#include "ip/msd_pe/core/tile.h"

namespace msd::scheduler {
namespace {

constexpr uint64_t kMeanToBoundary = dma::kBoundaryBytes / 2;

uint64_t round_up(uint64_t value, uint64_t to) {
    return (value + to - 1) / to * to;
}

// Bytes of the accesses that a run's bursts take; the run begins `off` bytes behind an access's
// start.
uint64_t run_bus_bytes(uint64_t bytes, uint64_t off, uint64_t burst, uint64_t access) {
    if (off == 0) return round_up(bytes, access);
    const uint64_t before = std::min(bytes, kMeanToBoundary), full = before / burst;
    uint64_t bus = full * (burst + access) + round_up(bytes - before, access);
    if (before % burst != 0) bus += round_up(before % burst + off, access);
    return bus;
}

}  // namespace

void TileWork::load_out() {
    flags |= MSD_TILE_LOAD_OUT;
    hand_words = act.bytes / pe::kWordBytes;
    act = {};
}

void TileWork::keep() {
    flags |= MSD_TILE_KEEP;
    out = {};
}

Traffic traffic(uint64_t bytes, unsigned beat_bytes, unsigned access_bytes) {
    const uint64_t burst = dma::kMaxBeats * beat_bytes;
    return {static_cast<uint32_t>(bytes), static_cast<uint32_t>((bytes + burst - 1) / burst),
            static_cast<uint32_t>(round_up(bytes, access_bytes))};
}

Traffic traffic(const msd_block& block, unsigned beat_bytes, unsigned access_bytes) {
    const uint64_t burst = dma::kMaxBeats * beat_bytes, access = access_bytes;
    const uint64_t runs = uint64_t{block.planes} * block.rows;
    Traffic t;
    t.bytes = static_cast<uint32_t>(runs * block.row_bytes);
    t.bursts = static_cast<uint32_t>(runs * ((block.row_bytes + burst - 1) / burst));
    if ((block.address | block.row_stride | block.plane_stride) % access == 0) {
        t.bus_bytes = static_cast<uint32_t>(runs * round_up(block.row_bytes, access));
        return t;
    }
    // Where runs begin within an access repeats after a few rows, and a few planes.
    const uint64_t words = access / pe::kWordBytes;
    uint64_t bus = 0;
    for (uint64_t p = 0; p < std::min<uint64_t>(words, block.planes); ++p)
        for (uint64_t r = 0; r < std::min<uint64_t>(words, block.rows); ++r) {
            const uint64_t off =
                (block.address + p * block.plane_stride + r * block.row_stride) % access;
            const uint64_t planes = (block.planes - p + words - 1) / words;
            const uint64_t rows = (block.rows - r + words - 1) / words;
            bus += planes * rows * run_bus_bytes(block.row_bytes, off, burst, access);
        }
    t.bus_bytes = static_cast<uint32_t>(bus);
    return t;
}

TileWork tile_work(const pe::AcceleratorConfig& config, const msd_tile& tile) {
    const pe::TileTiming timing = pe::tile_timing(config, tile);
    TileWork w;
    w.flags = tile.flags;
    w.feed = static_cast<uint32_t>(timing.feed);
    w.post = static_cast<uint32_t>(timing.post + timing.pool);
    const uint64_t pixels = uint64_t{tile.th} * tile.tw;
    if (!(tile.flags & MSD_TILE_POOL_ONLY)) {
        const uint64_t taps = uint64_t{tile.kernel_h} * tile.kernel_w;
        const uint64_t channels =
            tile.flags & MSD_TILE_DEPTHWISE
                ? 1
                : (uint64_t{tile.c_blocks} - 1) * pe::kWordBytes + tile.c_last;
        w.lut_ops = pixels * tile.k_lut * taps * channels * tile.effective_bits;
        w.dsp_ops = pixels * tile.k_dsp * taps * channels;
    }
    return w;
}

std::vector<TileWork> work_of(const pe::AcceleratorConfig& config, const LayerTiles& tiles,
                              unsigned access_bytes) {
    std::vector<TileWork> all;
    all.reserve(tiles.tiles.size());
    for (const PlannedTile& p : tiles.tiles) {
        const msd_tile& t = p.tile;
        TileWork w = tile_work(config, t);
        w.wait_store = t.wait_store;
        if (w.has(MSD_TILE_LOAD_ACT)) w.act = traffic(t.act, config.beat_bytes, access_bytes);
        if (w.has(MSD_TILE_LOAD_RES)) w.res = traffic(t.res, config.beat_bytes, access_bytes);
        if (w.has(MSD_TILE_LOAD_WGT))
            w.wgt =
                traffic((uint64_t{t.lut_words} + t.dsp_words + pe::param_words(t)) * pe::kWordBytes,
                        config.beat_bytes, access_bytes);
        if (w.has(MSD_TILE_LOAD_OUT)) w.load_out();
        if (w.stores() && !w.has(MSD_TILE_KEEP))
            w.out = traffic(t.out, config.beat_bytes, access_bytes);
        all.push_back(w);
    }
    return all;
}

uint64_t dram_bytes(const std::vector<TileWork>& work) {
    uint64_t bytes = work.size() * sizeof(msd_tile);
    for (const TileWork& w : work)
        bytes += uint64_t{w.act.bytes} + w.res.bytes + w.wgt.bytes + w.out.bytes;
    return bytes;
}

double energy_pj(const std::vector<TileWork>& work) {
    uint64_t lut = 0, dsp = 0, handed = 0;
    for (const TileWork& w : work) lut += w.lut_ops, dsp += w.dsp_ops, handed += w.hand_words;
    const auto bytes = static_cast<double>(dram_bytes(work));
    return (160 + 20.0 / pe::kWordBytes) * bytes + 2 * 20.0 * static_cast<double>(handed) +
           0.03 * static_cast<double>(lut) + 0.23 * static_cast<double>(dsp);
}

}  // namespace msd::scheduler
