// The CPU as a SystemC module: the hart in one thread, temporally decoupled between its bus
// accesses.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <functional>
#include <string>
#include <systemc>

#include "platform/iss/halt.h"
#include "platform/iss/hart.h"

namespace msd::platform {

struct CpuConfig {
    sc_core::sc_time period{10, sc_core::SC_NS};  // of the clock; one instruction a cycle
    unsigned quantum_cycles =
        1000;  // the CPU runs at most this far ahead; never across a bus access or wfi
    unsigned bus_cycles =
        2;  // of each access outside RAM, both ways, besides what the target takes
    uint32_t ram_base = 0x80000000;  // direct memory, the only place code runs from
    uint32_t ram_bytes = 1 << 20;

    void check() const;  // throws std::invalid_argument
};

struct CpuStats {
    uint64_t cycles = 0;        // since reset
    uint64_t instructions = 0;  // retired
    uint64_t traps = 0;         // exceptions and interrupts
    uint64_t sleep_cycles = 0;  // in wfi
    uint64_t bus_accesses = 0;  // outside RAM
    uint64_t wait_cycles = 0;   // that those cost beyond one cycle each
};

// An access outside RAM: it occupied the bus in cycles [start, end) of the clock.
struct CpuAccess {
    uint64_t start, end;
    uint32_t address, value;
    unsigned bytes;
    bool write, error;
};

class Cpu : public sc_core::sc_module, private HartBus {
public:
    tlm_utils::simple_initiator_socket<Cpu> bus{"bus"};
    sc_core::sc_in<bool> irq{
        "irq"};  // external interrupt; a level set in a cycle is seen in the next

    Cpu(const sc_core::sc_module_name& name, const CpuConfig& config);
    ~Cpu() override;
    SC_HAS_PROCESS(Cpu);

    // Seen from outside the simulated world, all optional; cycles of the clock from time 0.
    std::function<void(const CpuAccess&)> on_access;
    std::function<void(uint64_t cycle, bool asleep)> on_sleep;  // wfi begins, wfi has ended

    // Before every instruction, for a debugger: the hart stands still meanwhile. Returns false to
    // stop the hart for good. Cycles stay the same.
    std::function<bool()> before_instruction;

    // Starts over at `entry_pc`, at the next clock edge from now on, with RAM as it is then. Before
    // the simulation or between sc_start calls. Until the first reset the CPU does nothing. An
    // access that a target has not answered yet is waited for first.
    void reset(uint32_t entry_pc);

    bool halted() const { return parked_; }      // the exit device was written; only reset() helps
    bool sleeping() const { return sleeping_; }  // in wfi
    std::string waiting() const;                 // "sleeps until irq", …, for a timeout's message
    uint32_t pc() const { return hart_.pc(); }   // of the instruction at the last synchronisation
    CpuStats stats() const;
    // In wfi, and nothing has come that would end it.
    bool quiet() const { return quiet_; }
    template <class Archive>
    void state(Archive& archive);  // platform/iss/state.h; only while quiet()
    Hart& hart() { return hart_; }
    const CpuConfig& config() const { return config_; }

private:
    void thread();
    void begin();
    void map_memory();
    void resume_asleep();
    void sleep();
    Hart::State run_watched(uint64_t end_cycle);
    bool catch_up();  // waits until the hart's own cycle; false: a reset came first
    Response access(tlm::tlm_command command, uint32_t address, unsigned size, uint32_t& value);

    Response read(uint32_t address, unsigned size, uint32_t& value) override;
    Response write(uint32_t address, unsigned size, uint32_t value) override;
    void sync() override;

    CpuConfig config_;
    Hart hart_{*this};
    HaltExtension halt_;
    tlm::tlm_generic_payload payload_;
    const uint8_t* memory_ = nullptr;  // what the hart was given

    sc_core::sc_event reset_event_{"reset_event"};
    bool reset_pending_ = false;
    uint32_t entry_pc_ = 0;
    bool parked_ = true, sleeping_ = false, accessing_ = false, quiet_ = false;
    uint64_t sleep_since_ = 0;  // the hart's cycle
    sc_core::sc_time epoch_;    // of the hart's cycle 0
    uint64_t sleep_cycles_ = 0, bus_accesses_ = 0, wait_cycles_ = 0;
};

}  // namespace msd::platform
