// When a DRAM delivers: banks, JEDEC timings, refresh and FR-FCFS at burst granularity. Event
// driven, no SystemC.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "platform/dram/dram_config.h"

namespace msd::platform {

// Masters in the order in which requests of one time stamp are served.
enum : unsigned { kMasterW = 0, kMasterA = 1, kMasterS = 2, kMasterCpu = 3 };
constexpr unsigned kMasters = 4;
constexpr uint64_t kNever = ~uint64_t{0};

struct DramRequest {
    uint64_t id = 0;
    unsigned master = 0;
    uint64_t address = 0;  // from the memory's first byte
    uint32_t bytes = 0;
    bool write = false;
    uint64_t arrival_ps = 0;  // writes: when the last data beat is there; may lie in the future
};

// When data are on the DRAM's side of the controller. From first_data_ps to last_data_ps they come
// at the bus's rate, except that bytes from `split_bytes` on (if not 0: the request crosses into
// another row) begin at split_data_ps.
struct DramCompletion {
    uint64_t first_data_ps = 0;  // end of the first column access's transfer
    uint64_t last_data_ps = 0;   // end of the last one's
    uint64_t split_data_ps = 0;
    uint32_t split_bytes = 0;
};

// A command on the DRAM's pins, for checkers and traces. Clocks of the DRAM from reset.
struct DramCommand {
    enum Kind { kActivate, kPrecharge, kRead, kWrite, kPrechargeAll, kRefresh } kind;
    uint64_t clock;
    unsigned bank, group;
    uint32_t row;
};

struct DramMasterStats {
    uint64_t requests = 0, read_bytes = 0, write_bytes = 0;
    uint64_t row_hits = 0, row_misses = 0, row_conflicts = 0;
    uint64_t latency_ps = 0;  // sum over requests of arrival -> last data
};

struct DramStats {
    std::array<DramMasterStats, kMasters> master;
    uint64_t row_hits = 0;       // the row was open (counted per bank a request touches)
    uint64_t row_misses = 0;     // the bank was closed
    uint64_t row_conflicts = 0;  // another row was open
    uint64_t activates = 0, refreshes = 0;
    uint64_t turnarounds = 0;  // changes of the data bus's direction
    uint64_t reorders = 0;     // decisions that overtook an older request
    uint64_t bytes = 0;
    uint64_t busy_ps = 0;  // data bus transferring

    struct Quantity {
        std::string name, unit, description;
        uint64_t value;
    };
    std::vector<Quantity> list() const;  // all of the above, for reports
};

// Requests of one time stamp are served as ordered by (arrival_ps, master), whatever the order of
// submit(); the result does not depend on when advance() is called either, provided that every
// request that arrives up to a time minus arbitration_ps has been submitted before advance(time).
class DramTiming {
public:
    // Optional. Commands are reported decision by decision, so not in order of their clocks;
    // refreshes of idle times are counted but not reported.
    std::function<void(const DramCommand&)> on_command;

    explicit DramTiming(const DramTimingConfig& config);  // throws as DramTimingConfig::check()

    const DramTimingConfig& config() const { return config_; }
    const DramStats& stats() const { return stats_; }
    void reset();
    template <class Archive>
    void state(Archive& archive);  // platform/dram/state.h

    void submit(const DramRequest& request);
    bool empty() const { return queue_.empty(); }
    size_t size() const { return queue_.size(); }
    // Earliest time of the next decision as things stand; kNever if nothing waits.
    uint64_t next_decision_ps() const;
    // A decision at time t has its first data at t + this or later.
    uint64_t min_service_ps() const { return min_service_ps_; }

    // Takes all decisions up to now_ps, in order: done(const DramRequest&, const DramCompletion&).
    // `done` may submit.
    template <class Done>
    void advance(uint64_t now_ps, Done&& done) {
        DramRequest request;
        DramCompletion completion;
        while (decide(now_ps, request, completion)) done(request, completion);
    }

private:
    static constexpr uint32_t kClosed = ~uint32_t{0};
    static constexpr unsigned kMaxBanks = 64;

    // Times are counted in clocks of the DRAM.
    struct Bank {
        uint32_t row = kClosed;
        uint64_t column_ready = 0;     // ACT + tRCD
        uint64_t precharge_ready = 0;  // tRAS, tRTP, tWR
        uint64_t activate_ready = 0;   // tRC, tRP, tRFC
    };
    struct Waiting {
        uint64_t visible;  // first clock in which it may be decided
        uint32_t slot;     // of its request
        uint32_t row;
        uint16_t bank;   // within its group
        uint8_t group;   // bank group of the first column access
        uint8_t groups;  // bank groups touched
        bool write;
        uint32_t bypassed;  // younger requests served before it
    };
    struct Place {
        uint32_t row;
        unsigned bank;
    };
    struct Span {        // column accesses within one row: they go round the bank groups
        unsigned group;  // of the first
        unsigned groups;
        uint64_t columns;
    };
    struct Column {
        uint64_t first, last;  // clocks in which the first and last column command are given
    };
    struct Clocks {
        uint64_t cl, cwl, burst, rcd, rp, rp_all, ras, rc, rrd, rrd_l, faw, ccd, ccd_l, wr, wtr,
            rtp;
        uint64_t read_to_write, refi, rfc, lookahead;
    };

    Place place(uint64_t address) const;
    uint64_t clock_after(uint64_t ps) const;  // first clock not before ps
    uint64_t ps(uint64_t clock) const;        // first ps not before that clock
    uint64_t decision_clock() const;
    Span span(uint64_t address, uint64_t bytes) const;
    Bank& bank(unsigned bank, unsigned group) { return banks_[bank * config_.bank_groups + group]; }
    uint64_t activate_floor(uint64_t clock) const;
    uint64_t column_floor(bool write, unsigned group) const;
    uint64_t first_column(const Waiting& w, uint64_t clock, uint64_t activate_floor) const;
    size_t choose(uint64_t clock) const;
    void open(uint64_t clock, const Place& place, unsigned group, DramMasterStats& master);
    Column access(uint64_t clock, const Place& place, const Span& span, bool write,
                  DramMasterStats& master);
    void refresh_until(uint64_t clock);
    bool decide(uint64_t now_ps, DramRequest& request, DramCompletion& completion);
    void report_access(const Column& column, const Place& place, const Span& span,
                       bool write) const;
    void complete_ideal(const DramRequest& request, DramCompletion& completion);

    DramTimingConfig config_;
    Clocks t_{};
    uint64_t min_service_ps_ = 0;
    unsigned access_shift_ = 0, row_shift_ = 0, bank_shift_ = 0, interleave_shift_ = 0;

    DramStats stats_;
    std::vector<Waiting> queue_;  // by (arrival, master)
    std::vector<DramRequest> slots_;
    std::vector<uint32_t> free_slots_;
    std::array<Bank, kMaxBanks> banks_;
    std::array<uint64_t, 4> activates_{};  // last ones' clocks + 1, ring; 0 = never
    unsigned activate_slot_ = 0;
    uint64_t next_activate_ = 0;                        // tRRD_S
    std::array<uint64_t, 4> next_activate_in_group_{};  // tRRD_L
    uint64_t last_decision_ = 0;
    uint64_t next_column_ = 0, next_column_same_group_ = 0;  // tCCD_S, tCCD_L
    uint64_t next_read_ = 0, next_write_ = 0;                // turnaround
    unsigned last_group_ = 0;
    bool last_write_ = false, any_access_ = false;
    uint64_t busy_clocks_ = 0;
    uint64_t refresh_due_ = 0;
};

}  // namespace msd::platform
