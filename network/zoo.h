// Networks of the literature made on the spot: true strides and padding, weights drawn from a seed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "network/graph.h"

namespace msd::network {

// "resnet18", "resnet50" (stride on the 3x3), "vgg16", "mobilenetv2", "vitbase": 224x224 images,
// 1000 classes, quantised, weights as random_weights.h draws them.
//
// vitbase is the part of ViT-B/16 that arrays run, on [768][197][1]: the host cuts patches and adds
// the class token and positions. Attention's two products per head are grouped convolutions bound
// to int8 whose drawn weights stand for K and V (one each a head, keys padded to 208): operands,
// sizes and traffic are the real ones, values are not; query, key and value follow each other for
// the same reason. Softmax, layer norm, GELU, and the making of weights from keys and values are the
// CPU's: metadata "msd.cpu:<what>" is how often it does them, of how many rows and channels.
Graph make_zoo(const std::string& name, uint64_t seed);  // throws ImportError listing the names
const std::vector<std::string>& zoo_names();

// "zoo:NAME" to NAME, anything else to "".
std::string zoo_name(const std::string& path);

}  // namespace msd::network
