// `msd quantize`: a float or int8 network becomes the QDQ network that a device's schedule asks
// for.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "network/fold.h"
#include "network/onnx_write.h"
#include "platform/cli/commands.h"
#include "platform/cli/quantise.h"
#include "platform/cli/session.h"

namespace msd::platform {
namespace {

struct Arguments {
    std::string network, out, device = "ultra96", calibrate;
    std::optional<double> lut_share;
    int effective_bits = 2, calibration_images = 0;
    std::string ranges, scales;  // empty: the default of the scenario key
    std::optional<double> percentile;
    bool correct_biases = false, equalise = false, keep_order = false;
};

Scenario scenario_of(const Arguments& a) {
    std::vector<std::string> keys{"network.file=" + a.network, "device.preset=" + a.device,
                                  fmt::format("quant.effective_bits={}", a.effective_bits)};
    const auto add = [&](const char* key, const std::string& value) {
        if (!value.empty()) keys.push_back(fmt::format("{}={}", key, value));
    };
    if (a.lut_share) add("schedule.lut_share", fmt::format("{}", *a.lut_share));
    add("network.input", a.calibrate);
    add("quant.ranges", a.ranges);
    add("quant.weight_scales", a.scales);
    if (a.percentile) add("quant.percentile", fmt::format("{}", *a.percentile));
    if (a.correct_biases) add("quant.bias_correction", "true");
    if (a.equalise) add("quant.equalise", "true");
    if (a.keep_order) add("quant.order_channels", "false");
    if (a.calibration_images > 0)
        add("quant.calibration_images", std::to_string(a.calibration_images));
    const Scenario scenario = parse_scenario("", "msd quantize", keys);
    scenario.check();
    return scenario;
}

// The network as the schedule for the scenario's device wants it.
network::Graph assigned(const Arguments& a, const Scenario& scenario) {
    network::Graph graph = load_network(scenario);
    if (!graph.quantised) {
        if (a.calibrate.empty())
            throw std::invalid_argument(
                fmt::format("{}: a float network needs images to find its scales; give --calibrate",
                            a.network));
        return quantise_as_scheduled(scenario, graph);
    }
    network::Graph folded = graph;  // as `run` will see it; layers keep their ids and channels
    network::fold_input(folded);
    encode_as_scheduled(
        scenario, scheduler::make_schedule(folded, scenario.device, schedule_options(scenario)),
        graph);
    return graph;
}

int quantize(const Arguments& a) {
    const network::Graph graph = assigned(a, scenario_of(a));
    network::write_onnx(graph, a.out);
    std::size_t lut = 0, all = 0;
    for (const network::LayerId id : graph.order()) {
        all += graph[id].weights.scale.size();
        for (const uint8_t d : graph[id].weights.digits) lut += d != 0;
    }
    fmt::print("{} of {} channels in {} digits, the others int8; {}\n", lut, all, a.effective_bits,
               a.out);
    return 0;
}

}  // namespace

void add_quantize_command(CLI::App& app, int& status) {
    auto a = std::make_shared<Arguments>();
    auto* command =
        app.add_subcommand("quantize", "put a network's LUT channels on the RSD grid: QDQ ONNX");
    command->add_option("network", a->network, ".onnx, float or int8")->required();
    command->add_option("--effective-bits", a->effective_bits, "digits per LUT weight, 1..3")
        ->required();
    command->add_option("--device", a->device,
                        "whose schedule decides which channels (default: ultra96)");
    command->add_option("--lut-share", a->lut_share,
                        "0..1 of each layer's channels on the LUT core");
    command->add_option("--calibrate", a->calibrate,
                        "images for a float network: cifar10:FILE, folder:DIR, …");
    command
        ->add_option("--calibration-images", a->calibration_images,
                     "the first so many (default: 64)")
        ->check(CLI::PositiveNumber);
    command
        ->add_option("--ranges", a->ranges, "of activations: minmax (default), percentile or mse")
        ->check(CLI::IsMember({"minmax", "percentile", "mse"}));
    command->add_option("--percentile", a->percentile,
                        "percent of a tensor's values inside its range (default: 99.99)");
    command
        ->add_option("--scales", a->scales,
                     "of weights: best (default), or published: MSD's 55 candidates")
        ->check(CLI::IsMember({"best", "published"}));
    command->add_flag("--bias-correction", a->correct_biases,
                      "undo the mean error of every channel over the images");
    command->add_flag("--equalise", a->equalise, "cross-layer equalisation before all else");
    command->add_flag("--keep-order", a->keep_order,
                      "of channels; else those that lose most by their digits go where int8 is");
    command->add_option("-o,--out", a->out, "QDQ ONNX to write")->required();
    command->callback([a, &status] { status = quantize(*a); });
}

}  // namespace msd::platform
