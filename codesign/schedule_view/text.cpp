// A schedule as a table, two of them side by side, and reading one back from its file.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>

#include "codesign/schedule_view/view.h"

namespace msd::schedule_view {
namespace {

const char kHeader[] =
    "layer,kind,k,c,h,w,k_tiles,c_tiles,h_tiles,w_tiles,order,lut_channels,dsp_channels,"
    "effective_bits,bound,predicted_cycles";
enum Column {
    kName,
    kKind,
    kK,
    kC,
    kH,
    kW,
    kKTiles,
    kCTiles,
    kHTiles,
    kWTiles,
    kOrder,
    kLut,
    kDsp,
    kBits,
    kBound,
    kCycles,
    kColumns
};
constexpr std::size_t kMostRows = 100'000;
constexpr int64_t kMostCycles = int64_t{1} << 53, kMostSize = 1 << 20;

std::vector<std::string> cells_of(const std::string& line) {
    std::vector<std::string> cells(1);
    for (const char c : line) {
        if (c == ',')
            cells.emplace_back();
        else if (c != '\r')
            cells.back() += c;
    }
    return cells;
}

std::string printable(std::string text) {
    for (char& c : text)
        if (c < ' ' || c > '~') c = '_';
    return text.substr(0, 60);
}

// A table of our own style.
View read_own(const std::string& path, std::istream& stream) {
    View view;
    view.title = printable(path);
    const std::vector<std::string> names = cells_of(kHeader);
    std::string line;
    for (int number = 2; std::getline(stream, line); ++number) {
        if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
        const auto fail = [&](const std::string& what) {
            throw std::invalid_argument(fmt::format("{}:{}: {}", path, number, what));
        };
        const std::vector<std::string> cells = cells_of(line);
        if (cells.size() != kColumns)
            fail(fmt::format("has {} columns; a schedule has {}: {}", cells.size(), int{kColumns},
                             kHeader));
        if (view.rows.size() == kMostRows) fail(fmt::format("more than {} layers", kMostRows));
        const auto integer = [&](Column column, int64_t least, int64_t most) {
            const std::string& cell = cells[column];
            int64_t value = 0;
            const auto [end, error] =
                std::from_chars(cell.data(), cell.data() + cell.size(), value);
            if (error != std::errc() || end != cell.data() + cell.size() || value < least ||
                value > most)
                fail(fmt::format("{} is '{}'; it must be a whole number of {}..{}", names[column],
                                 printable(cell), least, most));
            return value;
        };
        Row row;
        row.name = printable(cells[kName]);
        if (row.name.empty()) fail("the layer has no name; the first column must name it");
        const auto tile = [&](Column size, Column count) {
            const int64_t whole = integer(size, 1, kMostSize), tiles = integer(count, 1, kMostSize);
            return (whole + tiles - 1) / tiles;
        };
        row.tile = fmt::format("k{} c{} {}x{}", tile(kK, kKTiles), tile(kC, kCTiles),
                               tile(kH, kHTiles), tile(kW, kWTiles));
        double tiles = 1;
        for (const Column c : {kKTiles, kCTiles, kHTiles, kWTiles})
            tiles *= static_cast<double>(integer(c, 1, kMostSize));
        if (tiles > static_cast<double>(kMostCycles)) fail("more tiles than any schedule has");
        row.tiles = static_cast<int64_t>(tiles);
        row.lut_channels = static_cast<int>(integer(kLut, 0, kMostSize));
        row.dsp_channels = static_cast<int>(integer(kDsp, 0, kMostSize));
        row.effective_bits = static_cast<int>(integer(kBits, 0, fccm23::kMostEffectiveBits));
        row.bound = printable(cells[kBound]);
        row.cycles = static_cast<double>(integer(kCycles, 0, kMostCycles));
        view.rows.push_back(row);
    }
    if (view.rows.empty())
        throw std::invalid_argument(path + ": holds no layers; a line a layer is expected");
    return view;
}

View read_published(const std::string& path) {
    View view;
    view.title = printable(path);
    for (const fccm23::ScheduleRow& r : fccm23::read_schedule(path)) {
        Row row;
        row.name = r.name;
        row.tile = fmt::format("k{} c{} {}x{}", r.k, r.c, r.o, r.o);
        row.tiles = int64_t{r.k_tiles} * r.c_tiles * r.o_tiles * r.o_tiles;
        const int channels = std::max(r.k, r.k == 1 ? r.c : 1);
        row.lut_channels = static_cast<int>(channels * r.ratio + 0.5);
        row.dsp_channels = channels - row.lut_channels;
        row.effective_bits = r.effective_bits;
        row.bound = r.compute_bound ? "compute" : "memory";
        row.cycles = r.cycles;
        view.rows.push_back(row);
    }
    return view;
}

// The name without what fusing adds to it.
std::string stem(const std::string& name) {
    static const std::string kAdd = "_add";
    if (name.size() > kAdd.size() &&
        name.compare(name.size() - kAdd.size(), kAdd.size(), kAdd) == 0)
        return name.substr(0, name.size() - kAdd.size());
    return name;
}

std::string split_text(const Row& row) {
    if (row.lut_channels + row.dsp_channels == 0) return "-";
    return fmt::format("{}|{}", row.lut_channels, row.dsp_channels);
}

}  // namespace

View read_view(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error))
        throw std::invalid_argument(printable(path) +
                                    ": cannot be opened; it must be an existing schedule (.csv)");
    std::ifstream stream(path, std::ios::binary);
    std::string first;
    std::getline(stream, first);
    if (!first.empty() && first.back() == '\r') first.pop_back();
    if (first == kHeader) return read_own(path, stream);
    if (first.compare(0, 6, "layer,") == 0)
        throw std::invalid_argument(path + ":1: is not a schedule's header; it must be " + kHeader);
    return read_published(path);
}

std::string table(const View& view) {
    const double all = view.cycles();
    const auto percent = [](double part, double whole) {
        return part >= 0 && whole > 0 ? fmt::format("{:.1f}%", 100 * part / whole) : "-";
    };
    const char* format = "{:<24.24} {:>20} {:>8} {:>10} {:>2} {:<8.8} {:>11} {:>6} {:>7}\n";
    std::string text = fmt::format(format, "layer", "tile", "tiles", "LUT|DSP", "EB", "bound",
                                   "predicted", "share", "of roof");
    for (const Row& row : view.rows)
        text += fmt::format(format, row.name, row.tile, row.tiles, split_text(row),
                            row.effective_bits, row.bound, fmt::format("{:.0f}", row.cycles),
                            percent(row.cycles, all), percent(row.roofline_cycles, row.cycles));
    text += fmt::format(format, "all", "", "", "", "", "", fmt::format("{:.0f}", all),
                        percent(all, all), percent(view.roofline_cycles(), all));
    if (const double bound = view.roofline_cycles(); view.machine && bound >= 0)
        text += fmt::format(
            "roofline bound, layer by layer: {:.0f} cycles = {:.1f} % of the prediction ({} "
            "MACs)\n",
            bound, all > 0 ? 100 * bound / all : 0.0, view.macs());
    return text;
}

std::string comparison(const View& a, const View& b) {
    std::multimap<std::string, std::size_t> by_name;
    for (std::size_t i = 0; i < b.rows.size(); ++i) by_name.emplace(stem(b.rows[i].name), i);
    std::vector<bool> seen(b.rows.size());
    std::string text =
        fmt::format("a: {}\nb: {}\n{:<24} {:>11} {:>11} {:>6}  {:<34} {}\n", a.title, b.title,
                    "layer", "a", "b", "a/b", "a: tile, LUT|DSP, bound", "b: tile, LUT|DSP, bound");
    const auto describe = [](const Row& row) {
        return fmt::format("{}, {}, {}", row.tile, split_text(row), row.bound);
    };
    std::size_t matched = 0;
    double of_a = 0, of_b = 0;
    for (const Row& row : a.rows) {
        const auto found = by_name.find(stem(row.name));
        if (found == by_name.end()) {
            text += fmt::format("{:<24.24} {:>11.0f} {:>11} {:>6}  {:<34} {}\n", row.name,
                                row.cycles, "-", "-", describe(row), "-");
            continue;
        }
        const Row& other = b.rows[found->second];
        seen[found->second] = true;
        by_name.erase(found);
        ++matched;
        of_a += row.cycles;
        of_b += other.cycles;
        text += fmt::format(
            "{:<24.24} {:>11.0f} {:>11.0f} {:>6}  {:<34} {}\n", row.name, row.cycles, other.cycles,
            other.cycles > 0 ? fmt::format("{:.2f}", row.cycles / other.cycles) : "-",
            describe(row), describe(other));
    }
    for (std::size_t i = 0; i < b.rows.size(); ++i)
        if (!seen[i])
            text += fmt::format("{:<24.24} {:>11} {:>11.0f} {:>6}  {:<34} {}\n", b.rows[i].name,
                                "-", b.rows[i].cycles, "-", "-", describe(b.rows[i]));
    const auto total = [&](const char* what, double x, double y) {
        text += fmt::format("{:<24} {:>11.0f} {:>11.0f} {:>6}\n", what, x, y,
                            y > 0 ? fmt::format("{:.2f}", x / y) : "-");
    };
    total(fmt::format("{} layers of both", matched).c_str(), of_a, of_b);
    total("all", a.cycles(), b.cycles());
    return text;
}

}  // namespace msd::schedule_view
