// A progress line on the terminal.
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

Progress::Progress(std::string what, double total, bool enabled, bool lines)
    : what_(std::move(what)),
      total_(total),
      enabled_(enabled && (lines || isatty(STDERR_FILENO) != 0)),
      lines_(isatty(STDERR_FILENO) == 0) {}

Progress::~Progress() {
    if (!drawn_) return;
    fmt::print(stderr, "\r\033[K");
    std::fflush(stderr);
}

void Progress::at(double done) {
    if (!enabled_ || total_ <= 0) return;
    const std::chrono::milliseconds between{lines_ ? 10'000 : 100};
    const Clock::time_point now = Clock::now();
    if ((drawn_ || lines_) && now - last_ < between) return;
    const std::chrono::duration<double> since = now - start_;
    const std::string text = progress_text(what_, done / total_, since.count());
    if (text.empty()) return;
    last_ = now;
    if (lines_) {
        fmt::print(stderr, "{}\n", text);
        return;
    }
    fmt::print(stderr, "\r\033[K{}", text);
    std::fflush(stderr);
    drawn_ = true;
}

}  // namespace msd::platform
