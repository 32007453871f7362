// The random numbers of drawn images: splitmix64, the same on every machine.
#pragma once

#include <cstdint>

namespace msd::network {

class Random {
public:
    // Series `index` of `seed`: neighbouring series have nothing in common.
    Random(uint64_t seed, uint64_t index)
        : state_(mix(mix(seed) + 0x9e3779b97f4a7c15u * (index + 1))) {}

    uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15u); }
    int below(int n) { return static_cast<int>(((next() >> 32) * static_cast<uint64_t>(n)) >> 32); }
    double uniform(double lo, double hi) {  // [lo, hi)
        return lo + (hi - lo) * (static_cast<double>(next() >> 11) * 0x1p-53);
    }

private:
    static uint64_t mix(uint64_t z) {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }

    uint64_t state_;
};

}  // namespace msd::network
