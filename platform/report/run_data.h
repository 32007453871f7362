// A run's files as the page reads them: checked, and cut to what it draws.
#pragma once

#include <string>

#include "platform/report/page.h"

namespace msd::platform {

struct RunData {
    std::string report;  // JSON: report.json, without what the page does not use
    std::string tiles;   // JSON: spans of the first image, a list a column
};

// Throws std::runtime_error "name[:line]: what is wrong; what would be right".
RunData read_run(const PageRun& run);

}  // namespace msd::platform
