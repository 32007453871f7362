#include "scheduler/requant.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace msd::scheduler {
namespace {

struct Fixed {
    int64_t mantissa;
    int shift;
};

// factor ~ mantissa * 2^-shift with mantissa in [2^(bits-1), 2^bits).
Fixed fixed_point(double factor, int bits, int most = 62) {
    if (!(factor > 0) || !std::isfinite(factor))
        throw std::invalid_argument(
            fmt::format("a scale ratio of {}; it must be positive and finite", factor));
    int exponent = 0;
    const double fraction = std::frexp(factor, &exponent);
    auto mantissa = static_cast<int64_t>(std::floor(std::ldexp(fraction, bits) + 0.5));
    if (mantissa == int64_t{1} << bits) {
        mantissa >>= 1;
        ++exponent;
    }
    const int shift = bits - exponent;
    if (shift < 1 || shift > most)
        throw std::invalid_argument(
            fmt::format("a scale ratio of {} needs a shift of {}; the hardware shifts by 1 to {}",
                        factor, shift, most));
    return {mantissa, shift};
}

}  // namespace

Multiplier multiplier_of(double factor) {
    const Fixed f = fixed_point(factor, 24);
    return {static_cast<uint32_t>(f.mantissa), f.shift};
}

Multiplier pool_multiplier_of(double factor) {
    const Fixed f = fixed_point(factor, 16, 46);
    return {static_cast<uint32_t>(f.mantissa), f.shift};
}

AddMultipliers add_multipliers_of(double factor_a, double factor_b) {
    const double larger = std::max(factor_a, factor_b), smaller = std::min(factor_a, factor_b);
    if (!(smaller > 0))
        throw std::invalid_argument(
            fmt::format("a scale ratio of {}; it must be positive", smaller));
    const Fixed f = fixed_point(larger, 24);
    const auto other = std::min<int64_t>(
        f.mantissa, static_cast<int64_t>(std::floor(std::ldexp(smaller, f.shift) + 0.5)));
    const auto high = static_cast<uint32_t>(f.mantissa), low = static_cast<uint32_t>(other);
    return factor_a >= factor_b ? AddMultipliers{high, low, f.shift}
                                : AddMultipliers{low, high, f.shift};
}

}  // namespace msd::scheduler
