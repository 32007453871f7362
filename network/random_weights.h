// Random weights, biases and scales for networks that come as shapes only, such that activations
// stay lively.
#pragma once

#include <cstdint>
#include <vector>

#include "network/graph.h"

namespace msd::network {

// splitmix64 (Steele, Lea, Flood 2014): the same numbers on every machine.
class SplitMix {
public:
    explicit SplitMix(uint64_t seed) : state_(seed) {}
    uint64_t next() {
        uint64_t z = state_ += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }  // [0, 1)

private:
    uint64_t state_;
};

// Makes `graph` a quantised network: int8 weights (per channel, summing to about zero), biases and
// all scales. The scales follow from fan-in: docs/topology_csv.md. Layers need op, window, shape
// and bounds.
void draw_weights(Graph& graph, uint64_t seed);

}  // namespace msd::network
