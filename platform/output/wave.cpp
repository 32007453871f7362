// The signals of a waveform, from what the recorder kept.
#include "platform/output/wave.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "ip/accelerator/accelerator_regs.h"
#include "ip/host/host_regs.h"
#include "ip/msd_pe/core/timing.h"
#include "platform/output/timeline.h"

namespace msd::platform {

using accelerator::kUnits;
using accelerator::Unit;

namespace {

constexpr int kHidden = -1;
using Show = WaveSignal::Show;

enum : uint64_t { kIdle, kWait, kBusy };                             // of most units
enum : uint64_t { kExecIdle, kWaitAct, kWaitWgt, kWaitAcc, kFeed };  // of exec

class Builder {
public:
    explicit Builder(const TraceInput& input) : in_(input) {
        unit_names_ =
            names({"unit", {{kIdle, "idle"}, {kWait, "?gold4?wait"}, {kBusy, "?dark green?busy"}}});
        exec_names_ = names({"exec",
                             {{kExecIdle, "idle"},
                              {kWaitAct, "?gold4?wait activations"},
                              {kWaitWgt, "?dark orange?wait weights"},
                              {kWaitAcc, "?firebrick?wait sums"},
                              {kFeed, "?dark green?feed"}}});
        cpu_names_ = names({"cpu", {{0, "?dark green?run"}, {1, "sleep"}}});
        WaveNames layers{"layer", {}};
        for (const auto& l : in_.recorder.program().layers)
            layers.values.emplace_back(layers.values.size(), l.name);
        layer_names_ = names(std::move(layers));
        WaveNames registers{"register", {}};
        for (uint32_t offset = 0; offset < 0x100; offset += 4) {
            if (const char* name = msd_register_name(offset))
                registers.values.emplace_back(MSD_REGS_BASE + offset, name);
            if (const char* name = host_register_name(offset))
                registers.values.emplace_back(HOST_REGS_BASE + offset, std::string("HOST_") + name);
        }
        register_names_ = names(std::move(registers));
    }

    Wave build() {
        const uint64_t last = std::min(in_.selection.to_cycle, in_.run.cycles);
        if (in_.selection.from_cycle >= last)
            throw EmptyTrace(
                fmt::format("nothing happened from cycle {} on; the run took {} cycles",
                            in_.selection.from_cycle, in_.run.cycles));
        wave_.from_ps = ps(in_.selection.from_cycle);
        wave_.to_ps = ps(last);
        processor();
        for (unsigned u = 0; u < kUnits; ++u) unit(static_cast<Unit>(u));
        cores();
        buffers();
        lists();
        dma("dma_a", kMasterA);
        dma("dma_w", kMasterW);
        dma("dma_s", kMasterS);
        banks();
        if (wave_.signals.empty()) throw EmptyTrace("trace.signals shows no signal");
        sort();
        return std::move(wave_);
    }

private:
    uint64_t ps(uint64_t cycle) const { return in_.cycle_ps(cycle); }

    int names(WaveNames n) {
        wave_.names.push_back(std::move(n));
        return static_cast<int>(wave_.names.size()) - 1;
    }

    int add(const std::string& scope, const char* name, unsigned width, Show show, int names = -1,
            bool main = false) {
        if (!in_.selection.shows_signal(scope + "." + name)) return kHidden;
        const int id = static_cast<int>(wave_.signals.size());
        wave_.signals.push_back({scope, name, width, show, names, main});
        set(id, 0, 0);
        return id;
    }

    void set(int signal, uint64_t time_ps, uint64_t value) {
        if (signal == kHidden || time_ps > wave_.to_ps) return;
        wave_.changes.push_back({time_ps, static_cast<uint32_t>(signal), value});
    }

    // A level from its steps.
    void levels(int signal, std::vector<std::pair<uint64_t, int64_t>> steps) {
        if (signal == kHidden) return;
        std::stable_sort(steps.begin(), steps.end(),
                         [](const auto& a, const auto& b) { return a.first < b.first; });
        int64_t level = 0;
        for (const auto& [time, step] : steps)
            set(signal, time, static_cast<uint64_t>(std::max<int64_t>(level += step, 0)));
    }

    void processor() {
        const Recorder& r = in_.recorder;
        const int irq = add("soc", "irq", 1, Show::kBit, -1, true);
        for (const IrqEdge& e : r.irq()) set(irq, ps(e.cycle), e.level);
        // Two bits: GTKWave shows no text for one.
        const int state = add("soc.cpu", "state", 2, Show::kDecimal, cpu_names_, true);
        for (const SleepEdge& e : r.sleeps()) set(state, ps(e.cycle), e.asleep);
        const int pc = add("soc.cpu", "pc", 32, Show::kHex, -1, true);
        for (const Instruction& i : r.instructions()) set(pc, ps(i.cycle), i.pc);
        const int valid = add("soc.cpu", "bus_valid", 1, Show::kBit);
        const int write = add("soc.cpu", "bus_write", 1, Show::kBit);
        const int address = add("soc.cpu", "bus_address", 32, Show::kHex, register_names_, true);
        const int data = add("soc.cpu", "bus_data", 32, Show::kHex);
        for (const CpuAccess& a : r.accesses()) {
            set(valid, ps(a.start), 1);
            set(write, ps(a.start), a.write);
            set(address, ps(a.start), a.address);
            set(data, a.write ? ps(a.start) : ps(a.end - 1), a.value);
            set(valid, ps(a.end), 0);
        }
    }

    uint32_t address_of(const Span& s, const msd_tile& t) const {
        const scheduler::Program& p = in_.recorder.program();
        switch (s.unit) {
            case Unit::kFetch: {
                if (p.image.empty()) return 0;
                msd_layer list;
                std::memcpy(&list,
                            p.image.data() + (p.header().layers_address - MSD_PROGRAM_BASE) +
                                s.layer * sizeof(list),
                            sizeof(list));
                return static_cast<uint32_t>(list.tiles_address + s.tile * sizeof(msd_tile));
            }
            case Unit::kLoadAct:
                return t.act.address;
            case Unit::kLoadRes:
                return t.res.address;
            case Unit::kLoadWgt:
                return t.wgt_address;
            default:
                return t.out.address;
        }
    }

    void unit(Unit unit) {
        const bool exec = unit == Unit::kExec;
        const std::string scope = std::string("soc.accelerator.") + to_string(unit);
        const int busy = add(scope, "busy", 1, Show::kBit);
        const int state =
            add(scope, "state", 3, Show::kDecimal, exec ? exec_names_ : unit_names_, true);
        const int image = add(scope, "image", 16, Show::kDecimal);
        const int layer = add(scope, "layer", 16, Show::kDecimal, layer_names_, true);
        const int tile = add(scope, "tile", 32, Show::kDecimal, -1, true);
        const bool moves = !exec && unit != Unit::kPost;
        const int address = moves ? add(scope, "address", 32, Show::kHex) : kHidden;
        for (const Span& s : in_.recorder.spans()) {
            if (s.unit != unit) continue;
            const uint64_t ready = s.start - s.stall;
            if (exec) {
                set(state, ps(ready), kWaitAct);
                set(state, ps(ready + s.wait_act), kWaitWgt);
                set(state, ps(ready + s.wait_act + s.wait_wgt), kWaitAcc);
                set(state, ps(s.start), kFeed);
            } else {
                set(state, ps(ready), kWait);
                set(state, ps(s.start), kBusy);
            }
            set(state, ps(s.end), kIdle);
            set(busy, ps(s.start), 1);
            set(busy, ps(s.end), 0);
            set(image, ps(s.start), s.image);
            set(layer, ps(s.start), s.layer);
            set(tile, ps(s.start), s.tile);
            set(address, ps(s.start), address_of(s, in_.recorder.tile(s)));
        }
    }

    void cores() {
        for (const bool lut : {true, false}) {
            const int feed = add(lut ? "soc.accelerator.lut" : "soc.accelerator.dsp", "feed", 1,
                                 Show::kBit, -1, true);
            for (const Span& s : in_.recorder.spans()) {
                if (s.unit != Unit::kExec || feed == kHidden || !in_.recorder.has_tiles()) continue;
                const pe::TileTiming t = pe::tile_timing(in_.device, in_.recorder.tile(s));
                const uint64_t cycles = lut ? t.lut_feed : t.dsp_feed;
                if (cycles == 0) continue;
                set(feed, ps(s.start), 1);
                set(feed, ps(s.start + cycles), 0);
            }
        }
    }

    void buffers() {
        const std::vector<FillStep> steps = buffer_fill(in_.recorder, in_.device);
        for (unsigned b = 0; b < kBuffers; ++b) {
            const std::string name = to_string(static_cast<Buffer>(b));
            std::vector<std::pair<uint64_t, int64_t>> halves, bytes;
            for (const FillStep& s : steps) {
                if (static_cast<unsigned>(s.buffer) != b) continue;
                halves.emplace_back(ps(s.cycle), s.halves);
                bytes.emplace_back(ps(s.cycle), s.bytes);
            }
            const std::string scope = "soc.accelerator.buffers";
            levels(add(scope, (name + "_halves").c_str(), 2, Show::kLevel, -1, true), halves);
            if (static_cast<Buffer>(b) != Buffer::kAcc)
                levels(add(scope, (name + "_bytes").c_str(), 32, Show::kLevel), bytes);
        }
    }

    // Lists pushed and not yet taken, as register QUEUE_LEVEL shows them.
    void lists() {
        std::vector<std::pair<uint64_t, int64_t>> steps;
        for (const CpuAccess& a : in_.recorder.accesses())
            if (a.write && a.address == MSD_REGS_BASE + MSD_LIST_PUSH)
                steps.emplace_back(ps(a.start + 1), 1);
        for (const Span& s : in_.recorder.spans())
            if (s.unit == Unit::kFetch && s.tile == 0) steps.emplace_back(ps(s.start + 1), -1);
        levels(add("soc.accelerator.lists", "queue_level", 3, Show::kLevel, -1, true), steps);
    }

    void dma(const char* port, unsigned master) {
        const bool reads = master != kMasterS;
        const std::string scope = std::string("soc.accelerator.") + port;
        const int valid = add(scope, reads ? "arvalid" : "awvalid", 1, Show::kBit);
        const int address = add(scope, reads ? "araddr" : "awaddr", 32, Show::kHex, -1, true);
        const int length = add(scope, reads ? "arlen" : "awlen", 8, Show::kDecimal);
        const int answer = add(scope, reads ? "rvalid" : "bvalid", 1, Show::kBit, -1, true);
        const int outstanding = add(scope, "outstanding", 8, Show::kLevel, -1, true);
        std::vector<std::pair<uint64_t, int64_t>> steps;
        for (const BurstRecord& b : in_.recorder.bursts()) {
            if (b.master != master) continue;
            const uint64_t beats = (b.bytes + in_.device.beat_bytes - 1) / in_.device.beat_bytes;
            const uint64_t end = b.response_cycle + (reads ? beats : 1);
            set(valid, ps(b.issue_cycle), 1);
            set(address, ps(b.issue_cycle), b.address);
            set(length, ps(b.issue_cycle), beats - 1);
            set(valid, ps(b.issue_cycle + 1), 0);
            set(answer, ps(b.response_cycle), 1);
            set(answer, ps(end), 0);
            steps.emplace_back(ps(b.issue_cycle), 1);
            steps.emplace_back(ps(end), -1);
        }
        levels(outstanding, std::move(steps));
    }

    void banks() {
        for (unsigned b = 0; b < in_.banks(); ++b) {
            const std::string scope = fmt::format("soc.dram.bank{}", b);
            const int open = add(scope, "open", 1, Show::kBit);
            const int row = add(scope, "row", 32, Show::kDecimal);
            if (open == kHidden && row == kHidden) continue;
            for (const RowSpan& r : in_.recorder.rows()) {
                if (r.bank != b) continue;
                set(open, in_.dram_ps(r.open), 1);
                set(row, in_.dram_ps(r.open), r.row);
                set(open, in_.dram_ps(r.close), 0);
            }
        }
    }

    // By time; of several changes of a signal at one time the last; none that changes nothing; what
    // lies before the window becomes the value at its beginning.
    void sort() {
        std::vector<WaveChange>& all = wave_.changes;
        std::stable_sort(all.begin(), all.end(), [](const WaveChange& a, const WaveChange& b) {
            return a.ps != b.ps ? a.ps < b.ps : a.signal < b.signal;
        });
        std::vector<uint64_t> value(wave_.signals.size(), 0);
        std::size_t first = 0;
        for (; first < all.size() && all[first].ps <= wave_.from_ps; ++first)
            value[all[first].signal] = all[first].value;
        std::vector<WaveChange> kept;
        for (uint32_t s = 0; s < value.size(); ++s) kept.push_back({wave_.from_ps, s, value[s]});
        for (std::size_t i = first; i < all.size(); ++i) {
            if (i + 1 < all.size() && all[i + 1].ps == all[i].ps &&
                all[i + 1].signal == all[i].signal)
                continue;
            if (value[all[i].signal] == all[i].value) continue;
            value[all[i].signal] = all[i].value;
            kept.push_back(all[i]);
        }
        all = std::move(kept);
    }

    const TraceInput& in_;
    Wave wave_;
    int unit_names_, exec_names_, cpu_names_, layer_names_, register_names_;
};

}  // namespace

Wave make_wave(const TraceInput& input) {
    return Builder(input).build();
}

std::vector<std::string> wave_paths(const DramTimingConfig& dram) {
    const scheduler::Program nothing;
    const Recorder recorder(nothing);
    RunResult run;
    run.cycles = 1;
    std::vector<std::string> paths;
    for (const WaveSignal& s :
         make_wave({recorder, run, pe::AcceleratorConfig{}, dram, 1, {}}).signals)
        paths.push_back(s.path());
    return paths;
}

}  // namespace msd::platform
