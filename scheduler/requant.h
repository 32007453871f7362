// Multipliers and shifts of docs/numbers.md, from scales.
#pragma once

#include <cstdint>

namespace msd::scheduler {

struct Multiplier {  // factor ~ value * 2^-shift
    uint32_t value = 0;
    int shift = 0;
};
// value in [2^23, 2^24), shift in 1..62. Throws std::invalid_argument if the factor is not positive or not in
// [2^-39, 2^23).
Multiplier multiplier_of(double factor);
// Of an average pool: value in [2^15, 2^16), shift in 1..46; the factor in [2^-31, 2^15).
Multiplier pool_multiplier_of(double factor);

struct AddMultipliers {  // a and b share a shift; the larger is in [2^23, 2^24)
    uint32_t a = 0, b = 0;
    int shift = 0;
};
// Of an addition's two operands: factor = operand's scale / sum's scale. Throws like multiplier_of.
AddMultipliers add_multipliers_of(double factor_a, double factor_b);

}  // namespace msd::scheduler
