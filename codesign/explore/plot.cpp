// SVG plots; see plot.h.
#include "codesign/explore/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "codesign/explore/svg.h"

namespace msd::explore {
namespace {

constexpr double kLeft = 80, kTop = 40, kWidth = 640, kHeight = 400, kBottom = 56, kRight = 24;

std::string opening(double width, double height, const std::string& title) {
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
        "viewBox=\"0 0 {0:.0f} {1:.0f}\" font-family=\"sans-serif\" font-size=\"12\">\n"
        "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        "<text x=\"{2:.0f}\" y=\"22\" font-size=\"14\">{3}</text>\n",
        width, height, kLeft, escaped(title));
}

struct Axis {
    double low = 0, high = 1, from = 0, to = 1;
    bool log = false;

    double at(double value) const {
        const double v = log ? std::log10(value) : value;
        return from + (v - low) / (high - low) * (to - from);
    }

    // Bounds that show all values, with a margin.
    void fit(double least, double most) {
        if (!(least <= most)) least = 0, most = 1;
        if (log) least = std::log10(least), most = std::log10(most);
        const double margin =
            least == most ? std::max(std::abs(least), 1.0) * 0.1 : (most - least) * 0.05;
        low = least - margin;
        high = most + margin;
    }

    std::vector<double> ticks() const {
        std::vector<double> result;
        if (log && high - low > 0.5) {
            for (double e = std::floor(low); e <= high; ++e)
                for (const double digit : {1.0, 2.0, 5.0}) {
                    const double v = digit * std::pow(10, e);
                    if (std::log10(v) >= low && std::log10(v) <= high &&
                        (digit == 1 || high - low < 3))
                        result.push_back(v);
                }
            return result;
        }
        const double first = log ? std::pow(10, low) : low, last = log ? std::pow(10, high) : high;
        const double rough = (last - first) / 6,
                     power = std::pow(10, std::floor(std::log10(rough)));
        const double step = rough / power < 2   ? 2 * power
                            : rough / power < 5 ? 5 * power
                                                : 10 * power;
        for (double v = std::ceil(first / step) * step; v <= last; v += step)
            result.push_back(std::abs(v) < step * 1e-9 ? 0 : v);
        return result;
    }
};

bool usable(const std::pair<double, double>& p, bool log_x) {
    return std::isfinite(p.first) && std::isfinite(p.second) && (!log_x || p.first > 0);
}

// From dark blue (0) over green to yellow (1).
std::string colour_of(double share) {
    static constexpr double kStops[][3] = {
        {68, 1, 84}, {59, 82, 139}, {33, 145, 140}, {94, 201, 98}, {253, 231, 37}};
    const double at = std::clamp(share, 0.0, 1.0) * 4;
    const int i = std::min(static_cast<int>(at), 3);
    const auto mix = [&](int c) {
        return static_cast<int>(
            std::lround(kStops[i][c] + (at - i) * (kStops[i + 1][c] - kStops[i][c])));
    };
    return fmt::format("#{:02x}{:02x}{:02x}", mix(0), mix(1), mix(2));
}

}  // namespace

std::string scatter_svg(const ScatterPlot& plot) {
    double x0 = INFINITY, x1 = -INFINITY, y0 = INFINITY, y1 = -INFINITY;
    for (const Series& series : plot.series)
        for (const auto& p : series.points) {
            if (!usable(p, plot.log_x)) continue;
            x0 = std::min(x0, p.first), x1 = std::max(x1, p.first);
            y0 = std::min(y0, p.second), y1 = std::max(y1, p.second);
        }
    Axis x{0, 1, kLeft, kLeft + kWidth, plot.log_x && x0 <= x1};
    Axis y{0, 1, kTop + kHeight, kTop, false};
    x.fit(x0, x1);
    y.fit(y0, y1);
    std::string svg = opening(kLeft + kWidth + kRight, kTop + kHeight + kBottom, plot.title);
    const std::string grey = "stroke=\"#ddd\"";
    for (const double v : x.ticks())
        svg += fmt::format(
            "<line x1=\"{0:.1f}\" y1=\"{1:.0f}\" x2=\"{0:.1f}\" y2=\"{2:.0f}\" {3}/>\n"
            "<text x=\"{0:.1f}\" y=\"{4:.0f}\" text-anchor=\"middle\">{5:.4g}</text>\n",
            x.at(v), kTop, kTop + kHeight, grey, kTop + kHeight + 16, v);
    for (const double v : y.ticks())
        svg += fmt::format(
            "<line x1=\"{1:.0f}\" y1=\"{0:.1f}\" x2=\"{2:.0f}\" y2=\"{0:.1f}\" {3}/>\n"
            "<text x=\"{4:.0f}\" y=\"{5:.1f}\" text-anchor=\"end\">{6:.4g}</text>\n",
            y.at(v), kLeft, kLeft + kWidth, grey, kLeft - 6, y.at(v) + 4, v);
    svg += fmt::format(
        "<text x=\"{:.0f}\" y=\"{:.0f}\" text-anchor=\"middle\">{}</text>\n"
        "<text transform=\"translate(18 {:.0f}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
        kLeft + kWidth / 2, kTop + kHeight + 40, escaped(plot.x), kTop + kHeight / 2,
        escaped(plot.y));
    double legend = kTop + 14;
    for (const Series& series : plot.series) {
        std::vector<std::pair<double, double>> points;
        for (const auto& p : series.points)
            if (usable(p, plot.log_x)) points.push_back(p);
        if (series.line) {
            std::sort(points.begin(), points.end());
            std::string path;
            for (std::size_t i = 0; i < points.size(); ++i) {
                const double px = x.at(points[i].first), py = y.at(points[i].second);
                path += i == 0 ? fmt::format("M{:.1f} {:.1f}", px, py)
                               : fmt::format("H{:.1f}V{:.1f}", px, py);
            }
            svg +=
                fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\"/>\n", path, series.colour);
        }
        std::string dots;  // strokes of no length with round ends
        for (const auto& p : points)
            dots += fmt::format("M{:.1f} {:.1f}h0", x.at(p.first), y.at(p.second));
        svg += fmt::format(
            "<path d=\"{}\" stroke=\"{}\" stroke-opacity=\"{}\" stroke-width=\"{:g}\" "
            "stroke-linecap=\"round\"/>\n",
            dots, series.colour, !series.line && points.size() > 200 ? 0.3 : 1.0,
            2 * series.radius);
        svg += fmt::format(
            "<circle cx=\"{0:.0f}\" cy=\"{1:.0f}\" r=\"4\" fill=\"{2}\"/>\n"
            "<text x=\"{3:.0f}\" y=\"{4:.0f}\">{5}</text>\n",
            kLeft + 12, legend - 4, series.colour, kLeft + 22, legend, escaped(series.name));
        legend += 16;
    }
    return svg + "</svg>\n";
}

std::string heat_map_svg(const HeatMap& map) {
    constexpr int kShades = 48;
    constexpr double kBar = 90;
    const std::size_t n = map.names.size();
    const bool labels = n <= 40;
    const double cell = n == 0 ? 1 : std::clamp(600.0 / static_cast<double>(n), 2.0, 24.0);
    const double left = labels ? 200 : kLeft, top = labels ? 200 : kTop;
    const double side = cell * static_cast<double>(n);
    double low = INFINITY, high = -INFINITY;
    for (const double v : map.values)
        if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
    if (!(low < high)) low = high - 1;
    std::string svg =
        opening(left + side + kBar + kRight, top + std::max(side, 200.0) + 30, map.title);
    std::map<int, std::string>
        paths;  // by shade: one path each, equal neighbours joined, keeps large maps small
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < n;) {
            const auto shade_at = [&](std::size_t column) {
                const double v = map.values[i * n + column];
                if (!std::isfinite(v)) return -1;
                return std::min(static_cast<int>((v - low) / (high - low) * kShades), kShades - 1);
            };
            const int shade = shade_at(k);
            std::size_t end = k + 1;
            while (end < n && shade_at(end) == shade) ++end;
            const double wide = cell * static_cast<double>(end - k);
            if (shade >= 0)
                paths[shade] += fmt::format("M{:.1f} {:.1f}h{:.1f}v{:g}h-{:.1f}z",
                                            left + cell * static_cast<double>(k),
                                            top + cell * static_cast<double>(i), wide, cell, wide);
            k = end;
        }
    for (const auto& [shade, path] : paths)
        svg +=
            fmt::format("<path d=\"{}\" fill=\"{}\"/>\n", path, colour_of((shade + 0.5) / kShades));
    for (const auto& [group, name] : map.groups) {
        const double at = cell * static_cast<double>(group);
        if (group > 0)
            svg += fmt::format(
                "<path d=\"M{0:.1f} {2:.1f}v{3:.1f}M{1:.1f} {4:.1f}h{3:.1f}\" stroke=\"white\" "
                "stroke-width=\"2\"/>\n",
                left + at, left, top, side, top + at);
        if (!labels)
            svg += fmt::format(
                "<text x=\"{:.0f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n"
                "<text x=\"{:.1f}\" y=\"{:.0f}\">{}</text>\n",
                left - 6, top + at + 12, escaped(name), left + at, top + side + 16, escaped(name));
    }
    for (std::size_t i = 0; labels && i < n; ++i) {
        const double middle = cell * (static_cast<double>(i) + 0.5) + 4;
        const std::string name = escaped(map.names[i]);
        svg += fmt::format(
            "<text x=\"{:.0f}\" y=\"{:.1f}\" text-anchor=\"end\" font-size=\"10\">{}</text>\n"
            "<text transform=\"translate({:.1f} {:.0f}) rotate(-90)\" font-size=\"10\">{}</text>\n",
            left - 4, top + middle, name, left + middle, top - 4, name);
    }
    const double bar = left + side + 20;
    for (int i = 0; i < kShades; ++i)
        svg += fmt::format(
            "<rect x=\"{:.0f}\" y=\"{:.1f}\" width=\"16\" height=\"4.2\" fill=\"{}\"/>\n", bar,
            top + 4.0 * (kShades - 1 - i), colour_of((i + 0.5) / kShades));
    svg += fmt::format(
        "<text x=\"{0:.0f}\" y=\"{1:.0f}\">{2:.4f}</text>\n<text x=\"{0:.0f}\" "
        "y=\"{3:.0f}\">{4:.4f}"
        "</text>\n<text x=\"{0:.0f}\" y=\"{5:.0f}\">{6}</text>\n",
        bar + 20, top + 10, high, top + 4.0 * kShades, low, top + 2.0 * kShades, escaped(map.unit));
    return svg + "</svg>\n";
}

}  // namespace msd::explore
