// The accelerator at transaction level: values from ip/msd_pe/core, cycles from its closed forms
// and the memory's answers.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <deque>
#include <functional>
#include <string>
#include <systemc>
#include <vector>

#include "ip/accelerator/pipeline.h"
#include "ip/dma/read_port.h"
#include "ip/dma/write_port.h"
#include "ip/msd_pe/core/config.h"
#include "ip/msd_pe/core/tile.h"

namespace msd::accelerator {

enum class Unit { kFetch, kLoadAct, kLoadRes, kLoadWgt, kExec, kPost, kStore };
constexpr unsigned kUnits = 7;
const char* to_string(Unit unit);

// What a unit did for one tile: it worked in cycles [start, end).
struct UnitSpan {
    Unit unit;
    uint64_t tile;  // counted from CLEAR
    uint64_t start, end;
    uint64_t stall;  // cycles it waited before `start` although it was free and knew the tile
    uint64_t bytes;  // moved to or from DRAM; 0 for exec and post
    uint64_t lut_busy, dsp_busy;  // exec only: cycles in which the array received valid operands
    // exec only: what `stall` was spent on (docs/timing.md, "Registers, interrupt, counters")
    uint64_t wait_act = 0, wait_wgt = 0, wait_acc = 0;
};

struct Counters {
    uint64_t lut_busy = 0, dsp_busy = 0;
    uint64_t wait_act = 0, wait_wgt = 0, wait_acc = 0, wait_out = 0;
    uint64_t read_bytes_a = 0, read_bytes_w = 0, write_bytes = 0;
};

// One SC_METHOD decides, in each cycle in which a unit can start, which ones do. It runs a handful
// of times a tile.
class Accelerator : public sc_core::sc_module {
public:
    sc_core::sc_out<bool> irq{"irq"};
    tlm_utils::simple_target_socket<Accelerator> regs{"regs"};
    dma::ReadPort dma_a;   // descriptors, activations, residuals
    dma::ReadPort dma_w;   // weights, parameters
    dma::WritePort dma_s;  // stores

    // Seen from outside the simulated world: traces, reports, checks. All optional.
    std::function<void(const UnitSpan&)> on_span;
    std::function<void(uint64_t list)>
        on_list_done;  // counted from CLEAR, at the store's last response
    // The result of a tile with KEEP, in block order, when its post-processing begins.
    std::function<void(uint64_t tile, const msd_tile&, const int8_t* words)> on_kept;
    std::function<void(const std::string&)> on_warning;  // guest software did something odd

    Accelerator(const sc_core::sc_module_name& name, const pe::AcceleratorConfig& config,
                sc_core::sc_time period);
    SC_HAS_PROCESS(Accelerator);

    const pe::AcceleratorConfig& config() const { return config_; }
    const Counters& counters() const { return counters_; }
    // Back to power-up, for the next program in the same elaboration.
    void reset();
    // The sizes that vary between programs. Only right after reset().
    void configure(const pe::AcceleratorConfig& config);
    uint64_t cycle() const;
    // For a timeout: what every unit is waiting for.
    std::string waiting() const;
    // ip/accelerator/state.h; between two cycles, what has been done in the earlier one settled.
    template <class Archive>
    void state(Archive& archive);

private:
    struct List {
        uint32_t address, count;
    };
    struct IrqEvent {
        uint64_t stamp;
        uint32_t bits;
    };

    // loads.cpp
    bool step_fetch(uint64_t now);
    bool step_load_a(uint64_t now);
    bool step_load_w(uint64_t now);
    void fetch_done(uint64_t cycle, bool error);
    void data_a_done(uint64_t cycle, bool error);
    void weights_done(uint64_t cycle, bool error);

    // units.cpp
    void evaluate();
    bool step_exec(uint64_t now);
    bool step_post(uint64_t now);
    bool step_store(uint64_t now);
    bool due(uint64_t start,
             uint64_t now);  // true if start == now; else remembers it for the next wake-up
    void store_done(uint64_t cycle, bool error);
    void span(Unit unit, const TileState& t, uint64_t start, uint64_t end, uint64_t ready,
              uint64_t bytes);
    void wake(uint64_t cycle);
    TileState* tile(uint64_t index);
    void retire();
    uint32_t check_sequence(const msd_tile& tile, bool last_of_list) const;

    // registers.cpp
    void transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    bool read_register(uint32_t offset, uint32_t& value);
    bool write_register(uint32_t offset, uint32_t value);
    void push_list(uint32_t count, uint64_t now);
    void clear(uint64_t now);
    bool idle(uint64_t now) const;
    Counters& count(uint64_t cycle);  // to be changed in this cycle; read from the next one on
    unsigned queue_level(uint64_t now) const;
    // Of several errors in one cycle the first in this order stays.
    enum class Source { kCheck, kLoadA, kLoadW, kStore, kRegisters };
    void record_error(uint32_t code, uint64_t tile, uint64_t stamp, Source source);
    bool failed(uint64_t now) const { return error_ != 0 && error_stamp_ < now; }
    void drop_lists(uint64_t now);
    void raise(uint32_t bits, uint64_t stamp);
    void fold_irq(uint64_t now);
    void clear_work();

    pe::AcceleratorConfig config_;
    sc_core::sc_time period_;
    sc_core::sc_event event_;
    uint64_t next_wake_ = kUnknown;

    // lists
    std::deque<List> lists_;
    Stamps pushes_, pops_, lists_done_;
    List current_{0, 0};

    // tiles between fetch and retirement, and how far each unit has come (index of its next tile)
    std::deque<TileState> ring_;
    uint64_t ring_base_ = 0;
    uint64_t next_fetch_ = 0, next_load_a_ = 0, next_load_w_ = 0, next_exec_ = 0, next_post_ = 0,
             next_store_ = 0;
    enum class LoadA { kIdle, kAct, kActDone, kRes } load_a_ = LoadA::kIdle;
    bool fetching_ = false, loading_w_ = false, storing_ = false;
    uint64_t fetch_start_ = 0, fetch_ready_ = 0;
    uint64_t fetch_end_ = 0;  // of the last descriptor: its check is over, or it was dropped
    uint32_t refused_ = 0;    // error code of the descriptor whose check ends then
    Stamps fetched_, load_starts_, retired_;  // by tile
    Stamps act_ready_, act_release_;          // by activation half
    Stamps wgt_ready_, wgt_release_;          // by weight half
    Stamps post_ends_;                        // by accumulator half
    Stamps store_ends_, stored_;              // by output half; by stored tile, once it is
    uint64_t load_a_end_ = 0, load_w_end_ = 0, feed_end_ = 0, post_end_ = 0, store_end_ = 0;
    msd_tile previous_{}, loaded_act_{}, loaded_wgt_{};  // last fetched, for the sequence rules
    bool have_previous_ = false, act_held_ = false, wgt_held_ = false;

    // what lies in the double buffers
    msd_tile descriptor_{};
    std::vector<uint8_t> act_[2], wgt_[2];
    uint32_t params_at_[2] = {0, 0};  // of the parameters in the weight half
    std::vector<int8_t> out_[2];
    uint64_t held_words_[2] = {0, 0};  // of the output halves, since their last tile's post
    std::vector<int32_t> acc_[2];
    std::vector<msd_channel> channels_[2];  // by accumulator half, taken over from the weight half
    pe::TileWeights decoded_[2];

    // registers
    uint64_t clear_stamp_ = 0;
    uint32_t list_address_ = 0, irq_enable_ = 0, irq_status_ = 0;
    std::vector<IrqEvent> irq_events_;
    uint32_t error_ = 0;
    uint64_t error_tile_ = 0, error_stamp_ = kUnknown;
    Source error_source_ = Source::kCheck;
    bool lists_dropped_ = false;
    Counters counters_, counters_before_;  // now, and before the cycle counted_in_
    uint64_t counted_in_ = 0;
    uint64_t feeding_lut_busy_ = 0,
             feeding_dsp_busy_ = 0;  // of the tile on the feed path, already in counters_
};

}  // namespace msd::accelerator
