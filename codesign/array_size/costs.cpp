// Reads synthesis costs from a table; see size.h.
#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>

#include "codesign/array_size/size.h"

namespace msd::array_size {
namespace {

std::string cleaned(const std::string& cell) {
    std::string out;
    for (const char c : cell)
        if (c != ' ' && c != '`' && c != '*' && c != '\t' && c != '\r')
            out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

// Cells of a Markdown row or a CSV line.
std::vector<std::string> cells_of(std::string line) {
    const bool markdown = !line.empty() && line[0] == '|';
    const char separator = markdown ? '|' : ',';
    if (markdown) line = line.substr(1);
    std::vector<std::string> cells;
    std::size_t from = 0;
    while (from <= line.size()) {
        const std::size_t to = std::min(line.find(separator, from), line.size());
        cells.push_back(cleaned(line.substr(from, to - from)));
        from = to + 1;
    }
    if (markdown && !cells.empty() && cells.back().empty()) cells.pop_back();
    return cells;
}

}  // namespace

Costs read_costs(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error))
        throw SizeError(path +
                        ": cannot be opened; it must be an existing table of synthesis costs");
    std::ifstream stream(path, std::ios::binary);
    Costs costs;
    costs.source = path;
    std::map<std::string, std::size_t> columns;
    bool lut_pe = false, dsp_pe = false;
    std::string line;
    for (int number = 1; std::getline(stream, line); ++number) {
        const std::vector<std::string> cells = cells_of(line);
        if (columns.empty()) {
            for (std::size_t i = 0; i < cells.size(); ++i) columns.emplace(cells[i], i);
            if (!columns.count("module") || !columns.count("lut") || !columns.count("ff"))
                columns.clear();
            continue;
        }
        if (cells.empty() || cells[0].empty()) {
            if (lut_pe || dsp_pe) break;  // the table's end
            continue;
        }
        const std::size_t module = columns["module"];
        if (module >= cells.size()) continue;
        const bool lut = cells[module] == "lut_pe", dsp = cells[module] == "dsp_pe",
                   fixed = cells[module] == "fixed";
        if (!lut && !dsp && !fixed) continue;
        if ((lut && lut_pe) || (dsp && dsp_pe)) continue;  // the first of several families
        const auto value = [&](const char* column) {
            const std::size_t at = columns[column];
            const std::string text = at < cells.size() ? cells[at] : std::string();
            double v = 0;
            const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), v,
                                                     std::chars_format::fixed);
            if (code != std::errc() || end != text.data() + text.size() || !(v > 0 && v <= 1e8))
                throw SizeError(fmt::format(
                    "{}:{}: {} of {} is '{}'; it must be a number above 0, up to 100000000", path,
                    number, column, cells[module], text.substr(0, 40)));
            return v;
        };
        (lut ? costs.lut_pe_luts : dsp ? costs.dsp_pe_luts : costs.fixed_luts) = value("lut");
        (lut ? costs.lut_pe_ffs : dsp ? costs.dsp_pe_ffs : costs.fixed_ffs) = value("ff");
        lut_pe |= lut;
        dsp_pe |= dsp;
    }
    if (columns.empty()) throw SizeError(path + ": holds no table with columns module, LUT and FF");
    if (!lut_pe || !dsp_pe)
        throw SizeError(path + ": lacks the row of " + (lut_pe ? "dsp_pe" : "lut_pe"));
    return costs;
}

}  // namespace msd::array_size
