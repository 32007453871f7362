// Recording spans, and the tables made of them.
#include "platform/output/recorder.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace msd::platform {

Recorder::Recorder(const scheduler::Program& program) : program_(program) {
    for (uint32_t layer = 0; layer < program.layers.size(); ++layer)
        layer_of_tile_.insert(layer_of_tile_.end(), program.layers[layer].tile_count, layer);
}

void Recorder::add(uint32_t image, const accelerator::UnitSpan& s) {
    if (s.tile >= layer_of_tile_.size())
        return;  // firmware posted a list that is not the program's
    const uint32_t layer = layer_of_tile_[s.tile];
    const auto tile = static_cast<uint32_t>(s.tile - program_.layers[layer].first_tile);
    spans_.push_back(
        {image, layer, tile, s.unit, s.start, s.end, s.stall, s.bytes, s.lut_busy, s.dsp_busy});
    while (stats_.size() <= image) stats_.emplace_back(program_.layers.size());
    LayerStats& l = stats_[image][layer];
    using accelerator::Unit;
    switch (s.unit) {
        case Unit::kFetch:
            l.read_bytes += s.bytes;
            break;
        case Unit::kLoadAct:
        case Unit::kLoadRes:
        case Unit::kLoadWgt:
            l.read_bytes += s.bytes;
            if (l.start == 0 || s.start < l.start) l.start = s.start;
            break;
        case Unit::kExec:
            l.lut_busy += s.lut_busy;
            l.dsp_busy += s.dsp_busy;
            l.exec_stall += s.stall;
            break;
        case Unit::kPost:
            break;
        case Unit::kStore:
            l.write_bytes += s.bytes;
            l.end = std::max(l.end, s.end);
            break;
    }
}

std::string latency_csv(const Recorder& recorder) {
    std::string text = "image,layer,tile,unit,start_cycle,end_cycle,stall_cycles,bytes\n";
    auto out = std::back_inserter(text);
    for (const Span& s : recorder.spans())
        fmt::format_to(out, "{},{},{},{},{},{},{},{}\n", s.image,
                       recorder.program().layers[s.layer].name, s.tile, to_string(s.unit), s.start,
                       s.end, s.stall, s.bytes);
    return text;
}

bool TraceWindow::shows(const Span& s) const {
    if (s.end < from_cycle || s.start > to_cycle) return false;
    return signals.empty() ||
           std::find(signals.begin(), signals.end(), to_string(s.unit)) != signals.end();
}

}  // namespace msd::platform
