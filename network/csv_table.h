// The rows of a layer table (.csv), before they mean a network.
#pragma once

#include <array>
#include <string>
#include <vector>

namespace msd::network {

struct TableRow {
    int line = 0;
    std::string name;
    int height = 0, width = 0;  // of the input map
    int kernel_h = 0, kernel_w = 0;
    int channels = 0, filters = 0;
    int stride = 1;
    std::array<int, 4> pads{};  // top, left, bottom, right
};

struct Table {
    std::vector<TableRow> rows;
    bool has_pads = false;  // the header has the four padding columns
};

// Throws ImportError "file:line: …".
Table read_table(const std::string& path);

}  // namespace msd::network
