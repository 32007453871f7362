// Writes a quantised network as an ONNX file of QuantizeLinear and DequantizeLinear nodes (QDQ,
// opset 13).
#pragma once

#include <string>

#include "network/graph.h"

namespace msd::network {

// read_onnx of the file gives the same integers: the same layers, weights, biases, scales, zero
// points and bounds, as long as all scales are floats' values (they are after read_onnx of a QDQ
// file and after quant::quantise; the writer rounds others). Metadata are written as
// metadata_props.
//
// Layers whose channels are assigned to digits or to int8 are recorded: metadata
// "msd.digits:<layer>" holds one character a channel, '0' for int8 and '1'..'3' for RSD, so that
// the assignment of a quantised network travels with it; restore_digits() reads it back.
//
// The file appears whole or not at all (written beside, then renamed). Throws std::invalid_argument
// if the network is not quantised or inconsistent, std::runtime_error "path: what" if it cannot be
// written.
void write_onnx(const Graph& graph, const std::string& path);

// Sets Weights::digits from the metadata and removes those entries. Throws ImportError "path: what"
// if an entry names no convolution of the graph, has not one character a channel, or a channel's
// weights are not on its grid.
void restore_digits(Graph& graph, const std::string& path);

}  // namespace msd::network
