// `msd cost`: the MAESTRO-style cost model on mapping files, model files, ONNX networks and layer
// tables.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <stdexcept>

#include "codesign/maestro/mapper.h"
#include "codesign/maestro/network_cost.h"
#include "codesign/maestro/network_files.h"
#include "codesign/maestro/templates.h"
#include "platform/cli/commands.h"
#include "platform/output/files.h"

namespace msd::platform {
namespace {

struct CostArguments {
    std::string input, hardware, out, energy, templ, search, objective = "runtime", model, mapping;
    std::string mode = "corrected";
};

constexpr std::size_t kMostMessages = 20;

int cost_command(const CostArguments& a) {
    const maestro::Mode mode =
        a.mode == "original" ? maestro::Mode::kOriginal : maestro::Mode::kCorrected;
    maestro::Network network = maestro::load_network(a.input);
    if (!a.templ.empty() && !a.search.empty())
        throw std::invalid_argument("msd cost: --template and --search exclude each other");
    if (!a.templ.empty())
        network = maestro::apply(maestro::load_template(a.templ), std::move(network), mode);
    if (!a.model.empty()) {
        write_file(a.model, maestro::model_text(network, mode, false));
        fmt::print("{} layers; {}\n", network.layers.size(), a.model);
    }
    if (a.hardware.empty()) {
        if (!a.search.empty() || !a.out.empty() || (a.model.empty() && a.mapping.empty()))
            throw std::invalid_argument(
                "msd cost: give a hardware file after the network; only --write-model and "
                "--write-mapping need none");
        if (!a.mapping.empty()) write_file(a.mapping, maestro::model_text(network, mode, true));
        return 0;
    }
    maestro::Hardware hw = maestro::read_hardware_file(a.hardware);
    if (!a.energy.empty()) maestro::read_energy_file(a.energy, hw.energy);
    if (!a.search.empty()) {
        maestro::MapperOptions options;
        options.mode = mode;
        options.objective = a.objective == "energy" ? maestro::Objective::kEnergy
                            : a.objective == "edp"  ? maestro::Objective::kEnergyDelay
                                                    : maestro::Objective::kRuntime;
        const auto result = maestro::search(maestro::load_template(a.search), network, hw, options);
        fmt::print("{} mappings evaluated\n", result.evaluated);
        network = result.network;
    }
    if (!a.mapping.empty()) write_file(a.mapping, maestro::model_text(network, mode, true));
    const maestro::NetworkCost cost = maestro::cost_of(network, hw, mode);
    const auto messages = maestro::diagnoses(network, cost);
    for (std::size_t i = 0; i < messages.size() && i < kMostMessages; ++i)
        fmt::print(stderr, "{}\n", messages[i]);
    if (messages.size() > kMostMessages)
        fmt::print(stderr, "… and {} more layers\n", messages.size() - kMostMessages);
    if (!a.out.empty()) write_file(a.out, maestro::cost_csv(network, hw, cost));
    fmt::print("{}: {} layers, {} cycles, {:.6g} nJ ({} mode)\n", network.name,
               network.layers.size(), cost.runtime, cost.energy, a.mode);
    std::size_t single = 0, retiled = 0;
    for (const maestro::LayerCost& layer : cost.layers)
        single += layer.single_buffered, retiled += layer.retiled;
    if (single > 0)
        fmt::print("{} layers single-buffered: double buffers do not fit L1 or L2\n", single);
    if (retiled > 0)
        fmt::print("{} layers with tiles that overlap or leave gaps; laid side by side\n", retiled);
    if (cost.faults > 0)
        fmt::print("{} of {} layers have no cost\n", cost.faults, network.layers.size());
    return cost.faults > 0 ? 1 : 0;
}

}  // namespace

void add_cost_command(CLI::App& app, int& status) {
    auto a = std::make_shared<CostArguments>();
    auto* cost = app.add_subcommand(
        "cost", "cycles and energy of a mapped network on a PE array (MAESTRO's model)");
    cost->add_option("network", a->input, ".m mapping or model, .onnx, or .csv layer table")
        ->required();
    cost->add_option("hardware", a->hardware, ".m hardware file");
    cost->add_option("--mode", a->mode,
                     "corrected, or original: the original program's numbers, quirks included")
        ->check(CLI::IsMember({"original", "corrected"}));
    cost->add_option("-o,--out", a->out, "CSV of 52 columns to write");
    cost->add_option("--energy", a->energy, "energy table: mac_nj, and l1, l2, noc, dram in MACs");
    cost->add_option("--template", a->templ,
                     "map every layer by a template: kcp_ws, rs, xp_ws, … or a file");
    cost->add_option("--search", a->search, "search the tile sizes of a template for every layer");
    cost->add_option("--objective", a->objective, "of --search: runtime, energy, edp")
        ->check(CLI::IsMember({"runtime", "energy", "edp"}));
    cost->add_option("--write-model", a->model, "write the network as a model file");
    cost->add_option("--write-mapping", a->mapping,
                     "write the network with its dataflow as a mapping file");
    cost->callback([a, &status] { status = cost_command(*a); });
}

}  // namespace msd::platform
