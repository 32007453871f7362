// The controller: which request next, and in which clocks its commands are given.
#include "platform/dram/dram_timing.h"

#include <algorithm>
#include <cassert>

namespace msd::platform {

namespace {
unsigned log2_of(uint64_t value) {
    unsigned bits = 0;
    while ((uint64_t{1} << bits) < value) ++bits;
    return bits;
}
}  // namespace

DramTiming::DramTiming(const DramTimingConfig& config) : config_(config) {
    config_.check();
    const DramTimingConfig& c = config_;
    const auto clocks = [&](const JedecTime& t) {
        return std::max<uint64_t>((uint64_t{t.ps} * 1000 + c.clock_fs - 1) / c.clock_fs, t.clocks);
    };
    t_.cl = c.CL + clocks({c.tDQSCK_ps, 0});
    t_.cwl = c.CWL;
    t_.burst = c.burst_length / 2;
    t_.rcd = clocks(c.tRCD);
    t_.ras = clocks(c.tRAS);
    t_.rc = clocks(c.tRC);
    t_.rrd = clocks(c.tRRD);
    t_.rrd_l = std::max(t_.rrd, clocks(c.tRRD_L));
    t_.faw = clocks(c.tFAW);
    t_.rp = clocks(c.tRP);
    t_.rp_all = clocks(c.tRPab);
    t_.ccd = c.tCCD;
    t_.ccd_l = std::max<uint64_t>(c.tCCD, clocks(c.tCCD_L));
    t_.wr = clocks(c.tWR);
    t_.wtr = clocks(c.tWTR);
    t_.rtp = clocks(c.tRTP);
    const uint64_t read_end = t_.cl + t_.burst + c.turnaround_clocks;
    t_.read_to_write = read_end > t_.cwl ? read_end - t_.cwl : 0;
    t_.refi = clocks(c.tREFI);
    t_.rfc = clocks(c.tRFC);
    t_.lookahead = t_.rp + t_.rcd;  // so early may a decision be without leaving the data bus idle
    min_service_ps_ =
        c.ideal ? c.ideal_latency_ps : (std::min(t_.cl, t_.cwl) + t_.burst) * c.clock_fs / 1000;

    access_shift_ = log2_of(c.access_bytes());
    row_shift_ = log2_of(uint64_t{c.row_bytes} * c.bank_groups);
    bank_shift_ = log2_of(c.banks / c.bank_groups);
    interleave_shift_ = log2_of(uint64_t{c.interleave_bytes} * c.bank_groups);
    reset();
}

void DramTiming::reset() {
    stats_ = DramStats{};
    queue_.clear();
    slots_.clear();
    free_slots_.clear();
    banks_.fill(Bank{});
    activates_.fill(0);
    activate_slot_ = 0;
    next_activate_ = last_decision_ = 0;
    next_activate_in_group_.fill(0);
    next_column_ = next_column_same_group_ = next_read_ = next_write_ = 0;
    last_group_ = 0;
    last_write_ = any_access_ = false;
    busy_clocks_ = 0;
    refresh_due_ = t_.refi ? t_.refi : kNever;
}

uint64_t DramTiming::clock_after(uint64_t ps) const {
    return (ps * 1000 + config_.clock_fs - 1) / config_.clock_fs;
}

uint64_t DramTiming::ps(uint64_t clock) const {
    return (clock * config_.clock_fs + 999) / 1000;
}

DramTiming::Place DramTiming::place(uint64_t address) const {
    const uint32_t bank_mask = (1u << bank_shift_) - 1;
    if (config_.mapping == AddressMapping::kRowColumnBank)
        return {static_cast<uint32_t>(address >> (row_shift_ + bank_shift_)),
                static_cast<uint32_t>(address >> interleave_shift_) & bank_mask};
    const auto row = static_cast<uint32_t>(address >> (row_shift_ + bank_shift_));
    uint32_t bank = static_cast<uint32_t>(address >> row_shift_);
    if (config_.mapping == AddressMapping::kRowBankColumnXor)
        bank ^= row ^ row >> bank_shift_ ^ row >> 2 * bank_shift_ ^ row >> 3 * bank_shift_;
    return {row, bank & bank_mask};
}

DramTiming::Span DramTiming::span(uint64_t address, uint64_t bytes) const {
    const uint64_t first = address >> access_shift_;
    const uint64_t columns = ((address + bytes - 1) >> access_shift_) - first + 1;
    const uint64_t groups = config_.bank_groups;
    return {static_cast<unsigned>(first & (groups - 1)),
            static_cast<unsigned>(std::min(columns, groups)), columns};
}

void DramTiming::submit(const DramRequest& request) {
    assert(request.master < kMasters && request.bytes > 0);
    Waiting w{};
    if (free_slots_.empty()) {
        free_slots_.push_back(static_cast<uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    w.slot = free_slots_.back();
    free_slots_.pop_back();
    slots_[w.slot] = request;
    w.write = request.write;
    if (!config_.ideal) {
        w.visible = clock_after(request.arrival_ps + config_.arbitration_ps);
        const Place p = place(request.address);
        w.row = p.row;
        w.bank = static_cast<uint16_t>(p.bank);
        const Span s = span(request.address, request.bytes);
        w.group = static_cast<uint8_t>(s.group);
        w.groups = static_cast<uint8_t>(s.groups);
    }
    auto at = queue_.end();
    while (at != queue_.begin()) {
        const DramRequest& before = slots_[std::prev(at)->slot];
        if (before.arrival_ps < request.arrival_ps ||
            (before.arrival_ps == request.arrival_ps && before.master <= request.master))
            break;
        --at;
    }
    queue_.insert(at, w);
}

uint64_t DramTiming::decision_clock() const {
    const uint64_t bus = next_column_ > t_.lookahead ? next_column_ - t_.lookahead : 0;
    return std::max({queue_.front().visible, bus, last_decision_});
}

uint64_t DramTiming::next_decision_ps() const {
    if (queue_.empty()) return kNever;
    if (config_.ideal) return slots_[queue_.front().slot].arrival_ps + config_.arbitration_ps;
    return ps(decision_clock());
}

// Earliest ACT as far as tRRD_S and tFAW are concerned.
uint64_t DramTiming::activate_floor(uint64_t clock) const {
    const uint64_t fourth = activates_[activate_slot_];
    return std::max({clock, next_activate_, fourth ? fourth - 1 + t_.faw : 0});
}

// Earliest column command as far as the data bus is concerned.
uint64_t DramTiming::column_floor(bool write, unsigned group) const {
    const uint64_t bus = group == last_group_ ? next_column_same_group_ : next_column_;
    return std::max(bus, write ? next_write_ : next_read_);
}

uint64_t DramTiming::first_column(const Waiting& w, uint64_t clock, uint64_t activate_floor) const {
    uint64_t first = std::max(clock, column_floor(w.write, w.group));
    for (unsigned k = 0; k < w.groups; ++k) {  // column access k needs its bank k * tCCD later
        const unsigned group = (w.group + k) & (config_.bank_groups - 1);
        const Bank& b = banks_[w.bank * config_.bank_groups + group];
        uint64_t ready = b.column_ready;
        if (b.row != w.row) {
            uint64_t activate =
                std::max({activate_floor, b.activate_ready, next_activate_in_group_[group]});
            if (b.row != kClosed)
                activate = std::max(activate, std::max(clock, b.precharge_ready) + t_.rp);
            ready = activate + t_.rcd;
            activate_floor = activate + t_.rrd;
        }
        const uint64_t lead = k * t_.ccd;
        if (ready > first + lead) first = ready - lead;
    }
    return first;
}

// First ready: the request whose column command can be given first; at a tie a row hit, then the
// oldest. A request that was overtaken bypass_cap times goes before all. The count never increases
// along the queue, so only the oldest is looked at.
size_t DramTiming::choose(uint64_t clock) const {
    if (queue_.size() == 1 || queue_[0].bypassed >= config_.bypass_cap) return 0;
    const uint64_t activate = activate_floor(clock);
    const uint64_t bound = std::max({clock, next_column_, std::min(next_read_, next_write_)});
    size_t best = 0;
    uint64_t best_column = kNever;
    bool best_hit = false;
    for (size_t i = 0; i < queue_.size() && queue_[i].visible <= clock; ++i) {
        const Waiting& w = queue_[i];
        const bool hit = banks_[w.bank * config_.bank_groups + w.group].row == w.row;
        const uint64_t column = first_column(w, clock, activate);
        if (column > best_column || (column == best_column && (best_hit || !hit))) continue;
        best = i;
        best_column = column;
        best_hit = hit;
        if (hit && column == bound) break;  // nothing younger can be better
    }
    return best;
}

// Makes the row open in its bank of `group`, if it is not.
void DramTiming::open(uint64_t clock, const Place& place, unsigned group, DramMasterStats& master) {
    Bank& b = bank(place.bank, group);
    if (b.row == place.row) {
        ++stats_.row_hits;
        ++master.row_hits;
        return;
    }
    uint64_t activate =
        std::max({activate_floor(clock), b.activate_ready, next_activate_in_group_[group]});
    if (b.row == kClosed) {
        ++stats_.row_misses;
        ++master.row_misses;
    } else {
        ++stats_.row_conflicts;
        ++master.row_conflicts;
        const uint64_t precharge = std::max(clock, b.precharge_ready);
        activate = std::max(activate, precharge + t_.rp);
        if (on_command) on_command({DramCommand::kPrecharge, precharge, place.bank, group, b.row});
    }
    b.row = place.row;
    b.column_ready = activate + t_.rcd;
    b.precharge_ready = activate + t_.ras;
    b.activate_ready = activate + t_.rc;
    next_activate_ = activate + t_.rrd;
    next_activate_in_group_[group] = activate + t_.rrd_l;
    activates_[activate_slot_] = activate + 1;
    activate_slot_ = (activate_slot_ + 1) % activates_.size();
    ++stats_.activates;
    if (on_command) on_command({DramCommand::kActivate, activate, place.bank, group, place.row});
}

// Gives the commands for column accesses within one row.
DramTiming::Column DramTiming::access(uint64_t clock, const Place& place, const Span& span,
                                      bool write, DramMasterStats& master) {
    if (any_access_ && write != last_write_) ++stats_.turnarounds;
    any_access_ = true;
    last_write_ = write;

    Column column;
    column.first = std::max(clock, column_floor(write, span.group));
    const unsigned mask = config_.bank_groups - 1;
    for (unsigned k = 0; k < span.groups; ++k) {
        open(clock, place, (span.group + k) & mask, master);
        const uint64_t ready = bank(place.bank, (span.group + k) & mask).column_ready;
        const uint64_t lead = k * t_.ccd;
        if (ready > column.first + lead) column.first = ready - lead;
    }
    column.last = column.first + (span.columns - 1) * t_.ccd;
    last_group_ = static_cast<unsigned>(span.group + span.columns - 1) & mask;
    next_column_ = column.last + t_.ccd;
    next_column_same_group_ = column.last + t_.ccd_l;
    if (write)
        next_read_ = column.last + t_.cwl + t_.burst + t_.wtr;
    else
        next_write_ = column.last + t_.read_to_write;
    const uint64_t used = column.last + (write ? t_.cwl + t_.burst + t_.wr : t_.rtp);
    for (unsigned k = 0; k < span.groups; ++k) {
        Bank& b = bank(place.bank, (span.group + k) & mask);
        b.precharge_ready = std::max(b.precharge_ready, used);
    }
    if (on_command) report_access(column, place, span, write);
    busy_clocks_ += span.columns * t_.burst;
    stats_.busy_ps = busy_clocks_ * config_.clock_fs / 1000;
    return column;
}

void DramTiming::report_access(const Column& column, const Place& place, const Span& span,
                               bool write) const {
    for (uint64_t i = 0; i < span.columns; ++i)
        on_command({write ? DramCommand::kWrite : DramCommand::kRead, column.first + i * t_.ccd,
                    place.bank, static_cast<unsigned>(span.group + i) & (config_.bank_groups - 1),
                    place.row});
}

// All refreshes that are due up to `clock`. Commands already given are waited for, so a refresh may
// come late (JEDEC allows eight intervals); it closes all rows.
void DramTiming::refresh_until(uint64_t clock) {
    const unsigned banks = config_.banks;
    while (refresh_due_ <= clock) {
        uint64_t start = refresh_due_;
        bool open = false;
        for (unsigned b = 0; b < banks; ++b) {
            if (banks_[b].row != kClosed) {
                open = true;
                start = std::max(start, banks_[b].precharge_ready);
            }
        }
        if (open) start += t_.rp_all;
        for (unsigned b = 0; b < banks; ++b) start = std::max(start, banks_[b].activate_ready);
        // Nothing happens in an idle time: its refreshes but the last leave no trace.
        const uint64_t idle = open ? 0 : (clock - refresh_due_) / t_.refi;
        if (idle > 1 && start == refresh_due_) {
            stats_.refreshes += idle;
            refresh_due_ += idle * t_.refi;
            continue;
        }
        if (on_command) {
            if (open) on_command({DramCommand::kPrechargeAll, start - t_.rp_all, 0, 0, 0});
            on_command({DramCommand::kRefresh, start, 0, 0, 0});
        }
        for (unsigned b = 0; b < banks; ++b) {
            banks_[b].row = kClosed;
            banks_[b].activate_ready = start + t_.rfc;
        }
        ++stats_.refreshes;
        refresh_due_ += t_.refi;
    }
}

void DramTiming::complete_ideal(const DramRequest& request, DramCompletion& completion) {
    completion = DramCompletion{};
    completion.first_data_ps = completion.last_data_ps =
        request.arrival_ps + config_.arbitration_ps + config_.ideal_latency_ps;
}

bool DramTiming::decide(uint64_t now_ps, DramRequest& request, DramCompletion& completion) {
    if (next_decision_ps() > now_ps) return false;
    size_t chosen = 0;
    uint64_t clock = 0;
    if (!config_.ideal) {
        clock = decision_clock();
        refresh_until(clock);
        chosen = choose(clock);
        last_decision_ = clock;
        if (chosen != 0) ++stats_.reorders;
        for (size_t i = 0; i < chosen; ++i) ++queue_[i].bypassed;
    }
    request = slots_[queue_[chosen].slot];
    free_slots_.push_back(queue_[chosen].slot);
    queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(chosen));
    DramMasterStats& master = stats_.master[request.master];

    if (config_.ideal) {
        complete_ideal(request, completion);
    } else {
        completion = DramCompletion{};
        const uint64_t latency = (request.write ? t_.cwl : t_.cl) + t_.burst;
        const uint64_t unit = config_.mapping == AddressMapping::kRowColumnBank
                                  ? uint64_t{1} << interleave_shift_
                                  : uint64_t{1} << row_shift_;
        uint32_t done = 0;
        while (done < request.bytes) {
            const uint64_t address = request.address + done;
            const auto bytes = static_cast<uint32_t>(
                std::min<uint64_t>(request.bytes - done, unit - address % unit));
            const Column c =
                access(clock, place(address), span(address, bytes), request.write, master);
            const uint64_t first = ps(c.first + latency);
            if (done == 0) {
                completion.first_data_ps = first;
            } else if (completion.split_bytes == 0) {
                completion.split_bytes = done;
                completion.split_data_ps = first;
            }
            completion.last_data_ps = ps(c.last + latency);
            done += bytes;
        }
    }
    ++master.requests;
    (request.write ? master.write_bytes : master.read_bytes) += request.bytes;
    master.latency_ps += completion.last_data_ps - request.arrival_ps;
    stats_.bytes += request.bytes;
    return true;
}

}  // namespace msd::platform
