// The small files that the tests of image readers read.
#pragma once

#include <cstdint>
#include <string>

#include "tests/quant/temporary.h"

namespace msd::test {

inline std::string big_endian(uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
    return bytes;
}

// CIFAR-10 records: image i has label i mod 10 and pixel e the value (i + 7 e) mod 256.
inline std::string cifar10(int images) {
    std::string bytes;
    for (int i = 0; i < images; ++i) {
        bytes += static_cast<char>(i % 10);
        for (int e = 0; e < 3072; ++e) bytes += static_cast<char>(i + 7 * e);
    }
    return bytes;
}

inline std::string idx_images(int images, int h, int w) {
    std::string bytes = big_endian(0x803) + big_endian(images) + big_endian(h) + big_endian(w);
    for (int e = 0; e < images * h * w; ++e) bytes += static_cast<char>(3 * e);
    return bytes;
}

inline std::string idx_labels(int labels) {
    std::string bytes = big_endian(0x801) + big_endian(labels);
    for (int i = 0; i < labels; ++i) bytes += static_cast<char>((i + 3) % 10);
    return bytes;
}

// A .npy file with this dictionary and these data; `version` 1 or 2.
inline std::string npy(const std::string& dictionary, const std::string& data, int version = 1) {
    std::string header = dictionary;
    while ((header.size() + (version == 1 ? 11 : 13)) % 64 != 0) header += ' ';
    header += '\n';
    std::string bytes = std::string("\x93NUMPY") + static_cast<char>(version) + '\0';
    bytes += static_cast<char>(header.size());
    bytes += static_cast<char>(header.size() >> 8);
    if (version > 1) bytes += std::string(2, '\0');
    return bytes + header + data;
}

inline std::string dictionary(const std::string& type, const std::string& shape) {
    return "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
}

}  // namespace msd::test
