// Fill of the buffers and each core's share of a tile, from recorded spans.
#include "platform/output/timeline.h"

#include <algorithm>
#include <optional>

#include "ip/msd_pe/core/tile.h"
#include "ip/msd_pe/core/timing.h"

namespace msd::platform {

using accelerator::Unit;

const char* to_string(Buffer buffer) {
    static const char* const names[kBuffers] = {"act", "wgt", "acc", "out"};
    return names[static_cast<unsigned>(buffer)];
}

std::vector<FillStep> buffer_fill(const Recorder& recorder, const pe::AcceleratorConfig& config) {
    std::vector<FillStep> steps;
    if (!recorder.has_tiles()) return steps;
    std::vector<uint64_t> loaded[2];  // bytes of act, wgt halves, in order of their loads
    std::size_t released[2] = {0, 0};
    uint64_t residual_start = 0;  // of the next stored tile that loads one
    std::vector<uint64_t> residuals;
    const auto release = [&](unsigned which, Buffer buffer, uint64_t cycle) {
        if (released[which] >= loaded[which].size()) return;  // loaded before the window
        const auto bytes = static_cast<int64_t>(loaded[which][released[which]++]);
        steps.push_back({cycle, buffer, -1, -bytes});
    };
    for (const Span& s : recorder.spans()) {
        const msd_tile& tile = recorder.tile(s);
        const auto bytes = static_cast<int64_t>(s.bytes);
        switch (s.unit) {
            case Unit::kLoadAct:
            case Unit::kLoadWgt: {
                const bool act = s.unit == Unit::kLoadAct;
                loaded[act ? 0 : 1].push_back(s.bytes);
                steps.push_back({s.start, act ? Buffer::kAct : Buffer::kWgt, 1, bytes});
                break;
            }
            case Unit::kLoadRes:
                residual_start = s.start;
                residuals.push_back(residual_start);
                break;
            case Unit::kExec: {
                const uint64_t free = s.end + pe::tile_timing(config, tile).release;
                if (tile.flags & MSD_TILE_RELEASE_ACT) release(0, Buffer::kAct, free);
                if (tile.flags & MSD_TILE_RELEASE_WGT) release(1, Buffer::kWgt, free);
                if (tile.flags & MSD_TILE_FIRST_C) steps.push_back({s.start, Buffer::kAcc, 1, 0});
                break;
            }
            case Unit::kPost: {
                if (!(tile.flags & MSD_TILE_POOL_ONLY))
                    steps.push_back({s.end, Buffer::kAcc, -1, 0});
                const auto words = uint64_t{tile.out.planes} * tile.out.rows * tile.out.row_bytes;
                uint64_t from = s.start;
                if ((tile.flags & MSD_TILE_LOAD_RES) && !residuals.empty()) {
                    from = residuals.front();
                    residuals.erase(residuals.begin());
                }
                steps.push_back({from, Buffer::kOut, 1, static_cast<int64_t>(words)});
                break;
            }
            case Unit::kStore:
                steps.push_back({s.end, Buffer::kOut, -1, -bytes});
                break;
            case Unit::kFetch:
                break;
        }
    }
    std::stable_sort(steps.begin(), steps.end(), [](const FillStep& a, const FillStep& b) {
        return a.cycle != b.cycle ? a.cycle < b.cycle : a.halves < b.halves;
    });
    return steps;
}

namespace {

// The bursts of one master, in order, asked for the moments of its transfers in order.
class Transfers {
public:
    Transfers(const Recorder& recorder, unsigned master, unsigned beat_bytes)
        : beat_bytes_(beat_bytes) {
        for (const BurstRecord& b : recorder.bursts())
            if (b.master == master) bursts_.push_back(&b);
    }

    // When the first `bytes` of the transfer that took `span` were moved; none if its bursts were
    // not recorded.
    std::optional<uint64_t> moment(const Span& span, uint64_t bytes) {
        while (next_ < bursts_.size() && bursts_[next_]->issue_cycle < span.start) ++next_;
        uint64_t moved = 0;
        for (std::size_t i = next_; i < bursts_.size(); ++i) {
            const BurstRecord& b = *bursts_[i];
            if (b.issue_cycle > span.end) break;
            if (moved + b.bytes >= bytes) {
                const uint64_t beats = (bytes - moved + beat_bytes_ - 1) / beat_bytes_;
                return b.response_cycle + (b.write ? 1 : beats);
            }
            moved += b.bytes;
        }
        return std::nullopt;
    }

private:
    uint64_t beat_bytes_;
    std::vector<const BurstRecord*> bursts_;
    std::size_t next_ = 0;
};

}  // namespace

CoreSpans core_spans(const Recorder& recorder, const pe::AcceleratorConfig& config, Core core) {
    const bool lut = core == Core::kLut;
    CoreSpans result;
    if (!recorder.has_tiles()) return result;
    Transfers weights(recorder, kMasterW, config.beat_bytes);
    Transfers stores(recorder, kMasterS, config.beat_bytes);
    // A transfer holds the LUT core's part, then the DSP core's.
    const auto part = [&](std::vector<CoreSpan>& list, Transfers& transfers, const Span& s,
                          uint64_t lut_bytes, uint64_t dsp_bytes) {
        const uint64_t bytes = lut ? lut_bytes : dsp_bytes;
        if (bytes == 0) return;
        const auto begin =
            lut || lut_bytes == 0 ? std::optional(s.start) : transfers.moment(s, lut_bytes);
        const auto end = transfers.moment(s, lut_bytes + (lut ? 0 : dsp_bytes));
        if (begin && end) list.push_back({&s, *begin, *end, bytes});
    };
    for (const Span& s : recorder.spans()) {
        const msd_tile& tile = recorder.tile(s);
        if (s.unit == Unit::kLoadWgt) {
            part(result.load, weights, s, uint64_t{tile.lut_words} * pe::kWordBytes,
                 uint64_t{tile.dsp_words} * pe::kWordBytes);
        } else if (s.unit == Unit::kExec) {
            const pe::TileTiming t = pe::tile_timing(config, tile);
            const uint64_t feed = lut ? t.lut_feed : t.dsp_feed;
            if (feed != 0) result.execute.push_back({&s, s.start, s.start + feed, 0});
        } else if (s.unit == Unit::kStore && !(tile.flags & MSD_TILE_POOL_ONLY)) {
            // A block of 16 channels that both cores write belongs to the DSP core, which ends it.
            const uint64_t block = uint64_t{tile.out.rows} * tile.out.row_bytes;
            const uint64_t lut_blocks = tile.k_dsp == 0
                                            ? tile.out.planes
                                            : std::min<unsigned>(tile.k_lut / 16, tile.out.planes);
            part(result.store, stores, s, lut_blocks * block,
                 (tile.out.planes - lut_blocks) * block);
        }
    }
    return result;
}

}  // namespace msd::platform
