// A spec (TOML) of an exploration: keys that a kind asks for by name; what nobody asked for is an
// error.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/scenario/scenario.h"

namespace msd::platform {

// Every function throws ScenarioError "file:line:column: key: what is wrong; what would be right".
// Keys are named "section.key"; a key that is absent gives the default.
class Spec {
public:
    // sets: "key=value" wins over the file; the value is TOML if it parses as TOML, else a string.
    static Spec read(const std::string& path, const std::vector<std::string>& sets = {});
    static Spec parse(const std::string& text, const std::string& path,
                      const std::vector<std::string>& sets = {});
    Spec(Spec&&) noexcept;
    ~Spec();

    const std::string& path() const;         // of the file
    bool has(const std::string& key) const;  // also of a section

    bool flag(const std::string& key, bool fallback);
    int64_t integer(const std::string& key, int64_t low, int64_t high, int64_t fallback);
    double number(const std::string& key, double low, double high, double fallback);
    std::string text(const std::string& key, const std::string& fallback = "");
    std::string choice(const std::string& key, const std::vector<std::string>& choices,
                       const std::string& fallback);
    // ${MSD_DATA} expanded, relative to the spec's folder; there may be no such file.
    std::string path_of(const std::string& key, const std::string& name) const;
    // The same of the key's value; an existing file, or empty if absent.
    std::string file(const std::string& key);
    std::vector<std::string> files(const std::string& key);
    std::vector<std::string> texts(const std::string& key,
                                   const std::vector<std::string>& fallback = {});
    // A single value stands for a list of one.
    std::vector<int64_t> integers(const std::string& key, int64_t low, int64_t high,
                                  const std::vector<int64_t>& fallback = {});
    std::vector<double> numbers(const std::string& key, double low, double high,
                                const std::vector<double>& fallback = {});

    [[noreturn]] void fail(const std::string& key, const std::string& what) const;

    // After all keys have been asked for: an unknown one is an error that names the nearest.
    void finish() const;

private:
    struct State;
    explicit Spec(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace msd::platform
