// VCD, and GTKWave's save and filter files.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "platform/output/wave.h"

namespace msd::platform {
namespace {

// A VCD identifier for signal n: printable characters, shortest first.
std::string vcd_id(std::size_t n) {
    constexpr std::size_t kFirst = '!', kCount = '~' - '!' + 1;
    std::string id;
    for (++n; n > 0; n = (n - 1) / kCount) id += static_cast<char>(kFirst + (n - 1) % kCount);
    return id;
}

std::vector<std::string> split(const std::string& scope) {
    std::vector<std::string> parts;
    for (std::size_t from = 0;;) {
        const std::size_t dot = scope.find('.', from);
        parts.push_back(scope.substr(from, dot - from));
        if (dot == std::string::npos) return parts;
        from = dot + 1;
    }
}

// As GTKWave names it.
std::string shown_path(const WaveSignal& s) {
    return s.width == 1 ? s.path() : fmt::format("{}[{}:0]", s.path(), s.width - 1);
}

unsigned flags(const WaveSignal& s) {
    constexpr unsigned kHex = 0x2, kDecimal = 0x4, kBinary = 0x8, kRight = 0x20, kFilter = 0x2000,
                       kAnalogueStep = 0x8000;
    const unsigned filter = s.names >= 0 ? kFilter : 0;
    switch (s.show) {
        case WaveSignal::Show::kBit:
            return kBinary | kRight | filter;
        case WaveSignal::Show::kHex:
            return kHex | kRight | filter;
        case WaveSignal::Show::kLevel:
            return kDecimal | kRight | kAnalogueStep;
        default:
            return kDecimal | kRight | filter;
    }
}

}  // namespace

std::string vcd_text(const Wave& wave) {
    std::string text = "$version MSD virtual platform $end\n$timescale 1ps $end\n";
    auto out = std::back_inserter(text);
    std::vector<std::string> open, ids;
    for (std::size_t n = 0; n < wave.signals.size(); ++n) {
        const WaveSignal& s = wave.signals[n];
        const std::vector<std::string> scope = split(s.scope);
        std::size_t common = 0;
        while (common < open.size() && common < scope.size() && open[common] == scope[common])
            ++common;
        for (; open.size() > common; open.pop_back()) text += "$upscope $end\n";
        for (; open.size() < scope.size(); open.push_back(scope[open.size()]))
            fmt::format_to(out, "$scope module {} $end\n", scope[open.size()]);
        ids.push_back(vcd_id(n));
        fmt::format_to(out, "$var wire {} {} {}{} $end\n", s.width, ids[n], s.name,
                       s.width == 1 ? "" : fmt::format(" [{}:0]", s.width - 1));
    }
    for (; !open.empty(); open.pop_back()) text += "$upscope $end\n";
    fmt::format_to(out, "$enddefinitions $end\n#{}\n$dumpvars\n", wave.from_ps);
    uint64_t now = wave.from_ps;
    std::size_t initial = wave.signals.size();
    for (const WaveChange& c : wave.changes) {
        if (initial == 0 && c.ps != now) fmt::format_to(out, "#{}\n", now = c.ps);
        if (wave.signals[c.signal].width == 1)
            fmt::format_to(out, "{}{}\n", c.value, ids[c.signal]);
        else
            fmt::format_to(out, "b{:b} {}\n", c.value, ids[c.signal]);
        if (initial != 0 && --initial == 0) text += "$end\n";
    }
    if (now < wave.to_ps) fmt::format_to(out, "#{}\n", wave.to_ps);
    return text;
}

std::string names_text(const WaveNames& names) {
    std::string text;
    for (const auto& [value, name] : names.values)
        text += names.name == "register" ? fmt::format("{:08X} {}\n", value, name)
                                         : fmt::format("{} {}\n", value, name);
    return text;
}

std::string gtkw_text(const Wave& wave, const std::string& dump) {
    // GTKWave shows 2^zoom / 200 units of time a pixel: the smallest zoom that shows everything.
    constexpr uint64_t kPixels = 1100;
    const uint64_t length = std::max<uint64_t>(wave.to_ps - wave.from_ps, 1);
    int zoom = 0;
    while ((uint64_t{1} << zoom) / 200.0 * kPixels < static_cast<double>(length)) ++zoom;
    std::string text = fmt::format(
        "[*] MSD virtual platform\n[dumpfile] \"{}\"\n[timestart] {}\n[size] 1700 1000\n[pos] -1 "
        "-1\n"
        "*-{}.0 {} -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1\n"
        "[treeopen] soc.\n[treeopen] soc.accelerator.\n[sst_width] 220\n[signals_width] 300\n"
        "[sst_expanded] 1\n[sst_vpaned_height] 400\n",
        dump, wave.from_ps, zoom, wave.from_ps);
    auto out = std::back_inserter(text);
    constexpr unsigned kColours =
        7;  // of GTKWave: red, orange, yellow, green, blue, indigo, violet
    std::string group;
    unsigned colour = 0;
    const auto close = [&] {
        if (!group.empty()) fmt::format_to(out, "@1000200\n-{}\n", group);
    };
    for (const WaveSignal& s : wave.signals) {
        if (s.scope != group) {
            close();
            group = s.scope;
            colour = colour % kColours + 1;
            // The rest is one click away: groups of signals that are not in the first view are
            // closed.
            const bool shown = std::any_of(wave.signals.begin(), wave.signals.end(),
                                           [&](auto& o) { return o.scope == group && o.main; });
            fmt::format_to(out, "@{}\n-{}\n", shown ? "800200" : "c00200", group);
        }
        if (!s.main && std::any_of(wave.signals.begin(), wave.signals.end(),
                                   [&](auto& o) { return o.scope == s.scope && o.main; }))
            continue;
        fmt::format_to(out, "[color] {}\n@{:x}\n", colour, flags(s));
        if (s.names >= 0)
            fmt::format_to(out, "^1 wave_{}.txt\n",
                           wave.names[static_cast<std::size_t>(s.names)].name);
        text += shown_path(s) + "\n";
    }
    close();
    text += "[pattern_trace] 1\n[pattern_trace] 0\n";
    return text;
}

}  // namespace msd::platform
