// A thread that acts at given cycles, and a memory stub with any latency per burst.
#pragma once

#include <tlm_utils/passthrough_target_socket.h>

#include <cstring>
#include <functional>
#include <map>
#include <systemc>
#include <vector>

#include "ip/dma/burst_info.h"
#include "tests/dma/reference.h"

namespace msd::test {

const sc_core::sc_time kPeriod(4673, sc_core::SC_PS);  // 214 MHz

inline uint64_t cycle_now() {
    return sc_core::sc_time_stamp().value() / kPeriod.value();
}

// Runs `body` in a SystemC thread; assertions that throw belong after run().
struct Driver : sc_core::sc_module {
    std::function<void()> body;
    SC_HAS_PROCESS(Driver);
    explicit Driver(const sc_core::sc_module_name& name) : sc_module(name) { SC_THREAD(thread); }
    void thread() {
        body();
        sc_core::sc_stop();
    }
    // To the given cycle, counted from simulation start.
    static void until(uint64_t cycle) {
        const auto at = sc_core::sc_time::from_value(cycle * kPeriod.value());
        if (at > sc_core::sc_time_stamp()) sc_core::wait(at - sc_core::sc_time_stamp());
    }
    static void cycles(uint64_t count) { until(cycle_now() + count); }
    void run(std::function<void()> f) {
        body = std::move(f);
        sc_core::sc_start();
    }
};

struct StubMemory : sc_core::sc_module {
    tlm_utils::passthrough_target_socket<StubMemory> socket{"socket"};
    std::vector<uint8_t> bytes;
    uint32_t base;
    std::function<uint64_t(uint64_t)> latency = [](uint64_t) { return 1; };
    std::vector<Issue> issues;
    std::vector<unsigned> beats;
    size_t most_in_flight = 0, in_flight = 0;
    unsigned errors_at = 0;  // address bits: bursts whose address / 4096 equals this fail (0: none)

    SC_HAS_PROCESS(StubMemory);
    StubMemory(const sc_core::sc_module_name& name, uint32_t base_address, size_t size)
        : sc_module(name), bytes(size), base(base_address) {
        socket.register_nb_transport_fw(this, &StubMemory::transport);
        SC_METHOD(respond);
        sensitive << event_;
        dont_initialize();
    }
    void start_over() {
        issues.clear();
        beats.clear();
        count_ = 0;
        most_in_flight = 0;
    }

private:
    tlm::tlm_sync_enum transport(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase,
                                 sc_core::sc_time&) {
        const auto* info = trans.get_extension<dma::BurstInfo>();
        issues.push_back({cycle_now(), static_cast<uint32_t>(trans.get_address())});
        beats.push_back(info->beats);
        trans.acquire();
        const uint64_t from = trans.is_write() ? info->data_last_cycle : cycle_now();
        pending_.emplace(from + latency(count_++), &trans);
        most_in_flight = std::max(most_in_flight, ++in_flight);
        schedule();
        phase = tlm::END_REQ;
        return tlm::TLM_UPDATED;
    }
    void schedule() {
        if (pending_.empty()) return;
        const auto at = sc_core::sc_time::from_value(pending_.begin()->first * kPeriod.value());
        event_.notify(at - sc_core::sc_time_stamp());
    }
    void respond() {
        while (!pending_.empty() && pending_.begin()->first <= cycle_now()) {
            tlm::tlm_generic_payload& trans = *pending_.begin()->second;
            pending_.erase(pending_.begin());
            --in_flight;
            uint8_t* const at = bytes.data() + (trans.get_address() - base);
            const bool fail = errors_at != 0 && trans.get_address() / 4096 == errors_at;
            if (!fail && trans.is_write())
                std::memcpy(at, trans.get_data_ptr(), trans.get_data_length());
            else if (!fail)
                std::memcpy(trans.get_data_ptr(), at, trans.get_data_length());
            trans.set_response_status(fail ? tlm::TLM_ADDRESS_ERROR_RESPONSE
                                           : tlm::TLM_OK_RESPONSE);
            tlm::tlm_phase phase = tlm::BEGIN_RESP;
            sc_core::sc_time delay;
            socket->nb_transport_bw(trans, phase, delay);
            trans.release();
        }
        schedule();
    }

    sc_core::sc_event event_;
    std::multimap<uint64_t, tlm::tlm_generic_payload*> pending_;  // by response cycle
    uint64_t count_ = 0;
};

}  // namespace msd::test
