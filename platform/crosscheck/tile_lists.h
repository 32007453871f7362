// Lists of random tiles, made without the scheduler: shapes it would not choose.
#pragma once

#include "network/random.h"
#include "platform/crosscheck/program.h"

namespace msd::crosscheck {

// Fills in memory and lists; the device's limits are those of the program.
void add_tile_lists(Program& program, network::Random& random);

}  // namespace msd::crosscheck
