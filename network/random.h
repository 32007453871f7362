// Random numbers that are the same on every machine: splitmix64 (Steele, Lea, Flood 2014).
#pragma once

#include <cstdint>

namespace msd::network {

class SplitMix {
public:
    explicit SplitMix(uint64_t seed) : state_(seed) {}
    uint64_t next() { return mix(state_ += kStep); }
    double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }  // [0, 1)

protected:
    static constexpr uint64_t kStep = 0x9e3779b97f4a7c15u;
    static uint64_t mix(uint64_t z) {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }

private:
    uint64_t state_;
};

class Random : public SplitMix {
public:
    // Series `index` of `seed`: neighbouring series have nothing in common.
    Random(uint64_t seed, uint64_t index) : SplitMix(mix(mix(seed) + kStep * (index + 1))) {}

    int below(int n) { return static_cast<int>(((next() >> 32) * static_cast<uint64_t>(n)) >> 32); }
    double uniform(double lo, double hi) { return lo + (hi - lo) * SplitMix::uniform(); }  // [lo, hi)
};

}  // namespace msd::network
