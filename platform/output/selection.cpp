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
        for (std::size_t from = 0;;) {
            if (glob(pattern, scope.substr(from))) return true;
            from = scope.find('.', from) + 1;
            if (from == 0) break;
        }
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
                         const std::vector<std::string>& names, bool whole,
                         const std::vector<std::string>& shown) {
    constexpr std::size_t kShown = 60;  // names in the message
    for (const std::string& pattern : patterns) {
        if (std::any_of(names.begin(), names.end(), [&](const std::string& name) {
                return whole ? glob(pattern, name) : selects(pattern, name);
            }))
            continue;
        std::string list;
        const std::vector<std::string>& all = shown.empty() ? names : shown;
        for (std::size_t i = 0; i < all.size() && i < kShown; ++i) list += (i ? ", " : "") + all[i];
        return fmt::format("'{}' matches none of {}{}", pattern, list,
                           all.size() > kShown ? ", …" : "");
    }
    return {};
}

}  // namespace msd::platform
