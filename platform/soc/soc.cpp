// Construct, map, bind, run.
#include "platform/soc/soc.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "firmware/exit_codes.h"
#include "firmware/firmware_image.h"
#include "firmware/selftest.h"
#include "ip/accelerator/accelerator_regs.h"
#include "ip/host/host_regs.h"
#include "ip/msd_pe/core/tile_shape.h"
#include "platform/iss/elf.h"
#include "platform/soc/tensor_layout.h"

namespace msd::platform {
namespace {

constexpr uint64_t kRamBase = 0x80000000, kRamBytes = 1 << 20;
constexpr uint64_t kUartBase = 0x10000000, kUartBytes = 0x100;
constexpr uint64_t kExitBase = 0x00100000, kExitBytes = 0x1000;

DramConfig dram_config(const SocConfig& config) {
    DramConfig d;
    d.timing = dram_preset(config.dram_preset);
    d.period = config.period();
    d.base = MSD_PROGRAM_BASE;
    d.size_bytes = config.dram_bytes;
    d.beat_bytes = config.accelerator.beat_bytes;
    return d;
}

// No more memory than the preset's devices hold.
SocConfig fitted(SocConfig config) {
    const DramTimingConfig timing = dram_preset(config.dram_preset);
    if (!timing.ideal) config.dram_bytes = std::min(config.dram_bytes, timing.capacity_bytes());
    return config;
}

CpuConfig cpu_config(const SocConfig& config) {
    CpuConfig c;
    c.period = config.period();
    c.ram_base = kRamBase;
    c.ram_bytes = kRamBytes;
    return c;
}

const char* exit_meaning(uint32_t code) {
    switch (code) {
        case MSD_EXIT_SELFTEST:
            return "its self-test failed";
        case MSD_EXIT_TRAP:
            return "an unexpected trap";
        case MSD_EXIT_VERSION:
            return "it does not replay programs of this version; schedule the network again";
        case MSD_EXIT_HEADER:
            return "the program's header contradicts itself";
        case MSD_EXIT_ARRAY:
            return "the program was scheduled for arrays of another size; schedule it for this "
                   "device";
        case MSD_EXIT_NO_ACCELERATOR:
            return "there is no accelerator";
        default:
            return code >= MSD_EXIT_ACCELERATOR ? msd_error_name(code - MSD_EXIT_ACCELERATOR)
                                                : "unknown";
    }
}

// Calls both, where there are two.
template <class... Arguments>
std::function<void(Arguments...)> both(const std::function<void(Arguments...)>& a,
                                       const std::function<void(Arguments...)>& b) {
    if (!a || !b) return a ? a : b;
    return [a, b](Arguments... arguments) {
        a(arguments...);
        b(arguments...);
    };
}

RunHooks merged(RunHooks hooks, const RunHooks& more) {
    hooks.span = both(hooks.span, more.span);
    hooks.burst = both(hooks.burst, more.burst);
    hooks.irq = both(hooks.irq, more.irq);
    hooks.access = both(hooks.access, more.access);
    return hooks;
}

}  // namespace

sc_core::sc_time SocConfig::period() const {
    return sc_core::sc_time(std::llround(1e6 / accelerator.clock_mhz), sc_core::SC_PS);
}

Soc::Soc(const sc_core::sc_module_name& name, const SocConfig& config)
    : sc_module(name),
      config_(fitted(config)),
      period_(config.period()),
      cpu_("cpu", cpu_config(config_)),
      bus_("bus"),
      ram_("ram", kRamBytes),
      uart_("uart"),
      exit_("exit"),
      host_("host"),
      accelerator_(make_accelerator(config.level, "accelerator", config.accelerator, period_)),
      dram_("dram", dram_config(config_)) {
    cpu_.bus.bind(bus_.target);
    bus_.map(kRamBase, kRamBytes, ram_.socket);
    bus_.map(MSD_PROGRAM_BASE, config_.dram_bytes, dram_.cpu, Addressing::kAbsolute);
    bus_.map(kUartBase, kUartBytes, uart_.socket);
    bus_.map(kExitBase, kExitBytes, exit_.socket);
    bus_.map(MSD_REGS_BASE, MSD_REGS_SIZE, accelerator_->registers());
    bus_.map(HOST_REGS_BASE, HOST_REGS_SIZE, host_.regs);
    bus_.expect_hole(MSD_SELFTEST_HOLE, MSD_SELFTEST_HOLE_BYTES);

    accelerator_->bind(dram_, irq_);
    cpu_.irq.bind(irq_);

    uart_.on_char = [this](char c) { result_.uart += c; };
    exit_.on_exit = [this](uint32_t code) {
        if (code == 0)
            finish(Ending::kFinished, "");
        else if (result_.message.empty())
            finish(Ending::kFailed,
                   fmt::format("firmware ended with code {} ({}){}", code, exit_meaning(code),
                               result_.uart.empty() ? "" : "; it printed:\n" + result_.uart));
        else
            finish(Ending::kFailed, result_.message);
    };
    accelerator_->on_warning = [this](const std::string& text) { warn("accelerator", text); };
    host_.on_warning = [this](const std::string& text) { warn("host", text); };
    bus_.on_warning = [this](const std::string& text) { warn("bus", text); };
    uart_.on_warning = [this](const std::string& text) { warn("uart", text); };
    exit_.on_warning = [this](const std::string& text) { warn("exit", text); };
    SC_METHOD(irq_changed);
    sensitive << irq_;
    dont_initialize();
}

void Soc::irq_changed() {
    if (!hooks_) return;  // the line as a checkpoint has it
    if (hooks_->irq) hooks_->irq(run_cycle(), irq_.read());
    if (irq_.read() && ++result_.interrupts == stop_interrupt_)
        stop_here(fmt::format("interrupt {} has come", result_.interrupts));
}

// Hands on what traces ask for; what nobody asks for costs nothing.
void Soc::observe(const RunHooks& hooks) {
    dram_.on_burst = nullptr;
    cpu_.on_access = nullptr;
    cpu_.on_sleep = nullptr;
    if (hooks.burst)
        dram_.on_burst = [this, &hooks](BurstRecord burst) {
            burst.issue_cycle -= start_cycle_;
            burst.response_cycle -= start_cycle_;
            hooks.burst(burst);
        };
    if (hooks.access)
        cpu_.on_access = [this, &hooks](CpuAccess access) {
            access.start -= start_cycle_;
            access.end -= start_cycle_;
            hooks.access(access);
        };
    if (hooks.sleep)
        cpu_.on_sleep = [this, &hooks](uint64_t cycle, bool asleep) {
            hooks.sleep(cycle - start_cycle_, asleep);
        };
    dram_.on_command = hooks.dram_command;
    cpu_.hart().set_trace(hooks.instruction);  // the hart counts from power-up
}

// The debugger's turn. False: it ended the program.
bool Soc::before_instruction() {
    if (detached_) return true;
    const bool first = watched_++ == 0;
    const bool asked = watched_ % 1024 == 0 && server_->interrupted();
    if (!first && !asked && !server_->stops_at(cpu_.pc())) return true;
    switch (server_->converse(debug_target_, asked ? 2 : 5)) {
        case Resume::kKill:
            finish(Ending::kFailed, "the debugger ended the program");
            return false;
        case Resume::kDetach:
            detached_ = true;
            return true;
        default:
            return true;
    }
}

void Soc::warn(const char* who, const std::string& text) {
    if (!hooks_ || !hooks_->warning) return;
    const double us = (sc_core::sc_time_stamp().value() - start_cycle_ * period_.value()) * 1e-6;
    hooks_->warning(fmt::format("[W {:.3f} us] soc.{}: {}", us, who, text));
}

void Soc::finish(Ending ending, const std::string& message) {
    if (done_) return;
    done_ = true;
    result_.ending = ending;
    result_.message = message;
    sc_core::sc_pause();
}

std::string Soc::who_waits() const {
    return fmt::format("cpu {} (of image {} firmware has seen {} layers complete), {}",
                       cpu_.waiting(), image(), progress_layers_, accelerator_->waiting());
}

// Everything as when the power comes on, at the next clock edge; the program in memory.
void Soc::power_up(const scheduler::Program& program, const RunHooks& hooks) {
    const uint64_t period_ps = period_.value();
    const uint64_t edge = (sc_core::sc_time_stamp().value() + period_ps) / period_ps;
    start_until(edge * period_ps);
    result_ = {};
    done_ = false;
    start_cycle_ = edge;
    progress_layers_ = 0;
    delivered_ = 0;
    stop_interrupt_ = 0;
    stop_reason_.clear();
    kept_.clear();
    observe(hooks);
    accelerator_->restart(config_.accelerator);
    dram_.reset();
    host_.reset();
    uart_.reset();

    const msd_program& header = program.header();
    if (header.memory_bytes > config_.dram_bytes)
        throw std::invalid_argument(fmt::format(
            "{}: the program needs {} MiB of DRAM, but {} has {} MiB; choose a larger memory",
            program.network, header.memory_bytes >> 20, config_.dram_preset,
            config_.dram_bytes >> 20));
    std::copy(program.image.begin(), program.image.end(),
              dram_.data(MSD_PROGRAM_BASE, program.image.size()));
    ram_.clear();
    watched_ = 0;
    detached_ = false;
    cpu_.before_instruction = nullptr;
    if (server_) cpu_.before_instruction = [this] { return before_instruction(); };
}

// The host's side of its port.
void Soc::serve(const scheduler::Program& program, const std::vector<std::vector<int8_t>>& inputs) {
    host_.frames_left = [&] { return static_cast<uint32_t>(inputs.size() - delivered_); };
    host_.next = [&] {
        if (delivered_ == inputs.size()) return warn("host", "NEXT without an image left");
        write_tensor(program.input, inputs[delivered_++]);
        result_.images.push_back({run_cycle(), 0, {}});
        result_.layers_done = progress_layers_ = 0;
    };
    host_.on_layer = [&](uint32_t layer) { progress_layers_ = layer + 1; };
    host_.on_result = [&](const host::Result& r) {
        if (r.code != 0) {
            const char* layer =
                r.layer < program.layers.size() ? program.layers[r.layer].name.c_str() : "?";
            if (!result_.images.empty()) result_.images.pop_back();
            result_.message = fmt::format(
                "image {}, layer {} ({}), tile {}: the accelerator reported error {} ({})",
                result_.images.size(), r.layer, layer, r.tile, r.code, msd_error_name(r.code));
            return;
        }
        if (result_.images.empty()) return warn("host", "RESULT without an image");
        ImageRun& image = result_.images.back();
        image.end_cycle = run_cycle();
        image.output = read_tensor(program.output);
        if (hooks_->image_done)
            hooks_->image_done(static_cast<uint32_t>(result_.images.size() - 1));
    };
}

// The accelerator's spans and lists.
void Soc::listen(const scheduler::Program& program, const RunControl& control) {
    accelerator_->on_span = nullptr;
    if (hooks_->span)
        accelerator_->on_span = [this](accelerator::UnitSpan s) {
            s.start -= start_cycle_;
            s.end -= start_cycle_;
            hooks_->span(image(), s);
        };
    accelerator_->on_kept = [&](uint64_t index, const msd_tile& tile, const int8_t* words) {
        collect(program, index, tile, words);
    };
    accelerator_->on_list_done = [&](uint64_t list) {
        const auto layer = static_cast<uint32_t>(list);
        result_.layers_done = layer + 1;
        if (hooks_->layer_done && !hooks_->layer_done(image(), layer))
            return finish(Ending::kFailed, "");
        while (!kept_.empty() && kept_.front().layer <= layer) kept_.erase(kept_.begin());
        if (control.stop_layer && control.stop_layer->image == image() &&
            control.stop_layer->layer == layer)
            stop_here(fmt::format("layer {} of image {} is complete", program.layers[layer].name,
                                  image()));
    };
}

void Soc::stop_here(const std::string& reason) {
    if (done_ || !stop_reason_.empty()) return;
    stop_reason_ = reason;
    sc_core::sc_pause();
}

// Until the program ends, a stop is reached or the time is out.
void Soc::simulate(uint64_t timeout_cycles, const RunControl& control) {
    const uint64_t period_ps = period_.value();
    const uint64_t end_ps = (start_cycle_ + timeout_cycles) * period_ps;
    const auto middle_ps = [&](uint64_t cycle) {
        return (start_cycle_ + cycle) * period_ps + period_ps / 2;
    };
    stop_interrupt_ = control.stop_interrupt.value_or(0);
    const bool stops = control.stop_cycle && *control.stop_cycle < timeout_cycles;
    start_until(stops ? middle_ps(*control.stop_cycle) : end_ps);
    if (!done_ && stop_reason_.empty() && stops)
        stop_reason_ = fmt::format("cycle {} is over", *control.stop_cycle);
    if (!stop_reason_.empty()) {  // all that belongs to this cycle, and nothing of the next
        start_until(middle_ps(run_cycle()));
        while (control.checkpoint && !done_ && !cpu_.quiet() && run_cycle() < timeout_cycles)
            start_until(middle_ps(run_cycle() + 1));
    }
}

RunResult Soc::run(const scheduler::Program& program,
                   const std::vector<std::vector<int8_t>>& inputs, uint64_t timeout_cycles,
                   const RunHooks& given, const RunControl& control) {
    const RunHooks hooks = merged(given, watch_);
    power_up(program, hooks);
    serve(program, inputs);
    if (control.restart.empty()) {
        const Elf elf = firmware_.empty()
                            ? parse_elf(kFirmwareElf, kFirmwareElfSize, "built-in firmware")
                            : parse_elf(firmware_.data(), firmware_.size(), "firmware");
        elf.load(ram_.data(), kRamBase, kRamBytes);
        cpu_.reset(elf.entry);
    } else {
        restart(program, control.restart);
    }
    hooks_ = &hooks;
    listen(program, control);

    simulate(timeout_cycles, control);
    result_.cycles = run_cycle();
    if (!done_ && !stop_reason_.empty()) {
        result_.ending = Ending::kStopped;
        result_.message =
            fmt::format("stopped in cycle {}: {}; {}", result_.cycles, stop_reason_, who_waits());
        if (control.checkpoint) result_.checkpoint = checkpoint(program);
    } else if (!done_) {
        result_.ending = Ending::kTimeout;
        result_.message = fmt::format("timeout after {} cycles: {}", timeout_cycles, who_waits());
    }
    if (!result_.images.empty() && result_.images.back().end_cycle == 0) {
        result_.unfinished = result_.images.back().start_cycle;
        result_.images.pop_back();
    }
    result_.counters = accelerator_->counters();
    accelerator_->stop();
    if (server_) server_->ended(result_.ending == Ending::kFinished ? 0 : 1);
    observe({});
    hooks_ = nullptr;
    return std::move(result_);
}

std::vector<int8_t> Soc::read_tensor(const scheduler::TensorPlace& place) const {
    const auto* data = const_cast<Dram&>(dram_).data(place.address, tensor_bytes(place.shape));
    return unpack_tensor(reinterpret_cast<const int8_t*>(data), place.shape);
}

std::optional<std::vector<int8_t>> Soc::read_layer(const scheduler::Program& program,
                                                   uint32_t layer) const {
    const scheduler::ProgramLayer& l = program.layers[layer];
    if (!l.kept) return read_tensor(l.output);
    for (const KeptMap& map : kept_)
        if (map.layer == layer) return unpack_tensor(map.bytes.data(), l.output.shape);
    return std::nullopt;
}

// A tile of a map that is handed over on chip: `words` in block order.
void Soc::collect(const scheduler::Program& program, uint64_t index, const msd_tile& tile,
                  const int8_t* words) {
    uint32_t layer = 0;
    while (layer < program.layers.size() &&
           index >= program.layers[layer].first_tile + uint64_t{program.layers[layer].tile_count})
        ++layer;
    if (layer == program.layers.size() || !program.layers[layer].kept) return;
    if (kept_.empty() || kept_.back().layer != layer)
        kept_.push_back(
            {layer, std::vector<int8_t>(tensor_bytes(program.layers[layer].output.shape))});
    // The descriptor came from memory, where anything may lie by now.
    const msd_block& to = tile.out;
    std::vector<int8_t>& map = kept_.back().bytes;
    uint64_t left = pe::result_words(tile) * pe::kWordBytes;
    for (uint64_t p = 0; p < to.planes; ++p)
        for (uint64_t r = 0; r < to.rows; ++r) {
            const uint64_t at = to.address + p * to.plane_stride + r * to.row_stride;
            if (to.row_bytes == 0 || to.row_bytes > left || at + to.row_bytes > map.size()) return;
            std::copy_n(words, to.row_bytes, map.begin() + static_cast<std::ptrdiff_t>(at));
            words += to.row_bytes;
            left -= to.row_bytes;
        }
}

void Soc::write_tensor(const scheduler::TensorPlace& place, const std::vector<int8_t>& tensor) {
    auto* data = dram_.data(place.address, tensor_bytes(place.shape));
    pack_tensor(tensor, place.shape, static_cast<int8_t>(place.quant.zero_point),
                reinterpret_cast<int8_t*>(data));
}

}  // namespace msd::platform
