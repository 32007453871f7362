// What `msd run` does besides when pe.model is "rtl" or "both".
#pragma once

#include <memory>
#include <string>

#include "platform/cli/session.h"

namespace msd::platform {

// Level of the system on chip whose run is reported.
Level reported_level(const Scenario& scenario);

// Finds or builds the RTL of the scenario's device (lines of what goes on to stderr unless quiet),
// and sets its waveform, rtl.vcd or rtl.fst in `out`, on `soc` if that is of the RTL level.
void prepare_rtl(const Scenario& scenario, Soc& soc, const std::string& out, bool quiet);

// Removes the date from the waveform and gives it its name.
void finish_rtl_waveform(const Scenario& scenario, const std::string& out);

// pe.model = "both": records `soc` (TLM), then runs the RTL beside it and compares. To be made
// before the simulation begins.
class BothLevels {
public:
    BothLevels(const Scenario& scenario, Soc& soc);
    ~BothLevels();
    // After the run of `soc`, whose spans are given; adds the check "pe.model" to its report.
    void compare(const Scenario& scenario, const Prepared& prepared, const Recorder& spans,
                 Report& report, Talk talk);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace msd::platform
