// Plots as SVG: scatter with lines, and a heat map of a square matrix.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace msd::explore {

struct Series {
    std::string name;                               // in the legend
    std::string colour;                             // of SVG
    std::vector<std::pair<double, double>> points;  // x, y; those that are not finite are left out
    bool line = false;                              // joined, as steps of a Pareto front
    double radius = 2.5;                            // pixels
};

struct ScatterPlot {
    std::string title, x, y;  // labels with units
    bool log_x = false;       // all x must then be positive
    std::vector<Series> series;
};
std::string scatter_svg(const ScatterPlot& plot);

struct HeatMap {
    std::string title, unit;         // unit: of the colour bar
    std::vector<std::string> names;  // of rows and columns
    std::vector<double> values;      // row by row; NaN: no value
    std::vector<std::pair<std::size_t, std::string>>
        groups;  // first row and column of each, with its name
};
std::string heat_map_svg(const HeatMap& map);

}  // namespace msd::explore
