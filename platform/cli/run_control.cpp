// From [debug] to what the platform and the checkpoint's reader understand.
#include "platform/cli/run_control.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

#include "firmware/firmware_image.h"
#include "platform/cli/session.h"
#include "platform/version.h"

namespace msd::platform {
namespace {

uint32_t crc_of(uint32_t crc, const void* data, std::size_t bytes) {
    return static_cast<uint32_t>(crc32_z(crc, static_cast<const Bytef*>(data), bytes));
}

[[noreturn]] void refuse(const Scenario& scenario, const char* key, const std::string& what) {
    throw ScenarioError(fmt::format("{}: {}: {}", scenario.places.at(key), key, what));
}

// The number of a layer; names are those of report.json.
uint32_t layer_number(const Scenario& scenario, const Prepared& prepared) {
    std::vector<std::string> names;
    for (const auto& l : prepared.program.layers) names.push_back(l.name);
    const auto at = std::find(names.begin(), names.end(), scenario.debug.stop_layer);
    if (at == names.end())
        refuse(scenario, "debug.stop_layer",
               fmt::format("there is no layer '{}'; there are {}", scenario.debug.stop_layer,
                           fmt::join(names, ", ")));
    return static_cast<uint32_t>(at - names.begin());
}

}  // namespace

std::vector<Checkpoint::Property> run_properties(const Scenario& scenario,
                                                 const Prepared& prepared) {
    const pe::AcceleratorConfig& d = scenario.device;
    uint32_t inputs = 0;
    for (const auto& tensor : prepared.inputs)
        inputs = crc_of(inputs, tensor.data(), tensor.size());
    return {
        {"msd", MSD_VERSION},
        {"firmware", fmt::format("{:08x}", crc_of(0, kFirmwareElf, kFirmwareElfSize))},
        {"device",
         fmt::format(
             "{}: LUT {} x {}, DSP {} x {}, {} MHz, {} bytes a beat, buffers {} {} {} {} {} "
             "{}, {} bursts",
             scenario.device_preset, d.lut_rows, d.lut_cols, d.dsp_rows, d.dsp_cols, d.clock_mhz,
             d.beat_bytes, d.act_words, d.lut_weight_words, d.dsp_weight_words, d.acc_entries,
             d.out_words, d.tile_channels, d.outstanding)},
        {"dram.preset", scenario.dram.preset},
        {"program", fmt::format("{:08x}", crc_of(0, prepared.program.image.data(),
                                                 prepared.program.image.size()))},
        {"images", fmt::format("{} ({:08x})", prepared.inputs.size(), inputs)},
    };
}

Control run_control(const Scenario& scenario, const Prepared& prepared) {
    const Scenario::Debug& debug = scenario.debug;
    Control control;
    control.run.stop_cycle = debug.stop_cycle;
    control.run.stop_interrupt = debug.stop_interrupt;
    control.run.checkpoint = debug.checkpoint;
    if (!debug.stop_layer.empty()) {
        const auto image = static_cast<uint32_t>(debug.stop_image);
        if (image >= prepared.inputs.size())
            refuse(scenario, "debug.stop_image",
                   fmt::format("{}, but {} images are run; the last is {}", image,
                               prepared.inputs.size(), prepared.inputs.size() - 1));
        control.run.stop_layer = RunControl::Layer{image, layer_number(scenario, prepared)};
    }
    if (debug.restart.empty()) return control;

    control.from = read_checkpoint(debug.restart);
    check_same_run(*control.from, run_properties(scenario, prepared), debug.restart);
    control.run.restart = control.from->platform;
    const Checkpoint& from = *control.from;
    if (debug.stop_cycle && *debug.stop_cycle <= from.cycle)
        refuse(scenario, "debug.stop_cycle",
               fmt::format("{}, but {} goes on behind cycle {}", *debug.stop_cycle, debug.restart,
                           from.cycle));
    if (debug.stop_interrupt && *debug.stop_interrupt <= from.interrupts)
        refuse(scenario, "debug.stop_interrupt",
               fmt::format("{}, but {} interrupts have come before {}", *debug.stop_interrupt,
                           from.interrupts, debug.restart));
    if (const auto& stop = control.run.stop_layer)
        if (stop->image < from.image ||
            (stop->image == from.image && stop->layer < from.layers_done))
            refuse(scenario, "debug.stop_layer",
                   fmt::format("{} of image {} is complete already in {}", debug.stop_layer,
                               debug.stop_image, debug.restart));
    return control;
}

}  // namespace msd::platform
