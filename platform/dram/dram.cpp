// TLM ports in front of the timing model; one event for all decisions and responses.
#include "platform/dram/dram.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <stdexcept>

#include "ip/dma/burst_info.h"

namespace msd::platform {

namespace {

constexpr uint64_t kCpuChunkBytes = 256;

// A request stamped with cycle t is decided in t + 1 or later.
DramTimingConfig arbitrated(const DramConfig& config) {
    config.check();
    DramTimingConfig timing = config.timing;
    timing.arbitration_ps = config.period.value();
    return timing;
}

}  // namespace

void DramConfig::check() const {
    timing.check();
    if (period == sc_core::SC_ZERO_TIME)
        throw std::invalid_argument("dram: period is 0; it must be at least 1 ps");
    if (base % 4096 != 0)
        throw std::invalid_argument(
            fmt::format("dram: base is {:#x}; it must be a multiple of 4096", base));
    if (size_bytes == 0 || size_bytes % 4096 != 0)
        throw std::invalid_argument(
            fmt::format("dram: size_bytes is {}; it must be a multiple of 4096", size_bytes));
    if (!timing.ideal && size_bytes > timing.capacity_bytes())
        throw std::invalid_argument(fmt::format("dram: size_bytes is {}, but {} holds {}",
                                                size_bytes, timing.name, timing.capacity_bytes()));
    if (beat_bytes != 8 && beat_bytes != 16)
        throw std::invalid_argument(
            fmt::format("dram: beat_bytes is {}; it must be 8 or 16", beat_bytes));
}

Dram::Dram(const sc_core::sc_module_name& name, const DramConfig& config)
    : sc_core::sc_module(name),
      config_(config),
      period_ps_(config.period.value()),
      timing_(arbitrated(config)),
      memory_(config.size_bytes) {
    Socket* const ports[] = {&weights, &activations, &stores};
    for (int m = 0; m < 3; ++m) ports[m]->register_nb_transport_fw(this, &Dram::nb_transport, m);
    cpu.register_b_transport(this, &Dram::b_transport, kMasterCpu);
    for (Socket* port : {&weights, &activations, &stores, &cpu})
        port->register_transport_dbg(this, &Dram::transport_dbg, 0);
    SC_METHOD(step);
    sensitive << event_;
    dont_initialize();
}

bool Dram::inside(uint64_t address, uint64_t bytes) const {
    return address >= config_.base && bytes <= config_.size_bytes &&
           address - config_.base <= config_.size_bytes - bytes;
}

uint8_t* Dram::data(uint64_t address, uint64_t bytes) {
    return inside(address, bytes) ? memory_.data() + (address - config_.base) : nullptr;
}

void Dram::reset() {
    for (Master& master : masters_) {
        for (Transfer& transfer : master.transfers)
            if (transfer.payload) transfer.payload->release();
        master.first_id += master.transfers.size();
        master.reset_id = master.first_id;
        master.transfers.clear();
        master.assigned = 0;
        master.next_response = 0;
    }
    ++resets_;
    timing_.reset();
    timing_.on_command = on_command;
    memory_.clear();
    origin_cycle_ = (sc_core::sc_time_stamp().value() + period_ps_ - 1) / period_ps_;
    event_.cancel();
    cpu_event_.notify(sc_core::SC_ZERO_TIME);
}

void Dram::configure(const DramConfig& config) {
    timing_ = DramTiming(arbitrated(config));
    config_ = config;
    period_ps_ = config.period.value();
    memory_.resize(config.size_bytes);
    reset();
}

uint64_t Dram::now_cycle() const {
    return sc_core::sc_time_stamp().value() / period_ps_;
}

uint64_t Dram::edge_after(uint64_t relative_ps) const {
    return origin_cycle_ + (relative_ps + period_ps_ - 1) / period_ps_;
}

tlm::tlm_sync_enum Dram::nb_transport(int master, tlm::tlm_generic_payload& trans,
                                      tlm::tlm_phase& phase, sc_core::sc_time& delay) {
    if (phase != tlm::BEGIN_REQ) return tlm::TLM_ACCEPTED;  // END_RESP: nothing is waiting for it
    const uint64_t time_ps = (sc_core::sc_time_stamp() + delay).value();
    assert(time_ps % period_ps_ == 0 && "a request lies on a clock edge");
    delay = sc_core::SC_ZERO_TIME;

    Transfer transfer;
    transfer.payload = &trans;
    transfer.data = trans.get_data_ptr();
    transfer.address = trans.get_address();
    transfer.bytes = trans.get_data_length();
    transfer.write = trans.is_write();
    const auto* info = trans.get_extension<dma::BurstInfo>();
    transfer.issue_cycle = info && info->issue_cycle != dma::BurstInfo::kNow ? info->issue_cycle
                                                                             : time_ps / period_ps_;
    transfer.beats =
        info ? info->beats : (transfer.bytes + config_.beat_bytes - 1) / config_.beat_bytes;
    uint64_t stamp = transfer.issue_cycle;
    if (transfer.write)
        stamp = info ? info->data_last_cycle : transfer.issue_cycle + transfer.beats;

    trans.acquire();
    if (trans.get_byte_enable_ptr())
        trans.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    else if (transfer.bytes == 0 || trans.get_streaming_width() < transfer.bytes)
        trans.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    else if (!inside(transfer.address, transfer.bytes))
        trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    else if (!trans.is_read() && !trans.is_write())
        trans.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
    else
        trans.set_response_status(tlm::TLM_OK_RESPONSE);
    transfer.error = !trans.is_response_ok();
    submit(static_cast<unsigned>(master), transfer, stamp);
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
}

void Dram::b_transport(int master, tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) {
    sc_core::wait(delay);  // the initiator's own time: the controller sees requests in true order
    delay = sc_core::SC_ZERO_TIME;
    const uint64_t address = trans.get_address();
    const uint64_t bytes = trans.get_data_length();
    if (trans.get_byte_enable_ptr())
        return trans.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    if (bytes == 0 || trans.get_streaming_width() < bytes)
        return trans.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    if (!inside(address, bytes)) return trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    if (!trans.is_read() && !trans.is_write())
        return trans.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);

    const uint64_t stamp = (sc_core::sc_time_stamp().value() + period_ps_ - 1) / period_ps_;
    for (uint64_t done = 0; done < bytes;) {
        Transfer transfer;
        transfer.data = trans.get_data_ptr() + done;
        transfer.address = address + done;
        transfer.bytes = static_cast<uint32_t>(
            std::min(bytes - done, kCpuChunkBytes - transfer.address % kCpuChunkBytes));
        transfer.beats = (transfer.bytes + config_.beat_bytes - 1) / config_.beat_bytes;
        transfer.write = trans.is_write();
        transfer.issue_cycle = stamp;
        done += transfer.bytes;
        submit(static_cast<unsigned>(master), transfer, stamp);
    }
    const Master& queue = masters_[static_cast<unsigned>(master)];
    const uint64_t end = queue.first_id + queue.transfers.size();
    const uint64_t resets = resets_;
    while (queue.first_id < end && resets_ == resets) sc_core::wait(cpu_event_);
    trans.set_response_status(resets_ == resets ? tlm::TLM_OK_RESPONSE
                                                : tlm::TLM_GENERIC_ERROR_RESPONSE);
}

unsigned Dram::transport_dbg(int, tlm::tlm_generic_payload& trans) {
    const uint64_t bytes = trans.get_data_length();
    uint8_t* const at = data(trans.get_address(), bytes);
    if (!at) return 0;
    if (trans.is_read())
        std::memcpy(trans.get_data_ptr(), at, bytes);
    else if (trans.is_write())
        std::memcpy(at, trans.get_data_ptr(), bytes);
    return static_cast<unsigned>(bytes);
}

unsigned Dram::extra(unsigned master, uint64_t id) const {
    return extra_latency ? extra_latency(master, id - masters_[master].reset_id) : 0;
}

void Dram::submit(unsigned master, const Transfer& transfer, uint64_t stamp_cycle) {
    Master& queue = masters_[master];
    queue.transfers.push_back(transfer);
    const uint64_t id = queue.first_id + queue.transfers.size() - 1;
    if (on_request)
        on_request({master, transfer.address, transfer.bytes, transfer.write, transfer.issue_cycle,
                    0, transfer.error},
                   stamp_cycle);
    if (transfer.error) {  // answered by the interconnect, in its turn
        Transfer& t = queue.transfers.back();
        t.decided = true;
        t.response_cycle = stamp_cycle + 1 + extra(master, id) +
                           (t.write ? config_.write_latency_cycles : config_.read_latency_cycles);
        assign(queue);
    } else {
        DramRequest request;
        request.id = id;
        request.master = master;
        request.address = transfer.address - config_.base;
        request.bytes = transfer.bytes;
        request.write = transfer.write;
        request.arrival_ps = relative_ps(stamp_cycle);
        timing_.submit(request);
    }
    schedule();
}

void Dram::decided(const DramRequest& request, const DramCompletion& completion) {
    Master& master = masters_[request.master];
    Transfer& t = master.transfers[request.id - master.first_id];
    uint64_t ready_ps;
    unsigned latency;
    if (t.write) {
        ready_ps = completion.last_data_ps;
        latency = config_.write_latency_cycles;
    } else {
        // Beat k leaves k cycles after the first: each must have its data by then.
        const auto at_beat = [&](uint64_t ps, uint64_t beat) {
            const uint64_t lead = beat * period_ps_;
            return ps > lead ? ps - lead : 0;
        };
        ready_ps =
            std::max(completion.first_data_ps, at_beat(completion.last_data_ps, t.beats - 1));
        if (completion.split_bytes != 0) {
            const uint64_t beat = uint64_t{completion.split_bytes} * t.beats / t.bytes;
            ready_ps = std::max(ready_ps, at_beat(completion.split_data_ps, beat));
        }
        latency = config_.read_latency_cycles;
    }
    t.decided = true;
    t.response_cycle = edge_after(ready_ps) + latency + extra(request.master, request.id);
    assign(master);
}

// Responses of a master come in order and its data bus carries one beat (write: one response) a
// cycle.
void Dram::assign(Master& master) {
    while (master.assigned < master.transfers.size() && master.transfers[master.assigned].decided) {
        Transfer& t = master.transfers[master.assigned++];
        t.response_cycle = std::max(t.response_cycle, master.next_response);
        master.next_response = t.response_cycle + (t.write ? 1 : t.beats);
    }
}

void Dram::deliver(unsigned master, const Transfer& t) {
    if (!t.error) {
        uint8_t* const at = memory_.data() + (t.address - config_.base);
        // The payload's own pointer: a port that was reset has put another one there.
        uint8_t* const data = t.payload ? t.payload->get_data_ptr() : t.data;
        if (t.write)
            std::memcpy(at, data, t.bytes);
        else
            std::memcpy(data, at, t.bytes);
    }
    if (on_burst)
        on_burst({master, t.address, t.bytes, t.write, t.issue_cycle, t.response_cycle, t.error});
    if (!t.payload) return cpu_event_.notify(sc_core::SC_ZERO_TIME);
    Socket* const ports[] = {&weights, &activations, &stores};
    tlm::tlm_phase phase = tlm::BEGIN_RESP;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    (*ports[master])->nb_transport_bw(*t.payload, phase, delay);
    t.payload->release();
}

void Dram::step() {
    const uint64_t now = now_cycle();
    timing_.advance(relative_ps(now),
                    [this](const DramRequest& r, const DramCompletion& c) { decided(r, c); });
    for (unsigned m = 0; m < kMasters; ++m) {
        Master& master = masters_[m];
        while (master.assigned != 0 && master.transfers.front().response_cycle <= now) {
            const Transfer transfer = master.transfers.front();
            assert(transfer.response_cycle == now && "a response was missed");
            master.transfers.pop_front();
            ++master.first_id;
            --master.assigned;
            deliver(m, transfer);
        }
    }
    schedule();
}

// Wakes at the next response. Decisions do not depend on when they are computed, so those still to
// be taken wait until one of them could lead to a response: often several are taken at once.
void Dram::schedule() {
    uint64_t cycle = kNever;
    for (const Master& master : masters_)
        if (master.assigned != 0) cycle = std::min(cycle, master.transfers.front().response_cycle);
    const uint64_t decision = timing_.next_decision_ps();
    if (decision != kNever) {
        const unsigned latency =
            std::min(config_.read_latency_cycles, config_.write_latency_cycles);
        const uint64_t earliest =
            origin_cycle_ + (decision + timing_.min_service_ps()) / period_ps_ + latency;
        cycle = std::min(cycle, std::max(earliest, now_cycle() + 1));
    }
    if (cycle == kNever) return;
    const auto at = sc_core::sc_time::from_value(cycle * period_ps_);
    assert(at >= sc_core::sc_time_stamp());
    event_.notify(at - sc_core::sc_time_stamp());  // a notification for an earlier time stays
}

}  // namespace msd::platform
