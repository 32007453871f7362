// CIFAR-10 binary records and MNIST's IDX files.
#include "network/image_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <system_error>

namespace msd::network {

namespace {

constexpr uint32_t kIdxImages = 0x0803,
                   kIdxLabels = 0x0801;  // unsigned bytes, three and one dimensions

uint32_t big_endian(const std::vector<uint8_t>& bytes, std::size_t at) {
    return uint32_t{bytes[at]} << 24 | uint32_t{bytes[at + 1]} << 16 |
           uint32_t{bytes[at + 2]} << 8 | bytes[at + 3];
}

std::string hex(uint32_t value) {
    std::string text = "0x";
    for (int shift = 28; shift >= 0; shift -= 4) text += "0123456789abcdef"[(value >> shift) & 15];
    return text;
}

// The sizes of an IDX file of `dimensions`, checked against its magic word and its length.
std::vector<uint64_t> idx_sizes(const InputFile& file, uint32_t magic, int dimensions) {
    const std::size_t header = 4 + 4 * dimensions;
    const char* kind = dimensions == 3 ? "images" : "labels";
    if (file.size() < header)
        file.fail(std::to_string(file.size()) + " bytes; an IDX file of " + kind + " begins with " +
                  std::to_string(header) + " bytes of header");
    const std::vector<uint8_t> bytes = file.read(0, header);
    if (big_endian(bytes, 0) != magic)
        file.fail(
            "begins with " + hex(big_endian(bytes, 0)) + "; an IDX file of " + kind +
            " begins with " + hex(magic) +
            (bytes[0] == 0x1f && bytes[1] == 0x8b ? " (this one is compressed: unpack it)" : ""));
    std::vector<uint64_t> sizes;
    uint64_t expected = 1;
    bool overflow = false;
    for (int d = 0; d < dimensions; ++d) {
        sizes.push_back(big_endian(bytes, 4 + 4 * d));
        if (sizes[d] != 0 && expected > std::numeric_limits<uint64_t>::max() / sizes[d] / 2)
            overflow = true;
        if (!overflow) expected *= sizes[d];
    }
    if (overflow || file.size() - header != expected) {
        std::string product;
        for (uint64_t size : sizes)
            product += (product.empty() ? "" : " x ") + std::to_string(size);
        file.fail(std::to_string(file.size()) + " bytes; its header (" + product + ") asks for " +
                  (overflow ? "more than any file holds" : std::to_string(header + expected)));
    }
    return sizes;
}

}  // namespace

std::string to_string(Shape shape) {
    return std::to_string(shape.c) + "x" + std::to_string(shape.h) + "x" + std::to_string(shape.w);
}

InputFile::InputFile(const std::string& path) : path_(path) {
    if (path.empty()) throw ImportError("the path of an image file is empty");
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (!std::filesystem::exists(status)) fail("no such file");
    if (!std::filesystem::is_regular_file(status)) fail("not a file");
    size_ = std::filesystem::file_size(path, error);
    if (error || !std::ifstream(path, std::ios::binary)) fail("cannot be read");
}

std::vector<uint8_t> InputFile::read(uint64_t offset, uint64_t count) const {
    if (offset > size_ || count > size_ - offset)
        fail(std::to_string(size_) + " bytes; bytes " + std::to_string(offset) + " to " +
             std::to_string(offset + count) + " are needed");
    std::vector<uint8_t> bytes(count);
    std::ifstream stream(path_, std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(offset));
    stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(count));
    if (static_cast<uint64_t>(stream.gcount()) != count) fail("cannot be read to its end");
    return bytes;
}

void InputFile::fail(const std::string& what) const {
    throw ImportError(path_ + ": " + what);
}

ImageRange InputFile::within(ImageRange range, uint64_t held) const {
    if (held == 0) fail("holds no image");
    const uint64_t first = range.first;
    if (first >= held)
        fail("image " + std::to_string(first) + " asked for; the file holds images 0 to " +
             std::to_string(held - 1));
    const uint64_t count = range.count < 0 ? held - first : range.count;
    if (count > held - first)
        fail("images " + std::to_string(first) + " to " + std::to_string(first + count - 1) +
             " asked for; the file holds images 0 to " + std::to_string(held - 1));
    if (count > static_cast<uint64_t>(std::numeric_limits<int>::max()))
        fail("holds too many images");
    return {range.first, static_cast<int>(count)};
}

std::vector<Image> read_cifar10(const std::string& path, Shape shape, ImageRange range) {
    const InputFile file(path);
    if (!(shape == kCifarImage))
        file.fail("CIFAR-10 images are " + to_string(kCifarImage) + "; the network's input is " +
                  to_string(shape));
    if (file.size() > 0 && file.read(0, 1)[0] == 0x80) return read_cifar10_pickle(file, range);
    const uint64_t record = 1 + kCifarImage.elements();
    if (file.size() == 0 || file.size() % record != 0)
        file.fail(std::to_string(file.size()) +
                  " bytes; CIFAR-10 records (label byte, 3 x 1024 pixels) have " +
                  std::to_string(record) + " bytes, so a file has a multiple of that");
    range = file.within(range, file.size() / record);
    std::vector<Image> images(range.count);
    const std::vector<uint8_t> bytes = file.read(record * range.first, record * range.count);
    for (int i = 0; i < range.count; ++i) {
        const uint8_t* from = bytes.data() + record * i;
        if (from[0] >= kCifarLabels)
            file.fail("image " + std::to_string(range.first + i) + " has label " +
                      std::to_string(from[0]) + "; the labels of CIFAR-10 are 0 to 9");
        images[i].label = from[0];
        images[i].pixels.assign(from + 1, from + record);
    }
    return images;
}

std::vector<Image> read_idx(const std::string& images_path, const std::string& labels_path,
                            Shape shape, ImageRange range) {
    const InputFile file(images_path), labels_file(labels_path);
    const std::vector<uint64_t> sizes = idx_sizes(file, kIdxImages, 3);
    const uint64_t labels = idx_sizes(labels_file, kIdxLabels, 1)[0];
    if (shape.c != 1 || sizes[1] != static_cast<uint64_t>(shape.h) ||
        sizes[2] != static_cast<uint64_t>(shape.w))
        file.fail("images are 1x" + std::to_string(sizes[1]) + "x" + std::to_string(sizes[2]) +
                  "; the network's input is " + to_string(shape));
    if (labels != sizes[0])
        labels_file.fail(std::to_string(labels) + " labels; " + images_path + " holds " +
                         std::to_string(sizes[0]) + " images");
    range = file.within(range, sizes[0]);
    const uint64_t pixels = shape.elements();
    const std::vector<uint8_t> bytes = file.read(16 + pixels * range.first, pixels * range.count);
    const std::vector<uint8_t> label_bytes = labels_file.read(8 + range.first, range.count);
    std::vector<Image> images(range.count);
    for (int i = 0; i < range.count; ++i) {
        images[i].label = label_bytes[i];
        images[i].pixels.assign(bytes.begin() + pixels * i, bytes.begin() + pixels * (i + 1));
    }
    return images;
}

}  // namespace msd::network
