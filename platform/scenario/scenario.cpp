// Reads scenarios; the one file that knows TOML.
#include "platform/scenario/scenario.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "platform/scenario/values.h"

namespace msd::platform {

extern const char* const kQuickstartText;  // scenarios/quickstart.toml, written by CMake

namespace {

using Given = std::map<std::string, GivenValue>;

Value value_of(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::boolean:
            return node.as_boolean()->get();
        case toml::node_type::integer:
            return node.as_integer()->get();
        case toml::node_type::floating_point:
            return node.as_floating_point()->get();
        case toml::node_type::string:
            return node.as_string()->get();
        case toml::node_type::table:
            return Alien{"a table"};
        case toml::node_type::array: {
            std::vector<std::string> strings;
            for (const toml::node& element : *node.as_array()) {
                if (!element.is_string()) return Alien{"a list of other things than strings"};
                strings.push_back(element.as_string()->get());
            }
            return strings;
        }
        default:
            return Alien{"a date or time"};
    }
}

std::string place(const std::string& file, const toml::source_region& source) {
    return fmt::format("{}:{}:{}", file, source.begin.line, source.begin.column);
}

[[noreturn]] void unknown_key(const std::string& where, const std::string& name) {
    throw ScenarioError(fmt::format("{}: unknown key '{}'; did you mean '{}'?", where,
                                    printable(name), nearest_key(name)));
}

// Adds the table's values by full name.
void collect(const toml::table& table, const std::string& prefix, const std::string& file,
             const std::string& folder, Given& given) {
    for (auto&& [key, node] : table) {
        const std::string name = prefix + std::string(key.str());
        const std::string where = place(file, key.source());
        if (find_key(name)) {
            given[name] = {value_of(node), place(file, node.source()), folder};
        } else if (prefix.empty() && is_section(name)) {
            if (!node.is_table())
                throw ScenarioError(fmt::format(
                    "{}: '{}' must be a table; write [{}] and its keys below", where, name, name));
            collect(*node.as_table(), name + ".", file, folder, given);
        } else {
            unknown_key(where, name);
        }
    }
}

// TOML if it is TOML (but a string setting takes anything literally), else a string.
Value override_value(const Key& key, const std::string& text) {
    try {
        const toml::table table = toml::parse("value = " + text);
        const toml::node* node = table.get("value");
        if (node && table.size() == 1) {
            Value value = value_of(*node);
            if (type_name(key) == "string" && !std::holds_alternative<std::string>(value))
                return text;
            return value;
        }
    } catch (const toml::parse_error&) {
    }
    return text;
}

void collect_override(const std::string& text, Given& given) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
        throw ScenarioError(
            fmt::format("--set {}: a setting is written key=value", printable(text)));
    const auto trimmed = [](std::string_view part) {
        while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
        while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
        return std::string(part);
    };
    const std::string name = trimmed(std::string_view(text).substr(0, equals));
    const std::string where = "--set " + printable(name);
    if (is_section(name))
        throw ScenarioError(fmt::format(
            "{}: '{}' is a section; set one of its keys, as in {}.key=value", where, name, name));
    const Key* key = find_key(name);
    if (!key) unknown_key(where, name);
    given[name] = {override_value(*key, trimmed(std::string_view(text).substr(equals + 1))), where,
                   ""};
}

// Device limits that concern more than one key, and all others once more; names the key's place
// where one is to blame.
void check_device(const Scenario& scenario, const std::string& path) {
    try {
        scenario.device.check();
    } catch (const std::invalid_argument& error) {
        const std::string text = error.what();
        const auto blamed = scenario.places.find(text.substr(0, text.find(' ')));
        throw ScenarioError(
            fmt::format("{}: {}", blamed == scenario.places.end() ? path : blamed->second, text));
    }
}

void check_pairs(const Scenario& scenario) {
    const auto where = [&](const char* key) { return scenario.places.at(key); };
    if (scenario.trace.to_cycle <= scenario.trace.from_cycle)
        throw ScenarioError(fmt::format(
            "{}: trace.to_cycle = {} must be after trace.from_cycle = {}",
            where(scenario.given("trace.to_cycle") ? "trace.to_cycle" : "trace.from_cycle"),
            scenario.trace.to_cycle, scenario.trace.from_cycle));
    for (const char* key : {"schedule.lut_share", "schedule.objective"})
        if (scenario.given("schedule.file") && scenario.given(key))
            throw ScenarioError(fmt::format(
                "{}: {} has no meaning beside schedule.file, which is a finished schedule",
                where(key), key));
}

std::string memory_of(const std::string& device) {
    const std::string board = device.substr(0, device.find("_fit"));
    if (board == "xc7z020") return "ddr3_1050_x16";
    if (board == "zcu102") return "ddr4_2133_x64";
    if (device == "tiny") return "ideal";
    return "lpddr4_x32";
}

}  // namespace

Scenario parse_scenario(const std::string& text, const std::string& path,
                        const std::vector<std::string>& overrides) {
    const std::filesystem::path file(path);
    Given given;
    try {
        collect(toml::parse(text), "", path, file.parent_path().string(), given);
    } catch (const toml::parse_error& error) {
        throw ScenarioError(fmt::format("{}: {}", place(path, error.source()),
                                        printable(std::string(error.description()))));
    }
    for (const std::string& override : overrides) collect_override(override, given);

    Scenario scenario;
    scenario.file = path;
    scenario.name = file.stem().string();
    if (const auto preset = given.find("device.preset"); preset != given.end()) {
        apply(scenario, *find_key("device.preset"), preset->second);
        scenario.device = pe::preset(scenario.device_preset);
    }
    scenario.dram.preset = memory_of(scenario.device_preset);
    for (const Key& key : keys())
        if (const auto value = given.find(key.name); value != given.end())
            apply(scenario, key, value->second);
    check_device(scenario, path);
    check_pairs(scenario);
    return scenario;
}

Scenario read_scenario(const std::string& path, const std::vector<std::string>& overrides) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (!std::filesystem::exists(status))
        throw ScenarioError(fmt::format("{}: no such scenario file", printable(path)));
    if (std::filesystem::is_directory(status))
        throw ScenarioError(
            fmt::format("{}: is a folder; name a scenario file (.toml)", printable(path)));
    std::ifstream stream(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    if (!stream) throw ScenarioError(fmt::format("{}: cannot be read", printable(path)));
    return parse_scenario(text, path, overrides);
}

// Where scenarios/ lies: share/msd beside the program's folder if it is installed, else the
// repository this was compiled in.
static std::filesystem::path share_folder() {
    std::error_code error;
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
    const std::filesystem::path share = program.parent_path() / "../share/msd";
    if (!error && std::filesystem::is_directory(share / "scenarios", error))
        return share.lexically_normal();
    return MSD_SOURCE_DIR;
}

Scenario quickstart_scenario(const std::vector<std::string>& overrides) {
    const auto path = share_folder() / "scenarios/quickstart.toml";
    return parse_scenario(kQuickstartText, path.string(), overrides);
}

void Scenario::need_file(const char* key, const std::string& path) const {
    std::error_code error;
    if (std::filesystem::is_regular_file(path, error)) return;
    throw ScenarioError(fmt::format("{}: {}: there is no file {}; ${{MSD_DATA}} is {}",
                                    given(key) ? places.at(key) : file, key, printable(path),
                                    data_directory()));
}

void Scenario::check() const {
    if (accelerator == "fccm23") return check_fccm23();
    for (const auto& [key, place] : places)
        if (key.rfind("fccm23.", 0) == 0)
            throw ScenarioError(fmt::format(
                "{}: {} needs accelerator = \"fccm23\"; set it or leave this out", place, key));

    if (network.file.empty())
        throw ScenarioError(
            fmt::format("{}: network.file is missing; it names the network, .onnx or .csv", file));
    if (network.file.compare(0, 4, "zoo:") != 0) need_file("network.file", network.file);
    if (!schedule.file.empty()) need_file("schedule.file", schedule.file);
    if (!train.start.empty()) need_file("train.start", train.start);
    const size_t colon = network.input.find(':');
    if (colon != std::string::npos && network.input.compare(0, colon, "folder") != 0) {
        const std::string rest = network.input.substr(colon + 1);
        const size_t comma =
            network.input.compare(0, colon, "idx") == 0 ? rest.find(',') : std::string::npos;
        need_file("network.input", rest.substr(0, comma));
        if (comma != std::string::npos) need_file("network.input", rest.substr(comma + 1));
    }
    check_debug();
}

void Scenario::check_debug() const {
    if (!debug.restart.empty()) need_file("debug.restart", debug.restart);
    const auto refuse = [&](const char* key, const char* what) {
        if (given(key)) throw ScenarioError(fmt::format("{}: {} {}", places.at(key), key, what));
    };
    if (!debug.stops())
        refuse("debug.checkpoint", "is written where a run stops; set debug.stop_layer too");
    if (debug.stop_layer.empty())
        refuse("debug.stop_image", "has a meaning with debug.stop_layer only; set that too");
    if (pe.model == "tlm") return;
    for (const char* key : {"debug.checkpoint", "debug.restart"})
        refuse(key, "needs pe.model = \"tlm\"; the RTL's state is not kept");
    if (pe.model == "both")
        for (const char* key : {"debug.stop_cycle", "debug.stop_layer", "debug.stop_interrupt"})
            refuse(key, "cannot stop both levels at once; use pe.model = \"tlm\" or \"rtl\"");
}

}  // namespace msd::platform
