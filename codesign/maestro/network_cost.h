// The cost of a whole network, layer by layer, and the original's CSV.
#pragma once

#include <string>
#include <vector>

#include "codesign/maestro/evaluate.h"
#include "codesign/maestro/reader.h"

namespace msd::maestro {

struct NetworkCost {
    Mode mode = Mode::kCorrected;
    std::vector<LayerCost> layers;
    std::vector<double> energy_nj;  // as printed: in original mode with the previous layer's L1
                                    // accesses where `lag` says so
    int64_t runtime = 0;            // cycles, of all layers that have a cost
    double energy = 0;              // nJ
    int faults = 0;                 // layers without a cost
};

NetworkCost cost_of(const Network& network, const Hardware& hardware, Mode mode);

// "file:line:column: layer NAME: what; what would be right" of every layer without a cost.
std::vector<std::string> diagnoses(const Network& network, const NetworkCost& cost);

// The original's 52 columns with its header, digits and separators. A layer without a cost is a row
// with empty cells.
std::string cost_csv(const Network& network, const Hardware& hardware, const NetworkCost& cost);

}  // namespace msd::maestro
