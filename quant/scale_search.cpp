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
        buckets_ = std::min<std::size_t>(std::max<std::size_t>(count / 2, 8), 4096);
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

double search(const SortedWeights& weights, int digits) {
    const std::vector<int>& levels = grid(digits);
    const double largest = std::max(-weights.low(), weights.high());
    const double unit = largest / (digits == 1 ? 128 : 127) / 100;
    Fit best{0, largest / 127};
    for (int percent = kFirstPercent; percent <= kLastPercent; ++percent) {
        const bool published = percent >= kFirstPublished && percent <= kLastPublished;
        if (!published && percent % kStepPercent != 0) continue;
        const Fit candidate = fit(weights, levels, unit * percent);
        if (candidate.gain > best.gain) best = candidate;
    }
    for (int round = 0; round < kMaxRounds; ++round) {
        const Fit next = fit(weights, levels, best.scale);
        if (!(next.gain > best.gain)) break;
        best = next;
    }
    return best.scale;
}

// The published search: candidates are taken as they are, the first of equals wins.
double published(const SortedWeights& weights, int digits) {
    const double largest = std::max(-weights.low(), weights.high());
    double best = 0, least = std::numeric_limits<double>::infinity();
    for (int percent = kFirstPublished; percent <= kLastPublished; ++percent) {
        const double scale = largest * percent / 100 / (digits == 1 ? 128 : 127);
        const auto [wg, gg] = assign(weights, grid(digits), scale);
        const double error = scale * scale * gg - 2 * scale * wg;  // less the sum of squares
        if (error >= least) continue;
        least = error;
        best = scale;
    }
    return best;
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
