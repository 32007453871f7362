// Reads hardware and energy files: words in pairs, key and value; see reader.h.
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "codesign/maestro/reader.h"
#include "codesign/maestro/tokens.h"

namespace msd::maestro {
namespace {

struct Key {
    const char* name;
    int32_t Hardware::*member;  // null: bandwidth of the NoC level
    int level;                  // -1: all levels
    int64_t least, most;
};

const Key kKeys[] = {
    {"num_pes", &Hardware::num_pes, 0, 1, 1 << 24},
    {"l1_size_cstr", &Hardware::l1_bytes, 0, 1, INT32_MAX},
    {"l2_size_cstr", &Hardware::l2_bytes, 0, 1, INT32_MAX},
    {"noc_bw_cstr", nullptr, -1, 1, INT32_MAX},
    {"noc_bw_level_0", nullptr, 0, 1, INT32_MAX},
    {"noc_bw_level_1", nullptr, 1, 1, INT32_MAX},
    {"noc_bw_level_2", nullptr, 2, 1, INT32_MAX},
    {"noc_bw_level_3", nullptr, 3, 1, INT32_MAX},
    {"NoC_NumHops", &Hardware::noc_latency, 0, 0, 1 << 24},
    {"offchip_bw_cstr", &Hardware::offchip_bw, 0, 1, INT32_MAX},
    {"num_simd_lanes", &Hardware::simd_lanes, 0, 1, 1 << 24},
    {"bytes_per_element", &Hardware::bytes_per_element, 0, 1, 64},
    {"noc_multicast", &Hardware::multicast, 0, 0, 1},
};

struct EnergyKey {
    const char* name;
    double EnergyTable::*member;
};

const EnergyKey kEnergyKeys[] = {{"mac_nj", &EnergyTable::mac_nj},
                                 {"l1", &EnergyTable::l1},
                                 {"l2", &EnergyTable::l2},
                                 {"noc", &EnergyTable::noc},
                                 {"dram", &EnergyTable::dram}};

template <class Keys>
std::string names(const Keys& keys) {
    std::string result;
    for (const auto& key : keys) result += (result.empty() ? "" : ", ") + std::string(key.name);
    return result;
}

template <class Keys>
const auto* find(const Keys& keys, std::string_view name) {
    for (const auto& key : keys)
        if (name == key.name) return &key;
    return static_cast<decltype(&keys[0])>(nullptr);
}

}  // namespace

std::string read_text(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) throw InputError(path + ": no such file");
    if (std::filesystem::file_size(path, error) > (256u << 20))
        throw InputError(path + ": larger than 256 MiB");
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    if (!stream) throw InputError(path + ": cannot be read");
    return text.str();
}

Hardware parse_hardware(const std::string& text, const std::string& name, const Hardware& start) {
    Hardware hw = start;
    Tokens tokens(text, name);
    while (!tokens.done()) {
        const Token token = tokens.next("a key");
        const Key* key = find(kKeys, token.text);
        if (!key)
            tokens.fail(token, fmt::format("unknown key {}; there are {}",
                                           Tokens::quoted(token.text), names(kKeys)));
        const Token value = tokens.next("a value");
        int64_t n = 0;
        if (!parse_whole(value.text, key->most, n) || n < key->least)
            tokens.fail(value,
                        fmt::format("{} is {}; it must be a whole number of {}..{}", key->name,
                                    Tokens::quoted(value.text), key->least, key->most));
        const auto v = static_cast<int32_t>(n);
        if (key->member)
            hw.*key->member = v;
        else if (key->level < 0)
            hw.noc_bw.fill(v);
        else
            hw.noc_bw[key->level] = v;
    }
    return hw;
}

Hardware read_hardware_file(const std::string& path) {
    return parse_hardware(read_text(path), path);
}

void parse_energy(const std::string& text, const std::string& name, EnergyTable& table) {
    Tokens tokens(text, name);
    while (!tokens.done()) {
        const Token token = tokens.next("a key");
        const EnergyKey* key = find(kEnergyKeys, token.text);
        if (!key)
            tokens.fail(token, fmt::format("unknown key {}; there are {}",
                                           Tokens::quoted(token.text), names(kEnergyKeys)));
        const Token value = tokens.next("a value");
        const std::string word(value.text);
        char* end = nullptr;
        const double v = std::strtod(word.c_str(), &end);
        if (end != word.c_str() + word.size() || !std::isfinite(v) || v < 0 || v > 1e9)
            tokens.fail(value, fmt::format("{} is {}; it must be a number of 0..1e9", key->name,
                                           Tokens::quoted(word)));
        table.*key->member = v;
    }
}

void read_energy_file(const std::string& path, EnergyTable& table) {
    parse_energy(read_text(path), path, table);
}

}  // namespace msd::maestro
