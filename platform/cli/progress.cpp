// Progress and verbose lines.
#include "platform/cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace msd::platform {

std::string progress_text(const std::string& what, double share, double seconds) {
    constexpr double kSilent = 2;  // seconds
    constexpr int kWidth = 30;
    if (seconds < kSilent) return {};
    share = std::clamp(share, 0.0, 1.0);
    const int full = static_cast<int>(share * kWidth);
    std::string text = fmt::format("{} [{}{}] {:3.0f} %", what, std::string(full, '#'),
                                   std::string(kWidth - full, ' '), 100 * share);
    if (share > 0) text += fmt::format(", {:.0f} s left", seconds * (1 - share) / share);
    return text;
}

Progress::Progress(std::string what, double total, bool enabled)
    : what_(std::move(what)), total_(total), enabled_(enabled && isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
    if (!drawn_) return;
    fmt::print(stderr, "\r\033[K");
    std::fflush(stderr);
}

void Progress::at(double done) {
    if (!enabled_ || total_ <= 0) return;
    constexpr std::chrono::milliseconds kBetween{100};
    const Clock::time_point now = Clock::now();
    if (drawn_ && now - last_ < kBetween) return;
    const std::chrono::duration<double> since = now - start_;
    const std::string text = progress_text(what_, done / total_, since.count());
    if (text.empty()) return;
    fmt::print(stderr, "\r\033[K{}", text);
    std::fflush(stderr);
    drawn_ = true;
    last_ = now;
}

TileLines::TileLines(const scheduler::Program& program) : program_(program) {
    fmt::print("{:>5}  {:<20} {:>5} {:>11} {:>11} {:>11} {:>9} {:>9} {:>9} {:>9}\n", "image",
               "layer", "tile", "load from", "exec from", "done", "wait act", "wait wgt",
               "wait acc", "bytes");
}

void TileLines::add(uint32_t image, const accelerator::UnitSpan& s) {
    using accelerator::Unit;
    Tile& t = tiles_[s.tile];
    t.bytes += s.bytes;
    const bool loads =
        s.unit == Unit::kLoadAct || s.unit == Unit::kLoadWgt || s.unit == Unit::kLoadRes;
    if (loads && (t.load_start == 0 || s.start < t.load_start)) t.load_start = s.start;
    if (s.unit == Unit::kExec) {
        t.exec_start = s.start;
        t.exec_end = s.end;
        t.wait_act = s.wait_act;
        t.wait_wgt = s.wait_wgt;
        t.wait_acc = s.wait_acc;
    }
    if (s.unit != Unit::kStore) return;
    // Everything up to the stored tile is done: partial sums leave with the last of them.
    while (!tiles_.empty() && tiles_.begin()->first <= s.tile) {
        const auto [index, tile] = *tiles_.begin();
        tiles_.erase(tiles_.begin());
        std::size_t layer = 0;
        while (layer + 1 < program_.layers.size() && program_.layers[layer + 1].first_tile <= index)
            ++layer;
        const auto& l = program_.layers[layer];
        const uint64_t done = index == s.tile ? s.end : tile.exec_end;
        fmt::print("{:>5}  {:<20.20} {:>5} {:>11} {:>11} {:>11} {:>9} {:>9} {:>9} {:>9}\n", image,
                   l.name, index - l.first_tile, tile.load_start, tile.exec_start, done,
                   tile.wait_act, tile.wait_wgt, tile.wait_acc, tile.bytes);
    }
}

}  // namespace msd::platform
