// The text of `msd describe`, made from the table of keys.
#include <fmt/format.h>

#include "platform/scenario/values.h"

namespace msd::platform {
namespace {

std::string default_text(const Key& key) {
    if (!key.fallback.empty()) return key.fallback;
    struct Show {
        std::string operator()(const bool* v) const { return *v ? "true" : "false"; }
        std::string operator()(const int* v) const { return std::to_string(*v); }
        std::string operator()(const unsigned* v) const { return std::to_string(*v); }
        std::string operator()(const uint64_t* v) const { return std::to_string(*v); }
        std::string operator()(const double* v) const { return fmt::format("{}", *v); }
        std::string operator()(const std::string* v) const { return '"' + *v + '"'; }
        std::string operator()(const std::vector<std::string>*) const { return "[]"; }
        std::string operator()(const std::optional<uint64_t>*) const { return "none"; }
        std::string operator()(const std::optional<double>*) const { return "none"; }
    };
    Scenario scenario;
    return std::visit(Show{}, key.setting(scenario));
}

std::string entry(const Key& key) {
    std::string kind = type_name(key);
    const std::string allowed = allowed_values(key);
    if (!allowed.empty())
        kind += ", " + allowed;
    else if (!key.unit.empty())
        kind += ", in " + key.unit;
    return fmt::format("{}\n    {}; default: {}\n    {}\n", key.name, kind, default_text(key),
                       key.description);
}

}  // namespace

std::string describe(const std::string& name) {
    if (const Key* key = find_key(name)) return entry(*key);
    if (!name.empty() && !is_section(name))
        throw ScenarioError(fmt::format("unknown key '{}'; did you mean '{}'?", printable(name),
                                        nearest_key(name)));
    std::string text;
    for (const Key& key : keys())
        if (name.empty() || key.name.compare(0, name.size() + 1, name + ".") == 0)
            text += entry(key);
    return text;
}

}  // namespace msd::platform
