// Ranks, Spearman's correlation of them, and Pareto sets.
#pragma once

#include <cstdint>
#include <vector>

namespace msd::semi_decoupled {

// 1 for the smallest; equal values share the mean of their ranks.
std::vector<double> ranks(const std::vector<double>& values);

// Pearson's correlation; NaN if one of them is constant or they have fewer than two values.
double correlation(const std::vector<double>& a, const std::vector<double>& b);
// Spearman's: correlation(ranks(a), ranks(b)).
double spearman(const std::vector<double>& a, const std::vector<double>& b);

// Indices, ascending, of those that none of the others equals or beats in all of: a higher score,
// fewer cycles, less energy. Of equal ones the first. Values of infinity are not in it.
std::vector<uint32_t> pareto(const std::vector<double>& score, const std::vector<double>& cycles,
                             const std::vector<double>& energy);

}  // namespace msd::semi_decoupled
