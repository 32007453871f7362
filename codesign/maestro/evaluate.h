// The cost of one layer under one dataflow on one hardware: the library's innermost call.
#pragma once

#include "codesign/maestro/types.h"

namespace msd::maestro {

// Never throws, never allocates after a thread's first call, and depends on nothing but its
// arguments, so it may be called from any number of threads. A layer that has no cost comes back
// with `fault` set.
//
// kOriginal: MAESTRO (Kwon et al., MICRO 2019; maestro-project/maestro 4eb08d1) with all its
// quirks; `energy_nj` then lacks the L1 part if `lag` is set, see network_cost.h. kCorrected:
// docs/maestro.md, section "What corrected mode changes".
LayerCost evaluate(const Shape& shape, const Dataflow& dataflow, const Hardware& hardware,
                   Mode mode);

LayerCost evaluate_original(const Shape& shape, const Dataflow& dataflow, const Hardware& hardware);
LayerCost evaluate_corrected(const Shape& shape, const Dataflow& dataflow,
                             const Hardware& hardware);

// Energy of a layer as the original prints it; `previous`: the costed layer before it in the file,
// or null.
double original_energy(const LayerCost& cost, const LayerCost* previous, const EnergyTable& table);

}  // namespace msd::maestro
