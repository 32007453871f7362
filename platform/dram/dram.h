// The DRAM of the platform: storage, the timing model behind four TLM ports, data at response time.
#pragma once

#include <tlm_utils/passthrough_target_socket.h>

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <systemc>
#include <vector>

#include "platform/dram/dram_config.h"
#include "platform/dram/dram_timing.h"
#include "platform/dram/memory.h"

namespace msd::platform {

struct DramConfig {
    DramTimingConfig timing = dram_preset("lpddr4_x32");
    sc_core::sc_time period{4673, sc_core::SC_PS};  // accelerator's clock: all lies on its edges
    uint64_t base = 0x80100000;                     // first bus address
    uint64_t size_bytes = 512ull << 20;
    unsigned beat_bytes = 16;          // of payloads without dma::BurstInfo
    unsigned read_latency_cycles = 8;  // interconnect and PHY, both ways together
    unsigned write_latency_cycles = 8;

    void check() const;  // throws std::invalid_argument
};

// What one burst did, for traces and cross-checks. Cycles of the accelerator's clock.
struct BurstRecord {
    unsigned master;  // kMasterW, kMasterA, kMasterS, kMasterCpu
    uint64_t address;
    uint32_t bytes;
    bool write;
    uint64_t issue_cycle;     // address on the bus
    uint64_t response_cycle;  // read: first beat; write: response
    bool error;
};

class Dram : public sc_core::sc_module {
public:
    using Socket = tlm_utils::passthrough_target_socket_tagged<Dram>;
    // Masters W, A, S: nb_transport (BEGIN_REQ is accepted at once, BEGIN_RESP comes at a clock
    // edge); payloads need a memory manager. CPU: b_transport through the same controller. All
    // answer transport_dbg.
    Socket weights{"weights"}, activations{"activations"}, stores{"stores"}, cpu{"cpu"};

    std::function<void(const BurstRecord&)> on_burst;  // optional; called at the response
    // Optional, as DramTiming::on_command; clocks of the DRAM from reset.
    std::function<void(const DramCommand&)> on_command;
    // Optional; called when the request is submitted, with the cycle that it is stamped with. The
    // response's cycle is 0.
    std::function<void(const BurstRecord&, uint64_t stamp_cycle)> on_request;
    // Optional: cycles by which the answer to a master's burst (counted since reset) comes later
    // than the memory has it: a busy interconnect. Must depend on its arguments only.
    std::function<unsigned(unsigned master, uint64_t burst)> extra_latency;

    Dram(const sc_core::sc_module_name& name, const DramConfig& config);
    SC_HAS_PROCESS(Dram);

    const DramConfig& config() const { return config_; }
    const DramStats& stats() const { return timing_.stats(); }
    // Loader's direct access; nullptr if [address, address + bytes) is not all inside.
    uint8_t* data(uint64_t address, uint64_t bytes);
    // Power-up: requests in flight are dropped (reset the masters too), banks closed, memory zero,
    // statistics zero. Timing starts over at the next clock edge, so a program behaves the same
    // after every reset.
    void reset();
    // reset() with another preset, clock or size.
    void configure(const DramConfig& config);
    // platform/dram/state.h; everything but the bytes in memory, between two cycles and while the
    // CPU waits for nothing. Of masters W, A, S the payloads not yet answered, in order.
    using Unanswered = std::array<std::vector<tlm::tlm_generic_payload*>, 3>;
    template <class Archive>
    void state(Archive& archive, const Unanswered& unanswered);

private:
    struct Transfer {
        // Null: CPU, whose payload may be several transfers.
        tlm::tlm_generic_payload* payload = nullptr;
        uint8_t* data = nullptr;
        uint64_t address = 0;
        uint32_t bytes = 0;
        unsigned beats = 0;
        bool write = false, error = false;
        bool decided = false;
        uint64_t issue_cycle = 0;
        uint64_t response_cycle = 0;  // once decided: earliest possible; once assigned: final
    };
    struct Master {
        std::deque<Transfer> transfers;  // in order of issue
        uint64_t first_id = 0;           // id of transfers.front(); goes on counting over resets
        uint64_t reset_id = 0;           // of the first one since the last reset
        size_t assigned = 0;             // leading transfers whose response cycle is final
        uint64_t next_response = 0;      // bus is free for the next response from here on
    };

    tlm::tlm_sync_enum nb_transport(int master, tlm::tlm_generic_payload& trans,
                                    tlm::tlm_phase& phase, sc_core::sc_time& delay);
    void b_transport(int master, tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    unsigned transport_dbg(int master, tlm::tlm_generic_payload& trans);
    void step();
    bool inside(uint64_t address, uint64_t bytes) const;
    void submit(unsigned master, const Transfer& transfer, uint64_t stamp_cycle);
    void decided(const DramRequest& request, const DramCompletion& completion);
    unsigned extra(unsigned master, uint64_t id) const;
    void assign(Master& master);
    void deliver(unsigned master, const Transfer& transfer);
    void schedule();
    uint64_t now_cycle() const;
    uint64_t relative_ps(uint64_t cycle) const { return (cycle - origin_cycle_) * period_ps_; }
    uint64_t edge_after(uint64_t relative_ps) const;  // first cycle whose edge is not before it

    DramConfig config_;
    uint64_t period_ps_;
    uint64_t origin_cycle_ = 0;  // the timing model's time 0
    DramTiming timing_;
    Memory memory_;
    std::array<Master, kMasters> masters_;
    sc_core::sc_event event_, cpu_event_;
    uint64_t resets_ = 0;
};

}  // namespace msd::platform
