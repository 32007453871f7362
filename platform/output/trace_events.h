// Chrome trace events as text, one method a phase.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace msd::platform {

// A track of the trace: a "thread" of a "process".
struct Track {
    unsigned pid, tid;
};

// Processes of the trace.
enum : unsigned {
    kNetworkTracks = 1,
    kCpuTracks,
    kAcceleratorTracks,
    kLutTracks,
    kDspTracks,
    kDramTracks
};

class TraceEvents {
public:
    // Names and args are JSON; names with their quotes.
    void process(unsigned pid, std::string_view name) {
        metadata({pid, 0}, "process_name", fmt::format("\"name\":\"{}\"", name));
        metadata({pid, 0}, "process_sort_index", fmt::format("\"sort_index\":{}", pid));
    }
    void thread(Track track, std::string_view name) {
        metadata(track, "thread_name", fmt::format("\"name\":\"{}\"", name));
        metadata(track, "thread_sort_index", fmt::format("\"sort_index\":{}", track.tid));
    }
    void begin(Track track, uint64_t ps, std::string_view name, std::string_view args) {
        head('B', track, ps);
        text_.append(",\"name\":").append(name).append(",\"args\":{").append(args).append("}}");
        ++slices_;
    }
    void end(Track track, uint64_t ps) {
        head('E', track, ps);
        text_ += '}';
    }
    // phase: 's' starts an arrow, 't' continues it, 'f' ends it; inside the slice now open.
    void flow(char phase, Track track, uint64_t ps, uint64_t id) {
        head(phase, track, ps);
        text_ += ",\"cat\":\"tile\",\"name\":\"tile\",\"id\":";
        number(id);
        text_ += phase == 'f' ? ",\"bp\":\"e\"}" : "}";
    }
    // Values: name and number, alternately in the counter's stack.
    void counter(unsigned pid, uint64_t ps, std::string_view name,
                 std::initializer_list<std::pair<std::string_view, uint64_t>> values) {
        head('C', {pid, 0}, ps);
        text_.append(",\"name\":\"").append(name).append("\",\"args\":{");
        const char* separator = "\"";
        for (const auto& [key, value] : values) {
            text_.append(separator).append(key).append("\":");
            number(value);
            separator = ",\"";
        }
        text_ += "}}";
    }

    std::size_t slices() const { return slices_; }
    std::size_t size() const { return text_.size(); }
    // The whole file; `other` is the JSON of otherData's members.
    std::string file(const std::string& other) const {
        return fmt::format(
            "{{\"displayTimeUnit\":\"ns\",\"otherData\":{{{}}},\"traceEvents\":[\n{}\n]}}\n", other,
            text_);
    }

private:
    // By hand where there are tens of thousands of them: a third of fmt's time.
    void number(uint64_t value) {
        const fmt::format_int digits(value);
        text_.append(digits.data(), digits.size());
    }
    void separator() {
        if (!text_.empty()) text_ += ",\n";
    }
    void head(char phase, Track track, uint64_t ps) {
        separator();
        const uint64_t ns = (ps + 500) / 1000;
        text_.append("{\"ph\":\"").append(1, phase).append("\",\"pid\":");
        number(track.pid);
        text_ += ",\"tid\":";
        number(track.tid);
        text_ += ",\"ts\":";
        number(ns / 1000);
        text_ += '.';
        for (const uint64_t unit : {100, 10, 1}) text_ += static_cast<char>('0' + ns / unit % 10);
    }
    void metadata(Track track, std::string_view what, const std::string& args) {
        separator();
        text_ +=
            fmt::format("{{\"ph\":\"M\",\"pid\":{},\"tid\":{},\"name\":\"{}\",\"args\":{{{}}}}}",
                        track.pid, track.tid, what, args);
    }

    std::string text_;
    std::size_t slices_ = 0;
};

struct TraceInput;

// DRAM bandwidth, array utilisation and buffer fill over time, in bins of the window; fewer of them
// the larger the stride.
void write_counters(TraceEvents& events, const TraceInput& input, uint32_t stride);

}  // namespace msd::platform
