// Matching signals and layers against patterns.
#include "platform/output/selection.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>

namespace msd::platform {
namespace {

bool glob(const std::string& pattern, const std::string& text) {
    return fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

}  // namespace

bool selects(const std::string& pattern, const std::string& path) {
    for (std::size_t end = path.find('.');; end = path.find('.', end + 1)) {
        const std::string scope = path.substr(0, end);
        const std::size_t dot = scope.rfind('.');
        if (glob(pattern, scope)) return true;
        if (dot != std::string::npos && glob(pattern, scope.substr(dot + 1))) return true;
        if (end == std::string::npos) return false;
    }
}

bool Selection::shows_signal(const std::string& path) const {
    return signals.empty() || std::any_of(signals.begin(), signals.end(),
                                          [&](const auto& p) { return selects(p, path); });
}

bool Selection::shows_layer(const std::string& name) const {
    return layers.empty() ||
           std::any_of(layers.begin(), layers.end(), [&](const auto& p) { return glob(p, name); });
}

std::string idle_pattern(const std::vector<std::string>& patterns,
                         const std::vector<std::string>& names, bool whole) {
    constexpr std::size_t kShown = 60;  // names in the message
    for (const std::string& pattern : patterns) {
        if (std::any_of(names.begin(), names.end(), [&](const std::string& name) {
                return whole ? glob(pattern, name) : selects(pattern, name);
            }))
            continue;
        std::string list;
        for (std::size_t i = 0; i < names.size() && i < kShown; ++i)
            list += (i ? ", " : "") + names[i];
        return fmt::format("'{}' matches none of {}{}", pattern, list,
                           names.size() > kShown ? ", …" : "");
    }
    return {};
}

}  // namespace msd::platform
