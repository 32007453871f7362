// Image sources: what each reads, and what it says about a file that is wrong.
#include "network/images.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <set>

#include "tests/images/files.h"
#include "tests/support.h"

using namespace msd::network;
using Catch::Contains;

namespace {

constexpr Shape kCifar{3, 32, 32}, kSmall{1, 2, 3};

std::string error_of(const std::string& spec, Shape shape, int first = 0, int count = -1) {
    try {
        read_images(spec, shape, 1, first, count);
    } catch (const ImportError& e) {
        return e.what();
    }
    return "no error";
}

}  // namespace

TEST_CASE("a CIFAR-10 file gives labels and planar pixels from 0 to 255") {
    const msd::test::TemporaryFolder folder;
    const std::string path = folder.write("three.bin", msd::test::cifar10(3));
    const auto images = read_images("cifar10:" + path, kCifar, 1, 0, -1);
    REQUIRE(images.size() == 3);
    for (int i = 0; i < 3; ++i) {
        CHECK(images[i].label == i);
        REQUIRE(images[i].pixels.size() == 3072);
        for (int e = 0; e < 3072; ++e) REQUIRE(images[i].pixels[e] == (i + 7 * e) % 256);
    }
    const auto last = read_images("cifar10:" + path, kCifar, 1, 2, 1);
    REQUIRE(last.size() == 1);
    CHECK(last[0].pixels == images[2].pixels);
    CHECK(read_images("cifar10:" + path, kCifar, 1, 1, -1).size() == 2);
}

TEST_CASE("a CIFAR-10 file of the wrong size is refused with its size and the record's") {
    const msd::test::TemporaryFolder folder;
    const std::string path = folder.write("short.bin", msd::test::cifar10(2).substr(0, 6000));
    CHECK(error_of("cifar10:" + path, kCifar) ==
          path +
              ": 6000 bytes; CIFAR-10 records (label byte, 3 x 1024 pixels) have 3073 bytes, so a "
              "file has a "
              "multiple of that");
    CHECK_THAT(error_of("cifar10:" + folder.write("empty.bin", ""), kCifar),
               Contains("empty.bin: 0 bytes"));
    std::string wrong = msd::test::cifar10(2);
    wrong[3073] = 77;
    CHECK_THAT(error_of("cifar10:" + folder.write("label.bin", wrong), kCifar),
               Contains("image 1 has label 77; the labels of CIFAR-10 are 0 to 9"));
    CHECK_THAT(error_of("cifar10:" + path, {1, 28, 28}),
               Contains("CIFAR-10 images are 3x32x32; the network's input is 1x28x28"));
}

TEST_CASE("images beyond a file's end are refused with the range that it holds") {
    const msd::test::TemporaryFolder folder;
    const std::string spec = "cifar10:" + folder.write("three.bin", msd::test::cifar10(3));
    CHECK_THAT(error_of(spec, kCifar, 3),
               Contains("image 3 asked for; the file holds images 0 to 2"));
    CHECK_THAT(error_of(spec, kCifar, 2, 2),
               Contains("images 2 to 3 asked for; the file holds images 0 to 2"));
    CHECK_THAT(error_of(spec, kCifar, 0, 2147483647),
               Contains("asked for; the file holds images 0 to 2"));
    CHECK_THAT(error_of(spec, kCifar, -1), Contains("first image -1; images are counted from 0"));
    CHECK_THAT(error_of(spec, kCifar, 0, 0), Contains("0 images asked for"));
}

TEST_CASE("an IDX pair gives images and labels") {
    const msd::test::TemporaryFolder folder;
    const std::string spec = "idx:" + folder.write("i", msd::test::idx_images(4, 2, 3)) + "," +
                             folder.write("l", msd::test::idx_labels(4));
    const auto images = read_images(spec, kSmall, 1, 1, 2);
    REQUIRE(images.size() == 2);
    CHECK(images[0].label == 4);
    CHECK(images[1].label == 5);
    CHECK(images[0].pixels == std::vector<float>{18, 21, 24, 27, 30, 33});
    CHECK(read_images(spec, kSmall, 1, 0, -1).size() == 4);
}

TEST_CASE("an IDX pair that does not fit is refused with both sides") {
    const msd::test::TemporaryFolder folder;
    const std::string images = folder.write("i", msd::test::idx_images(4, 2, 3));
    const std::string labels = folder.write("l", msd::test::idx_labels(4));
    const auto idx = [](const std::string& i, const std::string& l) {
        return error_of("idx:" + i + "," + l, kSmall);
    };
    CHECK_THAT(error_of("idx:" + images + "," + labels, {1, 3, 2}),
               Contains("images are 1x2x3; the network's input is 1x3x2"));
    CHECK_THAT(idx(folder.write("l8", msd::test::idx_labels(8)), labels),
               Contains("begins with 0x00000801; an IDX file of images begins with 0x00000803"));
    CHECK_THAT(idx(images, folder.write("l3", msd::test::idx_labels(3))),
               Contains("3 labels; " + images + " holds 4 images"));
    CHECK_THAT(idx(folder.write("s", msd::test::idx_images(4, 2, 3).substr(0, 39)), labels),
               Contains("39 bytes; its header (4 x 2 x 3) asks for 40"));
    CHECK_THAT(idx(folder.write("h", "abc"), labels),
               Contains("3 bytes; an IDX file of images begins with 16"));
    CHECK_THAT(
        idx(folder.write("z", std::string("\x1f\x8b\x08\x00", 4) + std::string(20, 'x')), labels),
        Contains("this one is compressed: unpack it"));
    const std::string huge = msd::test::big_endian(0x803) + std::string(12, '\xff');
    CHECK_THAT(idx(folder.write("x", huge), labels), Contains("asks for more than any file holds"));
    CHECK_THAT(error_of("idx:" + images, kSmall), Contains("no file; write idx:IMAGES,LABELS"));
}

TEST_CASE("a npy file gives float32, uint8 or int8 images of one or several") {
    const msd::test::TemporaryFolder folder;
    using msd::test::dictionary;
    using msd::test::npy;
    const float values[12] = {0.5f, -1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1e-3f};
    std::string floats(sizeof values, ' ');
    std::memcpy(floats.data(), values, sizeof values);
    const auto two =
        read_images("npy:" + folder.write("f", npy(dictionary("<f4", "(2, 1, 2, 3)"), floats)),
                    kSmall, 1, 0, -1);
    REQUIRE(two.size() == 2);
    CHECK(two[0].pixels == std::vector<float>(values, values + 6));
    CHECK(two[1].pixels == std::vector<float>(values + 6, values + 12));
    CHECK(two[1].label == -1);
    const std::string bytes = "\x01\x02\x7f\x80\xff\x10";
    const auto one = read_images(
        "npy:" + folder.write("u", npy(dictionary("|u1", "(1, 2, 3)"), bytes, 2)), kSmall, 1, 0, 1);
    REQUIRE(one.size() == 1);
    CHECK(one[0].pixels == std::vector<float>{1, 2, 127, 128, 255, 16});
    const auto int8 = read_images(
        "npy:" + folder.write("i", npy(dictionary("|i1", "(1, 2, 3)"), bytes)), kSmall, 1, 0, 1);
    CHECK(int8[0].pixels == std::vector<float>{1, 2, 127, -128, -1, 16});
}

TEST_CASE("a npy file that does not fit is refused with what is expected") {
    const msd::test::TemporaryFolder folder;
    using msd::test::dictionary;
    using msd::test::npy;
    int files = 0;
    const auto refused = [&](const std::string& bytes) {
        return error_of("npy:" + folder.write("f" + std::to_string(files++), bytes), kSmall);
    };
    const std::string six(6, 'x');
    CHECK_THAT(
        refused(npy(dictionary("|u1", "(1, 3, 2)"), six)),
        Contains("shape (1, 3, 2); the network's input is 1x2x3, so (n, 1, 2, 3) is expected"));
    CHECK_THAT(refused(npy(dictionary("|u1", "(6,)"), six)),
               Contains("shape (6); the network's input is 1x2x3"));
    CHECK_THAT(refused(npy(dictionary("<f8", "(1, 2, 3)"), six)),
               Contains("elements of type '<f8'"));
    CHECK_THAT(refused(npy(dictionary("|u1", "(2, 1, 2, 3)"), six)),
               Contains("2 images of 6 are expected"));
    CHECK_THAT(refused(npy("{'descr': '|u1', 'fortran_order': True, 'shape': (1, 2, 3)}", six)),
               Contains("in Fortran order"));
    CHECK_THAT(refused(npy("{'descr': '|u1', 'shape': (1, 2, 3)}", six)),
               Contains("a key is missing"));
    CHECK_THAT(refused(npy("{'descr': '|u1', 'color': 3}", six)), Contains("unknown key 'color'"));
    CHECK_THAT(refused(npy("['descr']", six)), Contains("character 1: no '{'"));
    CHECK_THAT(refused("PK\x03\x04 something else"), Contains("not a .npy file"));
    CHECK_THAT(refused("\x93NUM"), Contains("4 bytes; a .npy file has a header of 12 or more"));
    std::string version = npy(dictionary("|u1", "(1, 2, 3)"), six);
    version[6] = 9;
    CHECK_THAT(refused(version), Contains(".npy version 9; versions 1 to 3 are known"));
    const float nan = std::nanf("");
    std::string pixels(24, '\0');
    std::memcpy(pixels.data() + 8, &nan, 4);
    CHECK_THAT(refused(npy(dictionary("<f4", "(1, 2, 3)"), pixels)),
               Contains("image 0, element 2 is no finite number"));
}

TEST_CASE("a missing file, a folder and an empty path are named") {
    const msd::test::TemporaryFolder folder;
    for (const std::string kind : {"cifar10:", "npy:", "idx:"}) {
        const std::string tail = kind == "idx:" ? "," + folder.path() : "";
        CHECK_THAT(error_of(kind + folder.path() + "/nothing" + tail, kCifar),
                   Contains(folder.path() + "/nothing: no such file"));
        CHECK_THAT(error_of(kind + folder.path() + tail, kCifar),
                   Contains(folder.path() + ": not a file"));
        CHECK_THAT(error_of(kind, kCifar), Contains("no file; write " + kind));
    }
    CHECK_THAT(error_of("idx:,", kCifar), Contains("the path of an image file is empty"));
    for (const std::string spec :
         {"", "cifar100:x", "cifar10", "random:3", "shapes:", "jpeg:a.jpg"}) {
        CHECK_THAT(error_of(spec, kCifar), Contains("input '" + spec + "'"));
    }
}

TEST_CASE("random images follow the seed and the image's number") {
    const Shape shape{5, 7, 9};
    const auto four = read_images("random", shape, 3, 0, 4);
    REQUIRE(four.size() == 4);
    CHECK(read_images("random", shape, 3, 0, -1).size() == 1);
    CHECK(read_images("random", shape, 3, 2, 1)[0].pixels == four[2].pixels);
    CHECK(read_images("random", shape, 4, 2, 1)[0].pixels != four[2].pixels);
    std::set<float> values;
    for (const Image& image : four) {
        CHECK(image.label == -1);
        REQUIRE(image.pixels.size() == 315);
        values.insert(image.pixels.begin(), image.pixels.end());
    }
    CHECK(*values.begin() >= 0);
    CHECK(*values.rbegin() <= 255);
    CHECK(values.size() > 230);  // of 256, in 1260 draws
    CHECK_THAT(error_of("random", {1024, 1024, 1024}, 0, 1000), Contains("do not fit in memory"));
    CHECK_THAT(error_of("random", {0, 1, 1}), Contains("every size must be at least 1"));
}

TEST_CASE("an image is rounded half to even onto the input's grid and limited to int8") {
    Image image;
    image.pixels = {0, 1, 2, 3, 5, -1, 127.5f, 600, -600};
    CHECK(quantise_image(image, {2.0, 10}) ==
          std::vector<int8_t>{10, 10, 11, 12, 12, 10, 74, 127, -128});
    image.pixels = {0, 128, 255, 256};
    CHECK(quantise_image(image, {1.0, -128}) == std::vector<int8_t>{-128, 0, 127, 127});
}

TEST_CASE("the photographs of the test batch are read") {
    if (!msd::test::have_data("cifar10/test_500.bin")) return;
    const auto images =
        read_images("cifar10:" + msd::test::data_path("cifar10/test_500.bin"), kCifar, 1, 0, -1);
    REQUIRE(images.size() == 500);
    CHECK(images[0].label == 3);  // a cat
    CHECK(images[1].label == 8);  // a ship
}
