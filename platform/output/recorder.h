// What every unit did when, kept for latency.csv, trace.json, waveforms and the report.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "ip/accelerator/accelerator.h"
#include "platform/soc/soc.h"
#include "scheduler/program.h"

namespace msd::platform {

struct Span {
    uint32_t image, layer, tile;  // tile: within its layer
    accelerator::Unit unit;
    uint64_t start, end, stall, bytes, lut_busy, dsp_busy;  // cycles since power-up
    uint64_t wait_act, wait_wgt, wait_acc;                  // exec only: what stall was spent on
};

// Sums of a layer over one image.
struct LayerStats {
    uint64_t start = 0, end = 0;  // first load's start, last store's end
    uint64_t lut_busy = 0, dsp_busy = 0;
    uint64_t exec_stall = 0;  // cycles the arrays waited
    uint64_t read_bytes = 0, write_bytes = 0;
};

// A row of a DRAM bank between its activation and its precharge; clocks of the DRAM.
struct RowSpan {
    unsigned bank;  // bank * groups + group
    uint32_t row;
    uint64_t open, close;
    uint32_t columns;  // read and write commands while it was open
};

struct SleepEdge {
    uint64_t cycle;
    bool asleep;
};

struct IrqEdge {
    uint64_t cycle;  // the line has the level from this cycle on
    bool level;
};

struct Instruction {
    uint64_t cycle;
    uint32_t pc;
};

// What is recorded besides spans. Everything of it that lies outside the window is dropped at once,
// and nothing more is kept after kMaxRecords, so that a long run cannot fill the host's memory.
struct RecorderOptions {
    bool memory = false;        // bursts, DRAM rows
    bool processor = false;     // sleep, bus accesses, interrupt
    bool instructions = false;  // the program counter
    uint64_t from_cycle = 0, to_cycle = ~uint64_t{0};
    unsigned bank_groups = 1;
};

class Recorder {
public:
    static constexpr std::size_t kMaxRecords = 20'000'000;

    explicit Recorder(const scheduler::Program& program, const RecorderOptions& options = {});

    // Sets the hooks of what is wanted; the recorder must outlive the run.
    void attach(RunHooks& hooks);
    void add(uint32_t image, const accelerator::UnitSpan& span);
    void add(const DramCommand& command);
    // The run is over: orders spans by start and unit, whatever order a model told them in.
    void finish();

    const std::vector<Span>& spans() const { return spans_; }
    const std::vector<BurstRecord>& bursts() const { return bursts_; }
    const std::vector<RowSpan>& rows() const { return rows_; }  // by close
    const std::vector<CpuAccess>& accesses() const { return accesses_; }
    const std::vector<SleepEdge>& sleeps() const { return sleeps_; }
    const std::vector<IrqEdge>& irq() const { return irq_; }
    const std::vector<Instruction>& instructions() const { return instructions_; }
    template <class Archive>
    void state(Archive& archive);  // platform/output/recorder_state.h: all that was recorded
    // First cycle from which records may be missing because there were too many; else ~0.
    uint64_t truncated_at() const { return truncated_at_; }

    const scheduler::Program& program() const { return program_; }
    // The descriptor that a span worked on. Of a program without an image (a published schedule's)
    // it is all zero, and has_tiles() is false.
    const msd_tile& tile(const Span& s) const { return tiles_[tile_index(s)]; }
    std::size_t tile_index(const Span& s) const {
        return std::size_t{program_.layers[s.layer].first_tile} + s.tile;
    }
    std::size_t tile_count() const { return tiles_.size(); }
    const msd_tile& tile(std::size_t index) const { return tiles_[index]; }
    bool has_tiles() const { return !program_.image.empty(); }
    uint32_t images() const { return static_cast<uint32_t>(stats_.size()); }
    const std::vector<LayerStats>& layer_stats(uint32_t image) const { return stats_[image]; }

private:
    struct OpenRow {
        bool open = false;
        uint32_t row = 0, columns = 0;
        uint64_t since = 0, last = 0;
    };

    bool keep(uint64_t cycle);
    void close_row(unsigned bank, uint64_t clock);

    const scheduler::Program& program_;
    RecorderOptions options_;
    std::vector<uint32_t> layer_of_tile_;
    std::vector<msd_tile> tiles_;
    std::vector<Span> spans_;
    std::vector<std::vector<LayerStats>> stats_;  // by image, then layer
    std::vector<BurstRecord> bursts_;
    std::vector<OpenRow> open_rows_;
    std::vector<RowSpan> rows_;
    std::vector<CpuAccess> accesses_;
    std::vector<SleepEdge> sleeps_;
    std::vector<IrqEdge> irq_;
    std::vector<Instruction> instructions_;
    std::size_t records_ = 0;
    uint64_t truncated_at_ = ~uint64_t{0};
};

// latency.csv: image,layer,tile,unit,start_cycle,end_cycle,stall_cycles,bytes
std::string latency_csv(const Recorder& recorder);

}  // namespace msd::platform
