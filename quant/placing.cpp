// Losses, and the assignment of channels to kinds of places by cancelling cycles.
#include "quant/placing.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "network/reference.h"
#include "network/reference_conv.h"

namespace msd::quant {
namespace {

using network::ChannelClass;
using network::ChannelOrder;
using network::Graph;
using network::Layer;
using network::LayerId;

// By how much each weight differs between its two grids.
std::vector<float> changes(const Layer& layer, int digits, ScaleSearch search) {
    const std::vector<float>& w = layer.weights.real;
    const std::size_t channels = layer.shape.c, taps = w.size() / channels;
    std::vector<float> change(w.size());
    std::vector<int8_t> grid(taps), eight(taps);
    for (std::size_t k = 0; k < channels; ++k) {
        const std::vector<double> real(w.begin() + k * taps, w.begin() + (k + 1) * taps);
        const double s = encode_channel(real.data(), taps, digits, grid.data(), search),
                     s8 = encode_channel(real.data(), taps, 0, eight.data(), search);
        for (std::size_t i = 0; i < taps; ++i)
            change[k * taps + i] = static_cast<float>(s * grid[i] - s8 * eight[i]);
    }
    return change;
}

void divide(std::vector<double>& losses, double whole) {
    for (double& loss : losses) loss = whole > 0 ? loss / whole : 0;
}

// A part of a class within which channels may change places. Places are of one kind if the same
// convolutions of the class have digits there.
class Part {
public:
    Part(int first, int end, const std::vector<const std::vector<uint8_t>*>& digits,
         const std::vector<const std::vector<double>*>& losses)
        : first_(first), kind_of_(end - first) {
        std::map<std::vector<bool>, int> kinds;
        for (int place = first; place < end; ++place) {
            std::vector<bool> on(digits.size());
            for (std::size_t l = 0; l < digits.size(); ++l) on[l] = (*digits[l])[place] > 0;
            const int kind = kinds.try_emplace(on, static_cast<int>(kinds.size())).first->second;
            kind_of_[place - first] = kind;
        }
        kinds_ = static_cast<int>(kinds.size());
        cost_.assign(kinds.size() * kind_of_.size(), 0);
        for (const auto& [on, kind] : kinds)
            for (std::size_t c = 0; c < kind_of_.size(); ++c)
                for (std::size_t l = 0; l < losses.size(); ++l)
                    if (on[l]) cost(c, kind) += (*losses[l])[first + c];
    }

    int kinds() const { return kinds_; }

    // Which channel comes to each place.
    std::vector<int> order() {
        const std::vector<int> place_kind = kind_of_;  // kind_of_ becomes that of the channels
        while (cancel_cycle()) {
        }
        std::vector<std::vector<int>> channels(kinds_);
        for (std::size_t c = 0; c < kind_of_.size(); ++c)
            channels[kind_of_[c]].push_back(first_ + static_cast<int>(c));
        std::vector<std::size_t> used(kinds_, 0);
        std::vector<int> order;
        for (const int kind : place_kind) order.push_back(channels[kind][used[kind]++]);
        return order;
    }

private:
    double& cost(std::size_t channel, int kind) { return cost_[channel * kinds_ + kind]; }

    // Moves one channel along each edge of a cycle of kinds that saves something, if there is one;
    // where there is none, no other assignment costs less.
    bool cancel_cycle() {
        const int n = kinds_;
        std::vector<double> edge(n * n, std::numeric_limits<double>::infinity());
        std::vector<std::size_t> mover(n * n, 0);
        double largest = 0;
        for (std::size_t c = 0; c < kind_of_.size(); ++c) {
            const int from = kind_of_[c];
            for (int to = 0; to < n; ++to) {
                largest = std::max(largest, std::abs(cost(c, to)));
                const double change = cost(c, to) - cost(c, from);
                if (to == from || change >= edge[from * n + to]) continue;
                edge[from * n + to] = change;
                mover[from * n + to] = c;
            }
        }
        const double least = 1e-12 * largest;  // what rounding may pretend to save
        std::vector<double> distance(n, 0);    // Bellman and Ford, from all kinds at once
        std::vector<int> before(n, -1);
        int last = -1;
        for (int round = 0; round < n; ++round) {
            last = -1;
            for (int a = 0; a < n; ++a)
                for (int b = 0; b < n; ++b)
                    if (distance[a] + edge[a * n + b] < distance[b] - least) {
                        distance[b] = distance[a] + edge[a * n + b];
                        before[b] = a;
                        last = b;
                    }
            if (last < 0) return false;
        }
        for (int i = 0; i < n; ++i) last = before[last];  // onto the cycle
        int at = last;
        do {
            kind_of_[mover[before[at] * n + at]] = at;
            at = before[at];
        } while (at != last);
        return true;
    }

    int first_, kinds_ = 0;
    std::vector<int> kind_of_;
    std::vector<double> cost_;
};

template <typename Use>
void for_each_part(const Graph& graph, const Digits& places, const ChannelLosses* losses, Use use) {
    for (const ChannelClass& c : network::channel_classes(graph)) {
        std::vector<const std::vector<uint8_t>*> digits;
        std::vector<const std::vector<double>*> own;
        for (const LayerId id : c.layers) {
            const auto found = places.find(id);
            if (found == places.end()) continue;
            digits.push_back(&found->second);
            if (!losses) continue;
            const auto loss = losses->find(id);
            if (loss != losses->end()) own.push_back(&loss->second);
        }
        if (losses && own.size() != digits.size()) continue;  // places are alike: not measured
        for (std::size_t i = 0; i + 1 < c.cuts.size(); ++i)
            if (c.cuts[i + 1] - c.cuts[i] > 1 && !digits.empty())
                if (Part part(c.cuts[i], c.cuts[i + 1], digits, own); part.kinds() > 1)
                    use(c, c.cuts[i], part);
    }
}

}  // namespace

ChannelLosses measured_losses(const Graph& real, const std::vector<std::vector<float>>& images,
                              const std::map<LayerId, int>& digits, ScaleSearch search) {
    ChannelLosses losses;
    std::map<LayerId, std::vector<float>> change;
    std::map<LayerId, double> whole;
    for (const auto& [id, most] : digits) {
        losses[id].assign(real[id].shape.c, 0);
        change[id] = changes(real[id], most, search);
    }
    for (const auto& image : images) {
        const auto values = network::evaluate_float(real, image);
        for (auto& [id, sum] : losses) {
            const LayerId from = real.inputs(id)[0];
            const std::vector<float> none(sum.size(), 0);
            const auto apart = convolve_float(real[id], real[from], values[from], change[id], none);
            const std::size_t pixels = apart.size() / sum.size();
            for (std::size_t i = 0; i < apart.size(); ++i)
                sum[i / pixels] += double{apart[i]} * apart[i];
            for (const float v : convolve_float(real[id], real[from], values[from],
                                                real[id].weights.real, real[id].weights.bias_real))
                whole[id] += double{v} * v;
        }
    }
    for (auto& [id, sum] : losses) divide(sum, whole[id]);
    return losses;
}

ChannelLosses expected_losses(const Graph& integer, const std::map<LayerId, int>& digits,
                              ScaleSearch search) {
    ChannelLosses losses;
    for (const auto& [id, most] : digits) {
        const Layer& layer = integer[id];
        const network::Weights& w = layer.weights;
        const std::size_t channels = layer.shape.c, taps = w.q.size() / channels;
        const double off = integer[integer.inputs(id)[0]].quant.zero_point + 0.5;
        const double ratio = off / 127.5;  // (lo + hi) / (hi - lo)
        std::vector<double> real(taps), own(channels, 0);
        std::vector<int8_t> grid(taps);
        double whole = 0;
        for (std::size_t k = 0; k < channels; ++k) {
            for (std::size_t i = 0; i < taps; ++i) real[i] = w.scale[k] * w.q[k * taps + i];
            const double scale = encode_channel(real.data(), taps, most, grid.data(), search);
            double sum = 0, squares = 0, of_weights = 0;
            for (std::size_t i = 0; i < taps; ++i) {
                const double change = scale * grid[i] - real[i];
                sum += change;
                squares += change * change;
                of_weights += real[i];
                whole += real[i] * real[i];
            }
            own[k] = squares + std::pow(ratio * sum, 2);
            whole += std::pow(ratio * of_weights, 2);
        }
        divide(own, whole);
        losses[id] = std::move(own);
    }
    return losses;
}

std::map<LayerId, int> ordered_layers(const Graph& graph, const Digits& places) {
    std::map<LayerId, int> found;
    for_each_part(graph, places, nullptr, [&](const ChannelClass& c, int, const Part&) {
        for (const LayerId id : c.layers) {
            const auto own = places.find(id);
            if (own == places.end()) continue;
            found[id] = std::max<int>(1, *std::max_element(own->second.begin(), own->second.end()));
        }
    });
    return found;
}

ChannelOrder best_order(const Graph& graph, const Digits& places, const ChannelLosses& losses) {
    ChannelOrder order;
    for_each_part(graph, places, &losses, [&](const ChannelClass& c, int first, Part& part) {
        const std::vector<int> own = part.order();
        for (const LayerId id : c.layers) {
            std::vector<int>& whole = order[id];
            for (int k = static_cast<int>(whole.size()); k < c.channels; ++k) whole.push_back(k);
            std::copy(own.begin(), own.end(), whole.begin() + first);
        }
    });
    for (auto it = order.begin(); it != order.end();)  // nothing moved
        it = std::is_sorted(it->second.begin(), it->second.end()) ? order.erase(it) : std::next(it);
    return order;
}

Digits by_channel(const Digits& places, const ChannelOrder& order) {
    Digits digits = places;
    for (auto& [id, own] : digits) {
        const auto found = order.find(id);
        if (found == order.end()) continue;
        const std::vector<uint8_t>& at = places.at(id);
        for (std::size_t place = 0; place < at.size(); ++place)
            own[static_cast<std::size_t>(found->second[place])] = at[place];
    }
    return digits;
}

}  // namespace msd::quant
