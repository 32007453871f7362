// Finds a channel's scale: the squared error of a candidate comes from sums over the sorted
// weights, so that its cost follows the levels of the grid and not the weights of the channel.
//
// Candidates: scale = max|w| * i / 100 / M for i = kFirstPercent..kLastPercent, M = 127 (128 at one
// digit). The published search is the part i = 95..149 (MSD, search_mse). Of every candidate only
// its assignment of weights to levels counts: the scale that minimises the error for a fixed
// assignment is sum(w g) / sum(g g), as in Lloyd's algorithm, so each candidate is better than
// published or equal. The best one is iterated until nothing changes.
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "quant/rsd.h"

namespace msd::quant {

namespace {

constexpr int kFirstPercent = 25, kLastPercent = 300, kStepPercent = 5;
constexpr int kFirstPublished = 95, kLastPublished = 149;
constexpr int kMaxRounds = 50;       // of the final iteration; it ends by itself after a few
constexpr double kSmallest = 1e-30;  // a channel whose weights are all smaller counts as zeros
constexpr double kExactSteps =
    0x1p-14;  // a weight this near to a level lies on it: float rounding of scale * q

// The weights ascending, with the sums of all weights below an index, and a table that finds a
// bound in O(1).
class SortedWeights {
public:
    SortedWeights(const double* weights, std::size_t count) : sorted_(count), sum_(count + 1) {
        const auto range = std::minmax_element(weights, weights + count);
        low_ = *range.first;
        high_ = *range.second;
        buckets_ = std::min<std::size_t>(std::max<std::size_t>(2 * count, 2048), 4096);
        per_unit_ = high_ > low_ ? static_cast<double>(buckets_) / (high_ - low_) : 0;
        if (!std::isfinite(per_unit_)) per_unit_ = 0;  // a range of denormal size: one bucket
        start_.assign(buckets_ + 2, 0);
        for (std::size_t i = 0; i < count; ++i) ++start_[bucket(weights[i]) + 2];
        for (std::size_t b = 2; b < start_.size(); ++b) start_[b] += start_[b - 1];
        for (std::size_t i = 0; i < count; ++i)
            sorted_[start_[bucket(weights[i]) + 1]++] = weights[i];
        for (std::size_t b = 0; b < buckets_; ++b) sort(start_[b], start_[b + 1]);
        for (std::size_t i = 0; i < count; ++i) {
            sum_[i + 1] = sum_[i] + sorted_[i];
            squares_ += sorted_[i] * sorted_[i];
        }
        for (std::size_t b = 0; b <= buckets_; ++b)
            edges_.push_back({static_cast<double>(start_[b]), sum_[start_[b]]});
    }

    struct Edge {           // between two buckets
        double count, sum;  // of the weights below
    };
    // The edge next to `bound`: off by the weights in half a bucket, but found without branches.
    const Edge& near(double bound) const {
        const double at = (bound - low_) * per_unit_ + 0.5;
        return edges_[static_cast<std::size_t>(
            std::min(std::max(at, 0.0), static_cast<double>(buckets_)))];
    }

    double low() const { return low_; }
    double high() const { return high_; }
    double squares() const { return squares_; }
    double sum_below(std::size_t index) const { return sum_[index]; }
    std::size_t size() const { return sorted_.size(); }
    double operator[](std::size_t i) const { return sorted_[i]; }

    // How many weights are less than `bound`.
    std::size_t below(double bound) const {
        if (bound <= low_) return 0;
        if (bound > high_) return sorted_.size();
        const std::size_t b = bucket(bound);
        const double* first = sorted_.data() + start_[b];
        const double* last = sorted_.data() + start_[b + 1];
        return std::lower_bound(first, last, bound) - sorted_.data();
    }

private:
    std::size_t bucket(double w) const {
        return std::min(static_cast<std::size_t>((w - low_) * per_unit_), buckets_ - 1);
    }

    void sort(std::size_t first, std::size_t last) {
        if (!std::is_sorted(sorted_.begin() + first, sorted_.begin() + last))
            std::sort(sorted_.begin() + first, sorted_.begin() + last);
    }

    std::vector<double> sorted_, sum_;
    std::vector<std::size_t> start_;
    std::vector<Edge> edges_;
    std::size_t buckets_ = 0;
    double low_ = 0, high_ = 0, per_unit_ = 0, squares_ = 0;
};

struct Fit {
    double gain =
        0;  // by how much the squared error is less than that of all zeros, at the best scale
    double scale = 0;  // that scale
};

// Sums over the weights of weight * level and level * level, assigned as `scale` does.
struct Sums {
    double wg = 0, gg = 0;
};

Sums assign(const SortedWeights& weights, const std::vector<int>& levels, double scale) {
    double wg = 0, gg = 0;
    std::size_t from = 0;
    for (std::size_t i = 0; i < levels.size() && from < weights.size(); ++i) {
        const bool last = i + 1 == levels.size();
        const std::size_t to =
            last ? weights.size() : weights.below(scale * (0.5 * (levels[i] + levels[i + 1])));
        const double g = levels[i];
        wg += g * (weights.sum_below(to) - weights.sum_below(from));
        gg += g * g * static_cast<double>(to - from);
        from = to;
    }
    return {wg, gg};
}

// The levels of a grid, prepared for sums over the borders between them.
struct Borders {
    std::vector<double> middle, step, square_step;  // of levels i and i + 1
    double last = 0;

    explicit Borders(const std::vector<int>& levels) : last(levels.back()) {
        for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
            const double a = levels[i], b = levels[i + 1];
            middle.push_back(0.5 * (a + b));
            step.push_back(b - a);
            square_step.push_back(b * b - a * a);
        }
    }
};

const Borders& borders_of(int digits) {
    static const Borders all[] = {Borders(grid(0)), Borders(grid(1)), Borders(grid(2)),
                                  Borders(grid(3))};
    return all[digits];
}

// assign(), but weights within half a bucket of a border may be on the wrong side of it.
Sums assign_nearly(const SortedWeights& weights, const Borders& borders, double scale) {
    const auto n = weights.size();
    double wg = borders.last * weights.sum_below(n),
           gg = borders.last * borders.last * static_cast<double>(n);
    for (std::size_t i = 0; i < borders.middle.size(); ++i) {
        const SortedWeights::Edge& edge = weights.near(scale * borders.middle[i]);
        wg -= borders.step[i] * edge.sum;
        gg -= borders.square_step[i] * edge.count;
    }
    return {wg, gg};
}

// The scale that fits the assignment best.
Fit fit(const SortedWeights& weights, const std::vector<int>& levels, double scale) {
    const auto [wg, gg] = assign(weights, levels, scale);
    if (!(gg > 0) || !(wg > 0)) return {};
    return {wg * (wg / gg), wg / gg};
}

// True if every weight is a level times `scale`, up to float rounding.
bool exact(const SortedWeights& weights, int digits, double scale) {
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const double v = weights[i] / scale;
        if (std::abs(v - nearest(v, digits)) > kExactSteps) return false;
    }
    return true;
}

// The largest scale at which the weights lie on the grid exactly, or 0.
double exact_scale(const SortedWeights& weights, int digits) {
    const double largest = std::max(-weights.low(), weights.high());
    const int sign = weights.high() == largest ? 1 : -1;
    for (int magnitude = 1; magnitude <= 128; ++magnitude) {
        if (nearest(sign * magnitude, digits) != sign * magnitude) continue;
        const double scale = largest / magnitude;
        if (exact(weights, digits, scale)) return scale;
    }
    return 0;
}

constexpr std::size_t kFinalists = 8;  // candidates that are judged exactly; of int8's, all:
                                       // its levels are as narrow as a bucket

// Of all candidates those of least nearly(scale), exact(scale) decides; the first of equals wins.
template <typename Candidates, typename Nearly, typename Exact>
double least(const Candidates& scales, int digits, Nearly nearly, Exact exact) {
    std::vector<std::pair<double, double>> ranked;
    ranked.reserve(scales.size());
    for (const double scale : scales) ranked.emplace_back(digits == 0 ? 0.0 : nearly(scale), scale);
    const std::size_t finalists = digits == 0 ? ranked.size() : std::min(kFinalists, ranked.size());
    std::partial_sort(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(finalists),
                      ranked.end());
    double best = 0, lowest = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < finalists; ++i) {
        const double error = exact(ranked[i].second);
        if (error >= lowest) continue;
        lowest = error;
        best = ranked[i].second;
    }
    return best;
}

double search(const SortedWeights& weights, int digits) {
    const std::vector<int>& levels = grid(digits);
    const double largest = std::max(-weights.low(), weights.high());
    const double unit = largest / (digits == 1 ? 128 : 127) / 100;
    std::vector<double> scales{largest / 127};
    for (int percent = kFirstPercent; percent <= kLastPercent; ++percent) {
        const bool published = percent >= kFirstPublished && percent <= kLastPublished;
        if (published || percent % kStepPercent == 0) scales.push_back(unit * percent);
    }
    const double start = least(
        scales, digits,
        [&](double scale) {
            const auto [wg, gg] = assign_nearly(weights, borders_of(digits), scale);
            return gg > 0 && wg > 0 ? -wg * (wg / gg) : 0.0;
        },
        [&](double scale) { return -fit(weights, levels, scale).gain; });
    Fit best{0, largest / 127};
    for (int round = 0; round < kMaxRounds; ++round) {
        const Fit next = fit(weights, levels, round == 0 ? start : best.scale);
        if (!(next.gain > best.gain)) break;
        best = next;
    }
    return best.scale;
}

// The published search: candidates are taken as they are.
double published(const SortedWeights& weights, int digits) {
    const double largest = std::max(-weights.low(), weights.high());
    std::vector<double> scales;
    for (int percent = kFirstPublished; percent <= kLastPublished; ++percent)
        scales.push_back(largest * percent / 100 / (digits == 1 ? 128 : 127));
    // The squared error, less the sum of squares.
    const auto error = [](const Sums& s, double scale) {
        return scale * scale * s.gg - 2 * scale * s.wg;
    };
    return least(
        scales, digits,
        [&](double scale) {
            return error(assign_nearly(weights, borders_of(digits), scale), scale);
        },
        [&](double scale) { return error(assign(weights, grid(digits), scale), scale); });
}

}  // namespace

ScaleSearch scale_search_of(const std::string& name) {
    if (name == "best") return ScaleSearch::kBest;
    if (name == "published") return ScaleSearch::kPublished;
    throw std::invalid_argument("a search for weight scales called '" + name +
                                "'; there are best and published");
}

double encode_channel(const double* weights, std::size_t count, int digits, int8_t* values,
                      ScaleSearch how) {
    grid(digits);  // throws for an unknown number of digits
    double largest = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (!(std::abs(weights[i]) <= std::numeric_limits<float>::max()))
            throw std::invalid_argument("weight " + std::to_string(i) +
                                        " of a channel is no finite float");
        largest = std::max(largest, std::abs(weights[i]));
    }
    double scale = 1;
    if (largest >= kSmallest) {
        const SortedWeights sorted(weights, count);
        if (how == ScaleSearch::kBest) scale = exact_scale(sorted, digits);
        if (how == ScaleSearch::kPublished)
            scale = static_cast<float>(published(sorted, digits));
        else if (scale == 0)
            scale = static_cast<float>(search(sorted, digits));
    }
    for (std::size_t i = 0; i < count; ++i)
        values[i] = static_cast<int8_t>(nearest(weights[i] / scale, digits));
    return scale;
}

}  // namespace msd::quant
