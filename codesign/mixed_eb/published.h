// The published greedy's results beside what its program gives from its own tables.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "codesign/mixed_eb/greedy.h"

namespace msd::mixed_eb {

struct PublishedRow {
    std::string network;
    double target = 0, top1_percent = 0, reported_speedup = 0;
    std::vector<uint8_t> reported;  // EB by layer; empty if not given
    GreedyStep result;              // the last state of published_path() of the network's table
    // The speed-up that the table gives for the reported list; none without a list.
    std::optional<double> speedup_of_list;
    // How many different states lie between the reported one (its list if there is one, and its
    // speed-up to 1e-4: they are cut off) and the result; none if it is no state of the path.
    std::optional<int> states_earlier;
};

// tables: named after the network behind the last underscore, as ultra96_vgg16.csv; results:
// model,target_speedup,top1_percent,reported_speedup,eb_per_layer. Throws std::runtime_error
// "file:line: what is wrong; what would be right".
std::vector<PublishedRow> compare_published(const std::vector<std::string>& tables,
                                            const std::string& results);

std::string to_csv(const std::vector<PublishedRow>& rows);
std::string to_text(const PublishedRow& row);  // a line

}  // namespace msd::mixed_eb
