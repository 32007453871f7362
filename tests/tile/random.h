// A small generator of random numbers, the same on every machine.
#pragma once

#include <cstdint>

namespace msd::test {

class Random {
public:
    explicit Random(uint64_t seed) : state_(seed) {}

    uint64_t bits() {  // splitmix64
        uint64_t z = state_ += 0x9e3779b97f4a7c15u;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        return z ^ z >> 31;
    }
    int in(int low, int high) {  // both included
        return low + static_cast<int>(bits() % (static_cast<uint64_t>(int64_t{high} - low) + 1));
    }
    bool chance(int percent) { return in(1, 100) <= percent; }
    int8_t byte() {  // extremes are likely
        const int kind = in(0, 7);
        return static_cast<int8_t>(kind == 0 ? -128 : kind == 1 ? 127 : in(-128, 127));
    }

private:
    uint64_t state_;
};

}  // namespace msd::test
