// Networks from ONNX files and layer tables.
#pragma once

#include <string>

#include "codesign/maestro/model_text.h"
#include "network/graph.h"

namespace msd::maestro {

// The convolutions of a graph (fully connected layers among them) in order of execution. Depthwise
// ones become DSCONV with K 1, other grouped ones NGCONV with channels a group. Y and X are without
// padding, which is kept beside them.
Network from_graph(const network::Graph& graph, const std::string& file);

// .m model or mapping, .onnx, .csv (layer table of docs/topology_csv.md), by extension. Throws
// InputError or network::ImportError.
Network load_network(const std::string& path);

}  // namespace msd::maestro
