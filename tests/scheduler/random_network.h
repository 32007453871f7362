// Random networks, as tests name them.
#pragma once

#include "network/random_network.h"

namespace msd::test {

using network::random_network;
using network::random_tensor;
using network::RandomNetworkOptions;

}  // namespace msd::test
