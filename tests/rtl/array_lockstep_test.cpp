// The RTL arrays against grids of core/'s elements, every column in every cycle.
#include <catch2/catch.hpp>

#include <deque>
#include <random>

#include "ip/msd_pe/core/pe.h"
#include "rtl/array_rtl.h"

namespace {

using namespace msd;
using rtl::DspArrayRtl;
using rtl::LutArrayRtl;

int8_t operand(std::mt19937& rng) {
    static const int8_t extremes[] = {-128, 127, -1, 0};
    return rng() % 4 == 0 ? extremes[rng() % 4] : static_cast<int8_t>(rng());
}

// The row that clears in a cycle, or the number of rows: sums of a few products and of hundreds.
unsigned clearing(std::mt19937& rng, unsigned rows, unsigned cycle) {
    const unsigned mean = cycle / 1000 % 2 ? 3 : 300;
    return rng() % mean == 0 ? rng() % rows : rows;
}

// Cycles without operands, until the clears of the reset have left columns and trees.
constexpr int kResetLeaves = 16;

// First cycle in which a column differs, or -1.
int lut_difference(int fault, int cycles, uint32_t seed) {
    constexpr unsigned kRows = LutArrayRtl::kRows, kCols = LutArrayRtl::kCols;
    std::mt19937 rng(seed);
    LutArrayRtl rtl(fault);
    pe::LutPe grid[kRows][kCols];
    std::deque<LutArrayRtl::Outputs> tree(LutArrayRtl::kLevels);  // sums on their way
    for (int cycle = 0; cycle < cycles; ++cycle) {
        LutArrayRtl::Inputs in;
        if (cycle >= kResetLeaves)
            for (int8_t& a : in.act) a = operand(rng);
        const unsigned clears = clearing(rng, kRows, static_cast<unsigned>(cycle));
        for (unsigned r = 0; r < kRows && cycle >= kResetLeaves; ++r) {
            in.digit[r] = static_cast<uint8_t>(rng() & 15);
            in.clear[r] = r == clears;
            in.valid[r] = !in.clear[r] && rng() % 4 != 0;
        }
        LutArrayRtl::Outputs columns;
        pe::LutInputs inputs[kRows][kCols];
        for (unsigned r = 0; r < kRows; ++r)
            for (unsigned m = 0; m < kCols; ++m) {
                pe::LutInputs& i = inputs[r][m];
                if (m == 0)
                    i = {0, in.digit[r], in.valid[r], in.clear[r]};
                else
                    i = grid[r][m - 1].passed;
                i.act = r == 0 ? in.act[m] : grid[r - 1][m].passed.act;
                columns.sum[m] |= grid[r][m].sum(i);
                columns.valid[m] = columns.valid[m] || i.clear;
            }
        for (unsigned r = 0; r < kRows; ++r)
            for (unsigned m = 0; m < kCols; ++m) grid[r][m].step(inputs[r][m]);
        tree.push_back(columns);
        const LutArrayRtl::Outputs got = rtl.step(in);
        for (unsigned m = 0; m < kCols; ++m)
            if (cycle < kResetLeaves) {
                continue;
            } else if (got.valid[m] != tree.front().valid[m] ||
                       (got.valid[m] && got.sum[m] != tree.front().sum[m])) {
                return cycle;
            }
        tree.pop_front();
    }
    return -1;
}

int dsp_difference(int fault, int cycles, uint32_t seed) {
    constexpr unsigned kRows = DspArrayRtl::kRows, kCols = DspArrayRtl::kCols;
    std::mt19937 rng(seed);
    DspArrayRtl rtl(fault);
    pe::DspPe grid[kRows][kCols];
    // The wrap counter follows its sum by a cycle, the high half is corrected in one more.
    std::deque<DspArrayRtl::Outputs> tree(DspArrayRtl::kLevels + 1);
    std::array<uint64_t, kCols> sums{};
    std::array<bool, kCols> cleared{};
    for (int cycle = 0; cycle < cycles; ++cycle) {
        DspArrayRtl::Inputs in;
        for (unsigned m = 0; m < kCols && cycle >= kResetLeaves; ++m) {
            in.low[m] = operand(rng);
            in.high[m] = operand(rng);
        }
        const unsigned clears = clearing(rng, kRows, static_cast<unsigned>(cycle));
        for (unsigned r = 0; r < kRows && cycle >= kResetLeaves; ++r) {
            in.clear[r] = r == clears;
            in.weight[r] = in.clear[r] || rng() % 4 == 0 ? int8_t{0} : operand(rng);
        }
        DspArrayRtl::Outputs columns;  // of the cycle before, whose wraps are known now
        std::array<uint32_t, kCols> wraps{};
        std::array<uint64_t, kCols> next{};
        std::array<bool, kCols> clear{};
        pe::DspInputs inputs[kRows][kCols];
        for (unsigned r = 0; r < kRows; ++r)
            for (unsigned m = 0; m < kCols; ++m) {
                pe::DspInputs& i = inputs[r][m];
                if (m == 0)
                    i = {0, in.weight[r], in.clear[r]};
                else
                    i = grid[r][m - 1].passed;
                i.act = r == 0 ? pe::pack(in.high[m], in.low[m]) : grid[r - 1][m].passed.act;
                next[m] |= grid[r][m].sum(i);
                wraps[m] |= grid[r][m].wraps_out();
                clear[m] = clear[m] || i.clear;
            }
        for (unsigned r = 0; r < kRows; ++r)
            for (unsigned m = 0; m < kCols; ++m) grid[r][m].step(inputs[r][m]);
        for (unsigned m = 0; m < kCols; ++m) {
            const pe::DspSums both = pe::unpack(sums[m], wraps[m]);
            columns.valid[m] = cleared[m];
            columns.low[m] = static_cast<uint32_t>(both.low);
            columns.high[m] = static_cast<uint32_t>(both.high);
        }
        sums = next;
        cleared = clear;
        tree.push_back(columns);
        const DspArrayRtl::Outputs got = rtl.step(in);
        for (unsigned m = 0; m < kCols; ++m)
            if (cycle < kResetLeaves) {
                continue;
            } else if (got.valid[m] != tree.front().valid[m] ||
                       (got.valid[m] && (got.low[m] != tree.front().low[m] ||
                                         got.high[m] != tree.front().high[m]))) {
                return cycle;
            }
        tree.pop_front();
    }
    return -1;
}

}  // namespace

TEST_CASE("lut_array.sv equals a grid of core/'s elements in every cycle") {
    for (uint32_t seed = 1; seed <= 3; ++seed) CHECK(lut_difference(0, 20000, seed) == -1);
}

TEST_CASE("dsp_array.sv equals a grid of core/'s elements in every cycle") {
    for (uint32_t seed = 1; seed <= 3; ++seed) CHECK(dsp_difference(0, 20000, seed) == -1);
}

TEST_CASE("faults planted in the RTL arrays are seen by the lockstep comparison") {
    for (const int fault : {3, 4, 10, 12, 13})  // clear, sign, row of a quad, carry, correction
        CHECK(lut_difference(fault, 20000, 1) >= 0);
    for (const int fault : {1, 9, 11})  // lost carry, wraps in the high half, borrow
        CHECK(dsp_difference(fault, 20000, 1) >= 0);
}
