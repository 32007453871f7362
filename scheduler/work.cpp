#include "scheduler/work.h"

#include "ip/dma/core/bursts.h"
#include "ip/msd_pe/core/tile.h"

namespace msd::scheduler {
Traffic traffic(uint64_t rows, uint64_t row_bytes, unsigned beat_bytes) {
    const uint64_t burst = dma::kMaxBeats * beat_bytes;
    return {static_cast<uint32_t>(rows * row_bytes),
            static_cast<uint32_t>(rows * ((row_bytes + burst - 1) / burst))};
}

Traffic traffic(const msd_block& block, unsigned beat_bytes) {
    return traffic(uint64_t{block.planes} * block.rows, block.row_bytes, beat_bytes);
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

std::vector<TileWork> work_of(const pe::AcceleratorConfig& config, const LayerTiles& tiles) {
    std::vector<TileWork> all;
    all.reserve(tiles.tiles.size());
    for (const PlannedTile& p : tiles.tiles) {
        const msd_tile& t = p.tile;
        TileWork w = tile_work(config, t);
        w.wait_store = t.wait_store;
        if (w.has(MSD_TILE_LOAD_ACT)) w.act = traffic(t.act, config.beat_bytes);
        if (w.has(MSD_TILE_LOAD_RES)) w.res = traffic(t.res, config.beat_bytes);
        if (w.has(MSD_TILE_LOAD_WGT))
            w.wgt = traffic(
                1, (uint64_t{t.lut_words} + t.dsp_words + pe::param_words(t)) * pe::kWordBytes,
                config.beat_bytes);
        if (w.stores()) w.out = traffic(t.out, config.beat_bytes);
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
    uint64_t lut = 0, dsp = 0;
    for (const TileWork& w : work) lut += w.lut_ops, dsp += w.dsp_ops;
    const auto bytes = static_cast<double>(dram_bytes(work));
    return (160 + 20.0 / pe::kWordBytes) * bytes + 0.03 * static_cast<double>(lut) +
           0.23 * static_cast<double>(dsp);
}

}  // namespace msd::scheduler
