// The drawn shapes: all kinds, in range, the same on every machine.
#include "network/shapes.h"

#include <catch2/catch.hpp>
#include <set>

using namespace msd::network;

TEST_CASE("a drawn shape has whole pixels from 0 to 255 and one of ten labels") {
    int of_kind[kShapeKinds] = {};
    for (int i = 0; i < 1000; ++i) {
        const Image image = draw_shape(1, i);
        REQUIRE(image.label >= 0);
        REQUIRE(image.label < kShapeKinds);
        ++of_kind[image.label];
        REQUIRE(static_cast<int64_t>(image.pixels.size()) == kShapeImage.elements());
        for (float pixel : image.pixels) {
            REQUIRE(pixel >= 0);
            REQUIRE(pixel <= 255);
            REQUIRE(pixel == static_cast<int>(pixel));
        }
    }
    for (int count : of_kind) CHECK(count > 60);  // 100 expected, standard deviation 9.5
    std::set<std::string> names;
    for (int kind = 0; kind < kShapeKinds; ++kind) names.insert(shape_name(kind));
    CHECK(names.size() == kShapeKinds);
}

TEST_CASE("a drawn shape depends on its seed and number alone") {
    const auto images = read_images("shapes", kShapeImage, 7, 100, 20);
    REQUIRE(images.size() == 20);
    for (int i = 0; i < 20; ++i) {
        const Image again = draw_shape(7, 100 + i);
        CHECK(images[i].pixels == again.pixels);
        CHECK(images[i].label == again.label);
        CHECK(draw_shape(8, 100 + i).pixels != again.pixels);
    }
    CHECK(read_images("shapes", kShapeImage, 7, 0, -1).size() == 1);
    CHECK_THROWS_WITH(
        read_images("shapes", {1, 28, 28}, 7, 0, 1),
        "input 'shapes': the drawn images are 3x32x32; the network's input is 1x28x28");
}

TEST_CASE(
    "the first hundred drawn shapes have the checksum they had when the quickstart was trained") {
    uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a
    for (int i = 0; i < 100; ++i) {
        const Image image = draw_shape(1, i);
        hash = (hash ^ static_cast<uint64_t>(image.label)) * 0x100000001b3u;
        for (float pixel : image.pixels)
            hash = (hash ^ static_cast<uint64_t>(pixel)) * 0x100000001b3u;
    }
    CHECK(hash == 0x2286ef56b21315fau);
}
