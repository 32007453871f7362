// schedule.csv written and read, and the certificate's text.
#include <fmt/format.h>

#include <charconv>
#include <fstream>

#include "scheduler/schedule.h"

namespace msd::scheduler {
namespace {

constexpr const char* kHeader =
    "layer,kind,k,c,h,w,k_tiles,c_tiles,h_tiles,w_tiles,order,lut_channels,dsp_channels,"
    "effective_bits,bound,predicted_cycles";
constexpr std::size_t kColumns = 16;

std::vector<std::string> cells_of(const std::string& line) {
    std::vector<std::string> cells{""};
    for (const char c : line) {
        if (c == ',')
            cells.emplace_back();
        else if (c != '\r')
            cells.back() += c;
    }
    return cells;
}

}  // namespace

std::string csv_name(std::string name) {
    for (char& c : name)
        if (c == ',' || c == '"' || c == '\n' || c == '\r') c = '_';
    return name;
}

std::string to_csv(const network::Graph& graph, const Schedule& schedule) {
    std::string csv = std::string(kHeader) + "\n";
    for (const LayerPlan& plan : schedule.layers) {
        const network::Shape& out = graph[plan.layer].shape;
        const network::Shape& in = graph[graph.inputs(plan.conv).at(0)].shape;
        int lut = 0;
        for (uint8_t on : plan.on_lut) lut += on;
        const int dsp = static_cast<int>(plan.on_lut.size()) - lut;
        csv += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_name(plan.name),
                           plan.kind, out.c, in.c, out.h, out.w, plan.k_tiles, plan.c_tiles,
                           plan.h_tiles, plan.w_tiles, plan.order, lut, dsp, plan.effective_bits,
                           plan.bound, plan.predicted_cycles);
    }
    return csv;
}

FixedSchedule read_schedule(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::string line;
    if (!in || !std::getline(in, line))
        throw ScheduleError(path + ": cannot be read; give the path of a schedule.csv");
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line != kHeader)
        throw ScheduleError(
            fmt::format("{}:1: is not a schedule's header; it must be {}", path, kHeader));
    FixedSchedule layers;
    for (int number = 2; std::getline(in, line); ++number) {
        const auto fail = [&](const std::string& what) {
            throw ScheduleError(fmt::format("{}:{}: {}", path, number, what));
        };
        if (line.empty() || line == "\r") continue;
        const auto cells = cells_of(line);
        if (cells.size() != kColumns)
            fail(fmt::format("{} columns; a schedule has {}", cells.size(), kColumns));
        const auto integer = [&](std::size_t column, const char* name, int low) {
            int value = -1;
            const std::string& cell = cells[column];
            const auto [end, error] =
                std::from_chars(cell.data(), cell.data() + cell.size(), value);
            if (error != std::errc{} || end != cell.data() + cell.size() || value < low)
                fail(fmt::format("{} is '{}'; it must be a whole number from {} on", name,
                                 cell.substr(0, 40), low));
            return value;
        };
        FixedLayer layer;
        layer.line = number;
        layer.kind = cells[1];
        layer.k_tiles = integer(6, "k_tiles", 1);
        layer.c_tiles = integer(7, "c_tiles", 1);
        layer.h_tiles = integer(8, "h_tiles", 1);
        layer.w_tiles = integer(9, "w_tiles", 1);
        layer.order = cells[10];
        layer.lut_channels = integer(11, "lut_channels", 0);
        layer.effective_bits = integer(13, "effective_bits", 1);
        if (layer.effective_bits > 3)
            fail(fmt::format("effective_bits is {}; it must be 1, 2 or 3", layer.effective_bits));
        if (layer.order != "activation" && layer.order != "activation_snake" &&
            layer.order != "weight" && layer.order != "weight_snake")
            fail(
                fmt::format("order is '{}'; it must be activation or weight, or one of them with "
                            "_snake",
                            layer.order.substr(0, 40)));
        if (cells[0].empty()) fail("the layer has no name; the first column must name it");
        if (!layers.emplace(cells[0], layer).second)
            fail(fmt::format("layer {} comes twice", cells[0].substr(0, 40)));
    }
    return layers;
}

std::string certificate(const Schedule& schedule) {
    std::string text = "layer,candidates,bounded,visited,best,bound,closed\n";
    for (const LayerPlan& plan : schedule.layers)
        text +=
            fmt::format("{},{},{},{},{:.0f},{:.0f},{}\n", csv_name(plan.name),
                        plan.search.candidates, plan.search.bounded, plan.search.visited,
                        plan.search.best, plan.search.bound, plan.search.closed() ? "yes" : "no");
    return text;
}

}  // namespace msd::scheduler
