// Where a scenario's images come from: `cifar10:FILE`, `folder:DIR`, `idx:IMAGES,LABELS`,
// `npy:FILE`, `random`, `shapes`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "network/graph.h"

namespace msd::network {

struct Image {
    std::vector<float> pixels;  // [c][h][w], real values as the network's float input expects
                                // (cifar10, idx: 0..255)
    int label = -1;             // -1: none
};

// Reads (or draws) `count` images (count < 0: all; `random` and `shapes`: 1) from number `first`
// on, of the shape given. Throws ImportError naming the file, its size and the size expected.
std::vector<Image> read_images(const std::string& spec, Shape shape, uint64_t seed, int first,
                               int count);

// The image in the input tensor's int8 grid: clamp8(round_half_even(pixel / scale) + zero_point).
std::vector<int8_t> quantise_image(const Image& image, const QuantParams& quant);

}  // namespace msd::network
