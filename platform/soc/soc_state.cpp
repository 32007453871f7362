// The platform between two cycles as bytes, and going on from them.
#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

#include "firmware/program.h"
#include "platform/checkpoint/archive.h"
#include "platform/dram/state.h"
#include "platform/iss/state.h"
#include "platform/soc/soc.h"

namespace msd::platform {
namespace {

constexpr std::size_t kPageBytes = 4096;
constexpr uint64_t kLastPage = ~uint64_t{0};
using Page = std::array<uint8_t, kPageBytes>;

// The pages of a memory that differ from what it holds at power-up: `base`, then zeros.
void pages(StateWriter& writer, uint8_t* data, std::size_t bytes,
           const std::vector<uint8_t>& base) {
    for (uint64_t page = 0; page < bytes / kPageBytes; ++page) {
        const std::size_t at = page * kPageBytes;
        Page before{};
        if (at < base.size())
            std::memcpy(before.data(), base.data() + at, std::min(kPageBytes, base.size() - at));
        if (std::memcmp(before.data(), data + at, kPageBytes) == 0) continue;
        Page now;
        std::memcpy(now.data(), data + at, kPageBytes);
        writer(page, now);
    }
    uint64_t last = kLastPage;
    writer(last);
}

void pages(StateReader& reader, uint8_t* data, std::size_t bytes, const std::vector<uint8_t>&) {
    for (;;) {
        uint64_t page = 0;
        reader(page);
        if (page == kLastPage) return;
        if (page >= bytes / kPageBytes)
            throw std::runtime_error("it holds a page outside the memory");
        Page now;
        reader(now);
        std::memcpy(data + page * kPageBytes, now.data(), kPageBytes);
    }
}

void model(StateWriter& writer, AcceleratorModel& accelerator) {
    accelerator.save(writer);
}
void model(StateReader& reader, AcceleratorModel& accelerator) {
    accelerator.load(reader);
}

}  // namespace

// sc_start until a moment, or until someone pauses the simulation.
void Soc::start_until(uint64_t time_ps) {
    const uint64_t now = sc_core::sc_time_stamp().value();
    if (time_ps > now) sc_core::sc_start(sc_core::sc_time::from_value(time_ps - now));
}

template <class Archive>
void Soc::state(Archive& archive, const scheduler::Program& program) {
    archive(progress_layers_, delivered_, result_.interrupts, result_.layers_done, result_.uart);
    archive.each(result_.images,
                 [&](ImageRun& i) { archive(i.start_cycle, i.end_cycle, i.output); });
    archive.each(kept_, [&](KeptMap& m) { archive(m.layer, m.bytes); });
    archive(uart_, host_);
    pages(archive, ram_.data(), ram_.size(), {});
    // The built-in firmware keeps to the program's memory.
    const uint64_t used =
        (program.header().memory_bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
    const uint64_t bytes =
        firmware_.empty() ? std::min(used, config_.dram_bytes) : config_.dram_bytes;
    pages(archive, dram_.data(MSD_PROGRAM_BASE, bytes), bytes, program.image);
    model(archive, *accelerator_);
    dram_.state(archive, accelerator_->unanswered());
    archive(cpu_);
}

std::string Soc::checkpoint(const scheduler::Program& program) {
    if (!cpu_.quiet())
        throw std::runtime_error("no checkpoint: the CPU did not sleep before the time was out");
    StateWriter writer;
    uint64_t start_cycle = start_cycle_, time_ps = sc_core::sc_time_stamp().value();
    writer(start_cycle, time_ps);
    state(writer, program);
    return std::move(writer.bytes());
}

// Simulated time is the checkpoint's: nothing happens until then, and all moments in the state stay
// as they are.
void Soc::restart(const scheduler::Program& program, const std::string& bytes) {
    StateReader reader(bytes);
    uint64_t start_cycle = 0, time_ps = 0;
    reader(start_cycle, time_ps);
    if (start_cycle != start_cycle_ || time_ps <= sc_core::sc_time_stamp().value())
        throw std::logic_error("a checkpoint is gone on from by a process's first run");
    // A picosecond earlier, so that what the loading itself sets going is over when the hooks
    // listen.
    start_until(time_ps - 1);
    state(reader, program);
    if (!reader.at_end()) throw std::runtime_error("its state is longer than this platform's");
    start_until(time_ps);
}

}  // namespace msd::platform
