// A line for each tile that a simulation finishes.
#pragma once

#include <cstdint>
#include <map>

#include "ip/accelerator/accelerator.h"
#include "scheduler/program.h"

namespace msd::platform {

// --verbose: prints a line on stdout for each tile that leaves the accelerator.
class TileLines {
public:
    explicit TileLines(const scheduler::Program& program);

    // print: false for what an earlier run has shown, of which this one goes on.
    void add(uint32_t image, const accelerator::UnitSpan& span, bool print = true);

private:
    struct Tile {
        uint64_t load_start = 0, exec_start = 0, exec_end = 0, wait_act = 0, wait_wgt = 0,
                 wait_acc = 0, bytes = 0;
    };

    const scheduler::Program& program_;
    std::map<uint64_t, Tile> tiles_;  // in flight
};

}  // namespace msd::platform
