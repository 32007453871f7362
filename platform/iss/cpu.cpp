// The CPU's thread: keeps the hart's cycles and SystemC's time together.
#include "platform/iss/cpu.h"

#include <fmt/format.h>

#include <stdexcept>

namespace msd::platform {
namespace {

// An access to a target may evaluate a Verilated model, whose functions take hundreds of KB.
constexpr int kStackBytes = 8 << 20;

}  // namespace

void CpuConfig::check() const {
    const auto need = [](bool good, const std::string& what) {
        if (!good) throw std::invalid_argument("cpu: " + what);
    };
    need(period > sc_core::SC_ZERO_TIME, "period is 0; give the clock's period");
    need(quantum_cycles >= 1, "quantum_cycles = 0; at least 1");
    need(ram_bytes >= 4096 && ram_bytes <= 64u << 20 && ram_bytes % 4096 == 0,
         fmt::format("ram_bytes = {}; a multiple of 4096 from 4096 to 67108864", ram_bytes));
    need(ram_base % 4096 == 0, fmt::format("ram_base = {:#x}; a multiple of 4096", ram_base));
    need(uint64_t{ram_base} + ram_bytes <= uint64_t{1} << 32,
         fmt::format("RAM {:#x} + {:#x} leaves the address space", ram_base, ram_bytes));
}

Cpu::Cpu(const sc_core::sc_module_name& name, const CpuConfig& config)
    : sc_module(name), config_(config) {
    config_.check();
    payload_.set_extension(&halt_);
    SC_THREAD(thread);
    set_stack_size(kStackBytes);
}

Cpu::~Cpu() {
    payload_.clear_extension(&halt_);
}  // else the payload deletes it

void Cpu::reset(uint32_t entry_pc) {
    entry_pc_ = entry_pc;
    reset_pending_ = true;
    reset_event_.notify(sc_core::SC_ZERO_TIME);
}

void Cpu::map_memory() {
    tlm::tlm_dmi dmi;
    payload_.set_command(tlm::TLM_READ_COMMAND);
    payload_.set_address(config_.ram_base);
    if (!bus->get_direct_mem_ptr(payload_, dmi) || !dmi.is_read_write_allowed() ||
        dmi.get_start_address() > config_.ram_base ||
        dmi.get_end_address() < config_.ram_base + uint64_t{config_.ram_bytes} - 1) {
        SC_REPORT_ERROR(name(),
                        fmt::format("no direct memory of {} bytes at {:#x}; map a Ram there",
                                    config_.ram_bytes, config_.ram_base)
                            .c_str());
    }
    uint8_t* memory = dmi.get_dmi_ptr() + (config_.ram_base - dmi.get_start_address());
    if (memory != memory_) hart_.set_memory(memory, config_.ram_base, config_.ram_bytes);
    memory_ = memory;
}

// Takes the reset: finds the direct memory and the clock edge that is the hart's cycle 0.
void Cpu::begin() {
    map_memory();
    reset_pending_ = parked_ = false;
    hart_.reset(entry_pc_);
    sleep_cycles_ = bus_accesses_ = wait_cycles_ = 0;
    const uint64_t period = config_.period.value(), now = sc_core::sc_time_stamp().value();
    epoch_ = sc_core::sc_time::from_value((now + period - 1) / period * period);
    catch_up();
}

bool Cpu::catch_up() {
    const sc_core::sc_time target =
        epoch_ + sc_core::sc_time::from_value(hart_.cycle() * config_.period.value());
    const sc_core::sc_time now = sc_core::sc_time_stamp();
    if (target > now) wait(target - now, reset_event_);
    if (reset_pending_) return false;
    // A registered input: time has just advanced, and what others write now is not visible yet.
    hart_.set_external_interrupt(irq.read());
    return true;
}

// Behind the loading of a state: the thread, which waits for a reset, goes to sleep where it slept.
void Cpu::resume_asleep() {
    map_memory();
    hart_.invalidate_code();
    parked_ = false;
    sleeping_ = true;
    reset_event_.notify(sc_core::SC_ZERO_TIME);
}

void Cpu::sync() {
    if (!catch_up()) hart_.stop();
}

void Cpu::sleep() {
    const uint64_t epoch_cycle = epoch_.value() / config_.period.value();
    if (!sleeping_) {
        sleeping_ = true;
        sleep_since_ = hart_.cycle();
        if (on_sleep) on_sleep(epoch_cycle + sleep_since_, true);
    }
    while (!hart_.interrupt_pending()) {
        quiet_ = true;
        wait(irq.value_changed_event() | reset_event_);
        quiet_ = false;
        if (reset_pending_) break;
        const uint64_t elapsed =
            (sc_core::sc_time_stamp() - epoch_).value() / config_.period.value();
        if (elapsed + 1 > hart_.cycle()) hart_.stall(elapsed + 1 - hart_.cycle());
        if (!catch_up()) break;
    }
    sleep_cycles_ += hart_.cycle() - sleep_since_;
    sleeping_ = false;
    if (on_sleep) on_sleep(epoch_cycle + hart_.cycle(), false);
}

// hart_.run(end_cycle), one instruction after the other.
Hart::State Cpu::run_watched(uint64_t end_cycle) {
    Hart::State state = Hart::State::kRunning;
    while (state == Hart::State::kRunning && !reset_pending_ && hart_.cycle() < end_cycle) {
        if (!before_instruction()) {
            hart_.stop();
            return Hart::State::kStopped;
        }
        state = hart_.run(hart_.cycle() + 1);
    }
    return state;
}

void Cpu::thread() {
    for (;;) {
        if (reset_pending_) {
            begin();
            continue;
        }
        if (parked_) {
            wait(reset_event_);
            continue;
        }
        if (sleeping_) {
            sleep();
            continue;
        }
        const uint64_t end = hart_.cycle() + config_.quantum_cycles;
        const Hart::State state = before_instruction ? run_watched(end) : hart_.run(end);
        if (reset_pending_) continue;
        if (state == Hart::State::kStopped) {
            parked_ = true;
        } else if (catch_up() && state == Hart::State::kWaiting) {
            sleep();
        }
    }
}

Response Cpu::access(tlm::tlm_command command, uint32_t address, unsigned size, uint32_t& value) {
    sync();
    if (reset_pending_) return Response::kError;
    const sc_core::sc_time start = sc_core::sc_time_stamp();
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    payload_.set_command(command);
    payload_.set_address(address);
    payload_.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    payload_.set_data_length(size);
    payload_.set_streaming_width(size);
    payload_.set_byte_enable_ptr(nullptr);
    payload_.set_dmi_allowed(false);
    payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    halt_.halt = false;
    accessing_ = true;
    bus->b_transport(payload_, delay);
    accessing_ = false;

    const uint64_t period = config_.period.value();
    const uint64_t taken = (sc_core::sc_time_stamp() + delay - start).value();
    const uint64_t extra = (taken + period - 1) / period + config_.bus_cycles;
    hart_.stall(extra);
    wait_cycles_ += extra;
    ++bus_accesses_;
    if (on_access) {
        const uint64_t cycle = start.value() / period;
        on_access({cycle, cycle + 1 + extra, address, value, size,
                   command == tlm::TLM_WRITE_COMMAND, !payload_.is_response_ok()});
    }
    if (halt_.halt || reset_pending_) hart_.stop();
    return payload_.is_response_ok() ? Response::kOk : Response::kError;
}

Response Cpu::read(uint32_t address, unsigned size, uint32_t& value) {
    value = 0;  // little endian, like every host this runs on
    return access(tlm::TLM_READ_COMMAND, address, size, value);
}

Response Cpu::write(uint32_t address, unsigned size, uint32_t value) {
    return access(tlm::TLM_WRITE_COMMAND, address, size, value);
}

std::string Cpu::waiting() const {
    if (parked_) return "has ended";
    if (sleeping_) return "sleeps until irq";
    return fmt::format("{} at pc {:#x}", accessing_ ? "waits for the bus" : "runs", pc());
}

CpuStats Cpu::stats() const {
    return {hart_.cycle(), hart_.retired(), hart_.traps(),
            sleep_cycles_, bus_accesses_,   wait_cycles_};
}

}  // namespace msd::platform
