// Folders of PNG and JPEG files, one folder a class.
#include <png.h>
#include <turbojpeg.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>

#include "network/image_files.h"

namespace msd::network {
namespace {

namespace fs = std::filesystem;

// Decoded pixels, interleaved.
struct Pixels {
    int width = 0, height = 0;
    std::vector<uint8_t> bytes;
};

void check_size(const InputFile& file, int64_t width, int64_t height, const Shape& shape) {
    if (width != shape.w || height != shape.h)
        file.fail("is " + std::to_string(width) + " x " + std::to_string(height) +
                  " pixels; the network's input is " + std::to_string(shape.w) + " x " +
                  std::to_string(shape.h) + ", and images are not resized");
}

Pixels read_png(const InputFile& file, const std::vector<uint8_t>& bytes, const Shape& shape) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    const auto fail = [&] {
        const std::string message = image.message;
        png_image_free(&image);
        file.fail("is no readable PNG: " + message);
    };
    if (!png_image_begin_read_from_memory(&image, bytes.data(), bytes.size())) fail();
    const int64_t width = image.width, height = image.height;
    if (width != shape.w || height != shape.h) png_image_free(&image);
    check_size(file, width, height, shape);
    image.format = shape.c == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    Pixels pixels{shape.w, shape.h, std::vector<uint8_t>(PNG_IMAGE_SIZE(image))};
    const png_color black{0, 0, 0};  // behind transparent pixels
    if (!png_image_finish_read(&image, &black, pixels.bytes.data(), 0, nullptr)) fail();
    return pixels;
}

Pixels read_jpeg(const InputFile& file, const std::vector<uint8_t>& bytes, const Shape& shape) {
    const std::unique_ptr<void, int (*)(tjhandle)> decoder(tjInitDecompress(), tjDestroy);
    const auto fail = [&] {
        file.fail(std::string("is no readable JPEG: ") + tjGetErrorStr2(decoder.get()));
    };
    int width = 0, height = 0, subsampling = 0, space = 0;
    if (tjDecompressHeader3(decoder.get(), bytes.data(), bytes.size(), &width, &height,
                            &subsampling, &space) != 0)
        fail();
    check_size(file, width, height, shape);
    Pixels pixels{width, height, std::vector<uint8_t>(shape.elements())};
    if (tjDecompress2(decoder.get(), bytes.data(), bytes.size(), pixels.bytes.data(), width, 0,
                      height, shape.c == 1 ? TJPF_GRAY : TJPF_RGB,
                      TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING) != 0)
        fail();
    return pixels;
}

Image read_image(const std::string& path, int label, const Shape& shape) {
    const InputFile file(path);
    const std::vector<uint8_t> bytes = file.read(0, file.size());
    const bool png = bytes.size() >= 8 && png_sig_cmp(bytes.data(), 0, 8) == 0;
    const bool jpeg = bytes.size() >= 3 && bytes[0] == 0xff && bytes[1] == 0xd8 && bytes[2] == 0xff;
    if (!png && !jpeg) file.fail("is neither PNG nor JPEG");
    const Pixels pixels = png ? read_png(file, bytes, shape) : read_jpeg(file, bytes, shape);
    Image image;
    image.label = label;
    image.pixels.resize(shape.elements());
    const std::size_t area = std::size_t(shape.h) * shape.w;
    for (std::size_t i = 0; i < image.pixels.size(); ++i)
        image.pixels[i] = pixels.bytes[i % area * shape.c + i / area];
    return image;
}

// Names in a folder, sorted by their bytes; those that begin with a point are hidden.
std::vector<fs::path> sorted(const fs::path& directory, bool folders) {
    std::error_code error;
    std::vector<fs::path> paths;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory, error)) {
        if (entry.path().filename().string()[0] == '.') continue;
        if (entry.is_directory() == folders) paths.push_back(entry.path());
    }
    if (error) throw ImportError(directory.string() + ": " + error.message());
    std::sort(paths.begin(), paths.end());
    return paths;
}

}  // namespace

std::vector<Image> read_folder(const std::string& directory, Shape shape, ImageRange range) {
    if (shape.c != 1 && shape.c != 3)
        throw ImportError(directory +
                          ": image files have 1 or 3 channels; the network's input is " +
                          to_string(shape));
    if (!fs::is_directory(directory))
        throw ImportError(directory + ": no such folder; folder:DIR is DIR/<class>/<image>");
    std::vector<std::pair<fs::path, int>> files;
    int classes = 0;
    for (const fs::path& folder : sorted(directory, true)) {
        const std::size_t before = files.size();
        for (const fs::path& file : sorted(folder, false)) files.emplace_back(file, classes);
        if (files.size() == before)
            throw ImportError(folder.string() + ": holds no image; remove the folder, or fill it");
        ++classes;
    }
    if (files.empty())
        throw ImportError(directory + ": holds no image; folder:DIR is DIR/<class>/<image>");
    const uint64_t first = range.first, held = files.size();
    const uint64_t count = range.count < 0 ? held - std::min(first, held) : range.count;
    if (first >= held || count > held - first)
        throw ImportError(directory + ": images " + std::to_string(first) + " to " +
                          std::to_string(first + std::max<uint64_t>(count, 1) - 1) +
                          " asked for; the folder holds images 0 to " + std::to_string(held - 1));
    std::vector<Image> images;
    for (uint64_t i = first; i < first + count; ++i)
        images.push_back(read_image(files[i].first.string(), files[i].second, shape));
    return images;
}

}  // namespace msd::network
