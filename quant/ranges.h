// From the values a tensor takes over the calibration images to the range that its 256 steps cover.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "network/graph.h"

namespace msd::quant {

enum class RangeMethod {
    kMinMax,      // the least and the largest value
    kPercentile,  // a given share of the values lies inside
    kMse,         // least mean squared error of the quantised values
};
RangeMethod range_method_of(const std::string& name);  // minmax | percentile | mse

struct Range {
    float lo = 0, hi = 0;  // lo <= 0 <= hi: the real number 0 is always representable (padding)
};

// Scale and zero point of 256 steps over the range; the scale is a float's value. A range that is
// empty or narrower than 1e-28 gets the scale `fallback`.
network::QuantParams params_of(const Range& range, double fallback);

// How often a tensor's values fall into each of 2048 equal parts of its whole range; zeros are
// counted apart, because every range represents them exactly.
class Histogram {
public:
    explicit Histogram(const Range& whole);

    void add(const std::vector<float>& values);

    // At most (100 - percent) % of the values lie outside, to the resolution of a bin: half of them
    // beyond either end, or all beyond the one end that is not 0.
    Range percentile(double percent) const;

    // The range [lo * a, hi * b], a and b in 1/100 steps from 0.2 to 1, of least squared error,
    // found by searching both together, then each alone until nothing improves. At equal error the
    // wider.
    Range least_error() const;

    // Sum over the values of (value - what 256 steps over the range make of it)^2, each value taken
    // as the middle of its bin.
    double error(const Range& range) const;

private:
    double middle(std::size_t bin) const;

    Range whole_;
    double width_ = 0;  // of a bin
    std::vector<uint64_t> counts_;
    uint64_t zeros_ = 0, all_ = 0;
};

}  // namespace msd::quant
