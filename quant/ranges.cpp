// Histograms of tensors and the ranges chosen from them.
#include "quant/ranges.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace msd::quant {
namespace {

constexpr std::size_t kBins = 2048;
constexpr int kLeastPercent = 20;  // of the whole range, that least_error() tries

}  // namespace

RangeMethod range_method_of(const std::string& name) {
    if (name == "minmax") return RangeMethod::kMinMax;
    if (name == "percentile") return RangeMethod::kPercentile;
    if (name == "mse") return RangeMethod::kMse;
    throw std::invalid_argument("activation ranges by '" + name +
                                "'; there are minmax, percentile and mse");
}

network::QuantParams params_of(const Range& range, double fallback) {
    const float scale = static_cast<float>((double{range.hi} - range.lo) / 255);
    if (!(scale >= 1e-30f)) return {fallback, 0};
    return {scale, static_cast<int>(
                       std::clamp(std::nearbyint(-128 - range.lo / double{scale}), -128.0, 127.0))};
}

Histogram::Histogram(const Range& whole)
    : whole_(whole), width_((double{whole.hi} - whole.lo) / kBins), counts_(kBins) {}

void Histogram::add(const std::vector<float>& values) {
    const double per_value = width_ > 0 ? 1 / width_ : 0;
    all_ += values.size();
    for (const float v : values) {
        if (v == 0) {
            ++zeros_;
            continue;
        }
        const double at = (double{v} - whole_.lo) * per_value;
        ++counts_[static_cast<std::size_t>(std::clamp(at, 0.0, double{kBins - 1}))];
    }
}

double Histogram::middle(std::size_t bin) const {
    return whole_.lo + (static_cast<double>(bin) + 0.5) * width_;
}

Range Histogram::percentile(double percent) const {
    const bool two_sided = whole_.lo < 0 && whole_.hi > 0;
    const double outside = static_cast<double>(all_) * (1 - percent / 100) / (two_sided ? 2 : 1);
    // How many of the bins from one end on may lie outside; bins across 0 stay.
    const auto cut = [&](auto counts, std::size_t most) {
        uint64_t sum = 0;
        std::size_t bins = 0;
        while (bins < most && static_cast<double>(sum + counts(bins)) <= outside)
            sum += counts(bins++);
        return bins;
    };
    if (!(width_ > 0)) return whole_;
    const auto below = static_cast<std::size_t>(-whole_.lo / width_);  // bins wholly below 0
    const std::size_t left = cut([&](std::size_t i) { return counts_[i]; }, below);
    const std::size_t right = cut([&](std::size_t i) { return counts_[kBins - 1 - i]; },
                                  kBins - std::min(kBins, below + 1));
    return {static_cast<float>(std::min(0.0, whole_.lo + static_cast<double>(left) * width_)),
            static_cast<float>(std::max(0.0, whole_.hi - static_cast<double>(right) * width_))};
}

double Histogram::error(const Range& range) const {
    const network::QuantParams q = params_of(range, 1);
    const double least = q.scale * (-128 - q.zero_point), most = q.scale * (127 - q.zero_point);
    double sum = 0;
    for (std::size_t i = 0; i < kBins; ++i) {
        if (counts_[i] == 0) continue;
        const double v = middle(i);
        const double on_grid = std::clamp(std::nearbyint(v / q.scale) * q.scale, least, most);
        sum += static_cast<double>(counts_[i]) * (v - on_grid) * (v - on_grid);
    }
    return sum;
}

Range Histogram::least_error() const {
    const auto range = [&](int low, int high) {
        return Range{whole_.lo * static_cast<float>(low) / 100,
                     whole_.hi * static_cast<float>(high) / 100};
    };
    int low = 100, high = 100;
    double best = error(whole_);
    const auto attempt = [&](int l, int h) {
        const double e = error(range(l, h));
        if (e >= best) return false;
        best = e;
        low = l;
        high = h;
        return true;
    };
    for (int percent = 100; percent >= kLeastPercent; --percent) attempt(percent, percent);
    for (bool improved = whole_.lo < 0 && whole_.hi > 0; improved;) {
        improved = false;
        for (int percent = 100; percent >= kLeastPercent; --percent) {
            improved = attempt(percent, high) || improved;
            improved = attempt(low, percent) || improved;
        }
    }
    return range(low, high);
}

}  // namespace msd::quant
