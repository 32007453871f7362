// DARTS cells (Liu, Simonyan, Yang, ICLR 2019) to networks, without any framework: the space of
// NAS-Bench-301.
#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "codesign/maestro/reader.h"
#include "network/random.h"

namespace msd::semi_decoupled {

enum class CellOp : uint8_t {
    kMaxPool3,
    kAvgPool3,
    kSkip,
    kSepConv3,
    kSepConv5,
    kDilConv3,
    kDilConv5,
};

// Two edges into each of four nodes; a node's input is 0 or 1 (the two preceding cells) or 2 + an
// earlier node.
struct CellEdge {
    CellOp op = CellOp::kSkip;
    int from = 0;
};
using Cell = std::array<CellEdge, 8>;

struct Genotype {
    int index = 0;  // in the space
    Cell normal, reduce;
};

// A JSON list of {"genotype_index", "normal": [[op, from], … 8], "reduce": [...]}; further keys are
// ignored. Throws maestro::InputError "file: entry N: what; what would be right".
std::vector<Genotype> read_genotypes(const std::string& path);
std::vector<Genotype> parse_genotypes(const std::string& text, const std::string& name);

// Every operation and every pair of inputs equally likely.
Genotype sample_genotype(network::Random& random, int index);

// NetworkCIFAR of the DARTS code. Its reduction cells stand at one and two thirds of the depth and
// double the channels.
struct DartsSpace {
    int cells = 20, channels = 36, classes = 10;
    int image = 16;         // pixels a side
    bool auxiliary = true;  // the auxiliary head, whose layers count since it runs during training

    void check() const;  // throws maestro::InputError
};

// Convolutions and fully connected layers in order of execution; padding and dilation are set
// (original mode ignores them).
maestro::Network darts_network(const Genotype& genotype, const DartsSpace& space);

}  // namespace msd::semi_decoupled
