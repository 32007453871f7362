// trace.json for Perfetto and wave.vcd for waveform viewers, made from recorded spans.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <tuple>

#include "platform/output/recorder.h"

namespace msd::platform {

using accelerator::kUnits;
using accelerator::Unit;

std::string perfetto_json(const Recorder& recorder, const TraceWindow& window, double clock_mhz) {
    std::string text = "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n";
    auto out = std::back_inserter(text);
    text +=
        "{\"ph\":\"M\",\"pid\":1,\"name\":\"process_name\",\"args\":{\"name\":\"accelerator\"}}";
    const auto track = [&](unsigned tid, const char* name) {
        fmt::format_to(out,
                       ",\n{{\"ph\":\"M\",\"pid\":1,\"tid\":{0},\"name\":\"thread_name\",\"args\":{"
                       "{\"name\":\"{1}\"}}}}"
                       ",\n{{\"ph\":\"M\",\"pid\":1,\"tid\":{0},\"name\":\"thread_sort_index\","
                       "\"args\":{{\"sort_index\":{0}}}}}",
                       tid, name);
    };
    track(0, "layers");
    for (unsigned u = 0; u < kUnits; ++u) track(u + 1, to_string(static_cast<Unit>(u)));

    const auto us = [clock_mhz](uint64_t cycle) { return static_cast<double>(cycle) / clock_mhz; };
    const auto& layers = recorder.program().layers;
    for (uint32_t image = 0; image < recorder.images(); ++image) {
        const std::vector<LayerStats>& stats = recorder.layer_stats(image);
        for (std::size_t l = 0; l < stats.size(); ++l) {
            const LayerStats& s = stats[l];
            if (s.end == 0 || s.end < window.from_cycle || s.start > window.to_cycle) continue;
            // Neighbouring layers overlap, so they are asynchronous slices.
            const std::string name = nlohmann::json(layers[l].name).dump();
            const uint64_t id = uint64_t{image} * stats.size() + l;
            fmt::format_to(out,
                           ",\n{{\"ph\":\"b\",\"cat\":\"layer\",\"id\":{},\"pid\":1,\"tid\":0,"
                           "\"ts\":{:.4f},\"name\":{},\"args\":{{\"image\":{},\"cycles\":{},\"read_"
                           "bytes\":{},\"write_bytes\":{}}}}}"
                           ",\n{{\"ph\":\"e\",\"cat\":\"layer\",\"id\":{},\"pid\":1,\"tid\":0,"
                           "\"ts\":{:.4f},\"name\":{}}}",
                           id, us(s.start), name, image, s.end - s.start, s.read_bytes,
                           s.write_bytes, id, us(s.end), name);
        }
    }
    for (const Span& s : recorder.spans()) {
        if (!window.shows(s)) continue;
        fmt::format_to(out,
                       ",\n{{\"ph\":\"X\",\"pid\":1,\"tid\":{},\"ts\":{:.4f},\"dur\":{:.4f},"
                       "\"name\":{},\"args\":{{\"image\":{},\"tile\":{},\"start_cycle\":{},"
                       "\"cycles\":{},\"stall_cycles\":{},\"bytes\":{}}}}}",
                       static_cast<unsigned>(s.unit) + 1, us(s.start), us(s.end - s.start),
                       nlohmann::json(layers[s.layer].name).dump(), s.image, s.tile, s.start,
                       s.end - s.start, s.stall, s.bytes);
    }
    text += "\n]}\n";
    return text;
}

namespace {

// A VCD identifier for signal number n: printable characters, shortest first.
std::string vcd_id(unsigned n) {
    return std::string(1, static_cast<char>('!' + n));
}

std::string vcd_vector(uint64_t value, const std::string& id) {
    return fmt::format("b{:b} {}\n", value, id);
}

}  // namespace

std::string vcd(const Recorder& recorder, const TraceWindow& window, uint64_t period_ps) {
    std::string text =
        "$version MSD virtual platform $end\n$timescale 1ps $end\n$scope module soc $end\n"
        "$scope module accelerator $end\n";
    auto out = std::back_inserter(text);
    for (unsigned u = 0; u < kUnits; ++u)
        fmt::format_to(
            out,
            "$scope module {} $end\n$var wire 1 {} busy $end\n$var wire 32 {} image [31:0] $end\n"
            "$var wire 32 {} layer [31:0] $end\n$var wire 32 {} tile [31:0] $end\n$upscope $end\n",
            to_string(static_cast<Unit>(u)), vcd_id(4 * u), vcd_id(4 * u + 1), vcd_id(4 * u + 2),
            vcd_id(4 * u + 3));
    text += "$upscope $end\n$upscope $end\n$enddefinitions $end\n#0\n$dumpvars\n";
    for (unsigned u = 0; u < kUnits; ++u) {
        fmt::format_to(out, "0{}\n", vcd_id(4 * u));
        for (unsigned v = 1; v < 4; ++v) text += vcd_vector(0, vcd_id(4 * u + v));
    }
    text += "$end\n";

    // Falling edges before rising ones in the same cycle: a unit that goes on at once still shows a
    // new tile.
    std::vector<std::tuple<uint64_t, bool, const Span*>> edges;
    for (const Span& s : recorder.spans()) {
        if (!window.shows(s) || s.start >= s.end) continue;
        edges.emplace_back(s.start, true, &s);
        edges.emplace_back(s.end, false, &s);
    }
    std::stable_sort(edges.begin(), edges.end(), [](const auto& a, const auto& b) {
        return std::tie(std::get<0>(a), std::get<1>(a)) < std::tie(std::get<0>(b), std::get<1>(b));
    });
    uint64_t now = 0;
    for (const auto& [cycle, rises, span] : edges) {
        if (cycle != now) {
            now = cycle;
            fmt::format_to(out, "#{}\n", cycle * period_ps);
        }
        const unsigned u = static_cast<unsigned>(span->unit);
        fmt::format_to(out, "{}{}\n", rises ? 1 : 0, vcd_id(4 * u));
        if (!rises) continue;
        text += vcd_vector(span->image, vcd_id(4 * u + 1));
        text += vcd_vector(span->layer, vcd_id(4 * u + 2));
        text += vcd_vector(span->tile, vcd_id(4 * u + 3));
    }
    return text;
}

}  // namespace msd::platform
