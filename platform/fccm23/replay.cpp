// Buffers, run and result of a replay.
#include "platform/fccm23/replay.h"

#include <fmt/format.h>

#include <algorithm>

#include "firmware/program.h"

namespace msd::platform {
namespace {

// What the published host allocates, once for all layers.
constexpr int64_t kActBytes = 224 * 224 * 64, kWeightBytes = 64 * 128 * 3 * 3,
                  kOutBytes = 224 * 224 * 128;
constexpr uint64_t kPage = 4096;

uint64_t pages(uint64_t bytes) {
    return (bytes + kPage - 1) / kPage * kPage;
}

DramConfig dram_config(const DramTimingConfig& timing, sc_core::sc_time period, unsigned beat_bytes,
                       uint64_t bytes, const ReplayMemory& memory) {
    DramConfig d;
    d.timing = timing;
    d.period = period;
    d.base = MSD_PROGRAM_BASE;
    d.size_bytes = bytes;
    d.beat_bytes = beat_bytes;
    d.read_latency_cycles = memory.read_latency_cycles;
    d.write_latency_cycles = memory.write_latency_cycles;
    return d;
}

}  // namespace

void ReplayMemory::check() const {
    const auto most = [](const char* what, unsigned value, unsigned least, unsigned limit) {
        if (value < least || value > limit)
            throw fccm23::InputError(
                fmt::format("{} is {}; it must be {}..{}", what, value, least, limit));
    };
    most("read latency", read_latency_cycles, 0, 100000);
    most("write latency", write_latency_cycles, 0, 100000);
    most("status latency", status_latency_cycles, 0, 100000);
    most("outstanding bursts", outstanding, 1, 256);
}

ReplayMemory published_memory(const std::string& device) {
    ReplayMemory m;
    if (device == "xc7z020") return {"ddr3_1050_x16", 80, 80, 80, 8};
    if (device == "ultra96") return {"lpddr4_x32", 30, 40, 1, 4};
    if (device == "zcu102") return {"ddr4_2133_x64", 65, 80, 80, 8};
    fccm23::published_host_array(device);  // throws
    return m;
}

Replay::Replay(const sc_core::sc_module_name& name)
    : sc_core::sc_module(name), accelerator_("accelerator", {}), dram_("dram", {}) {
    accelerator_.weights.socket.bind(dram_.weights);
    accelerator_.activations.socket.bind(dram_.activations);
    accelerator_.outputs.socket.bind(dram_.stores);
    cpu_.bind(dram_.cpu);
}

ReplayResult Replay::run(std::vector<fccm23::LayerCommand> commands,
                         fccm23::InstructionFormat format, unsigned beat_bytes,
                         sc_core::sc_time period, const DramTimingConfig& timing,
                         const ReplayMemory& memory, uint64_t timeout_cycles,
                         const std::function<void(const accelerator::UnitSpan&)>& span) {
    memory.check();
    int64_t act = kActBytes, wgt = kWeightBytes, out = kOutBytes;
    for (const fccm23::LayerCommand& c : commands) {
        act = std::max(act, c.act_bytes);
        wgt = std::max(wgt, c.weight_bytes);
        out = std::max(out, c.out_bytes);
    }
    uint64_t next = MSD_PROGRAM_BASE;
    const auto place = [&next](int64_t bytes) {
        const auto at = static_cast<uint32_t>(next);
        next += pages(static_cast<uint64_t>(bytes));
        return at;
    };
    const uint32_t act_at = place(act), wgt_at = place(wgt), out_at = place(out);
    for (fccm23::LayerCommand& c : commands) {
        c.act_address = act_at;
        c.weight_address = wgt_at;
        c.out_address = out_at;
    }

    // Power-up at the next clock edge of the new clock.
    const uint64_t period_ps = period.value();
    const uint64_t start = sc_core::sc_time_stamp().value() / period_ps + 1;
    sc_core::sc_start(sc_core::sc_time::from_value(start * period_ps) - sc_core::sc_time_stamp());
    dma::PortConfig port;
    port.period = period;
    port.beat_bytes = beat_bytes;
    port.outstanding = memory.outstanding;
    accelerator_.configure(port, memory.status_latency_cycles);
    dram_.configure(dram_config(timing, period, beat_bytes, next - MSD_PROGRAM_BASE, memory));

    ReplayResult result;
    uint64_t first_activation = 0;
    dram_.on_burst = [&](const BurstRecord& burst) {
        if (first_activation == 0 && burst.master == kMasterA)
            first_activation = burst.response_cycle - start;
    };
    accelerator_.on_span = nullptr;
    if (span)
        accelerator_.on_span = [&](accelerator::UnitSpan s) {
            s.start -= start;
            s.end -= start;
            span(s);
        };
    accelerator_.on_layer = [&](std::size_t, uint64_t from, uint64_t to) {
        result.layers.push_back({from - start, to - start});
    };
    accelerator_.on_finished = [&] {
        result.finished = true;
        result.elapsed = accelerator_.finished_cycle() - start;
        sc_core::sc_pause();
    };
    accelerator_.start(commands, format);
    sc_core::sc_start(sc_core::sc_time::from_value(timeout_cycles * period_ps));
    if (!result.finished || result.elapsed > timeout_cycles) {
        result.finished = false;
        result.message =
            fmt::format("timeout after {} cycles: {}", timeout_cycles, accelerator_.waiting());
        result.elapsed = timeout_cycles;
    }
    // The later counter starts with the first activation.
    result.cycles =
        result.elapsed -
        (format == fccm23::InstructionFormat::k64 && result.finished ? first_activation : 0);
    accelerator_.on_span = nullptr;
    accelerator_.on_layer = nullptr;
    accelerator_.on_finished = nullptr;
    dram_.on_burst = nullptr;
    return result;
}

}  // namespace msd::platform
