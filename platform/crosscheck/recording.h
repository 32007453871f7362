// What a run of the accelerator shows to the outside, event by event, and the first difference
// between two runs.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ip/accelerator/accelerator.h"
#include "platform/dram/dram.h"

namespace msd::crosscheck {

// Events of one stream come in an order that both levels share.
enum class Stream : uint8_t {
    kRequestW,  // values: address, bytes, issue cycle, cycle it is stamped with
    kRequestA,
    kRequestS,
    kRequestCpu,
    kResponseW,  // values: address, bytes, issue cycle, error; data of writes
    kResponseA,
    kResponseS,
    kResponseCpu,
    kInterrupt,  // values: level
    kRegister,   // values: offset, value, 1 = write, 1 = good
    kUnit,       // + accelerator::Unit; values: tile, start, end, bytes
};
constexpr unsigned kStreams = static_cast<unsigned>(Stream::kUnit) + accelerator::kUnits;

struct Event {
    unsigned stream = 0;
    uint64_t cycle = 0;  // in which it happened; from the program's start, as all cycles here
    std::array<uint64_t, 4> values{};
    std::vector<uint8_t> data;
};

struct Recording {
    std::array<std::vector<Event>, kStreams> streams;
    uint64_t cycles = 0;    // at the end
    bool finished = false;  // the program ended by itself
    std::string stopped;    // else why not: who waits for whom, a broken rule of the bus

    void clear();
    void add(Event event) { streams[event.stream].push_back(std::move(event)); }
    std::size_t size() const;
};

// Makes events of what the hooks of the platform report. `start`: the program's first cycle.
Event request_event(const platform::BurstRecord& burst, uint64_t stamp_cycle, uint64_t start);
Event response_event(const platform::BurstRecord& burst, const uint8_t* data, uint64_t start);
Event unit_event(const accelerator::UnitSpan& span, uint64_t start);

struct Difference {
    uint64_t cycle = 0;         // the earlier of both
    std::string module;         // "dma_s", "irq", "registers", "exec", …
    std::string what;           // which value of which event differs, in words
    std::string expected, got;  // the recorded run's (tlm) and the compared one's (rtl)
    std::string text() const;   // one line: cycle, module, what, both values
};

// Follows a run and compares it with a recording of another one, event by event.
class Comparison {
public:
    // Both must outlive this.
    explicit Comparison(const Recording& expected) : expected_(expected) {}

    // False from the first difference on. Events of different streams may come in any order within
    // a cycle, but never later than another stream's event of a later cycle.
    bool add(const Event& event);
    // Nothing more comes: the run has ended in cycle `cycles`.
    void finish(uint64_t cycles, bool finished);

    const std::optional<Difference>& difference() const { return difference_; }

private:
    void missing_before(uint64_t cycle);
    void propose(Difference difference);

    const Recording& expected_;
    std::array<std::size_t, kStreams> next_{};
    uint64_t now_ = 0;  // the run has come so far
    std::optional<Difference> difference_;
};

// Compares two complete recordings.
std::optional<Difference> compare(const Recording& expected, const Recording& got);

// "dma_a", "irq", "registers", "load_act", …
std::string module_name(unsigned stream);
// An event in words: "read of 256 bytes at 0x80100400, issued in cycle 12 (fetch of tile 0)".
std::string describe(const Event& event, const Recording& recording);

}  // namespace msd::crosscheck
