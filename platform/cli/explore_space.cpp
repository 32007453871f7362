// Specs to networks and hardware points; see explore_space.h.
#include "platform/cli/explore_space.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "codesign/maestro/network_files.h"
#include "codesign/semi_decoupled/alphanet.h"
#include "codesign/semi_decoupled/darts.h"
#include "network/random.h"
#include "platform/scenario/values.h"

namespace msd::platform {
namespace {

using namespace semi_decoupled;

constexpr int64_t kMostNetworks = 1'000'000;
constexpr std::size_t kMostPoints = 100'000;

DartsSpace darts_space(Spec& spec) {
    DartsSpace darts;
    darts.cells = static_cast<int>(spec.integer("darts.cells", 3, 1000, darts.cells));
    darts.channels = static_cast<int>(spec.integer("darts.channels", 2, 4096, darts.channels));
    darts.classes = static_cast<int>(spec.integer("darts.classes", 1, 1 << 20, darts.classes));
    darts.image = static_cast<int>(spec.integer("darts.image", 8, 4096, darts.image));
    darts.auxiliary = spec.flag("darts.auxiliary", darts.auxiliary);
    return darts;
}

void add_networks(Spec& spec, Study& study) {
    const std::string space =
        spec.choice("networks.space", {"darts", "alphanet", "files"}, "files");
    const int64_t sample = spec.integer("networks.sample", 1, kMostNetworks, 1000);
    const auto most =
        static_cast<std::size_t>(spec.integer("networks.count", 1, kMostNetworks, kMostNetworks));
    network::Random random(static_cast<uint64_t>(spec.integer("networks.seed", 0, INT64_MAX, 1)),
                           0x6e6574776f726bu);
    const std::string file = spec.file("networks.file");
    const auto files = spec.files("networks.files");
    const DartsSpace darts = darts_space(spec);
    const auto room = [&] { return study.networks().size() < most; };
    if (space == "files") {
        if (files.empty())
            spec.fail("networks.files", "is missing; name .m, .onnx or .csv files, or a space");
        for (const std::string& name : files)
            if (room()) study.add(maestro::load_network(name));
    } else if (space == "darts") {
        std::vector<Genotype> genotypes;
        if (!file.empty())
            genotypes = read_genotypes(file);
        else
            for (int64_t i = 0; i < sample; ++i)
                genotypes.push_back(sample_genotype(random, static_cast<int>(i)));
        for (const Genotype& genotype : genotypes)
            if (room()) study.add(darts_network(genotype, darts));
    } else {
        std::vector<AlphaNetConfig> configs;
        if (!file.empty())
            configs = read_alphanet(file);
        else
            for (int64_t i = 0; i < sample; ++i) configs.push_back(sample_alphanet(random));
        for (const AlphaNetConfig& config : configs)
            if (room()) study.add(alphanet_network(config));
    }
    if (study.networks().empty()) spec.fail("networks.file", "holds no networks");
}

void add_point(Spec& spec, const char* key, Study& study, Point point) {
    if (study.points().size() >= kMostPoints)
        spec.fail(key, fmt::format("the lists make more than {} points", kMostPoints));
    study.add(std::move(point));
}

// A file of directives, or a template's name.
maestro::Template dataflow_of(Spec& spec, const std::string& name) {
    const std::string file = spec.path_of("maestro.dataflows", name);
    std::error_code ignored;
    if (std::filesystem::is_regular_file(file, ignored)) {
        maestro::Template dataflow = maestro::parse_template(maestro::read_text(file), file);
        dataflow.name = std::filesystem::path(file).stem().string();
        return dataflow;
    }
    try {
        return maestro::built_in_template(name);
    } catch (const maestro::InputError& error) {
        spec.fail("maestro.dataflows", error.what());
    }
}

void add_maestro_points(Spec& spec, Study& study) {
    std::vector<maestro::Template> dataflows;
    for (const std::string& name : spec.texts("maestro.dataflows", {"kcp_ws", "rs", "xp_ws"}))
        dataflows.push_back(dataflow_of(spec, name));
    maestro::Hardware base;
    const std::string energy = spec.file("maestro.energy");
    if (!energy.empty()) maestro::read_energy_file(energy, base.energy);
    constexpr int64_t kMost = 1 << 24;
    const auto pes = spec.integers("maestro.num_pes", 1, kMost, {512, 256, 128, 64, 32, 16});
    const auto noc =
        spec.integers("maestro.noc_bw", 1, kMost, {300, 400, 500, 600, 700, 800, 900, 1000});
    const auto offchip =
        spec.integers("maestro.offchip_bw", 1, kMost, {50, 100, 150, 200, 250, 275, 300, 325, 350});
    const auto l1 = spec.integers("maestro.l1_bytes", 1, INT32_MAX, {INT32_MAX});
    const auto l2 = spec.integers("maestro.l2_bytes", 1, INT32_MAX, {INT32_MAX});
    const int64_t draw = spec.integer("maestro.draw", 0, int64_t{kMostPoints}, 0);
    network::Random random(static_cast<uint64_t>(spec.integer("maestro.seed", 0, INT64_MAX, 1)), 0);
    std::vector<std::pair<std::string, maestro::Hardware>> grid;
    for (const std::string& file : spec.files("maestro.hardware")) {
        const std::string stem = std::filesystem::path(file).stem().string();
        grid.emplace_back(stem, maestro::read_hardware_file(file));
        if (!energy.empty()) grid.back().second.energy = base.energy;
    }
    const bool given = !grid.empty();
    for (const int64_t p : pes)
        for (const int64_t n : noc)
            for (const int64_t o : offchip)
                for (const int64_t a : l1)
                    for (const int64_t b : l2) {
                        if (given) continue;  // files win over the grid
                        if (grid.size() >= kMostPoints)
                            spec.fail("maestro.num_pes",
                                      fmt::format("the grid has more than {} points", kMostPoints));
                        maestro::Hardware hw = base;
                        hw.num_pes = static_cast<int32_t>(p);
                        hw.noc_bw.fill(static_cast<int32_t>(n));
                        hw.offchip_bw = static_cast<int32_t>(o);
                        hw.l1_bytes = static_cast<int32_t>(a);
                        hw.l2_bytes = static_cast<int32_t>(b);
                        std::string name = fmt::format("pe{}_noc{}_off{}", p, n, o);
                        if (l1.size() > 1) name += fmt::format("_l1_{}", a);
                        if (l2.size() > 1) name += fmt::format("_l2_{}", b);
                        grid.emplace_back(std::move(name), hw);
                    }
    if (draw > 0) {
        if (static_cast<std::size_t>(draw) > grid.size())
            spec.fail("maestro.draw",
                      fmt::format("is {}, but there are only {} points", draw, grid.size()));
        for (std::size_t i = 0; i < static_cast<std::size_t>(draw); ++i)
            std::swap(grid[i], grid[i + static_cast<std::size_t>(
                                            random.below(static_cast<int>(grid.size() - i)))]);
        grid.resize(static_cast<std::size_t>(draw));
    }
    for (const maestro::Template& dataflow : dataflows)
        for (const auto& [name, hw] : grid)
            add_point(spec, "maestro.dataflows", study,
                      {dataflow.name + "_" + name, MaestroPoint{dataflow, hw}});
}

// "48x32": rows and columns.
std::pair<unsigned, unsigned> array_of(Spec& spec, const std::string& key,
                                       const std::string& text) {
    unsigned rows = 0, columns = 0;
    char rest = 0;
    if (std::sscanf(text.c_str(), "%ux%u%c", &rows, &columns, &rest) != 2)
        spec.fail(key, fmt::format("'{}' must be ROWSxCOLUMNS, as in 48x32", text.substr(0, 40)));
    return {rows, columns};
}

void add_platform_points(Spec& spec, Study& study) {
    const auto presets = spec.texts("platform.devices", {"ultra96"});
    const auto luts = spec.texts("platform.lut", {""}), dsps = spec.texts("platform.dsp", {""});
    const auto bits = spec.integers("platform.effective_bits", 1, 3, {2});
    const auto bandwidths = spec.numbers("platform.dram_bytes_per_cycle", 0.001, 1e6, {16});
    const double latency = spec.number("platform.dram_latency_cycles", 0, 1e6, 40);
    const auto visit =
        static_cast<uint64_t>(spec.integer("platform.visit_tiles", 1, 1'000'000'000, 2000));
    for (const std::string& preset : presets)
        for (const std::string& lut : luts)
            for (const std::string& dsp : dsps)
                for (const int64_t b : bits)
                    for (const double bandwidth : bandwidths) {
                        Device device;
                        std::string name = preset;
                        try {
                            device.config = pe::preset(preset);
                        } catch (const std::invalid_argument& error) {
                            spec.fail("platform.devices", error.what());
                        }
                        if (!lut.empty()) {
                            std::tie(device.config.lut_rows, device.config.lut_cols) =
                                array_of(spec, "platform.lut", lut);
                            name += "_lut" + lut;
                        }
                        if (!dsp.empty()) {
                            std::tie(device.config.dsp_rows, device.config.dsp_cols) =
                                array_of(spec, "platform.dsp", dsp);
                            name += "_dsp" + dsp;
                        }
                        try {
                            device.config.check();
                        } catch (const std::invalid_argument& error) {
                            spec.fail("platform.devices", name + ": " + error.what());
                        }
                        device.effective_bits = static_cast<int>(b);
                        device.dram_bytes_per_cycle = bandwidth;
                        device.dram_latency_cycles = latency;
                        device.visit_tiles = visit;
                        name += fmt::format("_eb{}_dram{:g}", b, bandwidth);
                        add_point(spec, "platform.devices", study,
                                  {std::move(name), std::move(device)});
                    }
}

// "network,score" rows below a header; network is a name or an index.
void read_scores(Spec& spec, const std::string& path, std::vector<NetworkEntry>& networks) {
    std::map<std::string, std::size_t> index;
    for (std::size_t i = 0; i < networks.size(); ++i) {
        index.emplace(networks[i].name, i);
        index.emplace(std::to_string(i), i);
    }
    std::istringstream lines(maestro::read_text(path));
    std::vector<bool> given(networks.size());
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (line.empty() || number == 1) continue;  // the header
        const std::size_t comma = line.rfind(',');
        char* end = nullptr;
        const double value =
            comma == std::string::npos ? NAN : std::strtod(line.c_str() + comma + 1, &end);
        if (!std::isfinite(value) || end == line.c_str() + comma + 1 || *end != 0)
            throw ScenarioError(fmt::format(
                "{}:{}: must be network,score with a number; networks are names or indices", path,
                number));
        const auto found = index.find(line.substr(0, comma));
        if (found == index.end()) continue;  // of networks that are not in this study
        networks[found->second].score = value;
        given[found->second] = true;
    }
    for (std::size_t i = 0; i < networks.size(); ++i)
        if (!given[i])
            spec.fail("score.file",
                      fmt::format("{} has no row for network {} ({})", path, i, networks[i].name));
}

std::string add_scores(Spec& spec, Study& study) {
    const std::string file = spec.file("score.file");
    const std::string proxy = spec.choice("score.proxy", {"entropy", "weights", "macs"}, "entropy");
    const std::string name = spec.text("score.name", "accuracy of " + file);
    auto& networks = study.networks();
    if (!file.empty()) {
        read_scores(spec, file, networks);
        return name;
    }
    for (NetworkEntry& n : networks) {
        const int64_t count = std::max<int64_t>(1, proxy == "macs" ? n.macs : n.weights);
        n.score = proxy == "entropy" ? n.entropy : std::log10(static_cast<double>(count));
    }
    return proxy == "entropy" ? "sum of log fan-in (a proxy, no accuracy)"
                              : fmt::format("log10 of {} (a proxy, no accuracy)", proxy);
}

}  // namespace

ExploreSpace read_space(Spec& spec) {
    const bool platform = spec.has("platform"), maestro = spec.has("maestro") || !platform;
    const auto mode =
        spec.choice("maestro.mode", {"corrected", "original"}, "corrected") == "original"
            ? maestro::Mode::kOriginal
            : maestro::Mode::kCorrected;
    ExploreSpace space;
    space.study = std::make_unique<Study>(mode, platform);
    add_networks(spec, *space.study);
    if (maestro) add_maestro_points(spec, *space.study);
    if (platform) add_platform_points(spec, *space.study);
    std::set<std::string> names;
    for (const Point& point : space.study->points())
        if (!names.insert(point.name).second)
            spec.fail(point.platform() ? "platform" : "maestro",
                      fmt::format("the point {} is there twice; list every value once",
                                  printable(point.name)));
    space.score_name = add_scores(spec, *space.study);
    return space;
}

}  // namespace msd::platform
