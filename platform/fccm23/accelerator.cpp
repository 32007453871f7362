// Load, execute and write of the published accelerator; see accelerator.h for the rules.
#include "platform/fccm23/accelerator.h"

#include <fmt/format.h>
#include <algorithm>
#include <cassert>

namespace msd::platform {

using accelerator::Unit;

PublishedAccelerator::PublishedAccelerator(const sc_core::sc_module_name& name,
                                           const dma::PortConfig& port)
    : sc_core::sc_module(name),
      activations("activations", port),
      weights("weights", port),
      outputs("outputs", port),
      period_(port.period) {
    activations.on_done = [this](unsigned, uint64_t c, bool) { loaded(c, Unit::kLoadAct); };
    weights.on_done = [this](unsigned, uint64_t c, bool) { loaded(c, Unit::kLoadWgt); };
    outputs.on_done = [this](uint64_t c, bool) { written(c); };
    SC_METHOD(step);
    sensitive << event_;
    dont_initialize();
}

void PublishedAccelerator::configure(const dma::PortConfig& port, unsigned status_latency_cycles) {
    activations.configure(port);
    weights.configure(port);
    outputs.configure(port);
    period_ = port.period;
    status_latency_ = status_latency_cycles;
    commands_ = nullptr;
    event_.cancel();
}

uint64_t PublishedAccelerator::cycle() const {
    return sc_core::sc_time_stamp().value() / period_.value();
}

void PublishedAccelerator::start(const std::vector<fccm23::LayerCommand>& commands,
                                 fccm23::InstructionFormat format) {
    assert(!commands.empty());
    commands_ = &commands;
    words_ = format == fccm23::InstructionFormat::k64 ? 8 : 4;
    int64_t act = 0, wgt = 0, out = 0;
    for (const fccm23::LayerCommand& c : commands) {
        act = std::max(act, c.act_bytes);
        wgt = std::max(wgt, c.weight_bytes);
        out = std::max(out, c.out_bytes);
    }
    act_.resize(static_cast<std::size_t>(act));
    wgt_.resize(static_cast<std::size_t>(wgt));
    out_.resize(static_cast<std::size_t>(out));
    layer_ = 0;
    first_tile_ = 0;
    finished_ = 0;
    begin_layer(cycle());
}

void PublishedAccelerator::begin_layer(uint64_t cycle) {
    layer_start_ = cycle + words_;
    next_load_ = next_execute_ = next_write_ = 0;
    loads_done_ = writes_done_ = 0;
    movers_ = 0;
    writing_ = false;
    wake(layer_start_);
}

void PublishedAccelerator::wake(uint64_t cycle) {
    const auto at = sc_core::sc_time::from_value(cycle * period_.value());
    // An earlier notification stays; what is due later asks again then.
    event_.notify(at - sc_core::sc_time_stamp());
}

bool PublishedAccelerator::due(uint64_t start, uint64_t now) {
    if (start <= now) return true;
    wake(start);
    return false;
}

void PublishedAccelerator::step() {
    if (!commands_) return;
    const uint64_t now = cycle();
    while (start_load(now) || start_execute(now) || start_write(now)) {
    }
}

bool PublishedAccelerator::start_load(uint64_t now) {
    if (next_load_ == static_cast<uint64_t>(layer().tiles) || movers_ != 0) return false;
    if (next_load_ > next_execute_) return false;  // starts with the execution before it
    if (!due(layer_start_, now)) return false;
    const fccm23::LayerCommand& c = layer();
    const auto block = [](uint32_t address, int64_t bytes) {
        return msd_block{address, 0, 0, static_cast<uint32_t>(bytes), 1, 1};
    };
    load_ready_ = next_load_ == 0 ? layer_start_ : load_end_[(next_load_ - 1) % 4] + 1;
    load_start_ = now;
    ++next_load_;
    movers_ = 2;
    activations.read(1, block(c.act_address, c.act_bytes), act_.data());
    weights.read(1, block(c.weight_address, c.weight_bytes), wgt_.data());
    return true;
}

void PublishedAccelerator::loaded(uint64_t cycle, Unit unit) {
    const uint64_t tile = next_load_ - 1;
    const int64_t bytes = unit == Unit::kLoadAct ? layer().act_bytes : layer().weight_bytes;
    span(unit, tile, load_start_, cycle, load_ready_, static_cast<uint64_t>(bytes));
    if (--movers_ != 0) return;
    load_end_[tile % 4] = cycle + 1;
    ++loads_done_;
    wake(cycle + 2);
}

bool PublishedAccelerator::start_execute(uint64_t now) {
    const uint64_t i = next_execute_;
    if (i == loads_done_) return false;
    if (i >= 2 && writes_done_ < i - 1) return false;  // the outputs' other half
    const uint64_t free = i == 0 ? layer_start_ : execute_end_[(i - 1) % 4];
    uint64_t start = std::max(load_end_[i % 4] + 1, free);
    if (i >= 2) start = std::max(start, status_[(i - 2) % 4]);
    if (!due(start, now)) return false;
    const fccm23::LayerCommand& c = layer();
    const auto lut = static_cast<uint64_t>(c.lut_cycles());
    const auto dsp = static_cast<uint64_t>(c.dsp_cycles());
    const uint64_t end = now + std::max(lut, dsp) + 2;
    execute_end_[i % 4] = end;
    ++next_execute_;
    if (on_span) on_span({Unit::kExec, first_tile_ + i, now, end, now - free, 0, lut, dsp});
    wake(end);
    return true;
}

bool PublishedAccelerator::start_write(uint64_t now) {
    const uint64_t i = next_write_;
    if (i == next_execute_ || writing_) return false;
    const uint64_t start =
        i == 0 ? execute_end_[0] : std::max(execute_end_[i % 4], status_[(i - 1) % 4]);
    if (!due(start, now)) return false;
    const fccm23::LayerCommand& c = layer();
    write_start_ = now;
    writing_ = true;
    ++next_write_;
    outputs.write({c.out_address, 0, 0, static_cast<uint32_t>(c.out_bytes), 1, 1}, out_.data());
    return true;
}

void PublishedAccelerator::written(uint64_t cycle) {
    const uint64_t tile = next_write_ - 1;
    span(Unit::kStore, tile, write_start_, cycle, execute_end_[tile % 4],
         static_cast<uint64_t>(layer().out_bytes));
    writing_ = false;
    status_[tile % 4] = cycle + 1 + status_latency_;
    ++writes_done_;
    if (writes_done_ < static_cast<uint64_t>(layer().tiles)) return wake(cycle + 1);
    if (on_layer) on_layer(layer_, layer_start_, cycle);
    first_tile_ += writes_done_;
    if (++layer_ < commands_->size()) return begin_layer(cycle);
    finished_ = status_[tile % 4];
    commands_ = nullptr;
    if (on_finished) on_finished();
}

void PublishedAccelerator::span(Unit unit, uint64_t tile, uint64_t start, uint64_t end,
                                uint64_t ready, uint64_t bytes) {
    if (on_span) on_span({unit, first_tile_ + tile, start, end, start - ready, bytes, 0, 0});
}

std::string PublishedAccelerator::waiting() const {
    if (!commands_) return "the published accelerator is idle";
    return fmt::format("the published accelerator is in layer {} of {}, {} of {} tiles written, {}",
                       layer_ + 1, commands_->size(), writes_done_, layer().tiles,
                       movers_ != 0 ? fmt::format("waits for its loads of tile {}", next_load_ - 1)
                       : writing_   ? fmt::format("waits for its write of tile {}", next_write_ - 1)
                                    : "executes");
}

}  // namespace msd::platform
