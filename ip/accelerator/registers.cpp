// The accelerator's registers, interrupt and reset (ip/accelerator/accelerator.regs.toml).
#include "ip/accelerator/accelerator_regs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "ip/accelerator/accelerator.h"
#include "ip/dma/faults.h"

namespace msd::accelerator {

Accelerator::Accelerator(const sc_core::sc_module_name& name, const pe::AcceleratorConfig& config,
                         sc_core::sc_time period)
    : sc_module(name),
      dma_a("dma_a", dma::PortConfig{period, config.beat_bytes, config.outstanding}),
      dma_w("dma_w", dma::PortConfig{period, config.beat_bytes, config.outstanding}),
      dma_s("dma_s", dma::PortConfig{period, config.beat_bytes, config.outstanding}),
      config_(config),
      period_(period) {
    config_.check();
    regs.register_b_transport(this, &Accelerator::transport);
    dma_a.on_done = [this](unsigned channel, uint64_t cycle, bool error) {
        channel == 0 ? fetch_done(cycle, error) : data_a_done(cycle, error);
    };
    dma_w.on_done = [this](unsigned, uint64_t cycle, bool error) { weights_done(cycle, error); };
    dma_s.on_done = [this](uint64_t cycle, bool error) { store_done(cycle, error); };
    SC_METHOD(evaluate);
    sensitive << event_;
    dont_initialize();
}

void Accelerator::clear_work() {
    lists_.clear();
    current_ = {0, 0};
    for (Stamps* s :
         {&pushes_, &pops_, &lists_done_, &fetched_, &load_starts_, &retired_, &act_ready_,
          &act_release_, &wgt_ready_, &wgt_release_, &post_ends_, &store_ends_, &stored_})
        s->clear();
    ring_.clear();
    ring_base_ = next_fetch_ = next_load_a_ = next_load_w_ = next_exec_ = next_post_ = next_store_ =
        0;
    load_a_ = LoadA::kIdle;
    fetching_ = loading_w_ = storing_ = false;
    fetch_end_ = 0;
    refused_ = 0;
    load_a_end_ = load_w_end_ = feed_end_ = post_end_ = store_end_ = 0;
    have_previous_ = act_held_ = wgt_held_ = false;
    error_ = 0;
    error_tile_ = 0;
    error_stamp_ = kUnknown;
    lists_dropped_ = false;
    feeding_lut_busy_ = feeding_dsp_busy_ = 0;
    counters_ = counters_before_ = {};
    counted_in_ = 0;
}

void Accelerator::reset() {
    clear_work();
    for (std::vector<int32_t>& sums : acc_) sums.clear();
    for (std::vector<msd_channel>& channels : channels_) channels.clear();
    dma_a.reset();
    dma_w.reset();
    dma_s.reset();
    irq_events_.clear();
    irq_status_ = irq_enable_ = list_address_ = 0;
    clear_stamp_ = cycle();
    wake(cycle() + 1);  // lowers the interrupt line
}

void Accelerator::configure(const pe::AcceleratorConfig& config) {
    config.check();
    config_ = config;
    const dma::PortConfig port{period_, config.beat_bytes, config.outstanding};
    dma_a.configure(port);
    dma_w.configure(port);
    dma_s.configure(port);
}

bool Accelerator::idle(uint64_t now) const {
    if (queue_level(now) != 0 || current_.count != 0 || !ring_.empty()) return false;
    if (fetching_ || (fetch_end_ != 0 && fetch_end_ >= now)) return false;  // read or checked
    return retired_.count() == 0 || retired_.at(static_cast<int64_t>(retired_.count()) - 1) < now;
}

Counters& Accelerator::count(uint64_t cycle) {
    if (counted_in_ != cycle) counters_before_ = counters_;
    counted_in_ = cycle;
    return counters_;
}

unsigned Accelerator::queue_level(uint64_t now) const {
    return static_cast<unsigned>(pushes_.before(now) - pops_.before(now));
}

void Accelerator::record_error(uint32_t code, uint64_t tile, uint64_t stamp, Source source) {
    const bool same_cycle = error_ != 0 && error_stamp_ == stamp;
    if (error_ != 0 && !(same_cycle && source < error_source_) &&
        !MSD_FAULT(MSD_FAULT_SECOND_ERROR))
        return;
    error_ = code;
    error_tile_ = tile;
    error_stamp_ = stamp;
    error_source_ = source;
    if (same_cycle) return;
    lists_dropped_ = false;
    raise(MSD_IRQ_STATUS_ERROR, stamp);
}

// An error is seen from the cycle after it on: in its own a list may still be taken or pushed.
void Accelerator::drop_lists(uint64_t now) {
    if (!failed(now) || lists_dropped_ || MSD_FAULT(MSD_FAULT_LISTS_KEPT)) return;
    lists_dropped_ = true;
    for (std::size_t dropped = lists_.size(); dropped > 0; --dropped) pops_.push(error_stamp_);
    lists_.clear();
    current_ = {0, 0};
}

void Accelerator::raise(uint32_t bits, uint64_t stamp) {
    irq_events_.push_back({stamp, bits});
    wake(stamp + 1);
}

void Accelerator::fold_irq(uint64_t now) {
    std::size_t kept = 0;
    for (const IrqEvent& e : irq_events_) {
        if (e.stamp < now)
            irq_status_ |= e.bits;
        else {
            irq_events_[kept++] = e;
            wake(e.stamp + 1);
        }
    }
    irq_events_.resize(kept);
}

void Accelerator::push_list(uint32_t count, uint64_t now) {
    uint32_t code = MSD_ERROR_NONE;
    if (count == 0)
        code = MSD_ERROR_EMPTY_LIST;
    else if (queue_level(now) >= kListQueue)
        code = MSD_ERROR_QUEUE_FULL;
    else if (list_address_ % sizeof(msd_tile) != 0)
        code = MSD_ERROR_ALIGNMENT;
    if (code != MSD_ERROR_NONE)
        return record_error(code, fetched_.before(now), now, Source::kRegisters);
    if (failed(now)) return;  // nothing is fetched until CLEAR
    lists_.push_back({list_address_, count});
    pushes_.push(now);
    wake(now + 1);
}

void Accelerator::clear(uint64_t now) {
    if (!idle(now))
        return record_error(MSD_ERROR_BUSY, fetched_.before(now), now, Source::kRegisters);
    clear_work();
    irq_events_.clear();
    irq_status_ = 0;
    clear_stamp_ = now;
    wake(now + 1);
}

bool Accelerator::read_register(uint32_t offset, uint32_t& value) {
    const uint64_t now = cycle();
    drop_lists(now);
    fold_irq(now);
    const bool failed = this->failed(now);
    const bool feeding = feed_end_ >= now;
    const Counters& seen = counted_in_ == now ? counters_before_ : counters_;
    const auto low = [](uint64_t v) { return static_cast<uint32_t>(v); };
    switch (offset) {
        case MSD_ID:
            value = MSD_ID_RESET;
            return true;
        case MSD_STATUS:
            value = (idle(now) ? MSD_STATUS_IDLE : 0) | (failed ? MSD_STATUS_ERROR : 0) |
                    queue_level(now) << MSD_STATUS_QUEUE_LEVEL_SHIFT;
            return true;
        case MSD_LIST_ADDRESS:
            value = list_address_;
            return true;
        case MSD_IRQ_ENABLE:
            value = irq_enable_;
            return true;
        case MSD_IRQ_STATUS:
            value = irq_status_;
            return true;
        case MSD_LISTS_DONE:
            value = low(lists_done_.before(now));
            return true;
        case MSD_STORED:
            value = low(stored_.before(now));
            return true;
        case MSD_TILES_DONE:
            value = low(retired_.before(now));
            return true;
        case MSD_ERROR:
            value = failed ? error_ : 0;
            return true;
        case MSD_ERROR_TILE:
            value = failed ? low(error_tile_) : 0;
            return true;
        case MSD_CYCLES:
            value = low(now - clear_stamp_);
            return true;
        // The tile that is being fed counts when its feed ends.
        case MSD_LUT_BUSY:
            value = low(counters_.lut_busy - (feeding ? feeding_lut_busy_ : 0));
            return true;
        case MSD_DSP_BUSY:
            value = low(counters_.dsp_busy - (feeding ? feeding_dsp_busy_ : 0));
            return true;
        case MSD_WAIT_ACT:
            value = low(seen.wait_act);
            return true;
        case MSD_WAIT_WGT:
            value = low(seen.wait_wgt);
            return true;
        case MSD_WAIT_ACC:
            value = low(seen.wait_acc);
            return true;
        case MSD_WAIT_OUT:
            value = low(seen.wait_out);
            return true;
        case MSD_READ_BEATS_A:
            value = low(seen.read_bytes_a / config_.beat_bytes);
            return true;
        case MSD_READ_BEATS_W:
            value = low(seen.read_bytes_w / config_.beat_bytes);
            return true;
        case MSD_WRITE_BEATS:
            value = low(seen.write_bytes / config_.beat_bytes);
            return true;
        case MSD_SIZE_LUT:
            value = config_.lut_rows | config_.lut_cols << 16;
            return true;
        case MSD_SIZE_DSP:
            value = config_.dsp_rows | config_.dsp_cols << 16;
            return true;
        default:
            return false;
    }
}

bool Accelerator::write_register(uint32_t offset, uint32_t value) {
    const uint64_t now = cycle();
    drop_lists(now);
    fold_irq(now);
    switch (offset) {
        case MSD_CONTROL:
            if (value & MSD_CONTROL_CLEAR) clear(now);
            return true;
        case MSD_LIST_ADDRESS:
            list_address_ = value;
            return true;
        case MSD_LIST_PUSH:
            push_list(value, now);
            return true;
        case MSD_IRQ_ENABLE:
            irq_enable_ =
                value & (MSD_IRQ_ENABLE_LIST | MSD_IRQ_ENABLE_TILE | MSD_IRQ_ENABLE_ERROR);
            wake(now + 1);
            return true;
        case MSD_IRQ_STATUS:
            irq_status_ &= ~value;
            if (MSD_FAULT(MSD_FAULT_CLEAR_WINS))
                irq_events_.erase(std::remove_if(irq_events_.begin(), irq_events_.end(),
                                                 [&](const IrqEvent& e) {
                                                     return e.stamp == now && (e.bits & value) != 0;
                                                 }),
                                  irq_events_.end());
            wake(now + 1);
            return true;
        default:
            return false;
    }
}

void Accelerator::transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) {
    // The CPU arrives here in its own exact cycle: registers are read and written at that time.
    if (delay != sc_core::SC_ZERO_TIME) {
        sc_core::wait(delay);
        delay = sc_core::SC_ZERO_TIME;
    }
    const uint64_t offset = trans.get_address();
    const bool read = trans.get_command() == tlm::TLM_READ_COMMAND;
    if (trans.get_data_length() != 4 || offset % 4 != 0 || trans.get_byte_enable_ptr() != nullptr) {
        if (on_warning)
            on_warning(
                fmt::format("{} of {} bytes at register {:#x}; registers are accessed as words",
                            read ? "read" : "write", trans.get_data_length(), offset));
        trans.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
        return;
    }
    uint32_t value = 0;
    bool known;
    if (read) {
        known = read_register(static_cast<uint32_t>(offset), value);
        std::memcpy(trans.get_data_ptr(), &value, 4);
    } else {
        std::memcpy(&value, trans.get_data_ptr(), 4);
        known = write_register(static_cast<uint32_t>(offset), value);
    }
    if (!known && on_warning)
        on_warning(fmt::format(
            "{} of register {:#x}, which {}", read ? "read" : "write", offset,
            read ? "does not exist or cannot be read" : "does not exist or cannot be written"));
    trans.set_response_status(known ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

std::string Accelerator::waiting() const {
    const auto* a = const_cast<Accelerator*>(this)->tile(next_load_a_);
    const auto* w = const_cast<Accelerator*>(this)->tile(next_load_w_);
    const auto* e = const_cast<Accelerator*>(this)->tile(next_exec_);
    const auto* s = const_cast<Accelerator*>(this)->tile(next_store_);
    std::string text;
    const auto add = [&text](const std::string& part) {
        text += (text.empty() ? "" : ", ") + part;
    };
    if (error_ != 0)
        add(fmt::format("accelerator stopped with error {} ({})", error_, msd_error_name(error_)));
    if (fetching_) add(fmt::format("fetch waits for the descriptor of tile {}", next_fetch_));
    if (load_a_ == LoadA::kAct || load_a_ == LoadA::kRes)
        add(fmt::format("load waits for {} of tile {} from memory",
                        load_a_ == LoadA::kAct ? "activations" : "the residual", a->index));
    else if (a && store_ends_.at(int64_t{a->tile.wait_store} - 1) == kUnknown)
        add(fmt::format("load of tile {} waits for store {}", a->index, a->tile.wait_store));
    if (loading_w_) add(fmt::format("load waits for weights of tile {} from memory", w->index));
    if (e && e->act_full == kUnknown && e->has(MSD_TILE_LOAD_ACT))
        add(fmt::format("exec waits for activations of tile {}", e->index));
    else if (e && e->load_w_end == kUnknown)
        add(fmt::format("exec waits for weights of tile {}", e->index));
    if (storing_ && s)
        add(fmt::format("store waits for the memory's responses of tile {}", s->index));
    if (text.empty()) text = ring_.empty() ? "accelerator is idle" : "accelerator is busy";
    return text;
}

}  // namespace msd::accelerator
