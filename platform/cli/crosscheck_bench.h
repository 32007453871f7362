// A network's layer alone through both levels: for `msd crosscheck --network`, and timed for
// `msd bench crosscheck`.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "platform/crosscheck/program.h"

namespace msd::platform {

// One layer of a scheduled network on a device preset, on random feature maps; its name goes to
// `layer`. If that is empty: the longest layer of 256 channels or more, or of any. Throws
// std::invalid_argument naming the layers if it has none of this name.
crosscheck::Program network_layer(const std::string& network, const std::string& preset,
                                  std::string& layer);

// tlm_cycles_per_s, rtl_cycles_per_s, ratio, cycles: one layer of ResNet-18 on ultra96 at its true
// size, CPU seconds of one thread without filling the memory, medians. Throws std::logic_error if
// the two differ.
std::vector<std::pair<std::string, double>> bench_crosscheck(int repeats);

}  // namespace msd::platform
