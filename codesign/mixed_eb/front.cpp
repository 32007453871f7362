// Merges layer after layer, keeping what is not dominated.
#include "codesign/mixed_eb/front.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace msd::mixed_eb {
namespace {

struct Partial {
    double cycles, loss;
    uint32_t from;  // of the layer before
    uint8_t choice;
};

void check(const std::vector<std::vector<Choice>>& layers, double slack) {
    if (!(slack >= 0 && std::isfinite(slack)))
        throw std::invalid_argument("a slack of " + std::to_string(slack) +
                                    "; it must be 0 or positive");
    for (std::size_t l = 0; l < layers.size(); ++l) {
        const std::string layer = "layer " + std::to_string(l);
        if (layers[l].empty() || layers[l].size() > 255)
            throw std::invalid_argument(layer + " has " + std::to_string(layers[l].size()) +
                                        " choices; 1 to 255 are possible");
        for (const Choice& c : layers[l]) {
            if (!(c.cycles >= 0) || !std::isfinite(c.cycles) || !std::isfinite(c.loss))
                throw std::invalid_argument(layer +
                                            " has a choice whose cycles or loss is negative "
                                            "or not finite");
        }
    }
}

// Keeps the best: at rising loss, only what saves more than a factor of (1 + slack) in cycles.
void prune(std::vector<Partial>& points, double slack) {
    std::sort(points.begin(), points.end(), [](const Partial& a, const Partial& b) {
        return a.loss != b.loss       ? a.loss < b.loss
               : a.cycles != b.cycles ? a.cycles < b.cycles
               : a.from != b.from     ? a.from < b.from
                                      : a.choice < b.choice;
    });
    std::size_t kept = 0;
    for (const Partial& p : points) {
        if (kept > 0 && points[kept - 1].cycles <= (1 + slack) * p.cycles) continue;
        points[kept++] = p;
    }
    points.resize(kept);
}

}  // namespace

std::vector<FrontPoint> pareto_front(const std::vector<std::vector<Choice>>& layers, double slack,
                                     std::size_t most) {
    check(layers, slack);
    // (1 + slack) is spent in equal parts, one a layer.
    const double part = std::pow(1 + slack, 1.0 / std::max<std::size_t>(layers.size(), 1)) - 1;
    std::vector<std::vector<Partial>> stages{{{0, 0, 0, 0}}};
    for (const auto& choices : layers) {
        const std::vector<Partial>& before = stages.back();
        if (before.size() * choices.size() > most)
            throw std::runtime_error("the front has more than " + std::to_string(most) +
                                     " points; allow more slack");
        std::vector<Partial> next;
        next.reserve(before.size() * choices.size());
        for (std::size_t i = 0; i < before.size(); ++i)
            for (std::size_t c = 0; c < choices.size(); ++c)
                next.push_back({before[i].cycles + choices[c].cycles,
                                before[i].loss + choices[c].loss, static_cast<uint32_t>(i),
                                static_cast<uint8_t>(c)});
        prune(next, part);
        stages.push_back(std::move(next));
    }
    std::vector<FrontPoint> front;
    const std::vector<Partial>& last = stages.back();
    for (std::size_t i = last.size(); i-- > 0;) {
        FrontPoint point{last[i].cycles, last[i].loss, std::vector<uint8_t>(layers.size())};
        std::size_t at = i;
        for (std::size_t l = layers.size(); l-- > 0;) {
            point.choices[l] = stages[l + 1][at].choice;
            at = stages[l + 1][at].from;
        }
        front.push_back(std::move(point));
    }
    return front;
}

}  // namespace msd::mixed_eb
