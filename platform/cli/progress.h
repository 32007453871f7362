// What a long command shows while it works: progress with the time left, and a line a tile.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "ip/accelerator/accelerator.h"
#include "scheduler/program.h"

namespace msd::platform {

// A line on stderr, after two seconds and only on a terminal; gone when this is.
class Progress {
public:
    // what: "images"; total: in any unit
    Progress(std::string what, double total, bool enabled);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void at(double done);

private:
    using Clock = std::chrono::steady_clock;

    std::string what_;
    double total_;
    bool enabled_, drawn_ = false;
    Clock::time_point start_ = Clock::now(), last_ = start_;
};

// --verbose: prints a line on stdout for each tile that leaves the accelerator.
class TileLines {
public:
    explicit TileLines(const scheduler::Program& program);

    void add(uint32_t image, const accelerator::UnitSpan& span);

private:
    struct Tile {
        uint64_t load_start = 0, exec_start = 0, exec_end = 0, wait_act = 0, wait_wgt = 0,
                 wait_acc = 0, bytes = 0;
    };

    const scheduler::Program& program_;
    std::map<uint64_t, Tile> tiles_;  // in flight
};

// "\r[#####     ]  52 %, 1.3 s left", …; empty before two seconds have passed.
std::string progress_text(const std::string& what, double share, double seconds);

}  // namespace msd::platform
