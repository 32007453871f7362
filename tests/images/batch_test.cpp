// CIFAR-10's Python batches, and the pickle reader below them.
#include <catch2/catch.hpp>

#include "network/images.h"
#include "network/pickle.h"
#include "tests/images/files.h"

using namespace msd::network;
using namespace std::string_literals;
using Catch::Contains;
using Kind = PickleValue::Kind;

namespace {

Pickle unpickled(const std::string& bytes) {
    return read_pickle(std::vector<uint8_t>(bytes.begin(), bytes.end()));
}

std::string error_of(const std::string& bytes) {
    try {
        unpickled(bytes);
    } catch (const PickleError& e) {
        return e.what();
    }
    return "no error";
}

std::string batch_error(std::string bytes, const std::string& from, const std::string& to) {
    const msd::test::TemporaryFolder folder;
    const std::size_t at = bytes.find(from);
    REQUIRE(at != std::string::npos);
    bytes.replace(at, from.size(), to);
    const std::string path = folder.write("batch", bytes);
    try {
        read_images("cifar10:" + path, {3, 32, 32}, 1, 0, -1);
    } catch (const ImportError& e) {
        return std::string(e.what()).substr(folder.path().size() + 1);
    }
    return "no error";
}

}  // namespace

TEST_CASE("a Python batch holds the same images as the binary one") {
    const msd::test::TemporaryFolder folder;
    const auto binary =
        read_images("cifar10:" + folder.write("b", msd::test::cifar10(5)), {3, 32, 32}, 1, 1, 3);
    const auto python = read_images("cifar10:" + folder.write("p", msd::test::cifar10_pickle(5)),
                                    {3, 32, 32}, 1, 1, 3);
    REQUIRE(python.size() == 3);
    for (int i = 0; i < 3; ++i) {
        CHECK(python[i].label == binary[i].label);
        CHECK(python[i].pixels == binary[i].pixels);
    }
}

TEST_CASE("a Python batch that is not CIFAR-10's says what is wrong") {
    const std::string good = msd::test::cifar10_pickle(2);
    CHECK_THAT(batch_error(good, "labels", "lebals"),
               Contains("batch: the pickle is no dict with 'labels'"));
    CHECK_THAT(batch_error(good, "U\x02u1"s, "U\x02i1"s), Contains("must be an array of uint8"));
    CHECK_THAT(batch_error(good, "tb\x89T"s, "tb\x88T"s), Contains("in C order"));
    CHECK_THAT(batch_error(good, "K\0K\1eU"s,
                           "K\0K\x0a"
                           "eU"s),
               Contains("label 1 is none; the labels of CIFAR-10 are 0 to 9"));
    CHECK_THAT(batch_error(good, "K\0K\1eU"s, "K\0eU"s), Contains("1 labels for 2 images"));
    CHECK_THAT(batch_error(good, "M\2\0M"s, "M\3\0M"s),
               Contains("has 6144 bytes and another shape"));
    CHECK_THAT(batch_error(good, "_reconstruct", "_deconstruct"), Contains("is no numpy array"));
    CHECK_THAT(batch_error(good, "}q\1("s, "}q\1i"s),
               Contains("opcode 0x69 occurs in no pickle of plain data"));
    CHECK_THAT(batch_error(good.substr(0, 3000), "}", "}"),
               Contains("the file ends within a string"));
}

TEST_CASE("the pickle reader makes values and never calls what the file names") {
    const Pickle system = unpickled("\x80\2cos\nsystem\nU\x08touch /x\x85R."s);
    REQUIRE(system->is(Kind::kObject));
    CHECK(system->items[0]->text == "os system");
    CHECK(system->items[1]->items[0]->text == "touch /x");
    const Pickle dict = unpickled("\x80\2}(X\1\0\0\0aJ\xfe\xff\xff\xffU\1bM\0\1u."s);
    CHECK(dict->find("a")->integer == -2);
    CHECK(dict->find("b")->integer == 256);
    CHECK(dict->find("c") == nullptr);
    CHECK(unpickled("\x80\2\x8a\2\0\x80."s)->integer == -32768);
}

TEST_CASE("a pickle that is not well formed is refused with the byte") {
    CHECK(error_of("") == "byte 0: the file ends here");
    CHECK(error_of("."s) == "byte 0: a value is taken, but there is none");
    CHECK(error_of("\x80\6N."s) == "byte 0: pickle protocol 6; 2 to 5 are read");
    CHECK(error_of("\x80\2e."s) == "byte 2: a sequence ends that never began");
    CHECK(error_of("\x80\2N(\x85."s) == "byte 4: a value is taken, but there is none");
    CHECK(error_of("\x80\2h\7."s) == "byte 2: memo 7 was never stored");
    CHECK(error_of("\x80\2NNa."s) == "byte 4: values are added to what is no list or dict");
    CHECK(error_of("\x80\2}(Nu."s) == "byte 5: a dict's last key has no value");
    CHECK(error_of("\x80\2\x8a\x09"s + std::string(9, 'a')) ==
          "byte 2: an integer of 9 bytes; 8 are the most");
    CHECK(error_of("\x80\2N)R."s) ==
          "byte 4: an object is made of what is no class or no arguments");
    CHECK_THAT(error_of("\x80\2N"s + std::string(200, '\x85') + "."),
               Contains("values are nested too deep"));
    // A list put into copies of itself stays finite.
    std::string doubling = "\x80\2]q\0"s;
    for (int i = 0; i < 200; ++i) doubling += "h\0aq\0"s;
    CHECK_THAT(error_of(doubling + "."), Contains("nested too deep"));
}
