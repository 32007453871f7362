// The published mixed-EB search ("Algorithm 1" of MSD, FCCM'23), quirks and all: by latency alone,
// sorted as text. Source: the artefact's adaptive_search_latency_*.py.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace msd::mixed_eb {

// A layer's cycles at EB 1, 2 and 3, as text: the published program sorts the digits, so 97346
// comes behind 161695.
struct LayerLatency {
    std::string name;
    std::array<std::string, 3> cycles;
};

// Reads the artefact's tables: three rows a layer, EB 1, 2, 3 in that order, `name,cycles` or
// `name, EB, cycles, ...`; a line `baseline latency cycles: N` gives `baseline` (0: none). Throws
// std::runtime_error "file:line: what is wrong; what would be right".
struct LatencyTable {
    std::vector<LayerLatency> layers;
    uint64_t baseline = 0;  // all int8 on the DSP array
};
LatencyTable read_latency_table(const std::string& path);

// Where the published programs differ from network to network. Layers [0, layers) take part; step i
// takes the layer at place first - i of the ascending order, which Python counts from the end if
// negative.
struct GreedyRules {
    int layers = 0;
    int steps_to_2 = 0, steps_to_1 = 0;
    int first_to_2 = 0, first_to_1 = 0;
    uint64_t baseline = 0;  // cycles that speed-ups refer to
};
// Of vgg16, resnet18 and resnet50 as published; of all others what ResNet-18 does, for its size:
// twice as many steps as layers, both phases from the slowest.
GreedyRules greedy_rules(const std::string& network, const LatencyTable& table);

struct GreedyStep {
    int layer = -1;                       // -1: all
    int to = 3;                           // its EB: 2 in the first phase, 1 in the second
    double speedup = 0;                   // after the step
    std::vector<uint8_t> effective_bits;  // of every layer, after the step
};

// The steps of both phases up to and with the first of each that exceeds `target`. The second phase
// starts from all layers at EB 2, whatever the first one reached.
std::vector<GreedyStep> published_greedy(const LatencyTable& table, const GreedyRules& rules,
                                         double target);

// Of the states all layers at EB 3, steps of the first phase, all at EB 2, steps of the second, all
// at EB 1, those before the first that exceeds the target. The published figures are the last of
// them, with exceptions (mixed_eb/published.h).
std::vector<GreedyStep> published_path(const LatencyTable& table, const GreedyRules& rules,
                                       double target);

// Order of the texts as numpy.argsort gives it (its quicksort: equal texts come in an order of its
// own, which decides which of two equal layers is taken).
std::vector<int> numpy_argsort(const std::vector<std::string>& texts);

}  // namespace msd::mixed_eb
