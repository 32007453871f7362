// Ranks and Pareto sets; see rank.h.
#include "codesign/semi_decoupled/rank.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <tuple>

namespace msd::semi_decoupled {

std::vector<double> ranks(const std::vector<double>& values) {
    std::vector<uint32_t> order(values.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
        return std::tie(values[a], a) < std::tie(values[b], b);
    });
    std::vector<double> result(values.size());
    for (std::size_t i = 0; i < order.size();) {
        std::size_t end = i + 1;
        while (end < order.size() && values[order[end]] == values[order[i]]) ++end;
        for (std::size_t k = i; k < end; ++k)
            result[order[k]] = (static_cast<double>(i + 1) + static_cast<double>(end)) / 2;
        i = end;
    }
    return result;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
    const std::size_t n = std::min(a.size(), b.size());
    const auto mean = [n](const std::vector<double>& v) {
        return std::accumulate(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(n), 0.0) /
               static_cast<double>(n);
    };
    if (n < 2) return std::numeric_limits<double>::quiet_NaN();
    const double ma = mean(a), mb = mean(b);
    double aa = 0, bb = 0, ab = 0;
    for (std::size_t i = 0; i < n; ++i) {
        aa += (a[i] - ma) * (a[i] - ma);
        bb += (b[i] - mb) * (b[i] - mb);
        ab += (a[i] - ma) * (b[i] - mb);
    }
    if (aa == 0 || bb == 0) return std::numeric_limits<double>::quiet_NaN();
    return ab / std::sqrt(aa * bb);
}

double spearman(const std::vector<double>& a, const std::vector<double>& b) {
    return correlation(ranks(a), ranks(b));
}

std::vector<uint32_t> pareto(const std::vector<double>& score, const std::vector<double>& cycles,
                             const std::vector<double>& energy) {
    std::vector<uint32_t> order;
    for (uint32_t i = 0; i < score.size(); ++i)
        if (std::isfinite(cycles[i]) && std::isfinite(energy[i])) order.push_back(i);
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
        return std::tie(cycles[a], energy[a], score[b], a) <
               std::tie(cycles[b], energy[b], score[a], b);
    });
    std::map<double, double> best;  // score reached by this energy, among those with fewer cycles
    std::vector<uint32_t> result;
    for (const uint32_t i : order) {
        auto above = best.upper_bound(energy[i]);
        if (above != best.begin() && std::prev(above)->second >= score[i]) continue;
        while (above != best.end() && above->second <= score[i]) above = best.erase(above);
        best[energy[i]] = score[i];
        result.push_back(i);
    }
    std::sort(result.begin(), result.end());
    return result;
}

}  // namespace msd::semi_decoupled
