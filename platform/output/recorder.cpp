// Recording spans and events, and the table made of the spans.
#include "platform/output/recorder.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <tuple>

namespace msd::platform {

Recorder::Recorder(const scheduler::Program& program, const RecorderOptions& options)
    : program_(program), options_(options) {
    for (uint32_t layer = 0; layer < program.layers.size(); ++layer)
        layer_of_tile_.insert(layer_of_tile_.end(), program.layers[layer].tile_count, layer);
    tiles_ = program.tiles();
    tiles_.resize(layer_of_tile_.size());
}

bool Recorder::keep(uint64_t cycle) {
    if (cycle < options_.from_cycle || cycle > options_.to_cycle) return false;
    if (records_ >= kMaxRecords) {
        truncated_at_ = std::min(truncated_at_, cycle);
        return false;
    }
    ++records_;
    return true;
}

void Recorder::attach(RunHooks& hooks) {
    hooks.span = [this](uint32_t image, const accelerator::UnitSpan& s) { add(image, s); };
    if (options_.memory) {
        hooks.burst = [this](const BurstRecord& b) {
            if (keep(b.response_cycle)) bursts_.push_back(b);
        };
        hooks.dram_command = [this](const DramCommand& c) { add(c); };
    }
    if (options_.processor) {
        hooks.access = [this](const CpuAccess& a) {
            if (keep(a.end)) accesses_.push_back(a);
        };
        // Levels are kept over the whole run: a window must know what came before it.
        hooks.sleep = [this](uint64_t cycle, bool asleep) { sleeps_.push_back({cycle, asleep}); };
        hooks.irq = [this](uint64_t cycle, bool level) { irq_.push_back({cycle, level}); };
    }
    if (options_.instructions)
        hooks.instruction = [this](const Retired& r) {
            if (keep(r.cycle)) instructions_.push_back({r.cycle, r.pc});
        };
}

void Recorder::add(uint32_t image, const accelerator::UnitSpan& s) {
    if (s.tile >= layer_of_tile_.size())
        return;  // firmware posted a list that is not the program's
    const uint32_t layer = layer_of_tile_[s.tile];
    const auto tile = static_cast<uint32_t>(s.tile - program_.layers[layer].first_tile);
    spans_.push_back({image, layer, tile, s.unit, s.start, s.end, s.stall, s.bytes, s.lut_busy,
                      s.dsp_busy, s.wait_act, s.wait_wgt, s.wait_acc});
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

void Recorder::close_row(unsigned bank, uint64_t clock) {
    OpenRow& r = open_rows_[bank];
    if (r.open && keep(options_.from_cycle))  // clocks are not cycles: all of them are kept
        rows_.push_back({bank, r.row, r.since, clock, r.columns});
    r.open = false;
}

void Recorder::add(const DramCommand& c) {
    const unsigned bank = c.bank * options_.bank_groups + c.group;
    if (bank >= open_rows_.size()) open_rows_.resize(bank + 1);
    OpenRow& r = open_rows_[bank];
    switch (c.kind) {
        case DramCommand::kActivate:
            close_row(bank, r.last + 1);  // a refresh while nothing happened has closed it
            r = {true, c.row, 0, c.clock, c.clock};
            break;
        case DramCommand::kRead:
        case DramCommand::kWrite:
            ++r.columns;
            r.last = std::max(r.last, c.clock);
            break;
        case DramCommand::kPrecharge:
            close_row(bank, c.clock);
            break;
        case DramCommand::kPrechargeAll:
        case DramCommand::kRefresh:
            for (unsigned b = 0; b < open_rows_.size(); ++b)
                close_row(b, std::max(c.clock, open_rows_[b].last + 1));
            break;
    }
}

void Recorder::finish() {
    std::stable_sort(spans_.begin(), spans_.end(), [](const Span& a, const Span& b) {
        return std::tie(a.start, a.unit, a.image, a.layer, a.tile) <
               std::tie(b.start, b.unit, b.image, b.layer, b.tile);
    });
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

}  // namespace msd::platform
