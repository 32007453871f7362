// How fast weights are put on the RSD grid.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace msd::platform {

// seconds: all weights of ResNet-50 (drawn, near to normal, every channel with its own scale) with
// two digits, the best scale of every channel, CPU seconds of one thread, the median of `repeats`;
// published_s: the same by the published search; ratio: of the two.
std::vector<std::pair<std::string, double>> bench_quantise(int repeats);

}  // namespace msd::platform
