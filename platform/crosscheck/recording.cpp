// Comparing two runs, and saying where they part.
#include "platform/crosscheck/recording.h"

#include <fmt/format.h>

#include <algorithm>

#include "ip/accelerator/accelerator_regs.h"

namespace msd::crosscheck {
namespace {

using accelerator::Unit;

constexpr uint64_t kNever = ~uint64_t{0};

constexpr unsigned number(Stream stream) {
    return static_cast<unsigned>(stream);
}
constexpr bool is_request(unsigned s) {
    return s <= number(Stream::kRequestCpu);
}
constexpr bool is_response(unsigned s) {
    return s >= number(Stream::kResponseW) && s <= number(Stream::kResponseCpu);
}

const char* value_name(unsigned stream, unsigned value) {
    static const char* const request[] = {"address", "bytes", "issue cycle", "cycle of the stamp"};
    static const char* const response[] = {"address", "bytes", "issue cycle", "error"};
    static const char* const interrupt[] = {"level", "", "", ""};
    static const char* const access[] = {"offset", "value", "write", "good"};
    static const char* const unit[] = {"tile", "start", "end", "bytes"};
    if (is_request(stream)) return request[value];
    if (is_response(stream)) return response[value];
    if (stream == number(Stream::kInterrupt)) return interrupt[value];
    if (stream == number(Stream::kRegister)) return access[value];
    return unit[value];
}

bool is_address(unsigned stream, unsigned value) {
    return value == 0 && (is_request(stream) || is_response(stream));
}

std::string value_text(unsigned stream, unsigned value, uint64_t v) {
    if (is_address(stream, value)) return fmt::format("{:#x}", v);
    if (stream == number(Stream::kRegister) && value == 1) return fmt::format("{0} ({0:#x})", v);
    return fmt::format("{}", v);
}

// The tile that a burst belongs to, by the unit at work.
std::string burst_owner(const Event& event, const Recording& recording) {
    static const std::vector<Unit> units[] = {
        {Unit::kLoadWgt}, {Unit::kFetch, Unit::kLoadAct, Unit::kLoadRes}, {Unit::kStore}, {}};
    const uint64_t issue = event.values[2];
    std::string text;
    for (const Unit unit : units[event.stream % 4]) {
        const auto& spans = recording.streams[number(Stream::kUnit) + static_cast<unsigned>(unit)];
        for (const Event& span : spans) {
            if (issue <= span.values[1] || issue > span.values[2]) continue;
            if (!text.empty()) text += " or ";
            text += fmt::format("{} of tile {}", to_string(unit), span.values[0]);
        }
    }
    return text.empty() ? text : " (" + text + ")";
}

// The cycle in which two differing events first differ.
uint64_t when(const Event& a, const Event& b, unsigned value) {
    const bool cycles = is_request(a.stream) ? value >= 2
                        : is_response(a.stream)
                            ? value == 2
                            : a.stream >= number(Stream::kUnit) && (value == 1 || value == 2);
    return cycles ? std::min(a.values[value], b.values[value]) : std::min(a.cycle, b.cycle);
}

}  // namespace

void Recording::clear() {
    for (auto& stream : streams) stream.clear();
    cycles = 0;
    finished = false;
    stopped.clear();
}

std::size_t Recording::size() const {
    std::size_t n = 0;
    for (const auto& stream : streams) n += stream.size();
    return n;
}

Event request_event(const platform::BurstRecord& b, uint64_t stamp_cycle, uint64_t start) {
    // Of a write, only its last beat tells RTL's bridge all about it.
    return {number(Stream::kRequestW) + b.master,
            stamp_cycle - start,
            {b.address, b.bytes, b.issue_cycle - start, stamp_cycle - start},
            {}};
}

Event response_event(const platform::BurstRecord& b, const uint8_t* data, uint64_t start) {
    Event event{number(Stream::kResponseW) + b.master,
                b.response_cycle - start,
                {b.address, b.bytes, b.issue_cycle - start, b.error},
                {}};
    if (b.write && data) event.data.assign(data, data + b.bytes);
    return event;
}

Event unit_event(const accelerator::UnitSpan& s, uint64_t start) {
    return {number(Stream::kUnit) + static_cast<unsigned>(s.unit),
            s.end - start,
            {s.tile, s.start - start, s.end - start, s.bytes},
            {}};
}

std::string module_name(unsigned stream) {
    static const char* const masters[] = {"dma_w", "dma_a", "dma_s", "cpu"};
    if (is_request(stream) || is_response(stream)) return masters[stream % 4];
    if (stream == number(Stream::kInterrupt)) return "irq";
    if (stream == number(Stream::kRegister)) return "registers";
    return to_string(static_cast<Unit>(stream - number(Stream::kUnit)));
}

std::string describe(const Event& e, const Recording& recording) {
    if (is_request(e.stream))
        return fmt::format("request of {} bytes at {:#x}, issued in cycle {}{}", e.values[1],
                           e.values[0], e.values[2], burst_owner(e, recording));
    if (is_response(e.stream))
        return fmt::format("response to {} bytes at {:#x}, issued in cycle {}{}", e.values[1],
                           e.values[0], e.values[2], burst_owner(e, recording));
    if (e.stream == number(Stream::kInterrupt))
        return fmt::format("interrupt line {}", e.values[0] ? "rises" : "falls");
    if (e.stream == number(Stream::kRegister)) {
        const char* name = msd_register_name(static_cast<uint32_t>(e.values[0]));
        return fmt::format("{} of register {}", e.values[2] ? "write" : "read",
                           name ? std::string(name) : fmt::format("{:#x}", e.values[0]));
    }
    return fmt::format("tile {} in cycles {} to {}", e.values[0], e.values[1], e.values[2]);
}

std::string Difference::text() const {
    return fmt::format("cycle {}, {}: {}: rtl {}, tlm {}", cycle, module, what, got, expected);
}

void Comparison::propose(Difference d) {
    if (!difference_ || d.cycle < difference_->cycle) difference_ = std::move(d);
}

// What should have happened before `cycle` and has not.
void Comparison::missing_before(uint64_t cycle) {
    for (unsigned s = 0; s < kStreams; ++s) {
        const auto& stream = expected_.streams[s];
        // The RTL's tokens are known when the cycle is over, so a unit may be told one cycle late.
        const uint64_t late = s >= number(Stream::kUnit);
        if (next_[s] >= stream.size() || stream[next_[s]].cycle + late >= cycle) continue;
        const Event& e = stream[next_[s]];
        // What was told in advance and had not happened when the program ended.
        if (expected_.finished && e.cycle >= expected_.cycles) continue;
        const uint64_t at =
            is_request(s) || is_response(s) ? std::min(e.values[2], e.cycle) : e.cycle;
        propose({is_request(s) ? at : e.cycle, module_name(s), describe(e, expected_),
                 fmt::format("happens in cycle {}", e.cycle), "is missing"});
    }
}

bool Comparison::add(const Event& got) {
    if (difference_) return false;
    // Units and write requests may be told before they are over.
    if (got.stream < number(Stream::kUnit) && got.stream != number(Stream::kRequestS))
        now_ = std::max(now_, got.cycle);
    const auto& stream = expected_.streams[got.stream];
    const std::size_t index = next_[got.stream];
    if (index >= stream.size()) {
        propose({got.cycle, module_name(got.stream), describe(got, expected_), "does not happen",
                 fmt::format("happens in cycle {}", got.cycle)});
        missing_before(std::min(got.cycle, now_));
        return false;
    }
    const Event& want = stream[index];
    ++next_[got.stream];
    for (unsigned v = 0; v < 4; ++v) {
        if (want.values[v] == got.values[v]) continue;
        propose({when(want, got, v), module_name(got.stream),
                 fmt::format("{}, {}", describe(want, expected_), value_name(got.stream, v)),
                 value_text(got.stream, v, want.values[v]),
                 value_text(got.stream, v, got.values[v])});
        break;
    }
    if (!difference_ && want.cycle != got.cycle)
        propose({std::min(want.cycle, got.cycle), module_name(got.stream),
                 describe(want, expected_) + ", cycle", fmt::format("{}", want.cycle),
                 fmt::format("{}", got.cycle)});
    if (!difference_ && want.data != got.data) {
        std::size_t i = 0;
        while (i < want.data.size() && i < got.data.size() && want.data[i] == got.data[i]) ++i;
        const auto byte = [i](const Event& e) {
            return i < e.data.size() ? fmt::format("{}", int{static_cast<int8_t>(e.data[i])})
                                     : std::string("none");
        };
        propose({got.cycle, module_name(got.stream),
                 fmt::format("{}, byte at {:#x}", describe(want, expected_), want.values[0] + i),
                 byte(want), byte(got)});
    }
    missing_before(difference_ ? std::min(difference_->cycle, now_) : now_);
    return !difference_;
}

void Comparison::finish(uint64_t cycles, bool finished) {
    if (difference_) return;
    missing_before(kNever);
    if (difference_) return;
    if (finished != expected_.finished || (finished && cycles != expected_.cycles))
        propose({std::min(cycles, expected_.cycles), "program", "end",
                 expected_.finished ? fmt::format("cycle {}", expected_.cycles) : "never",
                 finished ? fmt::format("cycle {}", cycles) : "never"});
}

std::optional<Difference> compare(const Recording& expected, const Recording& got) {
    std::vector<const Event*> events;
    for (const auto& stream : got.streams)
        for (const Event& e : stream) events.push_back(&e);
    std::stable_sort(events.begin(), events.end(),
                     [](const Event* a, const Event* b) { return a->cycle < b->cycle; });
    Comparison comparison(expected);
    for (const Event* e : events)
        if (!comparison.add(*e)) return comparison.difference();
    comparison.finish(got.cycles, got.finished);
    return comparison.difference();
}

}  // namespace msd::crosscheck
