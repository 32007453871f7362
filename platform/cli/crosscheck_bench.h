// `msd bench crosscheck`: how fast TLM and RTL simulate the same layer.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace msd::platform {

// tlm_cycles_per_s, rtl_cycles_per_s, ratio, cycles: one layer of ResNet-18 on ultra96 at its true
// size, CPU seconds of one thread, medians. Throws std::logic_error if the two differ.
std::vector<std::pair<std::string, double>> bench_crosscheck(int repeats);

}  // namespace msd::platform
