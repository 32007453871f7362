// Multipliers and shifts of docs/numbers.md, from scales.
#pragma once

#include <cstdint>

namespace msd::scheduler {

struct Multiplier {  // factor ~ value * 2^-shift, value in [2^15, 2^16), shift in 1..62
    uint16_t value = 0;
    int shift = 0;
};
// Throws std::invalid_argument if the factor is not positive or not in [2^-47, 2^15).
Multiplier multiplier_of(double factor);

struct AddMultipliers {  // a and b share a shift; the larger is in [2^14, 2^15)
    int16_t a = 0, b = 0;
    int shift = 0;
};
// Of an addition's two operands: factor = operand's scale / sum's scale. Throws like multiplier_of.
AddMultipliers add_multipliers_of(double factor_a, double factor_b);

}  // namespace msd::scheduler
