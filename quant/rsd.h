// Restricted signed digits: the grids, the 4-bit digit code, nearest-value encoding, per-channel
// scale search. Source of the grids: MSD (FCCM'23), "effectual bits"; the code: docs/numbers.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace msd::quant {

constexpr int kMaxDigits = 3;

// A digit code: bit 3 = negative, bits 2..0 = shift; value +-2^shift. All 16 codes are digits,
// except that with one digit per weight the code of +2^7 (7) means zero: +128 is not an int8.
using DigitCode = uint8_t;
constexpr DigitCode kZeroAtOneDigit = 7;

// The weights that `digits` (1..3) signed powers of two can form, ascending, within [-128, 127]:
// all integers whose non-adjacent form has at most that many non-zero digits: 16, 88 and 208 of
// them. digits = 0: all 256 int8 values. Throws std::invalid_argument for other numbers of digits.
const std::vector<int>& grid(int digits);

// The canonical digit string of a grid value: exactly `digits` codes, lexicographically smallest;
// the rest is 0. Throws std::invalid_argument if value is not on the grid or digits is not 1..3.
std::array<DigitCode, kMaxDigits> encode(int value, int digits);

// Sum of the codes' values.
int decode(const DigitCode* codes, int digits);

// The grid value nearest to v; a tie goes to the value of smaller magnitude. Beyond the grid: its
// end. v is not NaN.
int nearest(double v, int digits);

enum class ScaleSearch {
    kBest,       // the best scale found (quant/scale_search.cpp)
    kPublished,  // the best of max|w| * {95..149} / 100 / largest grid value: MSD's search_mse
};
ScaleSearch scale_search_of(const std::string& name);  // best | published

// Encodes one output channel: finds the scale that minimises the squared error and writes grid
// values. weights are real values; returns the scale (real = scale * value). digits = 0:
// int8, 1..3: RSD.
//
// Weights that already lie on a grid (scale * integer, all integers on it) keep their exact values,
// with the largest such scale (not by the published search). Otherwise the scale is what the search
// finds, rounded to a float's value, because ONNX stores floats. A channel of zeros gives 1: any
// scale fits, so a caller with a bias may choose its own. Throws std::invalid_argument if a weight
// is not a finite float.
double encode_channel(const double* weights, std::size_t count, int digits, int8_t* values,
                      ScaleSearch search = ScaleSearch::kBest);

}  // namespace msd::quant
