// ELF32 reader; every offset and size in the file is checked before it is used.
#include "platform/iss/elf.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

namespace msd::platform {
namespace {

// Field offsets and constants: System V ABI, chapters 4 and 5; RISC-V psABI.
constexpr uint32_t kHeaderBytes = 52, kProgramHeaderBytes = 32, kSectionHeaderBytes = 40;
constexpr uint32_t kSymbolBytes = 16;
constexpr uint32_t kTypeExecutable = 2, kMachineRiscv = 243;
constexpr uint32_t kLoad = 1, kSectionSymbols = 2, kSymbolFunction = 2;

class Reader {
public:
    Reader(const uint8_t* bytes, size_t size, const std::string& name)
        : bytes_(bytes), size_(size), name_(name) {}

    [[noreturn]] void fail(const std::string& message) const {
        throw ElfError(name_ + ": " + message);
    }
    // Fails unless [offset, offset + length) lies in the file.
    void need(uint64_t offset, uint64_t length, const char* what) const {
        if (offset > size_ || length > size_ - offset) {
            fail(
                fmt::format("{} at bytes {}..{} lies behind the file's end at {}; the file is "
                            "truncated or not an ELF executable",
                            what, offset, offset + length, size_));
        }
    }
    uint32_t u8(uint64_t offset) const { return bytes_[offset]; }
    uint32_t u16(uint64_t offset) const { return u8(offset) | u8(offset + 1) << 8; }
    uint32_t u32(uint64_t offset) const { return u16(offset) | u16(offset + 2) << 16; }
    const uint8_t* at(uint64_t offset) const { return bytes_ + offset; }

private:
    const uint8_t* bytes_;
    size_t size_;
    const std::string& name_;
};

void check_header(const Reader& file) {
    file.need(0, kHeaderBytes, "the ELF header");
    if (std::memcmp(file.at(0), "\177ELF", 4) != 0) file.fail("not an ELF file");
    if (file.u8(4) != 1) file.fail("not a 32-bit ELF file; compile for rv32");
    if (file.u8(5) != 1) file.fail("big-endian ELF file; RISC-V code is little endian");
    if (file.u16(18) != kMachineRiscv) {
        file.fail(fmt::format("built for machine {}, not for RISC-V (243)", file.u16(18)));
    }
    if (file.u16(16) != kTypeExecutable) {
        file.fail(fmt::format("ELF type {}, not a linked executable (2)", file.u16(16)));
    }
}

std::vector<ElfSegment> read_segments(const Reader& file) {
    const uint32_t offset = file.u32(28), bytes = file.u16(42), count = file.u16(44);
    if (count == 0) file.fail("no program headers, so nothing to load");
    if (bytes != kProgramHeaderBytes) {
        file.fail(
            fmt::format("program headers of {} bytes, expected {}", bytes, kProgramHeaderBytes));
    }
    file.need(offset, uint64_t{count} * bytes, "the program header table");

    std::vector<ElfSegment> segments;
    for (uint32_t i = 0; i < count; ++i) {
        const uint64_t at = offset + uint64_t{i} * bytes;
        if (file.u32(at) != kLoad) continue;
        ElfSegment segment;
        segment.address = file.u32(at + 12);  // p_paddr
        segment.memory_bytes = file.u32(at + 20);
        const uint32_t data = file.u32(at + 4), data_bytes = file.u32(at + 16);
        if (segment.memory_bytes == 0) continue;
        if (data_bytes > segment.memory_bytes) {
            file.fail(fmt::format("segment {} has {} bytes in the file but only {} in memory", i,
                                  data_bytes, segment.memory_bytes));
        }
        if (segment.address + uint64_t{segment.memory_bytes} > uint64_t{1} << 32) {
            file.fail(fmt::format("segment {} at {:#x} with {:#x} bytes leaves the address space",
                                  i, segment.address, segment.memory_bytes));
        }
        file.need(data, data_bytes, "a segment's data");
        segment.data.assign(file.at(data), file.at(data) + data_bytes);
        segments.push_back(std::move(segment));
    }
    if (segments.empty()) file.fail("no loadable segment");
    return segments;
}

std::string string_at(const Reader& file, uint64_t table, uint32_t table_bytes, uint32_t index) {
    if (index >= table_bytes) file.fail("a symbol's name lies outside the string table");
    const auto* begin = reinterpret_cast<const char*>(file.at(table + index));
    return std::string(begin, strnlen(begin, table_bytes - index));
}

// Symbols are optional: a stripped executable has none.
std::vector<ElfSymbol> read_symbols(const Reader& file) {
    const uint32_t offset = file.u32(32), bytes = file.u16(46), count = file.u16(48);
    std::vector<ElfSymbol> symbols;
    if (count == 0 || offset == 0) return symbols;
    if (bytes != kSectionHeaderBytes) {
        file.fail(
            fmt::format("section headers of {} bytes, expected {}", bytes, kSectionHeaderBytes));
    }
    file.need(offset, uint64_t{count} * bytes, "the section header table");
    for (uint32_t i = 0; i < count; ++i) {
        const uint64_t at = offset + uint64_t{i} * bytes;
        if (file.u32(at + 4) != kSectionSymbols) continue;
        const uint32_t link = file.u32(at + 24);
        if (link >= count) file.fail("the symbol table names a string table that does not exist");
        const uint64_t strings_at = offset + uint64_t{link} * bytes;
        const uint32_t strings = file.u32(strings_at + 16),
                       strings_bytes = file.u32(strings_at + 20);
        const uint32_t table = file.u32(at + 16), table_bytes = file.u32(at + 20);
        file.need(strings, strings_bytes, "the string table");
        file.need(table, table_bytes, "the symbol table");
        for (uint64_t s = table; s + kSymbolBytes <= uint64_t{table} + table_bytes;
             s += kSymbolBytes) {
            const uint32_t type = file.u8(s + 12) & 15u;
            const uint32_t section = file.u16(s + 14);
            if (section == 0 || type > kSymbolFunction) continue;  // undefined, section, file
            ElfSymbol symbol;
            symbol.name = string_at(file, strings, strings_bytes, file.u32(s));
            if (symbol.name.empty() || symbol.name[0] == '$') continue;  // mapping symbols
            symbol.address = file.u32(s + 4);
            symbol.bytes = file.u32(s + 8);
            symbol.function = type == kSymbolFunction;
            symbols.push_back(std::move(symbol));
        }
    }
    std::stable_sort(symbols.begin(), symbols.end(),
                     [](const auto& a, const auto& b) { return a.address < b.address; });
    return symbols;
}

}  // namespace

Elf parse_elf(const uint8_t* bytes, size_t size, const std::string& name) {
    const Reader file(bytes, size, name);
    check_header(file);
    Elf elf;
    elf.name = name;
    elf.entry = file.u32(24);
    elf.segments = read_segments(file);
    elf.symbols = read_symbols(file);
    return elf;
}

Elf read_elf(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw ElfError(path + ": cannot be opened; give the path of an RV32 ELF executable");
    const std::vector<char> bytes((std::istreambuf_iterator<char>(file)), {});
    return parse_elf(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), path);
}

std::optional<uint32_t> Elf::address_of(const std::string& symbol) const {
    for (const ElfSymbol& s : symbols) {
        if (s.name == symbol) return s.address;
    }
    return std::nullopt;
}

std::string Elf::function_at(uint32_t pc) const {
    auto it =
        std::upper_bound(symbols.begin(), symbols.end(), pc,
                         [](uint32_t value, const ElfSymbol& s) { return value < s.address; });
    while (it != symbols.begin()) {
        --it;
        if (!it->function) continue;
        // Functions written in assembly have no size: they reach to the next one.
        if (it->bytes == 0 || pc - it->address < it->bytes) return it->name;
        return "";
    }
    return "";
}

void Elf::load(uint8_t* memory, uint32_t base, uint32_t bytes) const {
    for (const ElfSegment& s : segments) {
        const uint32_t offset = s.address - base;
        if (s.address < base || offset > bytes || s.memory_bytes > bytes - offset) {
            throw ElfError(fmt::format(
                "{}: segment {:#x}..{:#x} lies outside the memory {:#x}..{:#x}", name, s.address,
                s.address + uint64_t{s.memory_bytes}, base, base + uint64_t{bytes}));
        }
    }
    for (const ElfSegment& s : segments) {
        uint8_t* to = memory + (s.address - base);
        if (!s.data.empty()) std::memcpy(to, s.data.data(), s.data.size());
        std::memset(to + s.data.size(), 0, s.memory_bytes - s.data.size());
    }
}

}  // namespace msd::platform
