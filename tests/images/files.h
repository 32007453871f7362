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

inline std::string little_endian(uint64_t value, int size) {
    std::string bytes;
    for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i));
    return bytes;
}

// The same images as a Python batch, opcode for opcode what Python 2's cPickle writes at
// protocol 2.
inline std::string cifar10_pickle(int images) {
    using namespace std::string_literals;
    std::string pixels, labels;
    const std::string records = cifar10(images);
    for (int i = 0; i < images; ++i) {
        pixels += records.substr(3073 * i + 1, 3072);
        labels += "K"s + records[3073 * i];
    }
    return "\x80\x02}q\x01(U\x0b"
           "batch_labelq\x02U\x15training batch 1 of 5q\x03U\x06labelsq\x04]q\x05("s +
           labels +
           "eU\x04"
           "dataq\x06"
           "cnumpy.core.multiarray\n_reconstruct\nq\x07"
           "cnumpy\nndarray\n"
           "q\x08K\0\x85U\x01"
           "b\x87Rq\x09(K\x01M"s +
           little_endian(images, 2) +
           "M\0\x0c\x86"
           "cnumpy\ndtype\nq\x0aU\x02u1K\0K\x01\x87Rq\x0b(K\x03U\x01|"
           "NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xff"
           "K\0tb\x89T"s +
           little_endian(pixels.size(), 4) + pixels +
           "tbU\x09"
           "filenamesq\x0c]q\x0dU\x05"
           "a.pngau."s;
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
