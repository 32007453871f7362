// Draws small pictures of ten kinds of shapes with noise: the quickstart's training and test data.
#pragma once

#include <cstdint>

#include "network/images.h"

namespace msd::network {

constexpr int kShapeKinds = 10;
constexpr Shape kShapeImage{3, 32, 32};

// "disc", "ring", "square", "frame", "triangle", "cross", "star", "crescent", "bar", "half disc".
const char* shape_name(int kind);

// Picture number `index` of the endless series `seed`: random kind (the label), place, size, angle,
// colours, noise. Pixels are whole numbers 0..255. The same on every machine: only + - * / of
// doubles in a fixed order.
Image draw_shape(uint64_t seed, uint64_t index);

}  // namespace msd::network
