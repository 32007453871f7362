// Short forms of reading a scenario and of the message that refuses one.
#pragma once

#include <string>
#include <vector>

#include "platform/scenario/scenario.h"

namespace msd::test {

inline platform::Scenario read(const std::string& text,
                               const std::vector<std::string>& overrides = {}) {
    return platform::parse_scenario(text, "scenarios/a.toml", overrides);
}

// what() of the error; "accepted" if there is none.
inline std::string refusal(const std::string& text,
                           const std::vector<std::string>& overrides = {}) {
    try {
        read(text, overrides);
    } catch (const platform::ScenarioError& error) {
        return error.what();
    }
    return "accepted";
}

inline std::string check_refusal(const platform::Scenario& scenario) {
    try {
        scenario.check();
    } catch (const platform::ScenarioError& error) {
        return error.what();
    }
    return "accepted";
}

}  // namespace msd::test
