// Loader of 32-bit RISC-V ELF executables: segments to be copied to memory, entry point and
// symbols.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace msd::platform {

// What is wrong with the file, and what would be right; begins with the file's name.
class ElfError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct ElfSegment {
    uint32_t address = 0;       // physical
    uint32_t memory_bytes = 0;  // at least data.size(); the rest is zero
    std::vector<uint8_t> data;
};

struct ElfSymbol {
    std::string name;
    uint32_t address = 0;
    uint32_t bytes = 0;
    bool function = false;
};

struct Elf {
    std::string name;  // of the file, for messages
    uint32_t entry = 0;
    std::vector<ElfSegment> segments;
    std::vector<ElfSymbol> symbols;  // by address

    std::optional<uint32_t> address_of(const std::string& symbol) const;
    // Name of the function that holds `pc`, "" if none is known.
    std::string function_at(uint32_t pc) const;
    // Copies all segments into [base, base + bytes) at `memory`. Throws ElfError if one lies
    // outside.
    void load(uint8_t* memory, uint32_t base, uint32_t bytes) const;
};

// `name` is used in messages. Both throw ElfError.
Elf parse_elf(const uint8_t* bytes, size_t size, const std::string& name);
Elf read_elf(const std::string& path);

}  // namespace msd::platform
