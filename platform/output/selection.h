// Which part of a run a trace shows: a window of cycles, layers and signals by pattern.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace msd::platform {

// A signal's path is "soc.accelerator.exec.state". A pattern (with * and ?) selects every signal
// whose path, or a scope above it, ends with what it matches: "soc.cpu", "exec", "exec.state",
// "irq", "dma_?.outstanding".
bool selects(const std::string& pattern, const std::string& path);

struct Selection {
    uint64_t from_cycle = 0, to_cycle = ~uint64_t{0};
    std::vector<std::string> signals;  // empty: all
    std::vector<std::string> layers;   // patterns of layers' names; empty: all

    bool shows_signal(const std::string& path) const;
    bool shows_layer(const std::string& name) const;
    bool shows_cycles(uint64_t start, uint64_t end) const {
        return end >= from_cycle && start <= to_cycle;
    }
};

// The first of `patterns` that matches none of `names` (paths, or layers if `whole`), as "'exce'
// matches none of soc.irq, …" with `shown` (if empty: names); empty if all match.
std::string idle_pattern(const std::vector<std::string>& patterns,
                         const std::vector<std::string>& names, bool whole,
                         const std::vector<std::string>& shown = {});

}  // namespace msd::platform
