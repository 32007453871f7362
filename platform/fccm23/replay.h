// A published schedule replayed by the published accelerator's timing on the platform's DRAM.
#pragma once

#include <string>

#include "platform/dram/dram.h"
#include "platform/fccm23/accelerator.h"

namespace msd::platform {

// Between the published movers and the data: AXI interconnect, PS ports, controller front end,
// status stream. Cycles of the accelerator's clock, on top of what the DRAM model itself takes.
struct ReplayMemory {
    std::string dram_preset;
    unsigned read_latency_cycles = 8, write_latency_cycles = 8, status_latency_cycles = 1;
    unsigned outstanding = 16;  // bursts of 16 beats in flight a mover

    void check() const;  // throws fccm23::InputError
};

// One model a device, the same for all its networks; docs/fccm23.md says where the numbers come
// from. Throws fccm23::InputError.
ReplayMemory published_memory(const std::string& device);

struct ReplayResult {
    bool finished = false;
    std::string message;   // who waits for whom, if not
    uint64_t cycles = 0;   // as the accelerator's own latency counter shows them
    uint64_t elapsed = 0;  // from the first instruction word to the last status
    struct Layer {
        uint64_t start = 0, end = 0;  // first load, last write; from the first instruction word
    };
    std::vector<Layer> layers;
};

class Replay : public sc_core::sc_module {
public:
    explicit Replay(const sc_core::sc_module_name& name);

    // Lays the three buffers of the published host into DRAM and runs all layers. `span` gets
    // cycles from the first instruction word. Any number of runs, of any device, in one process.
    ReplayResult run(std::vector<fccm23::LayerCommand> commands, fccm23::InstructionFormat format,
                     unsigned beat_bytes, sc_core::sc_time period, const DramTimingConfig& dram,
                     const ReplayMemory& memory, uint64_t timeout_cycles,
                     const std::function<void(const accelerator::UnitSpan&)>& span = {});

    const Dram& dram() const { return dram_; }

private:
    struct Idle;  // the CPU's port of the memory has no other end here
    tlm_utils::simple_initiator_socket<Replay> cpu_{"cpu"};
    PublishedAccelerator accelerator_;
    Dram dram_;
};

}  // namespace msd::platform
