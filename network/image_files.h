// The image file formats that images.cpp offers: each reads a range of images of the shape a
// network expects.
#pragma once

#include <string>
#include <vector>

#include "network/images.h"

namespace msd::network {

// Numbers first .. first + count - 1; count < 0: all from `first` on. All throw ImportError.
struct ImageRange {
    int first = 0, count = -1;
};

// CIFAR-10's binary records or one of its Python batches (a pickle); the first byte tells them
// apart.
std::vector<Image> read_cifar10(const std::string& path, Shape shape, ImageRange range);
std::vector<Image> read_idx(const std::string& images, const std::string& labels, Shape shape,
                            ImageRange range);
std::vector<Image> read_npy(const std::string& path, Shape shape, ImageRange range);

// PNG and JPEG files in a folder for each class, DIR/<class>/<file>. Classes are numbered in the
// order of their names, images in the order of class and name; `.` files are left out. Pixels
// 0..255, of exactly the size the network expects, in its 1 or 3 channels.
std::vector<Image> read_folder(const std::string& directory, Shape shape, ImageRange range);

std::string to_string(Shape shape);  // "3x32x32"

constexpr Shape kCifarImage{3, 32, 32};
constexpr int kCifarLabels = 10;

class InputFile;
std::vector<Image> read_cifar10_pickle(const InputFile& file, ImageRange range);

// A file opened for reading parts of it; every failure names the path.
class InputFile {
public:
    explicit InputFile(const std::string& path);

    uint64_t size() const { return size_; }
    const std::string& path() const { return path_; }
    std::vector<uint8_t> read(uint64_t offset,
                              uint64_t count) const;        // throws if the file ends before
    [[noreturn]] void fail(const std::string& what) const;  // ImportError "path: what"

    // The range with its count filled in; throws if the file's `held` images do not include it.
    ImageRange within(ImageRange range, uint64_t held) const;

private:
    std::string path_;
    uint64_t size_ = 0;
};

}  // namespace msd::network
