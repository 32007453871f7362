// A scenario of the published accelerator, from layer table or schedule to report.
#pragma once

#include <string>
#include <vector>

#include "codesign/msd_fccm23/schedule.h"
#include "platform/fccm23/replay.h"
#include "platform/scenario/scenario.h"

namespace msd::platform {

struct PreparedReplay {
    std::vector<fccm23::LayerShape> layers;  // empty if only the schedule is known
    std::vector<fccm23::ScheduleRow> rows;
    std::vector<fccm23::LayerCommand> commands;
    std::vector<int64_t> macs;  // of each row: the layer's, or all of its tiles' if unknown
    fccm23::InstructionFormat format;
    unsigned beat_bytes = 16;
    ReplayMemory memory;
};

// Reads the table and the schedule, or makes the schedule. Throws what the steps throw.
PreparedReplay prepare_replay(const Scenario& scenario);

// Exit status as of `msd run`.
int run_replay(const Scenario& scenario, const std::string& out, bool quiet);

}  // namespace msd::platform
