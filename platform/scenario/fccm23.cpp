// What a scenario of the published accelerator needs, and which keys mean nothing to it.
#include <fmt/format.h>

#include "platform/scenario/scenario.h"

namespace msd::platform {

void Scenario::check_fccm23() const {
    const std::string place = given("accelerator") ? places.at("accelerator") : file;
    // It computes no values, has one size a device, and its own search makes its schedules.
    for (const auto& [key, where] : places) {
        const bool device_size =
            key.rfind("device.", 0) == 0 && key != "device.preset" && key != "device.clock_mhz";
        const bool values = key == "network.input" || key == "network.images" ||
                            key == "network.first" || key == "check.output" ||
                            key == "check.min_top1";
        const bool traces = key.rfind("trace.", 0) == 0 || key.rfind("debug.", 0) == 0;
        if (device_size || traces || values || key == "pe.model" || key == "schedule.objective" ||
            key == "schedule.lut_share")
            throw ScenarioError(fmt::format(
                "{}: {} has no meaning for accelerator = \"fccm23\", which {}; leave it out", where,
                key,
                traces        ? "writes report.json and latency.csv only"
                : values      ? "is timing only and computes no values"
                : device_size ? "has the published size of its device"
                              : "replays what the published search made"));
    }
    if (device_preset != "xc7z020" && device_preset != "ultra96" && device_preset != "zcu102")
        throw ScenarioError(fmt::format(
            "{}: device.preset = \"{}\": there is no published accelerator for it; use "
            "xc7z020, ultra96 or zcu102",
            given("device.preset") ? places.at("device.preset") : place, device_preset));
    if (network.file.empty() && schedule.file.empty())
        throw ScenarioError(fmt::format(
            "{}: network.file (a layer table, .csv) or schedule.file (a published schedule, .csv) "
            "is missing; give at least one",
            place));
    if (!network.file.empty()) need_file("network.file", network.file);
    if (!schedule.file.empty()) {
        need_file("schedule.file", schedule.file);
        if (given("quant.effective_bits"))
            throw ScenarioError(
                fmt::format("{}: quant.effective_bits has no meaning beside schedule.file, which "
                            "says it for every layer",
                            places.at("quant.effective_bits")));
    }
}

}  // namespace msd::platform
