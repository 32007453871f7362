// Instruction-set simulator of one RV32IMC hart in machine mode; plain C++, it knows nothing of
// SystemC.
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <vector>

#include "platform/iss/decode.h"

namespace msd::platform {

enum class Response { kOk, kError };

// What lies behind the hart's direct memory. Sizes are 1, 2 or 4 bytes, addresses are aligned to
// them.
class HartBus {
public:
    virtual ~HartBus() = default;
    virtual Response read(uint32_t address, unsigned size, uint32_t& value) = 0;
    virtual Response write(uint32_t address, unsigned size, uint32_t value) = 0;
    // Called before the hart looks at, or enables, interrupts: brings mip up to date
    // (Hart::set_external_interrupt).
    virtual void sync() {}
};

// Machine causes used here (privileged specification 1.12, table 3.6).
enum Cause : uint32_t {
    kCauseFetchAccess = 1,
    kCauseIllegal = 2,
    kCauseBreakpoint = 3,
    kCauseLoadMisaligned = 4,
    kCauseLoadAccess = 5,
    kCauseStoreMisaligned = 6,
    kCauseStoreAccess = 7,
    kCauseEcall = 11,
    kCauseExternalInterrupt = 0x8000000bu,
};

// What a retired instruction did.
struct Retired {
    uint64_t cycle;  // in which it began
    uint32_t pc;
    uint32_t instruction;  // as fetched: 16 or 32 bits
    uint32_t rd;           // register written, 0 if none
    uint32_t value;        // and its new value
};

class Hart {
public:
    enum class State { kRunning, kWaiting, kStopped };  // kWaiting: in wfi

    explicit Hart(HartBus& bus) : bus_(bus) { reset(0); }

    // The direct memory: the only place that code runs from. `bytes` is a multiple of 4, at most 64
    // MiB. The memory must outlive the hart; writes to it from outside need invalidate_code().
    void set_memory(uint8_t* data, uint32_t base, uint32_t bytes);
    void invalidate_code();

    void reset(uint32_t pc);

    // Runs until cycle() >= end_cycle, wfi, or stop(). In wfi it returns at once while no interrupt
    // is pending.
    State run(uint64_t end_cycle);
    void stop() { state_ = State::kStopped; }  // until reset(); also from within a bus access

    // Level of the external interrupt (mip.MEIP). Between run() calls, or from HartBus.
    void set_external_interrupt(bool level);
    bool interrupt_pending() const { return (mip_ & mie_) != 0; }  // what ends wfi, enabled or not

    // Cycles since reset. From within a bus access: of the access itself.
    uint64_t cycle() const { return cycle_; }
    void stall(uint64_t cycles) { cycle_ += cycles; }  // time that passed besides instructions

    State state() const { return state_; }
    uint64_t retired() const { return retired_; }
    uint64_t traps() const { return traps_; }
    uint32_t pc() const { return pc_; }
    void set_pc(uint32_t pc) { pc_ = pc & ~1u; }
    uint32_t x(unsigned index) const { return x_[index]; }
    void set_x(unsigned index, uint32_t value) { x_[index == 0 ? kSink : index] = value; }
    // False if there is no such CSR (or it cannot be written).
    bool read_csr(uint32_t number, uint32_t& value) const;
    bool write_csr(uint32_t number, uint32_t value);

    template <class Archive>
    void state(Archive& archive);  // platform/iss/state.h; all but memory

    // Called for every retired instruction; an empty function switches tracing off.
    void set_trace(std::function<void(const Retired&)> hook) { trace_ = std::move(hook); }

private:
    struct Free {
        void operator()(void* p) const { std::free(p); }
    };

    template <bool kTrace>
    void loop(uint64_t end_cycle);
    void fill(Op& op, uint32_t offset);
    void drop_code(uint32_t offset, unsigned size);
    void trap(uint32_t cause, uint32_t value);
    void take_interrupt();
    bool load(const Op& op, uint32_t address, uint32_t& value);  // false: trapped
    bool store(const Op& op, uint32_t address, uint32_t value);
    bool system(const Op& op);  // false: trapped
    bool csr(const Op& op);
    bool counter(uint32_t number, uint32_t& value) const;

    HartBus& bus_;
    std::array<uint32_t, 33> x_{};
    uint32_t pc_ = 0;
    uint32_t next_pc_ = 0;  // of the instruction in a slow path
    uint64_t cycle_ = 0;
    uint64_t retired_ = 0;
    State state_ = State::kRunning;

    uint8_t* memory_ = nullptr;
    uint32_t base_ = 0;
    uint32_t bytes_ = 0;
    std::unique_ptr<Op[], Free> code_;  // one entry per halfword, zero = kUndecoded
    std::vector<uint8_t> has_code_;     // per line of 64 bytes: some entry is decoded from it

    uint32_t mstatus_ = 0, mie_ = 0, mip_ = 0, mtvec_ = 0;
    uint32_t mscratch_ = 0, mepc_ = 0, mcause_ = 0, mtval_ = 0;
    uint64_t mcycle_offset_ = 0, minstret_offset_ = 0;  // written value minus the real count
    uint64_t traps_ = 0;
    std::function<void(const Retired&)> trace_;
};

}  // namespace msd::platform
