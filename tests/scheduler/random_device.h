// Random accelerators, as tests name them.
#pragma once

#include "scheduler/random_device.h"

namespace msd::test {

using scheduler::random_device;

}  // namespace msd::test
