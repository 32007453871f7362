// A tensor in DRAM: [ceil(c/16)][h][w][16], a word being 16 channels of one pixel.
#pragma once

#include <cstdint>
#include <vector>

#include "network/graph.h"

namespace msd::platform {

inline std::size_t tensor_bytes(const network::Shape& s) {
    return static_cast<std::size_t>((s.c + 15) / 16) * s.h * s.w * 16;
}

// [c][h][w] to the layout of DRAM; unused channels of the last block become `fill`.
inline void pack_tensor(const std::vector<int8_t>& tensor, const network::Shape& s, int8_t fill,
                        int8_t* memory) {
    const std::size_t pixels = static_cast<std::size_t>(s.h) * s.w;
    for (int c = 0; c < (s.c + 15) / 16 * 16; ++c) {
        int8_t* out = memory + static_cast<std::size_t>(c / 16) * pixels * 16 + c % 16;
        const int8_t* in = tensor.data() + static_cast<std::size_t>(c) * pixels;
        for (std::size_t p = 0; p < pixels; ++p) out[p * 16] = c < s.c ? in[p] : fill;
    }
}

inline std::vector<int8_t> unpack_tensor(const int8_t* memory, const network::Shape& s) {
    const std::size_t pixels = static_cast<std::size_t>(s.h) * s.w;
    std::vector<int8_t> tensor(static_cast<std::size_t>(s.c) * pixels);
    for (int c = 0; c < s.c; ++c) {
        const int8_t* in = memory + static_cast<std::size_t>(c / 16) * pixels * 16 + c % 16;
        int8_t* out = tensor.data() + static_cast<std::size_t>(c) * pixels;
        for (std::size_t p = 0; p < pixels; ++p) out[p] = in[p * 16];
    }
    return tensor;
}

}  // namespace msd::platform
