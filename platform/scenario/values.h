// A value as a scenario gives it, before it is known what it is for.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "platform/scenario/keys.h"

namespace msd::platform {

struct Alien {
    std::string type;  // "a date", "a table", …
};
using Value = std::variant<bool, int64_t, double, std::string, std::vector<std::string>, Alien>;

struct GivenValue {
    Value value;
    std::string place;   // "file:line:column" or "--set key"
    std::string folder;  // that relative paths start from; empty: the current directory
};

// Puts the value where the key's setting is. Throws ScenarioError: wrong type, range, choice or
// path.
void apply(Scenario& scenario, const Key& key, const GivenValue& given);

// ${MSD_DATA} expanded; a relative path starts at `folder` (empty: the current directory), zoo:NAME
// stays. Throws ScenarioError for other variables.
std::string expand_path(const std::string& text, const std::string& folder);

// `text` with control characters made visible, for messages.
std::string printable(const std::string& text);

}  // namespace msd::platform
