// The system on chip: CPU, its RAM and devices, accelerator, DRAM. Elaborated once a process; runs
// any number of programs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <systemc>
#include <vector>

#include "ip/host/host_port.h"
#include "platform/bus/bus.h"
#include "platform/bus/devices.h"
#include "platform/dram/dram.h"
#include "platform/iss/cpu.h"
#include "platform/rtl_accelerator/accelerator_model.h"
#include "platform/soc/debug_target.h"
#include "scheduler/program.h"

namespace msd::platform {

struct SocConfig {
    pe::AcceleratorConfig accelerator;
    std::string dram_preset = "lpddr4_x32";
    Level level = Level::kTlm;                // of the accelerator's model
    uint64_t dram_bytes = uint64_t{1} << 30;  // at most; never more than the preset's devices hold

    // Of the one clock that accelerator and CPU share, rounded to whole picoseconds.
    sc_core::sc_time period() const;
};

struct ImageRun {
    uint64_t start_cycle = 0;    // firmware asked for the image
    uint64_t end_cycle = 0;      // firmware handed the result over
    std::vector<int8_t> output;  // [c][h][w]
};

enum class Ending { kFinished, kFailed, kTimeout, kStopped };

struct RunResult {
    Ending ending = Ending::kFinished;
    std::string message;                 // why it failed, where it stopped, or who waits for whom
    std::vector<ImageRun> images;        // the complete ones
    std::optional<uint64_t> unfinished;  // of a run that stopped in an image: its start_cycle
    uint64_t cycles = 0;                 // simulated in all, from power-up
    std::string uart;                    // what firmware printed
    accelerator::Counters counters;
    // When firmware asked for the first image, and from then to the last result, or the stop.
    uint64_t first_cycle() const {
        return images.empty() ? unfinished.value_or(0) : images.front().start_cycle;
    }
    uint64_t measured_cycles() const {
        if (images.empty() && !unfinished) return 0;
        return (unfinished ? cycles : images.back().end_cycle) - first_cycle();
    }
    uint64_t interrupts = 0;   // rises of the line
    uint32_t layers_done = 0;  // of the last image that was begun
    std::string checkpoint;    // RunControl::restart of a run that goes on from here
};

// Where a run ends before its program does, and where it begins.
struct RunControl {
    // The first one reached stops the run, at the end of that cycle.
    std::optional<uint64_t> stop_cycle;
    std::optional<uint64_t> stop_interrupt;  // the line's n-th rise since power-up, from 1
    struct Layer {
        uint32_t image, layer;
    };
    std::optional<Layer> stop_layer;  // its tensor is complete in memory

    // Make a checkpoint where the run stops, which is then the first cycle from there on in which
    // the CPU sleeps. Only Level::kTlm.
    bool checkpoint = false;
    // RunResult::checkpoint of an earlier run of the same program, inputs and configuration: the
    // run goes on from there, in a process that has not run further yet. Empty: power-up.
    std::string restart;
};

// What a run tells while it goes on. All optional.
struct RunHooks {
    std::function<void(uint32_t image, const accelerator::UnitSpan&)> span;
    // A layer's tensor is complete in memory. Return false to stop the run.
    std::function<bool(uint32_t image, uint32_t layer)> layer_done;
    std::function<void(uint32_t image)> image_done;
    std::function<void(const std::string&)> warning;  // one line: "[W 12.408 us] soc.…: …"

    // For traces; cycles since power-up.
    std::function<void(const BurstRecord&)> burst;           // at its response
    std::function<void(const DramCommand&)> dram_command;    // clocks of the DRAM since power-up
    std::function<void(uint64_t cycle, bool level)> irq;     // the interrupt line's edges
    std::function<void(const CpuAccess&)> access;            // of the CPU, outside its RAM
    std::function<void(uint64_t cycle, bool asleep)> sleep;  // the CPU enters, has left wfi
    std::function<void(const Retired&)> instruction;         // of the CPU; slows it down
};

class Soc : public sc_core::sc_module {
public:
    Soc(const sc_core::sc_module_name& name, const SocConfig& config);
    SC_HAS_PROCESS(Soc);

    // Resets everything, loads firmware and program, and simulates until firmware ends or
    // timeout_cycles have passed. inputs: one tensor [c][h][w] an image, in the input's int8 grid.
    // Throws std::runtime_error if control.restart is damaged.
    RunResult run(const scheduler::Program& program, const std::vector<std::vector<int8_t>>& inputs,
                  uint64_t timeout_cycles, const RunHooks& hooks, const RunControl& control = {});

    // A tensor in memory, as [c][h][w].
    std::vector<int8_t> read_tensor(const scheduler::TensorPlace& place) const;
    // A layer's tensor when the layer is done (in RunHooks::layer_done), also if it is handed over
    // in the output buffer; nothing if that does not show it: at Level::kRtl.
    std::optional<std::vector<int8_t>> read_layer(const scheduler::Program& program,
                                                  uint32_t layer) const;
    void write_tensor(const scheduler::TensorPlace& place, const std::vector<int8_t>& tensor);

    // Firmware other than the built-in one, as an ELF image; empty: built in.
    void set_firmware(std::vector<uint8_t> elf) { firmware_ = std::move(elf); }
    // The array sizes of the next run (same bus width, clock and memory).
    void configure(const pe::AcceleratorConfig& config) { config_.accelerator = config; }

    // The next runs stop where the debugger behind `server` wants; null: none.
    void debug(GdbServer* server) { server_ = server; }

    Dram& dram() { return dram_; }
    const Dram& dram() const { return dram_; }
    AcceleratorModel& accelerator() { return *accelerator_; }
    // Hooks besides those of run(), for all runs to come: span, burst, irq and access.
    void watch(RunHooks hooks) { watch_ = std::move(hooks); }
    // Ends the present run as failed; from a hook.
    void stop(const std::string& message) { finish(Ending::kFailed, message); }

private:
    struct KeptMap {
        uint32_t layer;
        std::vector<int8_t> bytes;  // as it would lie in memory
    };
    void collect(const scheduler::Program& program, uint64_t index, const msd_tile& tile,
                 const int8_t* words);
    void warn(const char* who, const std::string& text);
    void observe(const RunHooks& hooks);
    bool before_instruction();
    void irq_changed();
    void finish(Ending ending, const std::string& message);
    std::string who_waits() const;
    void power_up(const scheduler::Program& program, const RunHooks& hooks);
    void serve(const scheduler::Program& program, const std::vector<std::vector<int8_t>>& inputs);
    void listen(const scheduler::Program& program, const RunControl& control);
    void simulate(uint64_t timeout_cycles, const RunControl& control);
    void stop_here(const std::string& reason);
    uint64_t run_cycle() const { return accelerator_->cycle() - start_cycle_; }
    // soc_state.cpp
    void start_until(uint64_t time_ps);
    void restart(const scheduler::Program& program, const std::string& bytes);
    std::string checkpoint(const scheduler::Program& program);
    template <class Archive>
    void state(Archive& archive, const scheduler::Program& program);

    SocConfig config_;
    sc_core::sc_time period_;
    sc_core::sc_signal<bool> irq_{"irq"};
    Cpu cpu_;
    Bus bus_;
    Ram ram_;
    Uart uart_;
    ExitDevice exit_;
    host::HostPort host_;
    std::unique_ptr<AcceleratorModel> accelerator_;
    Dram dram_;
    std::vector<uint8_t> firmware_;
    SocDebugTarget debug_target_{cpu_, [this] { return irq_.read(); }};
    GdbServer* server_ = nullptr;

    // of the current run
    const RunHooks* hooks_ = nullptr;
    RunHooks watch_;
    RunResult result_;
    bool done_ = false;
    uint64_t start_cycle_ = 0;      // of the run, in cycles of the simulation
    uint32_t progress_layers_ = 0;  // of this image, that firmware has reported
    std::size_t delivered_ = 0;     // images
    std::vector<KeptMap> kept_;     // of layers under way
    uint32_t image() const { return static_cast<uint32_t>(delivered_ ? delivered_ - 1 : 0); }
    uint64_t stop_interrupt_ = 0;  // 0: none
    std::string stop_reason_;      // empty: the run goes on
    uint64_t watched_ = 0;         // instructions since a debugger came
    bool detached_ = false;
};

}  // namespace msd::platform
