// A program of the cross-check: a device, a memory, what lies in it, and what software does with
// the registers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "firmware/program.h"
#include "ip/msd_pe/core/config.h"

namespace msd::crosscheck {

// One step of the software that drives the accelerator. A step begins when the one before is over;
// an access to a register takes 3 cycles, as the CPU's.
struct Step {
    enum class Kind : uint8_t {
        kIdle,        // for `value` cycles
        kWrite,       // `value` to `offset`
        kRead,        // `offset`
        kPush,        // list number `value`: LIST_ADDRESS, LIST_PUSH
        kAwaitRoom,   // polls STATUS every `value` cycles until the queue has room or ERROR
        kAwaitLists,  // sleeps until the interrupt, clears it; until `value` lists are done, or
                      // ERROR
        kAwaitIdle,   // polls STATUS every `value` cycles until IDLE
        kReadAll,     // every register
    } kind;
    uint32_t offset = 0, value = 0;
};
const char* to_string(Step::Kind kind);

struct List {
    uint32_t address, count;
};

struct Program {
    uint64_t seed = 0, number = 0;  // what it was drawn from
    std::string kind;               // "network", "damaged", "abuse", …: what the generator meant
    pe::AcceleratorConfig device;
    std::string dram_preset = "ideal";
    unsigned read_latency_cycles = 8, write_latency_cycles = 8;
    // Of every 1000 bursts, this many are answered 1 .. stall_cycles later.
    unsigned stall_permille = 0, stall_cycles = 1;
    uint64_t stall_seed = 0;
    std::vector<uint8_t> memory;  // from MSD_PROGRAM_BASE on
    uint64_t memory_bytes = 1 << 20;
    std::vector<List> lists;
    std::vector<Step> steps;
    uint64_t max_cycles = 10'000'000;

    uint32_t tile_count() const;
    msd_tile* tile(uint32_t address);  // nullptr if it is not in `memory`
    const msd_tile* tile(uint32_t address) const;
};

// Tiles from list `list` on wait for `stored` tiles less: those are gone.
void wait_for_fewer(Program& program, std::size_t list, uint32_t stored);

// In words, for a report: device, memory, steps, tiles.
std::string to_text(const Program& program);

}  // namespace msd::crosscheck
