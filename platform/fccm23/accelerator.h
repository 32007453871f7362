// The published accelerator (FCCM 2023), timing only: its three movers, its double buffers, its
// layers one after the other.
//
// Of tile i of a layer, in cycles (facts of the published RTL, measured; see
// codesign/msd_fccm23/rtl_timing.h for the closed form over an ideal memory):
//   load(i)    starts with execute(i-1), the first with the layer; ends when both movers have
//              delivered, + 1
//   execute(i) starts after load(i) + 1, after execute(i-1), and when write(i-2) has its status;
//              takes max(LUT core, DSP core) + 2
//   write(i)   starts after execute(i) and when write(i-1) has its status; ends at the memory's
//              last response; its status follows 1 + status_latency_cycles later
// A layer starts when the one before is written and its instruction words are taken, a word a
// cycle. Load and write go through real DMA ports, so they meet each other in DRAM.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <systemc>
#include <vector>

#include "codesign/msd_fccm23/rtl_timing.h"
#include "ip/accelerator/accelerator.h"
#include "ip/dma/read_port.h"
#include "ip/dma/write_port.h"

namespace msd::platform {

class PublishedAccelerator : public sc_core::sc_module {
public:
    dma::ReadPort activations;
    dma::ReadPort weights;
    dma::WritePort outputs;

    // Seen from outside. `tile` counts over all layers. Cycles since the simulation's start.
    std::function<void(const accelerator::UnitSpan&)> on_span;
    std::function<void(std::size_t layer, uint64_t start, uint64_t end)> on_layer;
    std::function<void()> on_finished;

    PublishedAccelerator(const sc_core::sc_module_name& name, const dma::PortConfig& port);
    SC_HAS_PROCESS(PublishedAccelerator);

    // Back to power-up with other ports; reset the memory too.
    void configure(const dma::PortConfig& port, unsigned status_latency_cycles);
    // Takes the first instruction word now. The commands must live until on_finished.
    void start(const std::vector<fccm23::LayerCommand>& commands, fccm23::InstructionFormat format);

    uint64_t cycle() const;
    uint64_t finished_cycle() const { return finished_; }  // of the last status
    std::string waiting() const;                           // for a timeout

private:
    void step();
    void begin_layer(uint64_t cycle);
    bool start_load(uint64_t now);
    bool start_execute(uint64_t now);
    bool start_write(uint64_t now);
    void loaded(uint64_t cycle, accelerator::Unit unit);
    void written(uint64_t cycle);
    void span(accelerator::Unit unit, uint64_t tile, uint64_t start, uint64_t end, uint64_t ready,
              uint64_t bytes);
    void wake(uint64_t cycle);
    bool due(uint64_t start, uint64_t now);
    const fccm23::LayerCommand& layer() const { return (*commands_)[layer_]; }

    sc_core::sc_time period_;
    sc_core::sc_event event_;
    unsigned status_latency_ = 0;
    unsigned words_ = 4;  // of a layer
    const std::vector<fccm23::LayerCommand>* commands_ = nullptr;

    std::size_t layer_ = 0;
    uint64_t first_tile_ = 0;  // of the layer
    uint64_t layer_start_ = 0;
    uint64_t finished_ = 0;
    // Of the current layer: index of each stage's next tile, and the moments of the last ones at
    // index modulo 4.
    uint64_t next_load_ = 0, next_execute_ = 0, next_write_ = 0;
    uint64_t loads_done_ = 0, writes_done_ = 0;
    unsigned movers_ = 0;  // still loading
    bool writing_ = false;
    uint64_t load_start_ = 0, load_ready_ = 0, write_start_ = 0;
    std::array<uint64_t, 4> load_end_{}, execute_end_{}, status_{};
    std::vector<uint8_t> act_, wgt_, out_;  // what moves; nobody looks at it
};

}  // namespace msd::platform
