// Takes an image source apart and reads or draws it.
#include "network/images.h"

#include <algorithm>
#include <cmath>

#include "network/image_files.h"
#include "network/random.h"
#include "network/shapes.h"

namespace msd::network {

namespace {

constexpr int64_t kMaxDrawnPixels = int64_t{1} << 30;  // 4 GiB of floats: more is a slip of the pen

Image random_image(Shape shape, uint64_t seed, uint64_t index) {
    Random random(seed, index);
    Image image;
    image.pixels.resize(shape.elements());
    for (float& pixel : image.pixels) pixel = static_cast<float>(random.below(256));
    return image;
}

std::vector<Image> draw(const std::string& spec, Shape shape, uint64_t seed, ImageRange range) {
    const bool shapes = spec == "shapes";
    if (shapes && !(shape == kShapeImage))
        throw ImportError("input 'shapes': the drawn images are " + to_string(kShapeImage) +
                          "; the network's input is " + to_string(shape));
    const int count = range.count < 0 ? 1 : range.count;
    if (shape.elements() * count > kMaxDrawnPixels)
        throw ImportError("input '" + spec + "': " + std::to_string(count) + " images of " +
                          to_string(shape) + " do not fit in memory; ask for fewer");
    std::vector<Image> images;
    for (int i = 0; i < count; ++i) {
        const uint64_t index = static_cast<uint64_t>(range.first) + i;
        images.push_back(shapes ? draw_shape(seed, index) : random_image(shape, seed, index));
    }
    return images;
}

}  // namespace

std::vector<Image> read_images(const std::string& spec, Shape shape, uint64_t seed, int first,
                               int count) {
    if (first < 0)
        throw ImportError("first image " + std::to_string(first) + "; images are counted from 0");
    if (count == 0) throw ImportError("0 images asked for; 1 is the least");
    if (shape.c < 1 || shape.h < 1 || shape.w < 1)
        throw ImportError("images of " + to_string(shape) + "; every size must be at least 1");
    const ImageRange range{first, count};
    const std::size_t colon = spec.find(':');
    const std::string kind = spec.substr(0, colon);
    const std::string rest = colon == std::string::npos ? "" : spec.substr(colon + 1);
    if ((kind == "random" || kind == "shapes") && colon == std::string::npos)
        return draw(kind, shape, seed, range);
    const bool is_idx = kind == "idx";
    if (kind == "cifar10" || kind == "npy" || kind == "folder" || is_idx) {
        const std::size_t comma = rest.find(',');
        if (rest.empty() || (is_idx && comma == std::string::npos))
            throw ImportError("input '" + spec + "': no file; write " + kind + ":" +
                              (is_idx             ? "IMAGES,LABELS"
                               : kind == "folder" ? "DIR"
                                                  : "FILE"));
        if (is_idx) return read_idx(rest.substr(0, comma), rest.substr(comma + 1), shape, range);
        if (kind == "folder") return read_folder(rest, shape, range);
        return kind == "npy" ? read_npy(rest, shape, range) : read_cifar10(rest, shape, range);
    }
    throw ImportError(
        "input '" + spec +
        "' is of no known kind; cifar10:FILE, folder:DIR, idx:IMAGES,LABELS, npy:FILE, random and "
        "shapes are");
}

std::vector<int8_t> quantise_image(const Image& image, const QuantParams& quant) {
    std::vector<int8_t> q(image.pixels.size());
    std::transform(image.pixels.begin(), image.pixels.end(), q.begin(), [&](float pixel) {
        const double grid = std::nearbyint(pixel / quant.scale) + quant.zero_point;  // half to even
        return static_cast<int8_t>(std::min(std::max(grid, -128.0), 127.0));
    });
    return q;
}

}  // namespace msd::network
