// The trade-off as an SVG picture: cycles across, wrong answers up.
#include <fmt/format.h>

#include <algorithm>

#include "codesign/mixed_eb/search.h"

namespace msd::mixed_eb {
namespace {

constexpr double kLeft = 70, kTop = 50, kWidth = 620, kHeight = 380;
constexpr const char* kColours[] = {"#0b6e99", "#c2410c", "#4d7c0f", "#7e22ce"};

std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text)
        out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
    return out;
}

// From 0 or just below the least value to above the largest, with about six round steps.
struct Axis {
    double low = 0, high = 1, step = 1;
    Axis(double least, double most) {
        const double span = std::max(most - least, 1e-9 * std::max(most, 1.0));
        step = 1e-12;
        while (span / step > 60) step *= 10;
        step *= span / step > 30 ? 10 : span / step > 12 ? 5 : span / step > 6 ? 2 : 1;
        while (low + step <= least) low += step;
        high = low;
        while (high < most) high += step;
        if (high == low) high = low + step;
    }
    double share(double value) const { return (value - low) / (high - low); }
};

double x_of(const Axis& axis, double value) {
    return kLeft + axis.share(value) * kWidth;
}
double y_of(const Axis& axis, double value) {
    return kTop + (1 - axis.share(value)) * kHeight;
}

std::string axes(const Axis& x, const Axis& y) {
    std::string svg;
    for (double v = x.low; v <= x.high + x.step / 2; v += x.step)
        svg += fmt::format(
            "<line x1='{0:.1f}' y1='{1}' x2='{0:.1f}' y2='{2}' stroke='#ddd'/>"
            "<text x='{0:.1f}' y='{3}' text-anchor='middle'>{4:.0f}</text>\n",
            x_of(x, v), kTop, kTop + kHeight, kTop + kHeight + 18, v / 1000);
    for (double v = y.low; v <= y.high + y.step / 2; v += y.step)
        svg += fmt::format(
            "<line x1='{0}' y1='{1:.1f}' x2='{2}' y2='{1:.1f}' stroke='#ddd'/>"
            "<text x='{3}' y='{4:.1f}' text-anchor='end'>{5:.4g} %</text>\n",
            kLeft, y_of(y, v), kLeft + kWidth, kLeft - 8, y_of(y, v) + 4, v);
    return svg + fmt::format(
                     "<text x='{}' y='{}' text-anchor='middle'>thousand cycles an image"
                     "</text>\n",
                     kLeft + kWidth / 2, kTop + kHeight + 40);
}

std::string curve_svg(const Curve& curve, const char* colour, int place, const Axis& x,
                      const Axis& y) {
    std::string svg, path;
    for (std::size_t i = 0; i < curve.cycles.size(); ++i) {
        const double px = x_of(x, curve.cycles[i]), py = y_of(y, curve.wrong_percent[i]);
        if (i == 0)
            path += fmt::format("M{:.1f} {:.1f}", px, py);
        else
            path += fmt::format("H{:.1f}V{:.1f}", px, py);
        svg += fmt::format(
            "<circle cx='{:.1f}' cy='{:.1f}' r='4' fill='{}'><title>{}: {:.0f} cycles, {:.4g} % "
            "wrong</title></circle>\n",
            px, py, colour, escaped(curve.name), curve.cycles[i], curve.wrong_percent[i]);
    }
    if (curve.joined && !path.empty())
        svg += fmt::format("<path d='{}' fill='none' stroke='{}' stroke-width='1.5'/>\n", path,
                           colour);
    return svg + fmt::format(
                     "<circle cx='{0}' cy='{1}' r='4' fill='{2}'/>"
                     "<text x='{3}' y='{4}'>{5}</text>\n",
                     kLeft + kWidth - 200, kTop + 14 + 20 * place, colour, kLeft + kWidth - 190,
                     kTop + 18 + 20 * place, escaped(curve.name));
}

}  // namespace

std::string plot_svg(const std::string& title, const std::vector<Curve>& curves) {
    double least_x = 1e300, most_x = 0, least_y = 1e300, most_y = 0;
    for (const Curve& c : curves) {
        for (const double v : c.cycles)
            least_x = std::min(least_x, v), most_x = std::max(most_x, v);
        for (const double v : c.wrong_percent)
            least_y = std::min(least_y, v), most_y = std::max(most_y, v);
    }
    if (least_x > most_x) least_x = most_x = least_y = most_y = 0;
    const Axis x(least_x, most_x), y(least_y, most_y);
    std::string svg = fmt::format(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {} {}' font-family='sans-serif' "
        "font-size='12'>\n<rect width='100%' height='100%' fill='white'/>\n"
        "<text x='{}' y='26' font-size='16'>{}</text>\n",
        kLeft + kWidth + 30, kTop + kHeight + 60, kLeft, escaped(title));
    svg += axes(x, y);
    for (std::size_t i = 0; i < curves.size(); ++i)
        svg += curve_svg(curves[i], kColours[i % 4], static_cast<int>(i), x, y);
    return svg + "</svg>\n";
}

}  // namespace msd::mixed_eb
