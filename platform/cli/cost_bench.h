// How fast the cost model is: single evaluations on one core, and a whole co-design sweep on two.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace msd::platform {

// Names and values in the order of printing. evaluations_per_s: layers of the mappings under
// maestro/mapping that have a cost, on maestro/hw/accelerator_1.m in original mode, none
// remembered, per CPU second of one thread; files are read before. files_evaluations_per_s: the
// same with reading the mappings and writing the CSVs. sweep_seconds: 1,018 networks x 50 hardware
// points x 3 templates on two threads, wall clock, from reading the genotypes to the CSV in memory.
// Throws std::runtime_error where the data is missing.
std::vector<std::pair<std::string, double>> bench_cost(const std::string& data, int repeats);

}  // namespace msd::platform
