// Folders of PNG and JPEG files.
#include <png.h>
#include <turbojpeg.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "network/images.h"
#include "network/random.h"
#include "tests/quant/temporary.h"

using namespace msd::network;
using Catch::Contains;

namespace {

constexpr int kSide = 8;

// Interleaved pixels of a smooth picture.
std::vector<uint8_t> picture(int channels, int seed) {
    std::vector<uint8_t> pixels;
    for (int y = 0; y < kSide; ++y)
        for (int x = 0; x < kSide; ++x)
            for (int c = 0; c < channels; ++c)
                pixels.push_back(static_cast<uint8_t>(20 + 10 * x + 5 * y + 40 * c + seed));
    return pixels;
}

std::string png(int channels, int seed) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = image.height = kSide;
    image.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    const auto pixels = picture(channels, seed);
    png_alloc_size_t size = 0;
    REQUIRE(png_image_write_to_memory(&image, nullptr, &size, 0, pixels.data(), 0, nullptr));
    std::string bytes(size, '\0');
    REQUIRE(png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels.data(), 0, nullptr));
    bytes.resize(size);
    return bytes;
}

std::string jpeg(int seed) {
    const auto pixels = picture(3, seed);
    const tjhandle encoder = tjInitCompress();
    unsigned char* out = nullptr;
    unsigned long size = 0;
    REQUIRE(tjCompress2(encoder, pixels.data(), kSide, 0, kSide, TJPF_RGB, &out, &size, TJSAMP_444,
                        100, TJFLAG_ACCURATEDCT) == 0);
    const std::string bytes(reinterpret_cast<char*>(out), size);
    tjFree(out);
    tjDestroy(encoder);
    return bytes;
}

void in_class(const msd::test::TemporaryFolder& folder, const std::string& name) {
    std::filesystem::create_directories(folder.path() + "/" + name);
}

std::string error_of(const std::string& folder, Shape shape, int first = 0, int count = -1) {
    try {
        read_images("folder:" + folder, shape, 1, first, count);
    } catch (const ImportError& e) {
        return e.what();
    }
    return "no error";
}

}  // namespace

TEST_CASE("a folder's images come by class and name, and a class is its place in the order") {
    const msd::test::TemporaryFolder folder;
    for (const char* name : {"frog", "bird", ".hidden"}) in_class(folder, name);
    folder.write("frog/b.png", png(3, 30));
    folder.write("frog/a.jpg", jpeg(20));
    folder.write("bird/x.png", png(3, 10));
    folder.write("bird/.note", "no image");
    folder.write("readme", "not in a class");
    const auto images = read_images("folder:" + folder.path(), {3, kSide, kSide}, 1, 0, -1);
    REQUIRE(images.size() == 3);
    const int labels[] = {0, 1, 1}, seeds[] = {10, 20, 30};
    for (int i = 0; i < 3; ++i) {
        CHECK(images[i].label == labels[i]);
        const auto expected = picture(3, seeds[i]);
        for (int e = 0; e < 3 * kSide * kSide; ++e) {
            const int pixel = e % (kSide * kSide), c = e / (kSide * kSide);
            REQUIRE(std::abs(images[i].pixels[e] - expected[3 * pixel + c]) <= (i == 1 ? 4 : 0));
        }
    }
    CHECK(read_images("folder:" + folder.path(), {3, kSide, kSide}, 1, 2, 1)[0].pixels ==
          images[2].pixels);
    // A network of one channel sees the same files in grey.
    CHECK(read_images("folder:" + folder.path(), {1, kSide, kSide}, 1, 0, 1)[0].pixels.size() ==
          kSide * kSide);
}

TEST_CASE("a folder that is no set of images says what is wrong") {
    const msd::test::TemporaryFolder folder;
    const std::string path = folder.path();
    const Shape shape{3, kSide, kSide};
    CHECK(error_of(path + "/none", shape) ==
          path + "/none: no such folder; folder:DIR is DIR/<class>/<image>");
    CHECK(error_of(path, shape) == path + ": holds no image; folder:DIR is DIR/<class>/<image>");
    in_class(folder, "a");
    CHECK(error_of(path, shape) == path + "/a: holds no image; remove the folder, or fill it");
    folder.write("a/1.png", png(3, 0));
    CHECK(error_of(path, {3, 32, 32}) ==
          path +
              "/a/1.png: is 8 x 8 pixels; the network's input is 32 x 32, and images are not "
              "resized");
    CHECK_THAT(error_of(path, {16, kSide, kSide}), Contains("1 or 3 channels"));
    CHECK(error_of(path, shape, 0, 2) ==
          path + ": images 0 to 1 asked for; the folder holds images 0 to 0");
    folder.write("a/2.png", "GIF89a");
    CHECK(error_of(path, shape) == path + "/a/2.png: is neither PNG nor JPEG");
    folder.write("a/2.png", png(3, 0).substr(0, 60));
    CHECK_THAT(error_of(path, shape), Contains("a/2.png: is no readable PNG: "));
    folder.write("a/2.png", jpeg(0).substr(0, 200));
    CHECK_THAT(error_of(path, shape), Contains("a/2.png: is no readable JPEG: "));
    folder.write("a/2.png", "");
    CHECK(error_of(path, shape) == path + "/a/2.png: is neither PNG nor JPEG");
}

TEST_CASE("damaged PNG and JPEG files are refused by name or read") {
    const msd::test::TemporaryFolder folder;
    in_class(folder, "a");
    Random random(77, 0);
    int read = 0, refused = 0;
    for (int n = 0; n < 1500; ++n) {
        std::string bytes = n % 2 == 0 ? png(n % 4 == 0 ? 3 : 1, n % 50) : jpeg(n % 50);
        for (int c = 1 + random.below(3); c > 0; --c) {
            const int at = random.below(static_cast<int>(bytes.size()));
            if (random.below(4) == 0)
                bytes.resize(at + 1);
            else
                bytes[at] = static_cast<char>(random.below(256));
        }
        folder.write("a/x", bytes);
        const std::string error = error_of(folder.path(), {n % 4 == 2 ? 1 : 3, kSide, kSide});
        if (error == "no error") {
            ++read;
        } else {
            REQUIRE_THAT(error, Contains(folder.path() + "/a/x: "));
            ++refused;
        }
    }
    CHECK(read > 50);
    CHECK(refused > 200);
}
