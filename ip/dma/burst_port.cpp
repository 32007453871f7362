// Issue, credits and completion of bursts; see the recurrences in burst_port.h.
#include "ip/dma/burst_port.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <iterator>
#include <stdexcept>
#include <string>

#include "ip/dma/faults.h"

namespace msd::dma {

namespace {
constexpr uint64_t kNever = ~uint64_t{0};
}

void PortConfig::check() const {
    if (period == sc_core::SC_ZERO_TIME)
        throw std::invalid_argument("dma: period is 0; it must be at least 1 ps");
    if (beat_bytes != 8 && beat_bytes != 16)
        throw std::invalid_argument("dma: beat_bytes is " + std::to_string(beat_bytes) +
                                    "; it must be 8 or 16");
    if (outstanding < 1 || outstanding > 256)
        throw std::invalid_argument("dma: outstanding is " + std::to_string(outstanding) +
                                    "; it must be 1..256");
}

// A pooled payload. `scratch` takes the place of the user's memory if the port is reset while the
// burst is in flight.
struct BurstPort::Payload : tlm::tlm_generic_payload {
    explicit Payload(tlm::tlm_mm_interface* mm)
        : tlm::tlm_generic_payload(mm), info(new BurstInfo) {
        set_extension(info);
    }
    BurstInfo* info;      // owned by the payload
    uint64_t number = 0;  // of the burst
    uint64_t epoch = 0;
    alignas(16) uint8_t scratch[kMaxBeats * 16];
};

BurstPort::BurstPort(const sc_core::sc_module_name& name, const PortConfig& config,
                     unsigned channels, bool write)
    : sc_core::sc_module(name),
      config_(config),
      write_(write),
      channels_(channels),
      channel_error_(channels, false) {
    config_.check();
    free_from_.assign(config_.outstanding, 0);
    socket.register_nb_transport_bw(this, &BurstPort::respond);
    SC_METHOD(step);
    sensitive << event_;
    dont_initialize();
}

BurstPort::~BurstPort() = default;

bool BurstPort::idle() const {
    for (const auto& blocks : channels_)
        if (!blocks.empty()) return false;
    return in_flight_.empty() && done_.empty();
}

void BurstPort::reset() {
    // The target may still hold these: they must not touch the user's memory any more.
    for (InFlight& burst : in_flight_) {
        if (burst.responded) continue;
        auto* payload = static_cast<Payload*>(burst.payload);
        if (write_)
            std::memcpy(payload->scratch, payload->get_data_ptr(), payload->get_data_length());
        payload->set_data_ptr(payload->scratch);
        payload->release();
    }
    ++epoch_;
    for (auto& blocks : channels_) blocks.clear();
    channel_error_.assign(channels_.size(), false);
    in_flight_.clear();
    done_.clear();
    free_from_.assign(config_.outstanding, 0);
    issued_ = finished_ = 0;
    next_issue_ = next_beat_ = next_data_ = busy_until_ = 0;
    stats_ = PortStats{};
    event_.cancel();
}

void BurstPort::configure(const PortConfig& config) {
    config.check();
    config_ = config;
    reset();
}

uint64_t BurstPort::now() const {
    return sc_core::sc_time_stamp().value() / config_.period.value();
}

void BurstPort::request(unsigned channel, const msd_block& block, uint8_t* data) {
    assert((block.address | block.row_bytes) % config_.beat_bytes == 0 && "unaligned block");
    const uint64_t ready = now() + 1;
    const BurstCursor cursor(block, config_.beat_bytes);
    if (cursor.done())
        add_done({ready, channel, false});
    else
        channels_[channel].push_back({cursor, data, ready, block, 0});
    schedule();
}

uint64_t BurstPort::issue_cycle(unsigned& channel) const {
    if (issued_ - finished_ >= config_.outstanding) return kNever;
    const uint64_t floor = std::max(next_issue_, free_from_[issued_ % config_.outstanding]);
    uint64_t best = kNever;
    for (unsigned c = 0; c < channels_.size(); ++c) {
        if (channels_[c].empty()) continue;
        const uint64_t cycle = std::max(floor, channels_[c].front().ready);
        if (cycle < best || (MSD_FAULT(MSD_FAULT_PRIORITY) && cycle == best)) {
            // at a tie the lower channel goes first
            best = cycle;
            channel = c;
        }
    }
    return best;
}

void BurstPort::schedule() {
    unsigned channel = 0;
    uint64_t cycle = issue_cycle(channel);
    if (!done_.empty()) cycle = std::min(cycle, done_.front().cycle);
    if (cycle == kNever) return;
    const auto at = sc_core::sc_time::from_value(cycle * config_.period.value());
    assert(at >= sc_core::sc_time_stamp());
    event_.notify(at - sc_core::sc_time_stamp());  // a notification for an earlier time stays
}

void BurstPort::step() {
    const uint64_t cycle = now();
    unsigned channel = 0;
    if (issue_cycle(channel) <= cycle) issue(channel, cycle);
    while (!done_.empty() && done_.front().cycle <= cycle) {
        const Done done = done_.front();
        done_.pop_front();
        ++stats_.blocks;
        report(done.channel, done.cycle, done.error);
    }
    schedule();
}

void BurstPort::issue(unsigned channel, uint64_t cycle) {
    Block& block = channels_[channel].front();
    const Burst burst = block.cursor.next();
    ++block.issued;
    const unsigned beats = burst.beats(config_.beat_bytes);

    auto* payload = static_cast<Payload*>(allocate());
    payload->number = issued_++;
    payload->epoch = epoch_;
    payload->set_command(write_ ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload->set_address(burst.address);
    payload->set_data_ptr(block.data + burst.offset);
    payload->set_data_length(burst.bytes);
    payload->set_streaming_width(burst.bytes);
    payload->set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    payload->info->beats = beats;
    if (write_) {
        next_data_ = std::max(cycle + 1, next_data_) + beats;
        payload->info->data_last_cycle = next_data_ - 1;
    }
    const bool last = block.cursor.done();
    in_flight_.push_back({payload, channel, beats, last, false, false, cycle, 0});
    if (last) channels_[channel].pop_front();
    next_issue_ = cycle + 1;

    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    const tlm::tlm_sync_enum sync = socket->nb_transport_fw(*payload, phase, delay);
    assert(sync == tlm::TLM_UPDATED && phase == tlm::END_REQ && "the memory must accept at once");
    (void)sync;
}

tlm::tlm_sync_enum BurstPort::respond(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase,
                                      sc_core::sc_time& delay) {
    assert(phase == tlm::BEGIN_RESP && delay == sc_core::SC_ZERO_TIME);
    (void)phase;
    (void)delay;
    auto& payload = static_cast<Payload&>(trans);
    if (payload.epoch != epoch_) return tlm::TLM_COMPLETED;  // of before a reset; released there
    InFlight& burst = in_flight_[payload.number - finished_];
    assert(burst.payload == &trans && !burst.responded);
    burst.responded = true;
    burst.response = now();
    if (!trans.is_response_ok()) {
        ++stats_.errors;
        burst.error = true;
        if (!write_) std::memset(trans.get_data_ptr(), 0, trans.get_data_length());
    }
    payload.release();
    finish_responded();
    schedule();
    return tlm::TLM_COMPLETED;
}

// In order: a burst ends only after its predecessor, whatever the order of the responses.
void BurstPort::finish_responded() {
    while (!in_flight_.empty() && in_flight_.front().responded) {
        const InFlight burst = in_flight_.front();
        in_flight_.pop_front();
        const uint64_t end = std::max(burst.response, next_beat_) + (write_ ? 1 : burst.beats) - 1;
        next_beat_ = end + 1;
        free_from_[finished_ % config_.outstanding] = end + 1 - MSD_FAULT(MSD_FAULT_CREDIT);
        ++finished_;
        ++stats_.bursts;
        stats_.beats += burst.beats;
        stats_.busy_cycles += end + 1 - std::max(burst.issue, busy_until_);
        busy_until_ = end + 1;
        if (burst.error) channel_error_[burst.channel] = true;
        if (!burst.last_of_block) continue;
        add_done({end + 1, burst.channel, channel_error_[burst.channel]});
        channel_error_[burst.channel] = false;
    }
}

void BurstPort::add_done(const Done& done) {
    auto at = done_.end();
    while (at != done_.begin() && std::prev(at)->cycle > done.cycle) --at;
    done_.insert(at, done);
}

std::vector<tlm::tlm_generic_payload*> BurstPort::unanswered() const {
    std::vector<tlm::tlm_generic_payload*> payloads;
    for (const InFlight& burst : in_flight_)
        if (!burst.responded) payloads.push_back(burst.payload);
    return payloads;
}

BurstPort::Unanswered BurstPort::describe(const InFlight& burst) const {
    const auto& payload = static_cast<const Payload&>(*burst.payload);
    return {payload.get_address(), payload.info->data_last_cycle, payload.get_data_ptr(),
            payload.get_data_length(), payload.get_response_status()};
}

tlm::tlm_generic_payload* BurstPort::rebuild(const Unanswered& u, uint64_t number, unsigned beats) {
    auto* payload = static_cast<Payload*>(allocate());
    payload->number = number;
    payload->epoch = epoch_;
    payload->set_command(write_ ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload->set_address(u.address);
    payload->set_data_ptr(u.data);
    payload->set_data_length(u.bytes);
    payload->set_streaming_width(u.bytes);
    payload->set_response_status(static_cast<tlm::tlm_response_status>(u.response));
    payload->info->beats = beats;
    payload->info->data_last_cycle = u.data_last_cycle;
    return payload;
}

tlm::tlm_generic_payload* BurstPort::allocate() {
    if (free_.empty()) {
        tlm::tlm_mm_interface* manager = this;
        payloads_.push_back(std::make_unique<Payload>(manager));
        free_.push_back(payloads_.back().get());
    }
    Payload* payload = free_.back();
    free_.pop_back();
    payload->acquire();
    return payload;
}

void BurstPort::free(tlm::tlm_generic_payload* trans) {
    free_.push_back(static_cast<Payload*>(trans));
}

}  // namespace msd::dma
