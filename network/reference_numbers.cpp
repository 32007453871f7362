// Multipliers and shifts from real scales: docs/numbers.md, "Multiplier and shift" and "Addition of
// two tensors".
#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "network/reference.h"

namespace msd::network {
namespace {

// real ~ mantissa * 2^-shift with a mantissa of `bits` bits, rounded half up.
struct Scaled {
    int64_t mantissa;
    int shift;
};

Scaled scaled(double real, int bits, int most = 62) {
    if (!(real > 0) || !std::isfinite(real)) {
        throw std::invalid_argument("factor " + std::to_string(real) + " is not positive");
    }
    int exponent = 0;
    const double fraction = std::frexp(real, &exponent);  // in [0.5, 1)
    auto mantissa = static_cast<int64_t>(std::floor(std::ldexp(fraction, bits) + 0.5));
    if (mantissa == int64_t{1} << bits) {
        mantissa >>= 1;
        ++exponent;
    }
    const int shift = bits - exponent;
    if (shift < 1 || shift > most) {
        throw std::invalid_argument("factor 2^" + std::to_string(exponent) +
                                    " is out of range: scales differ too much");
    }
    return {mantissa, shift};
}

}  // namespace

Requant requant_of(double real) {
    const Scaled result = scaled(real, 24);
    return {static_cast<uint32_t>(result.mantissa), result.shift};
}

Requant pool_requant_of(double real) {
    const Scaled result = scaled(real, 16, 46);
    return {static_cast<uint32_t>(result.mantissa), result.shift};
}

AddRequant add_requant_of(double fa, double fb) {
    const bool a_leads = fa >= fb;
    if (!(fa > 0) || !(fb > 0))
        throw std::invalid_argument("factors of an addition must be positive");
    const Scaled lead = scaled(a_leads ? fa : fb, 24);
    const auto other = std::min<int64_t>(
        lead.mantissa,
        static_cast<int64_t>(std::floor(std::ldexp(a_leads ? fb : fa, lead.shift) + 0.5)));
    const auto m = static_cast<uint32_t>(lead.mantissa), n = static_cast<uint32_t>(other);
    return a_leads ? AddRequant{m, n, lead.shift} : AddRequant{n, m, lead.shift};
}

}  // namespace msd::network
