// A fake platform behind firmware/port.h: DRAM with a program, the accelerator's registers, the
// host port, the UART.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "firmware/program.h"

namespace msd::test {

class FakeMachine {
public:
    struct List {
        uint32_t address, count;
    };

    explicit FakeMachine(
        const std::vector<uint32_t>& tiles_per_layer);  // becomes the one that port.h talks to
    ~FakeMachine();

    int run();  // the firmware's main

    msd_program& header() { return *reinterpret_cast<msd_program*>(dram.data()); }
    msd_layer& layer(uint32_t i);
    void finish_list();                       // the oldest list is done
    void fail(uint32_t code, uint32_t tile);  // the accelerator stops
    void raise(uint32_t bits) { irq_status |= bits; }
    bool irq() const { return (irq_status & irq_enable) != 0; }

    // What happens in wfi. By default the oldest list completes.
    std::function<void()> on_sleep;

    std::vector<uint8_t> dram;
    bool dram_written = false;  // by firmware, which replay never does
    uint32_t id, size_lut, size_dsp;
    std::deque<List> queue;  // waiting; front is being fetched if `fetching`
    unsigned longest_queue = 0;
    std::vector<List> posted;
    uint32_t irq_enable = 0, irq_status = 0, lists_done = 0, error = 0, error_tile = 0;
    uint32_t list_address = 0;
    unsigned busy_polls = 0;  // STATUS reads not idle this often after the lists are done
    unsigned clears = 0, sleeps = 0, lost_wakeups = 0;
    uint32_t frames_left = 1, next = 0;
    std::vector<uint32_t> layers, results;
    uint32_t error_layer = 0xffffffff, host_error_tile = 0xffffffff;
    bool wakeup_enabled = false;
    std::string uart;
    std::vector<std::string> faults;  // things no firmware may do

    uint32_t read32(uint32_t address);
    void write32(uint32_t address, uint32_t value);
    uint8_t read8(uint32_t address);
    void write8(uint32_t address, uint8_t value);
    void sleep();

private:
    uint32_t read_accelerator(uint32_t offset);
    void write_accelerator(uint32_t offset, uint32_t value);
};

}  // namespace msd::test
