// "msd.digits:<layer>" = one character a channel: '0' int8, '1'..'3' RSD with so many digits.
#include "network/digits.h"

#include <algorithm>

#include "network/onnx_write.h"

namespace msd::network {

namespace {

const std::string kPrefix = "msd.digits:";

bool is_entry(const std::string& key) {
    return key.compare(0, kPrefix.size(), kPrefix) == 0;
}

int naf_weight(int v) {  // non-zero digits of the non-adjacent form
    int weight = 0;
    for (; v != 0; v /= 2) {
        if (v % 2 == 0) continue;
        v -= (v & 3) == 3 ? -1 : 1;
        ++weight;
    }
    return weight;
}

}  // namespace

void store_digits(const Graph& graph, std::map<std::string, std::string>& metadata) {
    for (auto entry = metadata.begin(); entry != metadata.end();)
        entry = is_entry(entry->first) ? metadata.erase(entry) : std::next(entry);
    for (const LayerId id : graph.order()) {
        std::string text;
        for (const uint8_t digits : graph[id].weights.digits)
            text += static_cast<char>('0' + digits);
        if (!text.empty()) metadata[kPrefix + graph[id].name] = text;
    }
}

void restore_digits(Graph& graph, const std::string& path) {
    std::map<std::string, LayerId> convolutions;
    for (const LayerId id : graph.order()) {
        if (graph[id].op == Op::kConv) convolutions[graph[id].name] = id;
    }
    for (auto entry = graph.metadata.begin(); entry != graph.metadata.end();) {
        if (!is_entry(entry->first)) {
            ++entry;
            continue;
        }
        const auto fail = [&](const std::string& what) {
            throw ImportError(path + ": metadata '" + entry->first + "': " + what);
        };
        const auto found = convolutions.find(entry->first.substr(kPrefix.size()));
        if (!graph.quantised || found == convolutions.end())
            fail("there is no quantised convolution of that name");
        Weights& w = graph[found->second].weights;
        const std::string& text = entry->second;
        if (text.size() != w.scale.size() || text.find_first_not_of("0123") != std::string::npos)
            fail("'" + text.substr(0, 40) + "' must be " + std::to_string(w.scale.size()) +
                 " characters 0 to 3, one a channel");
        const std::size_t taps = w.q.size() / w.scale.size();
        w.digits.clear();
        for (std::size_t k = 0; k < text.size(); ++k) {
            const int digits = text[k] - '0';
            for (std::size_t i = k * taps; i < (k + 1) * taps && digits > 0; ++i) {
                if (naf_weight(w.q[i]) > digits)
                    fail("channel " + std::to_string(k) + " has weight " + std::to_string(w.q[i]) +
                         ", which is no sum of " + std::to_string(digits) +
                         " signed powers of two");
            }
            w.digits.push_back(static_cast<uint8_t>(digits));
        }
        entry = graph.metadata.erase(entry);
    }
}

}  // namespace msd::network
