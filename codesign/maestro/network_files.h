// Networks from ONNX files and layer tables, and networks written as model and mapping files.
#pragma once

#include <string>

#include "codesign/maestro/reader.h"
#include "network/graph.h"

namespace msd::maestro {

// The convolutions of a graph (fully connected layers among them) in order of execution. Depthwise
// ones become DSCONV with K 1, other grouped ones NGCONV with channels a group. Y and X are without
// padding, which is kept beside them.
Network from_graph(const network::Graph& graph, const std::string& file);

// .m model or mapping, .onnx, .csv (layer table of docs/topology_csv.md), by extension. Throws
// InputError or network::ImportError.
Network load_network(const std::string& path);

// Text that parse_network reads back. A model file of original mode has no Padding and Dilation
// blocks, which the original refuses. With dataflow: a mapping file.
std::string model_text(const Network& network, Mode mode, bool dataflow);

}  // namespace msd::maestro
