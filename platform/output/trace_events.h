// Chrome trace events as text, one method a phase.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

namespace msd::platform {

// A track of the trace: a "thread" of a "process".
struct Track {
    unsigned pid, tid;
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
        fmt::format_to(out(), ",\"name\":{},\"args\":{{{}}}}}", name, args);
        ++slices_;
    }
    void end(Track track, uint64_t ps) {
        head('E', track, ps);
        text_ += '}';
    }
    // phase: 's' starts an arrow, 't' continues it, 'f' ends it; inside the slice now open.
    void flow(char phase, Track track, uint64_t ps, uint64_t id) {
        head(phase, track, ps);
        fmt::format_to(out(), ",\"cat\":\"tile\",\"name\":\"tile\",\"id\":{}{}}}", id,
                       phase == 'f' ? ",\"bp\":\"e\"" : "");
    }
    void counter(unsigned pid, uint64_t ps, std::string_view name, std::string_view values) {
        head('C', {pid, 0}, ps);
        fmt::format_to(out(), ",\"name\":\"{}\",\"args\":{{{}}}}}", name, values);
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
    std::back_insert_iterator<std::string> out() { return std::back_inserter(text_); }
    void separator() {
        if (!text_.empty()) text_ += ",\n";
    }
    void head(char phase, Track track, uint64_t ps) {
        separator();
        const uint64_t ns = (ps + 500) / 1000;
        fmt::format_to(out(), "{{\"ph\":\"{}\",\"pid\":{},\"tid\":{},\"ts\":{}.{:03}", phase,
                       track.pid, track.tid, ns / 1000, ns % 1000);
    }
    void metadata(Track track, std::string_view what, const std::string& args) {
        separator();
        fmt::format_to(out(),
                       "{{\"ph\":\"M\",\"pid\":{},\"tid\":{},\"name\":\"{}\",\"args\":{{{}}}}}",
                       track.pid, track.tid, what, args);
    }

    std::string text_;
    std::size_t slices_ = 0;
};

}  // namespace msd::platform
