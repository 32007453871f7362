// Turns a given value into a setting: types, ranges, choices and paths.
#include "platform/scenario/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace msd::platform {

std::string expand_path(const std::string& text, const std::string& folder) {
    static const std::string kData = "${MSD_DATA}";
    if (text.compare(0, 4, "zoo:") == 0) return text;  // a generated network, no file
    std::string path = text;
    for (size_t at = path.find("${"); at != std::string::npos; at = path.find("${", at)) {
        if (path.compare(at, kData.size(), kData) != 0)
            throw ScenarioError(
                fmt::format("'{}' holds a variable; only {} is expanded", printable(text), kData));
        const std::string data = data_directory();
        path.replace(at, kData.size(), data);
        at += data.size();
    }
    const std::filesystem::path result(path);
    if (result.is_absolute() || folder.empty()) return result.lexically_normal().string();
    return (std::filesystem::path(folder) / result).lexically_normal().string();
}

namespace {

std::string describe_type(const Value& value) {
    static const char* const names[] = {"a bool", "an integer", "a number", "a string",
                                        "a list of strings"};
    if (const Alien* alien = std::get_if<Alien>(&value)) return alien->type;
    return names[value.index()];
}

std::string shown(const Value& value) {
    struct Show {
        std::string operator()(bool v) const { return v ? "true" : "false"; }
        std::string operator()(int64_t v) const { return std::to_string(v); }
        std::string operator()(double v) const { return fmt::format("{}", v); }
        std::string operator()(const std::string& v) const { return '"' + printable(v) + '"'; }
        std::string operator()(const std::vector<std::string>&) const { return "[…]"; }
        std::string operator()(const Alien& v) const { return v.type; }
    };
    return std::visit(Show{}, value);
}

std::string expand_images(const std::string& text, const std::string& folder) {
    if (text == "random" || text == "shapes") return text;
    const size_t colon = text.find(':');
    const std::string kind = text.substr(0, colon);
    const std::string rest = colon == std::string::npos ? "" : text.substr(colon + 1);
    const size_t comma = rest.find(',');
    if ((kind == "cifar10" || kind == "npy" || kind == "folder") && !rest.empty())
        return kind + ":" + expand_path(rest, folder);
    if (kind == "idx" && comma != std::string::npos && comma > 0 && comma + 1 < rest.size())
        return kind + ":" + expand_path(rest.substr(0, comma), folder) + "," +
               expand_path(rest.substr(comma + 1), folder);
    throw ScenarioError(
        fmt::format("\"{}\" is no source of images; it must be cifar10:FILE, folder:DIR, "
                    "idx:IMAGES,LABELS, npy:FILE, random or shapes",
                    printable(text)));
}

struct Apply {
    const Key& key;
    const GivenValue& given;

    [[noreturn]] void fail(const std::string& text) const {
        throw ScenarioError(fmt::format("{}: {}{}", given.place, key.name, text));
    }
    [[noreturn]] void wrong_type() const {
        const std::string allowed = allowed_values(key);
        fail(fmt::format(" is {}; it must be {} {}{}", describe_type(given.value),
                         type_name(key) == "integer" ? "an" : "a", type_name(key),
                         allowed.empty() ? "" : ", " + allowed));
    }
    void check_range(double value) const {
        const bool chosen =
            key.choices.empty() || std::find(key.choices.begin(), key.choices.end(),
                                             fmt::format("{}", value)) != key.choices.end();
        if (!(value >= key.low && value <= key.high) || !chosen)
            fail(fmt::format(" = {}; it must be {}", shown(given.value), allowed_values(key)));
    }
    template <typename T>
    void integer(T& target) const {
        const int64_t* value = std::get_if<int64_t>(&given.value);
        if (!value) wrong_type();
        check_range(static_cast<double>(*value));
        target = static_cast<T>(*value / key.divisor);
    }
    void number(double& target) const {
        double value;
        if (const int64_t* integer = std::get_if<int64_t>(&given.value))
            value = static_cast<double>(*integer);
        else if (const double* real = std::get_if<double>(&given.value))
            value = *real;
        else
            wrong_type();
        check_range(value);
        target = value;
    }

    void operator()(bool* target) const {
        if (!std::holds_alternative<bool>(given.value)) wrong_type();
        *target = std::get<bool>(given.value);
    }
    void operator()(int* target) const { integer(*target); }
    void operator()(unsigned* target) const { integer(*target); }
    void operator()(uint64_t* target) const { integer(*target); }
    void operator()(double* target) const { number(*target); }
    void operator()(std::optional<uint64_t>* target) const { integer(target->emplace()); }
    void operator()(std::optional<double>* target) const { number(target->emplace()); }
    void operator()(std::string* target) const {
        const std::string* value = std::get_if<std::string>(&given.value);
        if (!value) wrong_type();
        if (!key.choices.empty() &&
            std::find(key.choices.begin(), key.choices.end(), *value) == key.choices.end())
            fail(fmt::format(" = {}; it must be {}", shown(given.value), allowed_values(key)));
        if (key.text != Key::Text::kPlain && value->empty()) fail(" is empty; it must name a file");
        if (value->find('\0') != std::string::npos) fail(" holds a zero byte");
        try {
            *target = key.text == Key::Text::kPath     ? expand_path(*value, given.folder)
                      : key.text == Key::Text::kImages ? expand_images(*value, given.folder)
                                                       : *value;
        } catch (const ScenarioError& error) {
            fail(std::string(": ") + error.what());
        }
    }
    void operator()(std::vector<std::string>* target) const {
        const auto* value = std::get_if<std::vector<std::string>>(&given.value);
        if (!value) wrong_type();
        *target = *value;
    }
};

}  // namespace

void apply(Scenario& scenario, const Key& key, const GivenValue& given) {
    std::visit(Apply{key, given}, key.setting(scenario));
    scenario.places[key.name] = given.place;
}

std::string printable(const std::string& text) {
    std::string result;
    for (const char c : text.substr(0, 200)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f)
            result += fmt::format("\\x{:02x}", byte);
        else
            result += c;
    }
    return text.size() > 200 ? result + "…" : result;
}

std::string data_directory() {
    if (const char* data = std::getenv("MSD_DATA"); data && *data) return data;
    return (std::filesystem::path(MSD_SOURCE_DIR) / "../shared/data").lexically_normal().string();
}

}  // namespace msd::platform
