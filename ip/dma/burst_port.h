// The part that read and write port share: issuing bursts, credits, in-order completion. One event
// per burst.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <systemc>
#include <vector>

#include "ip/dma/burst_info.h"
#include "ip/dma/core/bursts.h"

namespace msd::dma {

// Cycle n of the accelerator's clock is the edge at n * period, from time 0 on.
struct PortConfig {
    sc_core::sc_time period{4673, sc_core::SC_PS};  // 1 / 214 MHz, rounded to ps
    unsigned beat_bytes = 16;                       // width of the data bus: 8 or 16
    unsigned outstanding = 8;                       // bursts in flight

    void check() const;  // throws std::invalid_argument
};

struct PortStats {
    uint64_t blocks = 0;       // completed
    uint64_t bursts = 0;       // completed
    uint64_t beats = 0;        // of completed bursts
    uint64_t errors = 0;       // bursts answered with an error
    uint64_t busy_cycles = 0;  // with a completed burst between its issue and its end
};

// Timing, per burst i of n_i beats (docs/dma.md):
//   issue_i = max(issue_{i-1} + 1, ready, end_{i-N} + 1)      ready = cycle of the request + 1
//
//   read:
//   first_i = max(response_i, end_{i-1} + 1);  end_i = first_i + n_i - 1
//
//   write:
//   data_first_i = max(issue_i + 1, data_last_{i-1} + 1);  data_last_i = data_first_i + n_i - 1
//   end_i = max(response_i, end_{i-1} + 1)
class BurstPort : public sc_core::sc_module, private tlm::tlm_mm_interface {
public:
    tlm_utils::simple_initiator_socket<BurstPort> socket{"socket"};

    const PortConfig& config() const { return config_; }
    const PortStats& stats() const { return stats_; }
    // No block is waiting or in flight.
    bool idle() const;
    // Back to power-up: forgets queued blocks; late responses of bursts in flight are ignored. A
    // write whose address was already issued may still reach memory, with the data as they are now,
    // unless the memory is reset too.
    void reset();
    // reset() and other sizes or another clock for the next program.
    void configure(const PortConfig& config);

    // Payloads that the memory has not answered yet, in order.
    std::vector<tlm::tlm_generic_payload*> unanswered() const;
    template <class Archive>
    void state(Archive& archive);  // ip/dma/state.h; between two cycles

protected:
    BurstPort(const sc_core::sc_module_name& name, const PortConfig& config, unsigned channels,
              bool write);
    ~BurstPort() override;
    SC_HAS_PROCESS(BurstPort);

    void request(unsigned channel, const msd_block& block, uint8_t* data);
    virtual void report(unsigned channel, uint64_t cycle, bool error) = 0;

private:
    struct Block {
        BurstCursor cursor;
        uint8_t* data;
        uint64_t ready;  // first cycle in which it may issue
        msd_block block;
        uint32_t issued;  // bursts of it
    };
    struct InFlight {
        tlm::tlm_generic_payload* payload;
        unsigned channel, beats;
        bool last_of_block;
        bool responded = false, error = false;
        uint64_t issue, response = 0;
    };
    struct Done {
        uint64_t cycle;
        unsigned channel;
        bool error;
    };
    struct Payload;
    // What a payload in flight says.
    struct Unanswered {
        uint64_t address, data_last_cycle;
        uint8_t* data;
        uint32_t bytes;
        int32_t response;
    };

    uint64_t now() const;
    // Of the next burst, and its channel; kNever if it waits for a response.
    uint64_t issue_cycle(unsigned& channel) const;
    void step();
    void schedule();
    void issue(unsigned channel, uint64_t cycle);
    void finish_responded();
    void add_done(const Done& done);
    tlm::tlm_sync_enum respond(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase,
                               sc_core::sc_time& delay);
    tlm::tlm_generic_payload* allocate();
    Unanswered describe(const InFlight& burst) const;
    tlm::tlm_generic_payload* rebuild(const Unanswered& u, uint64_t number, unsigned beats);
    void free(tlm::tlm_generic_payload* trans) override;

    PortConfig config_;
    const bool write_;
    PortStats stats_;
    sc_core::sc_event event_;
    std::vector<std::deque<Block>> channels_;  // blocks with bursts still to issue
    std::vector<bool> channel_error_;          // of the block whose bursts are finishing
    std::deque<InFlight> in_flight_;           // bursts number finished_ .. issued_ - 1
    std::deque<Done> done_;                    // by cycle
    std::vector<uint64_t> free_from_;          // end + 1 of burst i, at i modulo N
    uint64_t issued_ = 0, finished_ = 0;       // bursts since reset
    uint64_t next_issue_ = 0;                  // issue_{i-1} + 1
    uint64_t next_beat_ = 0;  // end_{i-1} + 1: the data (write: response) channel is free
    uint64_t next_data_ = 0;  // write: data_last_{i-1} + 1
    uint64_t busy_until_ = 0;
    uint64_t epoch_ = 0;  // resets so far
    std::vector<std::unique_ptr<Payload>> payloads_;
    std::vector<Payload*> free_;
};

}  // namespace msd::dma
