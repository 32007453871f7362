// The .msdp file: what is written is read, and no damage goes unnoticed.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "scheduler/program.h"
#include "tests/scheduler/random_network.h"

using namespace msd;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

// A folder of this process's own, gone at the end.
struct Folder {
    fs::path path;
    explicit Folder(const std::string& name)
        : path(fs::path(MSD_BINARY_DIR) / "tests" / "scheduler" / name) {
        fs::remove_all(path);
        fs::create_directories(path);
    }
    ~Folder() { fs::remove_all(path); }
    std::string operator/(const char* name) const { return (path / name).string(); }
};

scheduler::Program small_program() {
    test::RandomNetworkOptions small;
    small.max_steps = 3;
    small.max_channels = 18;
    small.max_side = 6;
    auto graph = test::random_network(11, small);
    const auto config = pe::preset("tiny");
    const auto schedule = scheduler::make_schedule(graph, config, {});
    scheduler::encode_weights(graph, schedule);
    return scheduler::make_program(graph, schedule, config);
}

std::string slurp(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void spill(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// The message of the error that reading gives; empty if it reads.
std::string error_of(const std::string& path) {
    try {
        scheduler::read_program(path);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("a program that is written and read is the same") {
    Folder folder("round_trip");
    const auto program = small_program();
    scheduler::write_program(program, folder / "a.msdp");
    const auto back = scheduler::read_program(folder / "a.msdp");
    CHECK(back.image == program.image);
    CHECK(scheduler::to_text(back) == scheduler::to_text(program));
    CHECK(back.predicted_cycles == program.predicted_cycles);
    REQUIRE(back.layers.size() == program.layers.size());
    for (std::size_t i = 0; i < back.layers.size(); ++i) {
        CHECK(back.layers[i].id == program.layers[i].id);
        CHECK(back.layers[i].macs == program.layers[i].macs);
        CHECK(back.layers[i].output.quant.scale == program.layers[i].output.quant.scale);
    }
    scheduler::write_program(back, folder / "b.msdp");
    CHECK(slurp(folder / "a.msdp") == slurp(folder / "b.msdp"));
    std::size_t files = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder.path)) ++files;
    CHECK(files == 2);  // nothing is left beside them
}

TEST_CASE("every flipped byte of a program file is noticed") {
    Folder folder("flipped");
    const std::string path = folder / "p.msdp";
    scheduler::write_program(small_program(), path);
    const std::string good = slurp(path);
    network::Random random(1, 0);
    for (std::size_t i = 0; i < good.size(); i += i < 200 ? 1 : 1 + random.below(40)) {
        std::string bad = good;
        bad[i] = static_cast<char>(bad[i] ^ (1 << random.below(8)));
        spill(path, bad);
        INFO("byte " << i << " of " << good.size());
        REQUIRE_THAT(error_of(path), Catch::StartsWith(path + ": ") && (Contains("; ")));
    }
}

TEST_CASE("a program file that was cut or has grown is noticed") {
    Folder folder("cut");
    const std::string path = folder / "p.msdp";
    scheduler::write_program(small_program(), path);
    const std::string good = slurp(path);
    for (std::size_t length = 0; length < good.size(); length += length < 100 ? 1 : 97) {
        spill(path, good.substr(0, length));
        INFO("cut to " << length);
        REQUIRE_THAT(error_of(path), Catch::StartsWith(path + ": ") && Contains("; "));
    }
    spill(path, good + "x");
    CHECK_THAT(error_of(path), Contains("has grown"));
}

TEST_CASE("another version, another format and no file at all have messages of their own") {
    Folder folder("alien");
    const std::string path = folder / "p.msdp";
    scheduler::write_program(small_program(), path);
    std::string bytes = slurp(path);
    bytes[8] = 9;
    spill(path, bytes);
    CHECK_THAT(error_of(path), Contains("file version 9") && Contains("reads version 1") &&
                                   Contains("schedule the network again"));
    spill(path, std::string(5000, 'x'));
    CHECK_THAT(error_of(path), Contains("not a program"));
    CHECK_THAT(error_of(folder / "missing.msdp"), Contains("missing.msdp: cannot be read"));
    CHECK_THAT(error_of(folder.path.string()), Contains(": "));
    CHECK_THROWS_WITH(scheduler::write_program(small_program(), folder / "no/such/folder/p.msdp"),
                      Contains("cannot be written"));
}

TEST_CASE("contents that contradict each other under good checksums are refused") {
    Folder folder("forged");
    const std::string path = folder / "p.msdp";
    const auto good = small_program();
    // The image's own header: written again with the file's checksums right, as a tool with a fault
    // would.
    for (std::size_t field = 4; field < 56; field += 4) {
        for (uint32_t value : {0u, 1u, 0x7fffffffu, 0x80100001u, 0xffffffffu}) {
            auto bad = good;
            uint32_t old;
            std::memcpy(&old, bad.image.data() + field, 4);
            if (old == value) continue;
            std::memcpy(bad.image.data() + field, &value, 4);
            scheduler::write_program(bad, path);
            INFO("header field at " << field << " set to " << value);
            CHECK_THAT(error_of(path), Catch::StartsWith(path + ": "));
        }
    }
    auto bad = good;
    bad.layers.pop_back();
    scheduler::write_program(bad, path);
    CHECK_THAT(error_of(path), Contains("describes"));
    bad = good;
    bad.layers[0].output.address = 0xfffffff0u;
    scheduler::write_program(bad, path);
    CHECK_THAT(error_of(path), Contains("layer 0"));
    bad = good;
    bad.layers[0].kept = !bad.layers[0].kept;
    scheduler::write_program(bad, path);
    CHECK_THAT(error_of(path), Contains("layer 0"));
    bad = good;
    bad.output.shape.c = 1 << 30;
    scheduler::write_program(bad, path);
    CHECK_THAT(error_of(path), Contains("output"));
}

TEST_CASE("random bytes behind a program's first bytes never crash the reader") {
    Folder folder("random");
    const std::string path = folder / "p.msdp";
    scheduler::write_program(small_program(), path);
    const std::string good = slurp(path);
    network::Random random(3, 0);
    for (int i = 0; i < 500; ++i) {
        std::string bytes = good.substr(0, random.below(200));
        const int more = random.below(300);
        for (int k = 0; k < more; ++k) bytes += static_cast<char>(random.below(256));
        spill(path, bytes);
        REQUIRE_THAT(error_of(path), Catch::StartsWith(path + ": "));
    }
}

TEST_CASE("the text of a program names every layer and every tile") {
    const auto program = small_program();
    const auto text = scheduler::to_text(program);
    for (const auto& layer : program.layers)
        CHECK_THAT(text, Contains("layer " + layer.name + " ("));
    for (std::size_t i = 0; i < program.tiles().size(); ++i)
        CHECK_THAT(text, Contains("tile " + std::to_string(i) + " "));
}
