// Image files with flipped, missing and added bytes: an ImportError that names the file, or images,
// but never a crash.
#include <catch2/catch.hpp>
#include <cmath>

#include "network/images.h"
#include "network/random.h"
#include "tests/images/files.h"

using namespace msd::network;

namespace {

std::string damage(std::string bytes, Random& random, std::size_t header) {
    const int changes = 1 + random.below(4);
    for (int c = 0; c < changes && !bytes.empty(); ++c) {
        // Mostly in the header, where bytes mean something.
        const std::size_t span =
            random.below(4) != 0 && header < bytes.size() ? header : bytes.size();
        const std::size_t at = random.below(static_cast<int>(span));
        switch (random.below(5)) {
            case 0:
                bytes[at] = static_cast<char>(random.below(256));
                break;
            case 1:
                bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
                break;
            case 2:
                bytes.resize(at);
                break;
            case 3:
                bytes.erase(at, 1 + random.below(8));
                break;
            default:
                bytes.insert(at, std::string(1 + random.below(8), "0(',\xff"[random.below(5)]));
        }
    }
    return bytes;
}

struct Tally {
    int read = 0, refused = 0;
};

void attempt(const std::string& spec, const std::string& folder, Shape shape, Tally& tally) {
    try {
        for (const Image& image : read_images(spec, shape, 1, 0, -1)) {
            REQUIRE(static_cast<int64_t>(image.pixels.size()) == shape.elements());
            for (float pixel : image.pixels) REQUIRE(std::isfinite(pixel));
        }
        ++tally.read;
    } catch (const ImportError& e) {
        REQUIRE(std::string(e.what()).find(folder) == 0);
        ++tally.refused;
    }
}

}  // namespace

TEST_CASE("damaged image files are refused by name or read, and never crash the reader") {
    const msd::test::TemporaryFolder folder;
    using msd::test::dictionary;
    using msd::test::npy;
    Random random(2024, 0);
    Tally npy_tally, idx_tally, cifar_tally;
    const Shape shape{1, 2, 3};
    const std::string labels = folder.write("l", msd::test::idx_labels(4));
    for (int n = 0; n < 1000; ++n) {
        const std::string type = n % 2 == 0 ? "<f4" : "|i1";
        const std::string intact = npy(dictionary(type, "(2, 1, 2, 3)"),
                                       std::string(n % 2 == 0 ? 48 : 12, 'a'), 1 + n % 2);
        attempt("npy:" + folder.write("n", damage(intact, random, 75)), folder.path(), shape,
                npy_tally);
        const std::string idx =
            folder.write("i", damage(msd::test::idx_images(4, 2, 3), random, 16));
        attempt("idx:" + idx + "," + labels, folder.path(), shape, idx_tally);
        const std::string bad_labels =
            folder.write("b", damage(msd::test::idx_labels(4), random, 8));
        attempt("idx:" + folder.write("g", msd::test::idx_images(4, 2, 3)) + "," + bad_labels,
                folder.path(), shape, idx_tally);
        if (n % 4 == 0)
            attempt("cifar10:" + folder.write("c", damage(msd::test::cifar10(2), random, 1)),
                    folder.path(), {3, 32, 32}, cifar_tally);
    }
    for (const Tally& tally : {npy_tally, idx_tally, cifar_tally}) {
        CHECK(tally.read > 5);     // the damage is not always fatal…
        CHECK(tally.refused > 5);  // …and not always harmless
    }
}

TEST_CASE("damaged Python batches are refused by name or read") {
    const msd::test::TemporaryFolder folder;
    Random random(2025, 0);
    Tally tally;
    const std::string intact = msd::test::cifar10_pickle(2);
    const std::size_t header = intact.size() - 2 * 3072 - 40;
    for (int n = 0; n < 3000; ++n) {
        std::string bytes = damage(intact, random, header);
        if (bytes.empty() || static_cast<uint8_t>(bytes[0]) != 0x80) bytes = "\x80" + bytes;
        attempt("cifar10:" + folder.write("p", bytes), folder.path(), {3, 32, 32}, tally);
    }
    CHECK(tally.read > 20);
    CHECK(tally.refused > 500);
}
