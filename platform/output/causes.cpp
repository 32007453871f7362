// On what every cycle of a layer was spent: one sweep over the spans of an image.
#include <algorithm>

#include "platform/output/timeline.h"

namespace msd::platform {

using accelerator::Unit;

const char* to_string(CycleCause cause) {
    static const char* const names[kCauses] = {"compute", "weights", "activations",
                                               "store",   "cpu",     "fill_drain"};
    return names[static_cast<unsigned>(cause)];
}

namespace {

// What holds in a stretch of cycles; a bit is a level that spans raise and lower.
enum Flag : unsigned { kFeeds, kWaitsAct, kLoadsAct, kWaitsWgt, kLoadsWgt, kWaitsAcc, kNoList };
constexpr unsigned kFlags = 7;

struct Edge {
    uint64_t cycle;
    Flag flag;
    int change;
};

CycleCause cause_of(const std::array<int, kFlags>& level) {
    if (level[kFeeds]) return CycleCause::kCompute;
    if (level[kWaitsWgt] && level[kLoadsWgt]) return CycleCause::kWeights;
    if (level[kWaitsAct] && level[kLoadsAct]) return CycleCause::kActivations;
    if (level[kWaitsAcc]) return CycleCause::kStore;
    if (level[kNoList]) return CycleCause::kCpu;
    return CycleCause::kFillDrain;
}

std::vector<Edge> edges_of(const Recorder& recorder, uint32_t image, uint64_t image_start) {
    std::vector<Edge> edges;
    const auto holds = [&edges](Flag flag, uint64_t start, uint64_t end) {
        if (start >= end) return;
        edges.push_back({start, flag, 1});
        edges.push_back({end, flag, -1});
    };
    uint64_t fetched = image_start;  // the tile before
    for (const Span& s : recorder.spans()) {
        if (s.image != image) continue;
        const uint64_t ready = s.start - s.stall;
        switch (s.unit) {
            case Unit::kFetch:
                // Ready later than the descriptor before: the list was posted only then.
                if (s.tile == 0 && ready > fetched + 1) holds(kNoList, fetched, ready);
                fetched = s.end;
                break;
            case Unit::kLoadAct:
            case Unit::kLoadRes:
                holds(kLoadsAct, s.start, s.end);
                break;
            case Unit::kLoadWgt:
                holds(kLoadsWgt, s.start, s.end);
                break;
            case Unit::kExec:
                holds(kFeeds, s.start, s.end);
                holds(kWaitsAct, ready, ready + s.wait_act);
                holds(kWaitsWgt, ready + s.wait_act, ready + s.wait_act + s.wait_wgt);
                holds(kWaitsAcc, s.start - s.wait_acc, s.start);
                break;
            case Unit::kPost:
                if (recorder.program().layers[s.layer].kind == "pool") {
                    holds(kFeeds, s.start, s.end);
                    holds(kWaitsAct, ready, s.start);
                }
                break;
            case Unit::kStore:
                break;
        }
    }
    std::stable_sort(edges.begin(), edges.end(),
                     [](const Edge& a, const Edge& b) { return a.cycle < b.cycle; });
    return edges;
}

}  // namespace

std::vector<CycleCauses> layer_causes(const Recorder& recorder, uint32_t image,
                                      uint64_t image_start) {
    const std::vector<LayerStats>& stats = recorder.layer_stats(image);
    std::vector<CycleCauses> causes(stats.size(), CycleCauses{});
    const std::vector<Edge> edges = edges_of(recorder, image, image_start);
    std::array<int, kFlags> level{};
    std::size_t edge = 0, layer = 0;
    uint64_t now = image_start;
    while (layer < stats.size()) {
        while (edge < edges.size() && edges[edge].cycle <= now) {
            level[edges[edge].flag] += edges[edge].change;
            ++edge;
        }
        const uint64_t end = stats[layer].end;
        const uint64_t next = edge < edges.size() ? std::min(edges[edge].cycle, end) : end;
        if (next > now) causes[layer][static_cast<unsigned>(cause_of(level))] += next - now;
        now = std::max(now, next);
        if (now >= end) ++layer;
    }
    return causes;
}

}  // namespace msd::platform
