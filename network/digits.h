// Which channels are on the RSD grid, as metadata of an ONNX file.
#pragma once

#include <map>
#include <string>

#include "network/graph.h"

namespace msd::network {

// Replaces the "msd.digits:<layer>" entries by those of the graph's layers whose channels are
// assigned, be it all to int8.
void store_digits(const Graph& graph, std::map<std::string, std::string>& metadata);

}  // namespace msd::network
