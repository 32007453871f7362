// Seconds of CPU time: what a single-threaded measurement costs, however busy the machine is.
#pragma once

#include <ctime>

namespace msd::platform {

inline double thread_cpu_seconds() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

}  // namespace msd::platform
