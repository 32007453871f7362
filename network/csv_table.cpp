// Parses a layer table; see csv_table.h. The columns are in docs/topology_csv.md.
#include "network/csv_table.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "network/graph.h"
#include "network/window.h"

namespace msd::network {
namespace {

constexpr std::size_t kColumns = 8, kPadColumns = 12;
constexpr std::size_t kMaxRows = 10000, kMaxFileBytes = 16u << 20;
const char* const kNames[kPadColumns] = {
    "name",    "ifmap height", "ifmap width", "filter height", "filter width", "channels",
    "filters", "stride",       "pad_top",     "pad_left",      "pad_bottom",   "pad_right"};

struct Context {
    const std::string& path;
    int line = 0;
    [[noreturn]] void fail(const std::string& what) const {
        throw ImportError(path + ":" + std::to_string(line) + ": " + what);
    }
};

std::string printable(std::string text) {
    for (char& c : text) {
        if (c < ' ' || c > '~' || c == '"' || c == '\'') c = '_';
    }
    return text.substr(0, 100);
}

// Cells without surrounding blanks; one empty cell at the end (a trailing comma) is dropped.
std::vector<std::string> cells_of(const std::string& line) {
    std::vector<std::string> cells;
    std::size_t from = 0;
    while (from <= line.size()) {
        const std::size_t comma = std::min(line.find(',', from), line.size());
        std::string cell = line.substr(from, comma - from);
        const std::size_t first = cell.find_first_not_of(" \t\r"),
                          last = cell.find_last_not_of(" \t\r");
        cells.push_back(first == std::string::npos ? std::string()
                                                   : cell.substr(first, last - first + 1));
        from = comma + 1;
    }
    if (cells.size() > 1 && cells.back().empty()) cells.pop_back();
    return cells;
}

bool is_number(const std::string& cell) {
    return !cell.empty() && cell.find_first_not_of("0123456789") == std::string::npos;
}

bool read_header(const Context& at, const std::vector<std::string>& cells) {
    if (std::any_of(cells.begin(), cells.end(), is_number)) {
        at.fail("the first line holds numbers; it must be a header that names the columns");
    }
    if (cells.size() == kColumns) return false;
    if (cells.size() != kPadColumns) {
        at.fail("the header has " + std::to_string(cells.size()) +
                " columns; it must have 8 (name, ifmap height and width, "
                "filter height and width, channels, filters, stride) or 12 (and pad_top, pad_left, "
                "pad_bottom, pad_right)");
    }
    for (std::size_t i = kColumns; i < kPadColumns; ++i) {
        std::string name = cells[i];
        for (char& c : name)
            c = c == ' ' ? '_' : static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        if (name != kNames[i]) {
            at.fail("column " + std::to_string(i + 1) + " is called '" + printable(cells[i]) +
                    "'; it must be '" + kNames[i] + "'");
        }
    }
    return true;
}

int number(const Context& at, const std::vector<std::string>& cells, std::size_t column,
           int least) {
    const std::string& cell = cells[column];
    if (!is_number(cell) || cell.size() > 9 || std::stol(cell) < least ||
        std::stol(cell) > kMaxDim) {
        at.fail(std::string(kNames[column]) + " is '" + printable(cell) +
                "'; it must be a whole number of " + std::to_string(least) + ".." +
                std::to_string(kMaxDim));
    }
    return static_cast<int>(std::stol(cell));
}

TableRow read_row(const Context& at, const std::vector<std::string>& cells, bool has_pads) {
    const std::size_t expected = has_pads ? kPadColumns : kColumns;
    if (cells.size() != expected) {
        at.fail("has " + std::to_string(cells.size()) + " columns; the header has " +
                std::to_string(expected));
    }
    TableRow row;
    row.line = at.line;
    row.name = printable(cells[0]);
    if (row.name.empty()) at.fail("the layer has no name; the first column must name it");
    int* const fields[] = {&row.height,   &row.width,   &row.kernel_h, &row.kernel_w,
                           &row.channels, &row.filters, &row.stride,   &row.pads[0],
                           &row.pads[1],  &row.pads[2], &row.pads[3]};
    for (std::size_t i = 1; i < expected; ++i)
        *fields[i - 1] = number(at, cells, i, i < kColumns ? 1 : 0);
    return row;
}

}  // namespace

Table read_table(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error))
        throw ImportError(path + ": cannot be opened; it must be an existing file");
    if (std::filesystem::file_size(path, error) > kMaxFileBytes) {
        throw ImportError(path + ": is larger than 16 MiB; a layer table has a line a layer");
    }
    std::ifstream stream(path, std::ios::binary);
    Table table;
    Context at{path};
    bool header = true;
    std::string line;
    while (std::getline(stream, line)) {
        ++at.line;
        if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
        const std::vector<std::string> cells = cells_of(line);
        if (header) {
            table.has_pads = read_header(at, cells);
            header = false;
            continue;
        }
        if (table.rows.size() == kMaxRows)
            at.fail("more than " + std::to_string(kMaxRows) + " layers");
        table.rows.push_back(read_row(at, cells, table.has_pads));
    }
    if (table.rows.empty())
        throw ImportError(path + ": holds no layers; a header and a line a layer are expected");
    return table;
}

}  // namespace msd::network
