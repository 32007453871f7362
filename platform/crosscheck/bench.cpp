// The software of the cross-check: a thread that takes a program's steps.
#include "platform/crosscheck/bench.h"

#include <fmt/format.h>

#include <algorithm>

#include "ip/accelerator/accelerator_regs.h"
#include "platform/cli/cpu_time.h"

namespace msd::crosscheck {
namespace {

constexpr uint64_t kAccessCycles = 3;
constexpr unsigned kInterruptStream = static_cast<unsigned>(Stream::kInterrupt);
constexpr unsigned kRegisterStream = static_cast<unsigned>(Stream::kRegister);

const sc_core::sc_time kPeriod(4673, sc_core::SC_PS);

// Whether to delay a burst, and by how much: the same for both levels.
unsigned stall(const Program& p, unsigned master, uint64_t burst) {
    uint64_t z = p.stall_seed + (burst * 4 + master + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    if (z % 1000 >= p.stall_permille) return 0;
    return static_cast<unsigned>(1 + (z >> 32) % p.stall_cycles);
}

platform::DramConfig dram_config(const Program& p) {
    platform::DramConfig c;
    c.timing = platform::dram_preset(p.dram_preset);
    c.period = kPeriod;
    c.base = MSD_PROGRAM_BASE;
    c.size_bytes = (std::max<uint64_t>(p.memory_bytes, p.memory.size()) + 4095) / 4096 * 4096;
    c.beat_bytes = p.device.beat_bytes;
    c.read_latency_cycles = p.read_latency_cycles;
    c.write_latency_cycles = p.write_latency_cycles;
    return c;
}

// What unwinds a thread whose program was stopped.
struct Stopped {};

}  // namespace

Bench::Bench(const sc_core::sc_module_name& name, platform::Level level)
    : sc_module(name),
      period_(kPeriod),
      accelerator_(
          platform::make_accelerator(level, "accelerator", platform::built_in_rtl(), period_)),
      dram_("dram", dram_config({})) {
    rtl_ = dynamic_cast<platform::RtlAccelerator*>(accelerator_.get());
    software_.bind(accelerator_->registers());
    cpu_.bind(dram_.cpu);
    accelerator_->bind(dram_, irq_);
    accelerator_->on_span = [this](const accelerator::UnitSpan& s) {
        if (!stopped_) add(unit_event(s, start_));
    };
    if (rtl_) rtl_->on_violation = [this](const std::string& text) { stop(text); };
    dram_.on_request = [this](const platform::BurstRecord& b, uint64_t stamp) {
        if (!stopped_) add(request_event(b, stamp, start_));
    };
    dram_.on_burst = [this](const platform::BurstRecord& b) {
        if (!stopped_) add(response_event(b, dram_.data(b.address, b.bytes), start_));
    };
    dram_.extra_latency = [this](unsigned master, uint64_t burst) {
        return program_ ? stall(*program_, master, burst) : 0;
    };
    SC_THREAD(thread);
    set_stack_size(platform::RtlAccelerator::kCallerStackBytes);
    SC_METHOD(irq_changed);
    sensitive << irq_;
    dont_initialize();
}

Bench::~Bench() = default;

uint64_t Bench::now() const {
    return sc_core::sc_time_stamp().value() / period_.value();
}

void Bench::add(Event event) {
    const bool go_on = !*listener_ || (*listener_)(event);
    recording_.add(std::move(event));
    if (!go_on) stop("a difference");
}

void Bench::stop(const std::string& why) {
    if (stopped_) return;
    stopped_ = true;
    recording_.stopped = why;
    sc_core::sc_pause();
}

void Bench::irq_changed() {
    // The line of the program before may fall with the reset, which no cycle number is given to.
    if (!stopped_ && now() - start_ >= 2)
        add({kInterruptStream, now() - start_, {irq_.read()}, {}});
}

Recording Bench::run(const Program& program, const std::function<bool(const Event&)>& event) {
    // Power-up at the next clock edge. Until then a thread whose program was stopped unwinds: woken
    // by something else it would take up the new program, and then see `go_` a second time.
    const uint64_t edge = now() + 1;
    go_.notify(sc_core::SC_ZERO_TIME);
    sc_core::sc_start(period_ * static_cast<double>(edge) - sc_core::sc_time_stamp());
    program_ = &program;
    listener_ = &event;
    recording_.clear();
    start_ = edge;
    accelerator_->restart(program.device);
    dram_.configure(dram_config(program));
    std::copy(program.memory.begin(), program.memory.end(),
              dram_.data(MSD_PROGRAM_BASE, program.memory.size()));
    stopped_ = false;
    ++run_;
    go_.notify(sc_core::SC_ZERO_TIME);
    const double cpu_s = platform::thread_cpu_seconds();
    sc_core::sc_start(period_ * static_cast<double>(program.max_cycles));
    simulation_cpu_s_ = platform::thread_cpu_seconds() - cpu_s;
    recording_.cycles = now() - start_;
    if (!stopped_) {
        stopped_ = true;
        recording_.stopped =
            fmt::format("timeout after {} cycles: {}", program.max_cycles, accelerator_->waiting());
    }
    accelerator_->stop();
    if (!recording_.finished) {  // nothing of it may go on while others run
        accelerator_->restart(program.device);
        accelerator_->stop();
        dram_.reset();
    }
    return std::move(recording_);
}

void Bench::thread() {
    for (;;) {
        while (taken_ == run_) sc_core::wait(go_);
        taken_ = run_;
        try {
            idle(1);
            for (const Step& s : program_->steps) step(s);
            recording_.finished = true;
            stopped_ = true;
            sc_core::sc_pause();
        } catch (const Stopped&) {
        }
    }
}

// After every wait: the program may have been stopped, and the next one may want to begin.
void Bench::go_on() const {
    if (stopped_ || taken_ != run_) throw Stopped{};
}

void Bench::idle(uint64_t cycles) {
    if (cycles != 0) sc_core::wait(period_ * static_cast<double>(cycles), go_);
    go_on();
}

uint32_t Bench::access(bool write, uint32_t offset, uint32_t value) {
    tlm::tlm_generic_payload p;
    p.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    p.set_address(offset);
    p.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    p.set_data_length(4);
    p.set_streaming_width(4);
    const uint64_t cycle = now();
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    software_->b_transport(p, delay);
    go_on();
    const bool good = p.is_response_ok();
    if (!write && !good) value = 0;
    add({kRegisterStream, cycle - start_, {offset, value, write, good}, {}});
    idle(kAccessCycles);
    return value;
}

bool Bench::poll(uint32_t mask, uint32_t wanted, uint32_t every) {
    for (;;) {
        const uint32_t status = access(false, MSD_STATUS, 0);
        if ((status & mask) == wanted) return true;
        if ((status & MSD_STATUS_ERROR) != 0 && (mask & MSD_STATUS_IDLE) == 0) return false;
        idle(every);
    }
}

void Bench::await_lists(uint32_t lists) {
    while ((access(false, MSD_STATUS, 0) & MSD_STATUS_ERROR) == 0 &&
           access(false, MSD_LISTS_DONE, 0) < lists) {
        while (!irq_.read()) {
            sc_core::wait(irq_.value_changed_event() | go_);
            go_on();
        }
        idle(1);  // a registered input
        const uint32_t status = access(false, MSD_IRQ_STATUS, 0);
        access(true, MSD_IRQ_STATUS, status);
    }
}

void Bench::step(const Step& s) {
    switch (s.kind) {
        case Step::Kind::kIdle:
            return idle(s.value);
        case Step::Kind::kWrite:
            access(true, s.offset, s.value);
            return;
        case Step::Kind::kRead:
            access(false, s.offset, 0);
            return;
        case Step::Kind::kPush:
            if (s.value >= program_->lists.size()) return;
            access(true, MSD_LIST_ADDRESS, program_->lists[s.value].address);
            access(true, MSD_LIST_PUSH, program_->lists[s.value].count);
            return;
        case Step::Kind::kAwaitRoom:
            poll(4u << MSD_STATUS_QUEUE_LEVEL_SHIFT, 0, s.value);
            return;
        case Step::Kind::kAwaitLists:
            return await_lists(s.value);
        case Step::Kind::kAwaitIdle:
            poll(MSD_STATUS_IDLE, MSD_STATUS_IDLE, s.value);
            return;
        case Step::Kind::kReadAll:
            for (uint32_t offset = 0; offset <= MSD_SIZE_DSP; offset += 4)
                if (offset != MSD_CONTROL && offset != MSD_LIST_PUSH) access(false, offset, 0);
            return;
    }
}

}  // namespace msd::crosscheck
