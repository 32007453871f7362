// The grids and digit strings, found by forming every string of digit codes once.
#include "quant/rsd.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace msd::quant {

namespace {

constexpr int kLowest = -128, kHighest = 127;
constexpr int kTicks = 2 * (kHighest - kLowest) + 1;  // half steps from -128 to 127

struct Encoding {
    std::array<DigitCode, kMaxDigits> codes{};
    bool on_grid = false;
};

// One number of digits: its values, their strings, and nearest values by half steps.
struct Table {
    std::vector<int> values;
    std::array<Encoding, 256> encoding{};  // by value + 128
    // The midpoint of two integers is a multiple of 1/2, so nearest() is constant between two half
    // steps: [2 i] is the answer exactly on half step i, [2 i + 1] between i and i + 1.
    std::array<int8_t, 2 * kTicks> nearest{};
};

int nearest_of(const std::vector<int>& values, int quarters) {
    int best = values.front();
    for (int value : values) {
        const int d = std::abs(4 * value - quarters), d_best = std::abs(4 * best - quarters);
        if (d < d_best || (d == d_best && std::abs(value) < std::abs(best))) best = value;
    }
    return best;
}

Table make_table(int digits) {
    Table table;
    const int strings = 1 << (4 * digits);
    for (int s = 0; s < strings;
         ++s) {  // ascending, first code most significant: the first found is smallest
        std::array<DigitCode, kMaxDigits> codes{};
        for (int d = 0; d < digits; ++d) codes[d] = (s >> (4 * (digits - 1 - d))) & 15;
        const int value = decode(codes.data(), digits);
        if (value < kLowest || value > kHighest) continue;
        Encoding& encoding = table.encoding[value - kLowest];
        if (!encoding.on_grid) encoding = {codes, true};
    }
    for (int value = kLowest; value <= kHighest; ++value) {
        if (digits == 0 || table.encoding[value - kLowest].on_grid) table.values.push_back(value);
    }
    for (int i = 0; i < 2 * kTicks; ++i)  // entry i stands for the quarter step i
        table.nearest[i] = static_cast<int8_t>(nearest_of(table.values, 4 * kLowest + i));
    return table;
}

const Table& table_of(int digits) {
    static const std::array<Table, kMaxDigits + 1> tables{make_table(0), make_table(1),
                                                          make_table(2), make_table(3)};
    if (digits < 0 || digits > kMaxDigits)
        throw std::invalid_argument("a weight of " + std::to_string(digits) +
                                    " digits; 1 to 3 are possible, 0 stands for int8");
    return tables[digits];
}

}  // namespace

const std::vector<int>& grid(int digits) {
    return table_of(digits).values;
}

std::array<DigitCode, kMaxDigits> encode(int value, int digits) {
    const Table& table = table_of(digits);
    if (digits == 0) throw std::invalid_argument("an int8 weight has no digit string");
    if (value < kLowest || value > kHighest || !table.encoding[value - kLowest].on_grid)
        throw std::invalid_argument(
            "weight " + std::to_string(value) + " is no sum of " + std::to_string(digits) +
            " signed powers of two; the nearest is " + std::to_string(nearest(value, digits)));
    return table.encoding[value - kLowest].codes;
}

int decode(const DigitCode* codes, int digits) {
    if (digits == 1 && codes[0] == kZeroAtOneDigit) return 0;
    int sum = 0;
    for (int d = 0; d < digits; ++d) {
        const int power = 1 << (codes[d] & 7);
        sum += (codes[d] & 8) != 0 ? -power : power;
    }
    return sum;
}

int nearest(double v, int digits) {
    const Table& table = table_of(digits);
    const double ticks = 2 * std::min(std::max(v, double{kLowest}), double{kHighest});
    int tick = static_cast<int>(ticks);
    if (tick > ticks) --tick;
    return table.nearest[2 * (tick - 2 * kLowest) + (ticks != tick ? 1 : 0)];
}

}  // namespace msd::quant
