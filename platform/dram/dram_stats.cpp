// The statistics as a list with names and units, for reports.
#include "platform/dram/dram_timing.h"

namespace msd::platform {

std::vector<DramStats::Quantity> DramStats::list() const {
    std::vector<Quantity> all{
        {"bytes", "bytes", "moved over the data bus by requests", bytes},
        {"busy", "ps", "data bus transferring", busy_ps},
        {"row_hits", "rows", "rows touched that were open", row_hits},
        {"row_misses", "rows", "rows touched whose bank was closed", row_misses},
        {"row_conflicts", "rows", "rows touched whose bank had another row open", row_conflicts},
        {"activates", "commands", "ACT commands", activates},
        {"refreshes", "commands", "all-bank refreshes", refreshes},
        {"turnarounds", "changes", "changes of the data bus's direction", turnarounds},
        {"reorders", "decisions", "decisions that overtook an older request", reorders},
    };
    static const char* const names[kMasters] = {"w", "a", "s", "cpu"};
    for (unsigned m = 0; m < kMasters; ++m) {
        const DramMasterStats& s = master[m];
        const std::string prefix = std::string(names[m]) + ".";
        all.push_back({prefix + "requests", "requests", "bursts served", s.requests});
        all.push_back({prefix + "read_bytes", "bytes", "read", s.read_bytes});
        all.push_back({prefix + "write_bytes", "bytes", "written", s.write_bytes});
        all.push_back({prefix + "row_hits", "rows", "rows touched that were open", s.row_hits});
        all.push_back(
            {prefix + "row_misses", "rows", "rows touched whose bank was closed", s.row_misses});
        all.push_back({prefix + "row_conflicts", "rows",
                       "rows touched whose bank had another row open", s.row_conflicts});
        all.push_back(
            {prefix + "latency", "ps", "sum over requests of arrival to last data", s.latency_ps});
    }
    return all;
}

}  // namespace msd::platform
