// Rank correlations between all pairs of points.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "codesign/semi_decoupled/report.h"

namespace msd::semi_decoupled {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kBands = 10;

// Ranks less their mean, over their length: the correlation of two is a product. Empty if there is
// none.
std::vector<double> unit_ranks(const std::vector<double>& values) {
    std::vector<double> r = ranks(values);
    const double mean = (static_cast<double>(r.size()) + 1) / 2;
    double square = 0;
    for (double& x : r) x -= mean, square += x * x;
    if (r.size() < 2 || square == 0) return {};
    for (double& x : r) x /= std::sqrt(square);
    return r;
}

double product(const std::vector<double>& a, const std::vector<double>& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

// Of the networks that have a cost on both.
double common_spearman(const std::vector<double>& a, const std::vector<double>& b) {
    std::vector<double> x, y;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (!std::isfinite(a[i]) || !std::isfinite(b[i])) continue;
        x.push_back(a[i]);
        y.push_back(b[i]);
    }
    return spearman(x, y);
}

bool complete(const std::vector<double>& values) {
    return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

template <typename Costs>
std::vector<double> all_pairs(std::size_t points, const Costs& costs) {
    std::vector<std::vector<double>> unit(points);
    std::vector<bool> whole(points);
    for (std::size_t p = 0; p < points; ++p) {
        whole[p] = complete(costs(p));
        if (whole[p]) unit[p] = unit_ranks(costs(p));
    }
    std::vector<double> result(points * points, kNone);
    for (std::size_t a = 0; a < points; ++a)
        for (std::size_t b = a; b < points; ++b) {
            double value = kNone;
            if (!whole[a] || !whole[b])
                value = common_spearman(costs(a), costs(b));
            else if (!unit[a].empty() && !unit[b].empty())
                value = a == b ? 1 : product(unit[a], unit[b]);
            result[a * points + b] = result[b * points + a] = value;
        }
    return result;
}

// Mean of the correlations within tenths of the networks by MACs: what is left of the order when
// size does not decide.
template <typename Costs>
std::vector<double> within_bands(std::size_t points, const std::vector<double>& macs,
                                 const Costs& costs) {
    const std::size_t n = macs.size();
    std::vector<double> sum(points * points), count(points * points);
    if (n < kBands * 4) return std::vector<double>(points * points, kNone);
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return macs[a] < macs[b]; });
    for (std::size_t band = 0; band < kBands; ++band) {
        std::vector<std::vector<double>> part(points);
        for (std::size_t p = 0; p < points; ++p)
            for (std::size_t i = band * n / kBands; i < (band + 1) * n / kBands; ++i)
                part[p].push_back(costs(p)[order[i]]);
        const auto pairs =
            all_pairs(points, [&](std::size_t p) -> const std::vector<double>& { return part[p]; });
        for (std::size_t i = 0; i < pairs.size(); ++i)
            if (std::isfinite(pairs[i])) sum[i] += pairs[i], ++count[i];
    }
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] = count[i] > 0 ? sum[i] / count[i] : kNone;
    return sum;
}

}  // namespace

RankTable rank_table(const Table& table, const std::vector<double>& macs) {
    RankTable result;
    const std::size_t n = result.points = table.points();
    const auto cycles = [&](std::size_t p) -> const std::vector<double>& {
        return table.cycles(p);
    };
    const auto energy = [&](std::size_t p) -> const std::vector<double>& {
        return table.energy(p);
    };
    result.cycles = all_pairs(n, cycles);
    result.energy = all_pairs(n, energy);
    result.band_cycles = within_bands(n, macs, cycles);
    result.band_energy = within_bands(n, macs, energy);
    for (std::size_t p = 0; p < n; ++p) {
        result.macs_cycles.push_back(common_spearman(macs, cycles(p)));
        result.macs_energy.push_back(common_spearman(macs, energy(p)));
    }
    return result;
}

}  // namespace msd::semi_decoupled
