// Measures each layer's choices, adds them up, and measures what the sums promise.
#include "codesign/mixed_eb/search.h"

#include <algorithm>
#include <map>
#include <set>

#include "network/fold.h"
#include "scheduler/assignment.h"

namespace msd::mixed_eb {
namespace {

using network::Graph;
using network::LayerId;
using network::Op;

constexpr int kMostDigits = 3;

Graph folded(Graph graph) {
    network::fold_input(graph);
    return graph;
}

std::string text_of(const std::vector<uint8_t>& digits) {
    std::string text;
    for (const uint8_t d : digits) text += static_cast<char>('0' + d);
    return text;
}

}  // namespace

Search::Search(const quant::PostTraining& network, const std::vector<network::Image>& images,
               const SearchOptions& options, std::function<void(const std::string&)> report)
    : network_(network),
      options_(options),
      report_(std::move(report)),
      int8_(network.quantised()),
      folded_(folded(int8_)),
      judge_(int8_, images) {
    for (const LayerId id : int8_.order())
        if (int8_[id].op == Op::kConv) convs_.push_back(id);
    measure_layers();
}

scheduler::Schedule Search::schedule(const std::vector<uint8_t>& digits) const {
    Graph graph = folded_;
    scheduler::Options options = options_.schedule;
    options.layer_effective_bits.clear();
    for (std::size_t l = 0; l < convs_.size(); ++l) {
        network::Layer& conv = graph[convs_[l]];
        if (digits[l] == 0)  // binds the layer to the DSP core
            conv.weights.digits.assign(static_cast<std::size_t>(conv.shape.c), 0);
        else
            options.layer_effective_bits[conv.name] = digits[l];
    }
    return scheduler::make_schedule(graph, options_.device, options);
}

quant::Digits Search::assignment(const std::vector<uint8_t>& digits,
                                 const scheduler::Schedule& schedule) const {
    quant::Digits all = scheduler::assigned_digits(folded_, schedule);
    for (std::size_t l = 0; l < convs_.size(); ++l)  // what was bound to the DSP core has no digits
        if (digits[l] == 0) all.at(convs_[l]).assign(all.at(convs_[l]).size(), 0);
    return all;
}

void Search::measure_layers() {
    layers_.resize(convs_.size());
    for (int digits = 0; digits <= kMostDigits; ++digits) {
        const std::vector<uint8_t> uniform(convs_.size(), static_cast<uint8_t>(digits));
        const scheduler::Schedule plan = schedule(uniform);
        const quant::Digits assigned = assignment(uniform, plan);
        if (digits == 0) baseline_ = plan.predicted_cycles;
        std::map<LayerId, uint64_t> cycles;
        for (const scheduler::LayerPlan& step : plan.layers)
            cycles[step.conv] += step.predicted_cycles;
        for (std::size_t l = 0; l < convs_.size(); ++l) {
            LayerChoice choice;
            choice.layer = int8_[convs_[l]].name;
            choice.digits = digits;
            choice.channels = int8_[convs_[l]].shape.c;
            choice.cost.cycles = static_cast<double>(cycles[convs_[l]]);
            quant::Digits only;
            if (const auto found = assigned.find(convs_[l]); found != assigned.end()) {
                only.insert(*found);
                for (const uint8_t d : found->second) choice.lut_channels += d != 0;
            }
            const Measured measured =
                judge_.measure(only.empty() ? int8_ : network_.quantised(only));
            choice.cost.loss = measured.loss;
            choice.right = measured.right;
            layers_[l].push_back(choice);
        }
        report_(digits == 0
                    ? "latency of every layer, all int8"
                    : "sensitivity of every layer with " + std::to_string(digits) + " digits");
    }
}

Graph Search::quantised(const std::vector<uint8_t>& digits) const {
    return network_.quantised(plan(digits).digits);
}

const Search::Plan& Search::plan(const std::vector<uint8_t>& digits) const {
    const auto found = plans_.find(digits);
    if (found != plans_.end()) return found->second;
    const scheduler::Schedule made = schedule(digits);
    return plans_.emplace(digits, Plan{made.predicted_cycles, assignment(digits, made)})
        .first->second;
}

Configuration Search::summed(const std::vector<uint8_t>& digits) const {
    Configuration c;
    c.digits = digits;
    for (std::size_t l = 0; l < convs_.size(); ++l) {
        c.additive_cycles += layers_[l][digits[l]].cost.cycles;
        c.additive_loss += layers_[l][digits[l]].cost.loss;
    }
    return c;
}

const Configuration& Search::configuration(const std::vector<uint8_t>& digits) {
    const auto known = known_.find(digits);
    if (known != known_.end()) return known->second;
    Configuration c = summed(digits);
    c.cycles = plan(digits).cycles;
    c.search = judge_.measure(quantised(digits));
    return known_.emplace(digits, std::move(c)).first->second;
}

std::vector<Configuration> Search::best() const {
    std::vector<Configuration> all, kept;
    for (const auto& [digits, c] : known_) all.push_back(c);
    std::sort(all.begin(), all.end(), [](const Configuration& a, const Configuration& b) {
        return a.cycles != b.cycles             ? a.cycles < b.cycles
               : a.search.loss != b.search.loss ? a.search.loss < b.search.loss
                                                : a.digits < b.digits;
    });
    for (Configuration& c : all)
        if (kept.empty() || c.search.loss < kept.back().search.loss) kept.push_back(std::move(c));
    return kept;
}

bool Search::promises(const Configuration& c, const std::vector<Configuration>& front) const {
    return std::none_of(front.begin(), front.end(), [&](const Configuration& f) {
        return f.cycles <= c.cycles && f.search.loss <= c.search.loss;
    });
}

// One layer away from a point of the front, its cycles scheduled, its loss estimated: the point's
// own and the difference of the layer's sensitivities. The largest promises first.
std::vector<Configuration> Search::neighbours(const std::vector<Configuration>& front) const {
    std::vector<Configuration> found;
    std::set<std::vector<uint8_t>> seen;
    for (const Configuration& from : front) {
        for (std::size_t l = 0; l < convs_.size(); ++l) {
            for (uint8_t digits = 0; digits <= kMostDigits; ++digits) {
                std::vector<uint8_t> other = from.digits;
                other[l] = digits;
                if (known_.count(other) != 0 || seen.count(other) != 0) continue;
                Configuration c = summed(other);
                c.search.loss = from.search.loss + c.additive_loss - from.additive_loss;
                const double cycles =
                    static_cast<double>(from.cycles) + c.additive_cycles - from.additive_cycles;
                c.cycles = static_cast<uint64_t>(std::max(cycles * 0.97, 0.0));
                if (!promises(c, front)) continue;
                seen.insert(other);
                c.cycles = plan(other).cycles;
                if (promises(c, front)) found.push_back(std::move(c));
            }
        }
    }
    const auto gain = [&](const Configuration& c) {  // loss below the best that is no slower
        double least = 0;
        for (const Configuration& f : front)
            if (f.cycles <= c.cycles) least = f.search.loss;
        return least - c.search.loss;
    };
    std::stable_sort(
        found.begin(), found.end(),
        [&](const Configuration& a, const Configuration& b) { return gain(a) > gain(b); });
    return found;
}

std::vector<Configuration> Search::front(const std::vector<std::vector<uint8_t>>& starts) {
    std::vector<std::vector<Choice>> choices;
    for (const auto& layer : layers_) {
        choices.emplace_back();
        for (const LayerChoice& c : layer) choices.back().push_back(c.cost);
    }
    const std::vector<FrontPoint> additive = pareto_front(choices, options_.slack);
    front_size_ = additive.size();
    const double low = additive.front().cycles, high = additive.back().cycles;
    std::set<std::size_t> wanted{0, additive.size() - 1};
    for (int i = 1; i < options_.points; ++i) {
        std::size_t at = 0;
        while (additive[at + 1].cycles <= low + (high - low) * i / options_.points) ++at;
        wanted.insert(at);
    }
    for (const std::size_t i : wanted) configuration(additive[i].choices);
    for (uint8_t digits = 0; digits <= kMostDigits; ++digits)
        configuration(std::vector<uint8_t>(convs_.size(), digits));
    for (const auto& digits : starts) configuration(digits);
    report_("front: " + std::to_string(additive.size()) + " points by the sums, " +
            std::to_string(wanted.size()) + " of them measured");
    for (int left = options_.refine; left > 0;) {
        const std::vector<Configuration> front = best();
        const std::vector<Configuration> next = neighbours(front);
        if (next.empty()) break;
        // A few at a time: what they show changes what the others promise.
        for (std::size_t i = 0; i < next.size() && i < 8 && left > 0; ++i, --left)
            configuration(next[i].digits);
    }
    report_("refined: " + std::to_string(known_.size()) + " networks measured in all");
    return best();
}

std::vector<Configuration> Search::published() {
    LatencyTable table;
    table.baseline = baseline_;
    for (const auto& layer : layers_) {
        LayerLatency row{layer[0].layer, {}};
        for (int d = 1; d <= kMostDigits; ++d)
            row.cycles[d - 1] = std::to_string(static_cast<uint64_t>(layer[d].cost.cycles));
        table.layers.push_back(row);
    }
    const GreedyRules rules = greedy_rules("", table);
    const auto all = [&](int digits) {
        return std::vector<uint8_t>(convs_.size(), static_cast<uint8_t>(digits));
    };
    std::vector<std::vector<uint8_t>> states{all(3)};
    for (const GreedyStep& step : published_greedy(table, rules, 1e300)) {
        if (step.to == 1 && states.back() != all(2) && step.effective_bits != all(2) &&
            std::find(states.begin(), states.end(), all(2)) == states.end())
            states.push_back(all(2));
        states.push_back(step.effective_bits);
    }
    states.push_back(all(1));
    std::vector<Configuration> found;
    std::set<std::string> known;
    for (const auto& state : states)
        if (known.insert(text_of(state)).second) found.push_back(configuration(state));
    report_("published greedy: " + std::to_string(found.size()) + " states measured");
    return found;
}

std::vector<Dominance> dominance(const std::vector<Configuration>& published,
                                 const std::vector<int>& published_right,
                                 const std::vector<Configuration>& ours,
                                 const std::vector<int>& our_right) {
    std::vector<Dominance> result;
    for (std::size_t p = 0; p < published.size(); ++p) {
        Dominance d{p, ours.size(), false};
        for (std::size_t i = 0; i < ours.size(); ++i) {
            if (ours[i].cycles > published[p].cycles) continue;
            if (d.ours == ours.size() || our_right[i] > our_right[d.ours]) d.ours = i;
        }
        d.dominated = d.ours < ours.size() && our_right[d.ours] >= published_right[p];
        result.push_back(d);
    }
    return result;
}

}  // namespace msd::mixed_eb
