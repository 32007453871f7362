// The roofline of a schedule as SVG.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "codesign/explore/svg.h"
#include "codesign/schedule_view/view.h"

namespace msd::schedule_view {
namespace {

using explore::escaped;

constexpr double kLeft = 80, kTop = 40, kWidth = 760, kHeight = 440, kBottom = 60, kRight = 30;

// A logarithmic axis from 10^low to 10^high.
struct Axis {
    double low, high, from, to;
    double at(double value) const {
        return from + (std::log10(value) - low) / (high - low) * (to - from);
    }
};

constexpr double kCharacter = 6.8, kLineHeight = 14;  // of the font at its size
constexpr int kMostSteps = 14;
constexpr std::size_t kNames = 8;

struct Box {
    double left, top, right, bottom;
    bool meets(const Box& o) const {
        return left < o.right && o.left < right && top < o.bottom && o.top < bottom;
    }
};

}  // namespace

std::string roofline_svg(const View& view) {
    if (!view.machine) throw std::invalid_argument("a roofline needs the machine's peaks");
    const Machine& m = *view.machine;
    int digits = 0;
    double least_x = 1, most_x = 1, least_y = 1;
    struct Point {
        const Row* row;
        double intensity, speed;
    };
    std::vector<Point> points;
    for (const Row& row : view.rows) {
        digits = std::max(digits, row.effective_bits);
        if (row.macs <= 0 || row.dram_bytes <= 0 || row.cycles <= 0) continue;  // pools
        const double macs = static_cast<double>(row.macs);
        points.push_back({&row, macs / static_cast<double>(row.dram_bytes), macs / row.cycles});
        least_x = std::min(least_x, points.back().intensity);
        most_x = std::max(most_x, points.back().intensity);
        least_y = std::min(least_y, points.back().speed);
    }
    const double peak = m.macs(std::max(digits, 1));
    const double ports = 3 * m.port_bytes;
    const double bytes = m.dram_bytes > 0 ? std::min(m.dram_bytes, ports) : ports;
    most_x = std::max(most_x, 2 * peak / bytes);
    const Axis x{std::floor(std::log10(least_x)), std::ceil(std::log10(most_x)), kLeft,
                 kLeft + kWidth};
    const Axis y{std::floor(std::log10(least_y)), std::ceil(std::log10(peak * 1.2)), kTop + kHeight,
                 kTop};

    std::string svg = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
        "viewBox=\"0 0 {0:.0f} {1:.0f}\" font-family=\"sans-serif\" font-size=\"12\">\n"
        "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        "<text x=\"{2:.0f}\" y=\"20\" font-size=\"14\">{3}: {4:.0f} cycles</text>\n",
        kLeft + kWidth + kRight, kTop + kHeight + kBottom, kLeft, escaped(view.title),
        view.cycles());
    const auto line = [&](double x1, double y1, double x2, double y2, const char* style) {
        svg += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" {}/>\n",
                           x1, y1, x2, y2, style);
    };
    const auto text = [&](double at_x, double at_y, const char* anchor, const std::string& what) {
        svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", at_x,
                           at_y, anchor, escaped(what));
    };
    for (double e = x.low; e <= x.high + 1e-9; ++e) {
        const double at = x.at(std::pow(10, e));
        line(at, kTop, at, kTop + kHeight, "stroke=\"#ddd\"");
        text(at, kTop + kHeight + 18, "middle", fmt::format("{:g}", std::pow(10, e)));
    }
    for (double e = y.low; e <= y.high + 1e-9; ++e) {
        const double at = y.at(std::pow(10, e));
        line(kLeft, at, kLeft + kWidth, at, "stroke=\"#ddd\"");
        text(kLeft - 8, at + 4, "end", fmt::format("{:g}", std::pow(10, e)));
    }
    text(kLeft + kWidth / 2, kTop + kHeight + 42, "middle", "MACs per byte of DRAM traffic");
    svg += fmt::format(
        "<text x=\"20\" y=\"{0:.1f}\" text-anchor=\"middle\" transform=\"rotate(-90 20 {0:.1f})\">"
        "MACs per cycle</text>\n",
        kTop + kHeight / 2);

    std::vector<Box> written;
    // A roof: along the bandwidth up to the ridge, then flat; cut off at the left and lower edge.
    const auto roof = [&](double macs, double byte_rate, const char* style,
                          const std::string& name) {
        const double left = std::pow(10, x.low), floor = std::pow(10, y.low);
        const double start = std::max(left, floor / byte_rate), ridge = macs / byte_rate;
        if (ridge > start)
            line(x.at(start), y.at(start * byte_rate), x.at(ridge), y.at(macs), style);
        line(x.at(std::max(ridge, left)), y.at(macs), kLeft + kWidth, y.at(macs), style);
        text(kLeft + kWidth - 4, y.at(macs) - 5, "end", name);
        written.push_back({kLeft + kWidth - 4 - kCharacter * static_cast<double>(name.size()),
                           y.at(macs) - 15, kLeft + kWidth, y.at(macs)});
    };
    roof(peak, bytes, "stroke=\"#222\" stroke-width=\"1.5\"",
         fmt::format("both arrays, {} digits: {:.0f} MACs a cycle; {:.1f} bytes a cycle",
                     std::max(digits, 1), peak, bytes));
    if (m.dsp_macs > 0)
        roof(m.dsp_macs, bytes, "stroke=\"#999\" stroke-dasharray=\"5 3\"",
             fmt::format("DSP array alone: {:.0f}", m.dsp_macs));

    const double all = view.cycles();
    std::stable_sort(points.begin(), points.end(), [](const Point& a, const Point& b) {
        return a.row->cycles > b.row->cycles;  // small circles above large ones
    });
    for (std::size_t i = 0; i < points.size(); ++i) {
        const Row& row = *points[i].row;
        const double share = row.cycles / all, radius = std::max(2.5, 40 * std::sqrt(share));
        const char* colour = row.bound == "compute" ? "#228833" : "#4477aa";
        svg += fmt::format(
            "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" fill=\"{}\" fill-opacity=\"0.45\" "
            "stroke=\"{}\"><title>{}: {:.0f} cycles ({:.1f} %), {:.1f} MACs a cycle, {:.2f} MACs a "
            "byte, {} bound</title></circle>\n",
            x.at(points[i].intensity), y.at(points[i].speed), radius, colour, colour,
            escaped(row.name), row.cycles, 100 * share, points[i].speed, points[i].intensity,
            escaped(row.bound));
    }
    // Names of the slowest, where nothing else is written; layers at one place share one.
    struct Place {
        double x, y, radius;
        const Row* row;
        int others = 0;
    };
    std::vector<Place> places;
    for (const Point& point : points) {
        const double at_x = x.at(point.intensity), at_y = y.at(point.speed);
        const auto same = std::find_if(places.begin(), places.end(), [&](const Place& p) {
            return std::hypot(p.x - at_x, p.y - at_y) < 6;
        });
        if (same != places.end())
            ++same->others;
        else
            places.push_back(
                {at_x, at_y, std::max(2.5, 40 * std::sqrt(point.row->cycles / all)), point.row});
    }
    for (const Place& p : places)
        written.push_back({p.x - p.radius, p.y - p.radius, p.x + p.radius, p.y + p.radius});
    const auto name_at = [&](const Place& p, const std::string& name) {
        const double width = kCharacter * static_cast<double>(name.size());
        for (int step = 0; step < 2 * kMostSteps; ++step) {
            // To the right, to the left, then further and further down on either side.
            const bool right = step % 2 == 0;
            const double down = step / 2 * kLineHeight;
            const double left = right ? p.x + p.radius + 3 : p.x - p.radius - 3 - width;
            const Box box{left, p.y + down - 8, left + width, p.y + down + 4};
            if (box.left < kLeft || box.right > kLeft + kWidth || box.bottom > kTop + kHeight ||
                std::any_of(written.begin(), written.end(),
                            [&](const Box& other) { return box.meets(other); }))
                continue;
            if (step > 1)
                line(p.x, p.y, right ? left - 1 : left + width + 1, p.y + down,
                     "stroke=\"#999\" stroke-width=\"0.7\"");
            text(left, p.y + down + 4, "start", name);
            written.push_back(box);
            return;
        }
    };
    for (std::size_t i = 0; i < std::min(kNames, places.size()); ++i) {
        const Place& p = places[i];
        name_at(p,
                p.others > 0 ? fmt::format("{} and {} more", p.row->name, p.others) : p.row->name);
    }
    text(kLeft, kTop + kHeight + 56, "start",
         "circle: a layer, its area its share of the cycles; green: compute bound, blue: memory");
    return svg + "</svg>\n";
}

}  // namespace msd::schedule_view
