// Lists of random tiles, made without the scheduler: shapes it would not choose.
#pragma once

#include "network/random.h"
#include "platform/crosscheck/program.h"

namespace msd::crosscheck {

// Fills in memory and lists; the device's limits are those of the program. across_lists: a list's
// first tile may use what the list before has loaded.
void add_tile_lists(Program& program, network::Random& random, bool across_lists);

// Whether every tile that keeps activations finds in each of its groups the rows that were loaded
// (docs/timing.md, "Halves": nobody checks that, and without it the answer is undefined). Lists in
// their order.
bool keeps_strips(const Program& program);

}  // namespace msd::crosscheck
