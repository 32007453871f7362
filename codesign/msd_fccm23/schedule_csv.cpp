// The published schedule file; see schedule.h.
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "codesign/msd_fccm23/schedule.h"

namespace msd::fccm23 {
namespace {

constexpr std::size_t kColumns = 13, kMostRows = 100'000;
const char* const kNames[kColumns] = {
    "name",   "latency_cycles", "k",     "k_tiles",        "c",    "c_tiles", "o", "o_tiles",
    "kernel", "stride",         "ratio", "effective_bits", "bound"};
const char kCompute[] = "compute bound", kMemory[] = "memory bound";

// The shortest decimal that reads back, with a point in it.
std::string decimal(double value) {
    char text[400];
    const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed).ptr;
    std::string result(text, end);
    if (result.find('.') == std::string::npos) result += ".0";
    return result;
}

std::string printable(std::string text) {
    for (char& c : text) {
        if (c < ' ' || c > '~') c = '_';
    }
    return text.substr(0, 60);
}

struct Line {
    std::string where;
    std::vector<std::string> cells;

    [[noreturn]] void fail(const std::string& what) const { throw InputError(where + what); }

    int integer(std::size_t column, int least, int most) const {
        const std::string& cell = cells[column];
        int value = 0;
        const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
        if (error != std::errc() || end != cell.data() + cell.size() || value < least ||
            value > most) {
            fail(std::string(kNames[column]) + " is '" + printable(cell) +
                 "'; it must be a whole number of " + std::to_string(least) + ".." +
                 std::to_string(most));
        }
        return value;
    }

    double real(std::size_t column, double least, double most) const {
        const std::string& cell = cells[column];
        double value = 0;
        const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value,
                                                  std::chars_format::fixed);
        if (error != std::errc() || end != cell.data() + cell.size() ||
            !(value >= least && value <= most))
            fail(std::string(kNames[column]) + " is '" + printable(cell) +
                 "'; it must be a number of " + decimal(least) + ".." + decimal(most));
        return value;
    }
};

std::vector<std::string> split(const std::string& line) {
    std::vector<std::string> cells;
    for (std::size_t from = 0; from <= line.size();) {
        const std::size_t comma = std::min(line.find(',', from), line.size());
        const std::string cell = line.substr(from, comma - from);
        const std::size_t first = cell.find_first_not_of(" \t\r"),
                          last = cell.find_last_not_of(" \t\r");
        cells.push_back(first == std::string::npos ? std::string()
                                                   : cell.substr(first, last - first + 1));
        from = comma + 1;
    }
    return cells;
}

ScheduleRow read_row(const Line& line) {
    if (line.cells.size() != kColumns) {
        std::string names;
        for (const char* name : kNames) names += (names.empty() ? "" : ", ") + std::string(name);
        line.fail("has " + std::to_string(line.cells.size()) +
                  " columns; a schedule has 13: " + names);
    }
    constexpr int kMost = 1 << 20;
    constexpr double kMostCycles = 1ull << 53;
    ScheduleRow row;
    row.name = printable(line.cells[0]);
    if (row.name.empty()) line.fail("the layer has no name; the first column must name it");
    row.fractional = line.cells[1].find('.') != std::string::npos;
    row.cycles = line.real(1, 0, kMostCycles);
    int* const sizes[] = {&row.k, &row.k_tiles, &row.c,      &row.c_tiles,
                          &row.o, &row.o_tiles, &row.kernel, &row.stride};
    for (std::size_t i = 0; i < 8; ++i) *sizes[i] = line.integer(2 + i, 1, kMost);
    const double macs = 1.0 * row.k * row.k_tiles * row.c * row.c_tiles * row.o * row.o_tiles *
                        row.o * row.o_tiles * row.kernel * row.kernel;
    if (macs > 1ull << 50) line.fail("more than 2^50 multiplications; no layer has as many");
    row.ratio = line.real(10, 0, 1);
    row.effective_bits = line.integer(11, 1, kMostEffectiveBits);
    const std::string& bound = line.cells[12];
    if (bound != kCompute && bound != kMemory)
        line.fail("bound is '" + printable(bound) +
                  "'; it must be 'compute bound' or 'memory bound'");
    row.compute_bound = bound == kCompute;
    return row;
}

}  // namespace

std::string to_csv(const std::vector<ScheduleRow>& rows) {
    std::string text;
    for (const ScheduleRow& row : rows) {
        text += row.name + ", ";
        text +=
            row.fractional ? decimal(row.cycles) : std::to_string(static_cast<int64_t>(row.cycles));
        for (const int value :
             {row.k, row.k_tiles, row.c, row.c_tiles, row.o, row.o_tiles, row.kernel, row.stride}) {
            text += ", " + std::to_string(value);
        }
        // The published writer leaves a blank out, except in the rows of a repeated layer.
        text += ", " + decimal(row.ratio) + (row.repeated ? ", " : ",") +
                std::to_string(row.effective_bits);
        text += std::string(", ") + (row.compute_bound ? kCompute : kMemory) + "\n";
    }
    return text;
}

std::vector<ScheduleRow> read_schedule(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error))
        throw InputError(path + ": cannot be opened; it must be an existing schedule (.csv)");
    std::ifstream stream(path, std::ios::binary);
    std::vector<ScheduleRow> rows;
    std::string text;
    for (int number = 1; std::getline(stream, text); ++number) {
        if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
        const Line line{path + ":" + std::to_string(number) + ": ", split(text)};
        if (rows.size() == kMostRows)
            line.fail("more than " + std::to_string(kMostRows) + " layers");
        rows.push_back(read_row(line));
    }
    if (rows.empty())
        throw InputError(path + ": holds no layers; a line a layer is expected, without a header");
    return rows;
}

void check_schedule(const std::vector<ScheduleRow>& rows, const std::vector<LayerShape>& layers) {
    std::size_t expected = 0;
    for (const LayerShape& layer : layers) expected += layer.repeats;
    if (rows.size() != expected) {
        throw InputError("the schedule has " + std::to_string(rows.size()) +
                         " rows, but the network " + std::to_string(expected) +
                         " layers; schedule this network");
    }
    auto row = rows.begin();
    for (const LayerShape& layer : layers) {
        for (int repeat = 0; repeat < layer.repeats; ++repeat, ++row) {
            const std::string name =
                layer.repeats > 1 ? layer.name + "_" + std::to_string(repeat) : layer.name;
            const std::string where =
                "schedule row " + std::to_string(row - rows.begin() + 1) + " (" + row->name + "): ";
            if (row->name != name)
                throw InputError(where + "the network's layer is called " + name);
            if (row->kernel != layer.kernel_w || row->stride != layer.stride) {
                throw InputError(where + "kernel " + std::to_string(row->kernel) + ", stride " +
                                 std::to_string(row->stride) + "; the network's layer has kernel " +
                                 std::to_string(layer.kernel_w) + ", stride " +
                                 std::to_string(layer.stride));
            }
            const auto covers = [](int64_t size, int64_t tiles, int64_t whole) {
                return size * tiles >= whole && size * (tiles - 1) < whole;
            };
            const bool channels = layer.depthwise()
                                      ? covers(int64_t{row->k} * row->c,
                                               int64_t{row->k_tiles} * row->c_tiles, layer.k)
                                      : covers(row->k, row->k_tiles, layer.k) &&
                                            covers(row->c, row->c_tiles, layer.c);
            if (!channels || !covers(row->o, row->o_tiles, layer.o))
                throw InputError(where + "its tiles do not cover the network's layer of " +
                                 std::to_string(layer.k) + " output channels, " +
                                 std::to_string(layer.c) + " input channels and " +
                                 std::to_string(layer.o) + "x" + std::to_string(layer.o) +
                                 " outputs just once");
        }
    }
}

}  // namespace msd::fccm23
