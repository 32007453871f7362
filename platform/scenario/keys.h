// The table of scenario keys: it drives parsing, --set, checks and `msd describe`.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "platform/scenario/scenario.h"

namespace msd::platform {

using Setting =
    std::variant<bool*, int*, unsigned*, uint64_t*, double*, std::string*,
                 std::vector<std::string>*, std::optional<uint64_t>*, std::optional<double>*>;

struct Key {
    enum class Text { kPlain, kPath, kImages };  // what a string means

    std::string name;  // "section.key"
    Setting (*setting)(Scenario&);
    std::string description;
    std::string unit = {};
    double low = 0, high = 0;               // of numbers
    std::vector<std::string> choices = {};  // if not empty, the only values
    std::string fallback = {};              // the default in words, where it is no value
    Text text = Text::kPlain;
    unsigned divisor = 1;  // the setting holds the value divided by this
};

const std::vector<Key>& keys();

// "integer", "number", "bool", "string" or "list of strings".
std::string type_name(const Key& key);
// "1 to 255 rows", "one of a, b", or empty.
std::string allowed_values(const Key& key);

const Key* find_key(std::string_view name);
bool is_section(std::string_view name);
// The key or section that `name` was most likely meant to be.
std::string nearest_key(std::string_view name);
// Letters to insert, delete, replace or swap with their neighbour to make `b` of `a`; a tail left
// out counts as two at most.
size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace msd::platform
