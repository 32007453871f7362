// The ELF loader: the firmware's own file, and files that are wrong.
#include <catch2/catch.hpp>

#include "firmware/firmware_image.h"
#include "platform/iss/elf.h"
#include "tests/iss/machine.h"

using namespace msd::platform;
using Catch::Matchers::Contains;

namespace {

std::vector<uint8_t> firmware() {
    return {kFirmwareElf, kFirmwareElf + kFirmwareElfSize};
}

Elf parse(const std::vector<uint8_t>& bytes) {
    return parse_elf(bytes.data(), bytes.size(), "fw.elf");
}

void put32(std::vector<uint8_t>& bytes, size_t at, uint32_t value) {
    for (int i = 0; i < 4; ++i) bytes[at + i] = static_cast<uint8_t>(value >> 8 * i);
}

}  // namespace

TEST_CASE("the embedded firmware loads and its functions have names") {
    const Elf elf = parse(firmware());
    CHECK(elf.entry == 0x80000000);
    CHECK(elf.address_of("_start") == 0x80000000u);
    CHECK_FALSE(elf.address_of("no_such_symbol"));
    const uint32_t f = elf.address_of("program_replay").value();
    CHECK(elf.function_at(f) == "program_replay");
    CHECK(elf.function_at(f + 2) == "program_replay");
    CHECK(elf.function_at(f - 1) != "program_replay");
    CHECK(elf.function_at(0x1000) == "");

    std::vector<uint8_t> memory(1 << 20, 0xaa);
    elf.load(memory.data(), 0x80000000, 1 << 20);
    const ElfSegment& first = elf.segments.front();
    CHECK(std::equal(first.data.begin(), first.data.end(),
                     memory.begin() + (first.address - 0x80000000)));
    CHECK_THROWS_WITH(elf.load(memory.data(), 0x80000000, 256),
                      Contains("lies outside the memory"));
    CHECK_THROWS_WITH(elf.load(memory.data(), 0x80000100, 1 << 20),
                      Contains("lies outside the memory"));
}

TEST_CASE("a segment's memory behind its file bytes is cleared") {
    std::vector<uint8_t> bytes(52 + 32 + 4, 0);
    const uint8_t ident[] = {0x7f, 'E', 'L', 'F', 1, 1, 1};
    std::copy(std::begin(ident), std::end(ident), bytes.begin());
    bytes[16] = 2;
    bytes[18] = 243;
    put32(bytes, 24, 0x80000004);
    put32(bytes, 28, 52);
    bytes[42] = 32;
    bytes[44] = 1;
    put32(bytes, 52, 1);
    put32(bytes, 56, 84);          // offset
    put32(bytes, 64, 0x80000008);  // physical address
    put32(bytes, 68, 4);
    put32(bytes, 72, 8);
    put32(bytes, 84, 0x11223344);
    const Elf elf = parse(bytes);
    CHECK(elf.entry == 0x80000004);
    CHECK(elf.symbols.empty());
    std::vector<uint8_t> memory(32, 0xaa);
    elf.load(memory.data(), 0x80000000, 32);
    CHECK(memory[7] == 0xaa);
    CHECK(memory[8] == 0x44);
    CHECK(memory[11] == 0x11);
    CHECK(memory[12] == 0);
    CHECK(memory[15] == 0);
    CHECK(memory[16] == 0xaa);

    put32(bytes, 72, 3);
    CHECK_THROWS_WITH(parse(bytes), Contains("4 bytes in the file but only 3 in memory"));
    put32(bytes, 72, 0xffffffff);
    CHECK_THROWS_WITH(parse(bytes), Contains("leaves the address space"));
}

TEST_CASE("files that are no RV32 executable are refused with the reason") {
    CHECK_THROWS_WITH(parse({}), Contains("fw.elf: the ELF header"));
    CHECK_THROWS_WITH(parse(std::vector<uint8_t>(100, 0)), Contains("not an ELF file"));
    struct Change {
        size_t at;
        uint8_t value;
        const char* message;
    };
    for (const Change& c :
         {Change{4, 2, "not a 32-bit ELF"}, Change{5, 2, "big-endian"},
          Change{18, 62, "built for machine 62"}, Change{16, 1, "not a linked executable"},
          Change{44, 0, "no program headers"}, Change{42, 31, "program headers of 31 bytes"},
          Change{46, 1, "section headers of 1 bytes"}, Change{31, 0x7f, "program header table"}}) {
        std::vector<uint8_t> bytes = firmware();
        bytes[c.at] = c.value;
        CHECK_THROWS_WITH(parse(bytes), Contains(c.message));
    }
    CHECK_THROWS_WITH(read_elf("/nonexistent/fw.elf"), Contains("cannot be opened"));
}

TEST_CASE("truncated and mutated ELF files never crash the loader") {
    const std::vector<uint8_t> good = firmware();
    std::vector<uint8_t> memory(1 << 16);
    const auto attempt = [&](const std::vector<uint8_t>& bytes) {
        try {
            const Elf elf = parse(bytes);
            elf.function_at(elf.entry);
            elf.load(memory.data(), 0x80000000, static_cast<uint32_t>(memory.size()));
            return true;
        } catch (const ElfError&) {
            return false;
        }
    };
    CHECK(attempt(good));
    for (size_t length = 0; length < good.size(); length += 7) {
        CHECK_FALSE(attempt({good.begin(), good.begin() + static_cast<long>(length)}));
    }
    msd::test::Random random(3);
    const uint32_t section_headers = good[32] | good[33] << 8;
    unsigned refused = 0;
    for (int i = 0; i < 4000; ++i) {
        std::vector<uint8_t> bytes = good;
        for (unsigned n = 1 + random.below(4); n != 0; --n) {
            // Headers, section headers, or anywhere.
            const uint32_t where = random.below(3);
            const uint32_t size = static_cast<uint32_t>(bytes.size());
            const uint32_t at = where == 0 ? random.below(116)
                                : where == 1
                                    ? section_headers + random.below(size - section_headers)
                                    : random.below(size);
            bytes[at] = static_cast<uint8_t>(random.below(3) ? random() : 0xff);
        }
        refused += !attempt(bytes);
    }
    CHECK(refused > 500);
    for (int i = 0; i < 2000; ++i) {
        std::vector<uint8_t> bytes(random.below(400));
        for (auto& b : bytes) b = static_cast<uint8_t>(random());
        if (bytes.size() > 52 && random.below(2)) std::copy_n(good.begin(), 20, bytes.begin());
        attempt(bytes);
    }
}
