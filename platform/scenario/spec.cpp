// Typed look-up of a spec's keys.
#include "platform/scenario/spec.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>

#include "platform/scenario/keys.h"
#include "platform/scenario/values.h"

namespace msd::platform {

struct Spec::State {
    std::string path, folder;
    toml::table table;
    std::vector<toml::table> overrides;  // keep the nodes alive
    struct Entry {
        const toml::node* node;
        std::string place;
        bool set;  // by --set: relative paths start at the current directory
    };
    std::map<std::string, Entry> entries;         // of every value, by full name
    std::map<std::string, std::string> sections;  // with their places
    std::set<std::string> asked;

    void collect(const toml::table& from, const std::string& prefix) {
        for (auto&& [key, node] : from) {
            const std::string name = prefix + std::string(key.str());
            const std::string place =
                fmt::format("{}:{}:{}", path, key.source().begin.line, key.source().begin.column);
            if (node.is_table()) {
                sections[name] = place;
                collect(*node.as_table(), name + ".");
            } else {
                entries[name] = {&node, place, false};
            }
        }
    }

    const Entry* find(const std::string& key) {
        asked.insert(key);
        const auto found = entries.find(key);
        return found == entries.end() ? nullptr : &found->second;
    }
};

namespace {

constexpr std::size_t kLongestList = 100'000;

std::string read_whole(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error))
        throw ScenarioError(
            fmt::format("{}: there is no such file; name a spec (.toml)", printable(path)));
    std::ifstream stream(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(stream), {}};
    if (!stream) throw ScenarioError(fmt::format("{}: cannot be read", printable(path)));
    return text;
}

template <typename T>
bool is_number(const toml::node& node) {
    return node.is_integer() || (std::is_same_v<T, double> && node.is_floating_point());
}

template <typename T>
T number_of(const toml::node& node) {
    if (node.is_integer()) return static_cast<T>(node.as_integer()->get());
    return static_cast<T>(node.as_floating_point()->get());
}

template <typename T>
const char* number_name() {
    return std::is_same_v<T, double> ? "number" : "integer";
}

}  // namespace

Spec::Spec(std::unique_ptr<State> state) : state_(std::move(state)) {}
Spec::Spec(Spec&&) noexcept = default;
Spec::~Spec() = default;

Spec Spec::read(const std::string& path, const std::vector<std::string>& sets) {
    return parse(read_whole(path), path, sets);
}

Spec Spec::parse(const std::string& text, const std::string& path,
                 const std::vector<std::string>& sets) {
    auto state = std::make_unique<State>();
    state->path = path;
    state->folder = std::filesystem::path(path).parent_path().string();
    try {
        state->table = toml::parse(text);
    } catch (const toml::parse_error& error) {
        throw ScenarioError(fmt::format("{}:{}:{}: {}", path, error.source().begin.line,
                                        error.source().begin.column,
                                        printable(std::string(error.description()))));
    }
    state->collect(state->table, "");
    state->overrides.reserve(sets.size());
    for (const std::string& set : sets) {
        const std::size_t equals = set.find('=');
        if (equals == std::string::npos || equals == 0)
            throw ScenarioError(
                fmt::format("--set {}: a setting is written key=value", printable(set)));
        const std::string name = set.substr(0, equals), value = set.substr(equals + 1);
        toml::table parsed;
        try {
            parsed = toml::parse("value = " + value);
        } catch (const toml::parse_error&) {
        }
        if (parsed.size() != 1) parsed.insert_or_assign("value", value);
        state->overrides.push_back(std::move(parsed));
        state->entries[name] = {state->overrides.back().get("value"), "--set " + printable(name),
                                true};
    }
    return Spec(std::move(state));
}

const std::string& Spec::path() const {
    return state_->path;
}

bool Spec::has(const std::string& key) const {
    if (state_->entries.count(key) != 0 || state_->sections.count(key) != 0) return true;
    const auto in = state_->entries.lower_bound(key + ".");  // of --set
    return in != state_->entries.end() && in->first.compare(0, key.size() + 1, key + ".") == 0;
}

void Spec::fail(const std::string& key, const std::string& what) const {
    std::string place = state_->path;
    const auto value = state_->entries.find(key);
    const auto section = state_->sections.find(key);
    if (value != state_->entries.end())
        place = value->second.place;
    else if (section != state_->sections.end())
        place = section->second;
    throw ScenarioError(fmt::format("{}: {}: {}", place, key, what));
}

bool Spec::flag(const std::string& key, bool fallback) {
    const State::Entry* entry = state_->find(key);
    if (!entry) return fallback;
    if (!entry->node->is_boolean()) fail(key, "must be true or false");
    return entry->node->as_boolean()->get();
}

template <typename T>
static std::vector<T> list_of(const Spec& spec, const std::string& key, const toml::node& node,
                              T low, T high, bool single) {
    std::vector<T> result;
    const auto add = [&](const toml::node& item) {
        if (!is_number<T>(item))
            spec.fail(key, fmt::format("must be {} {}{}", single ? "an" : "a list of",
                                       number_name<T>(), single ? "" : "s"));
        const T value = number_of<T>(item);
        if (!(value >= low && value <= high))
            spec.fail(key, fmt::format("is {}; it must be {} to {}", value, low, high));
        result.push_back(value);
    };
    const toml::array* array = node.as_array();
    if (!array || single) {
        add(node);
        return result;
    }
    if (array->size() > kLongestList)
        spec.fail(key, fmt::format("has more than {} values", kLongestList));
    for (const toml::node& item : *array) add(item);
    return result;
}

int64_t Spec::integer(const std::string& key, int64_t low, int64_t high, int64_t fallback) {
    const State::Entry* entry = state_->find(key);
    return entry ? list_of<int64_t>(*this, key, *entry->node, low, high, true)[0] : fallback;
}

double Spec::number(const std::string& key, double low, double high, double fallback) {
    const State::Entry* entry = state_->find(key);
    return entry ? list_of<double>(*this, key, *entry->node, low, high, true)[0] : fallback;
}

std::vector<int64_t> Spec::integers(const std::string& key, int64_t low, int64_t high,
                                    const std::vector<int64_t>& fallback) {
    const State::Entry* entry = state_->find(key);
    return entry ? list_of<int64_t>(*this, key, *entry->node, low, high, false) : fallback;
}

std::vector<double> Spec::numbers(const std::string& key, double low, double high,
                                  const std::vector<double>& fallback) {
    const State::Entry* entry = state_->find(key);
    return entry ? list_of<double>(*this, key, *entry->node, low, high, false) : fallback;
}

std::string Spec::text(const std::string& key, const std::string& fallback) {
    const State::Entry* entry = state_->find(key);
    if (!entry) return fallback;
    if (!entry->node->is_string()) fail(key, "must be a string");
    std::string value = entry->node->as_string()->get();
    if (value.find('\0') != std::string::npos) fail(key, "holds a zero byte");
    return value;
}

std::string Spec::choice(const std::string& key, const std::vector<std::string>& choices,
                         const std::string& fallback) {
    std::string value = text(key, fallback);
    if (std::find(choices.begin(), choices.end(), value) == choices.end())
        fail(key, fmt::format("is \"{}\"; it must be one of {}", printable(value),
                              fmt::join(choices, ", ")));
    return value;
}

std::vector<std::string> Spec::texts(const std::string& key,
                                     const std::vector<std::string>& fallback) {
    const State::Entry* entry = state_->find(key);
    if (!entry) return fallback;
    const toml::array* array = entry->node->as_array();
    if (!array) return {text(key)};
    std::vector<std::string> result;
    for (const toml::node& item : *array) {
        if (!item.is_string()) fail(key, "must be a list of strings");
        result.push_back(item.as_string()->get());
    }
    return result;
}

std::string Spec::path_of(const std::string& key, const std::string& name) const {
    if (name.empty() || name.find('\0') != std::string::npos) fail(key, "names no file");
    const auto entry = state_->entries.find(key);
    const bool here = entry != state_->entries.end() && entry->second.set;
    try {
        return expand_path(name, here ? "" : state_->folder);
    } catch (const ScenarioError& error) {
        fail(key, error.what());
    }
}

std::vector<std::string> Spec::files(const std::string& key) {
    std::vector<std::string> result;
    for (const std::string& name : texts(key)) {
        const std::string path = path_of(key, name);
        std::error_code error;
        if (!std::filesystem::is_regular_file(path, error))
            fail(key, fmt::format("there is no file {}; ${{MSD_DATA}} is {}", printable(path),
                                  data_directory()));
        result.push_back(path);
    }
    return result;
}

std::string Spec::file(const std::string& key) {
    const auto found = files(key);
    if (found.size() > 1) fail(key, "must be one file");
    return found.empty() ? "" : found[0];
}

void Spec::finish() const {
    const auto unknown = [&](const std::string& name, const std::string& place) {
        std::string_view best;
        std::size_t least = SIZE_MAX;
        for (const std::string& known : state_->asked) {
            const std::size_t distance = edit_distance(name, known);
            if (distance < least) least = distance, best = known;
        }
        throw ScenarioError(
            fmt::format("{}: unknown key '{}'; did you mean '{}'?", place, printable(name), best));
    };
    for (const auto& [name, entry] : state_->entries)
        if (state_->asked.count(name) == 0) unknown(name, entry.place);
    for (const auto& [name, place] : state_->sections) {
        const auto in = state_->asked.lower_bound(name + ".");
        if (in == state_->asked.end() || in->compare(0, name.size() + 1, name + ".") != 0)
            unknown(name, place);
    }
}

}  // namespace msd::platform
