// What a study found, as tables, plots and one page.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "codesign/semi_decoupled/search.h"
#include "codesign/semi_decoupled/study.h"

namespace msd::semi_decoupled {

// Spearman's correlation between the orders of the networks on two points, for all pairs of points.
struct RankTable {
    std::size_t points = 0;
    std::vector<double> cycles, energy;            // points x points; NaN: none
    std::vector<double> macs_cycles, macs_energy;  // MACs against each point
    std::vector<double> band_cycles,
        band_energy;  // points x points: mean within tenths of the MACs
};
RankTable rank_table(const Table& table, const std::vector<double>& macs);

struct Findings {
    const Study* study = nullptr;
    const Table* table = nullptr;
    std::string score_name;  // what the score is, in words
    RankTable rank;          // empty if there are fewer than two points
    std::vector<std::pair<std::string, std::vector<MethodResult>>> groups;  // of points, by model
};

// Names and contents of all files: networks.csv, points.csv, results.csv, rank.csv, rank_pairs.csv,
// methods.csv, *.svg, report.html, report.json.
std::vector<std::pair<std::string, std::string>> report_files(const Findings& findings);

}  // namespace msd::semi_decoupled
