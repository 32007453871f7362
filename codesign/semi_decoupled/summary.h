// What report.json holds: the figures of a study in few numbers.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "codesign/semi_decoupled/report.h"

namespace msd::semi_decoupled {

// "platform", or the dataflow of a point of the cost model.
std::string group_of(const Study& study, std::size_t point);

// networks, points, rows, layers, distinct_shapes, score, score_range; rank: least_cycles,
// least_energy, groups [{a, b, cycles_least, cycles_mean, …}], where b "MACs" is their order;
// methods: by group of points and by method, those with proxies also by_proxy.
nlohmann::ordered_json summary(const Findings& findings);

}  // namespace msd::semi_decoupled
