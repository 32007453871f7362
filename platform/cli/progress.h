// What a long command shows while it works: progress with the time left.
#pragma once

#include <chrono>
#include <string>

namespace msd::platform {

// A line on stderr, after two seconds and only on a terminal; gone when this is.
class Progress {
public:
    // what: "images"; total: in any unit. lines: where stderr is no terminal, a line every ten
    // seconds.
    Progress(std::string what, double total, bool enabled, bool lines = false);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void at(double done);

private:
    using Clock = std::chrono::steady_clock;

    std::string what_;
    double total_;
    bool enabled_, lines_, drawn_ = false;
    Clock::time_point start_ = Clock::now(), last_ = start_;
};

// "\r[#####     ]  52 %, 1.3 s left", …; empty before two seconds have passed.
std::string progress_text(const std::string& what, double share, double seconds);

}  // namespace msd::platform
