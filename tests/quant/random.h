// Random numbers of the tests: the same on every machine, unlike the distributions of the standard
// library.
#pragma once

#include <cstdint>

namespace msd::test {

class Random {
public:
    explicit Random(uint64_t seed) : state_(seed) {}

    uint64_t next() {  // splitmix64
        uint64_t z = state_ += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    int below(int n) { return static_cast<int>(next() % static_cast<uint64_t>(n)); }
    double uniform(double lo, double hi) {
        return lo + (hi - lo) * (static_cast<double>(next() >> 11) * 0x1p-53);
    }
    double normal() {  // nearly: the sum of twelve
        double sum = -6;
        for (int i = 0; i < 12; ++i) sum += uniform(0, 1);
        return sum;
    }

private:
    uint64_t state_;
};

}  // namespace msd::test
