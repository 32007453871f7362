// What must not bring the platform down: broken programs, wrong sizes, firmware that writes
// nonsense, and time running out.
#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>
#include <iterator>

#include "tests/platform/random_programs.h"

using namespace msd;
using namespace msd::test;
using platform::Ending;

namespace {

std::vector<uint8_t> file_bytes(const char* path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("random register accesses never crash or hang the platform") {
    platform::Soc soc("soc", soc_config("lpddr4_x32"));
    soc.set_firmware(file_bytes(MSD_HOSTILE_ELF));
    auto p = random_program(11);
    unsigned finished = 0, warned = 0;
    for (uint32_t seed = 1; seed <= 60; ++seed) {
        auto& header = *reinterpret_cast<msd_program*>(p.program.image.data());
        header.reserved[0] = seed * 2654435761u;
        platform::RunHooks hooks;
        hooks.warning = [&](const std::string&) { ++warned; };
        soc.configure(p.device);
        const auto result = soc.run(p.program, {p.input, p.input, p.input}, 20'000'000, hooks);
        INFO(result.message);
        CHECK(result.ending != Ending::kTimeout);
        finished += result.ending == Ending::kFinished;
    }
    CHECK(finished > 30);  // the others told the host of an error code of their own
    CHECK(warned > 100);

    // And afterwards a good program runs as ever.
    soc.set_firmware({});
    std::string failure;
    run_and_compare(soc, random_program(11), failure);
    CHECK(failure == "");
}

TEST_CASE(
    "a program with damaged descriptors ends with an error code, a wrong answer or a timeout") {
    platform::Soc soc("soc", soc_config("lpddr4_x32"));
    network::Random random(7, 7);
    unsigned errors = 0, runs = 0;
    for (uint64_t seed = 20; runs < 150; ++seed) {
        RandomProgram p;
        try {
            p = random_program(seed % 40 + 20);
        } catch (const scheduler::ScheduleError&) {
            continue;
        }
        ++runs;
        const msd_program header = p.program.header();
        uint32_t first_tile;
        std::memcpy(&first_tile,
                    p.program.image.data() + (header.layers_address - MSD_PROGRAM_BASE), 4);
        const std::size_t tiles = first_tile - MSD_PROGRAM_BASE;
        const int flips = 1 + random.below(3);
        for (int i = 0; i < flips; ++i) {
            const std::size_t at =
                tiles + random.below(static_cast<int>(header.tile_count * sizeof(msd_tile)));
            if (at < p.program.image.size())
                p.program.image[at] ^= static_cast<uint8_t>(1 << random.below(8));
        }
        soc.configure(p.device);
        const auto result = soc.run(p.program, {p.input}, 5'000'000, {});
        errors += result.ending == Ending::kFailed;
        if (result.ending != Ending::kFinished) CHECK(!result.message.empty());
    }
    CHECK(errors > runs / 4);
}

TEST_CASE("a bad descriptor is reported with layer, tile and the error's name") {
    platform::Soc soc("soc", soc_config("lpddr4_x32"));
    auto p = random_program(11);
    uint32_t first_tile;
    std::memcpy(&first_tile,
                p.program.image.data() + (p.program.header().layers_address - MSD_PROGRAM_BASE), 4);
    p.program.image[first_tile - MSD_PROGRAM_BASE + 2] ^= 1;  // the magic
    soc.configure(p.device);
    const auto result = soc.run(p.program, {p.input}, 5'000'000, {});
    CHECK(result.ending == Ending::kFailed);
    CHECK(result.message.find("layer 0 (" + p.program.layers[0].name + "), tile 0") !=
          std::string::npos);
    CHECK(result.message.find("MAGIC") != std::string::npos);
}

TEST_CASE("a program for other arrays is refused by firmware") {
    platform::Soc soc("soc", soc_config("lpddr4_x32"));
    const auto p = random_program(11);
    auto other = p.device;
    other.lut_rows += 1;
    soc.configure(other);
    const auto result = soc.run(p.program, {p.input}, 5'000'000, {});
    CHECK(result.ending == Ending::kFailed);
    CHECK(result.message.find("arrays of another size") != std::string::npos);
}

TEST_CASE("a timeout says who waits for whom") {
    platform::Soc soc("soc", soc_config("lpddr4_x32"));
    const auto p = random_program(11);
    soc.configure(p.device);
    uint64_t cycles = 0;
    std::string failure;
    run_and_compare(soc, p, failure, &cycles);
    REQUIRE(cycles > 0);
    const auto result = soc.run(p.program, {p.input}, 9'000, {});
    CHECK(result.ending == Ending::kTimeout);
    CHECK(result.message.find("timeout after 9000 cycles: cpu ") == 0);

    // The same program goes through afterwards.
    failure.clear();
    uint64_t again = 0;
    run_and_compare(soc, p, failure, &again);
    CHECK(failure == "");
    CHECK(again == cycles);
}
