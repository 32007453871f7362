// Measures each layer's choices, adds them up, and measures what the sums promise.
#include "codesign/mixed_eb/search.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

#include "network/fold.h"
#include "scheduler/assignment.h"

namespace msd::mixed_eb {
namespace {

using network::Graph;
using network::LayerId;
using network::Op;

constexpr int kMostDigits = 3, kMostQuarters = 3;

Graph folded(Graph graph) {
    network::fold_input(graph);
    return graph;
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

int Search::share_of(LayerId conv, int quarters) const {
    const int channels = int8_[conv].shape.c, rows = static_cast<int>(options_.device.dsp_rows);
    const int dsp = (channels * (4 - quarters) + 2 * rows) / (4 * rows) * rows;  // to whole passes
    return dsp <= 0 || dsp >= channels ? 0 : channels - dsp;
}

scheduler::Schedule Search::schedule(const std::vector<uint8_t>& choices) const {
    Graph graph = folded_;
    scheduler::Options options = options_.schedule;
    options.layer_effective_bits.clear();
    for (std::size_t l = 0; l < convs_.size(); ++l) {
        network::Layer& conv = graph[convs_[l]];
        const int digits = digits_of(choices[l]), quarters = quarters_of(choices[l]);
        if (digits == 0) {  // binds the layer to the DSP core
            conv.weights.digits.assign(static_cast<std::size_t>(conv.shape.c), 0);
            continue;
        }
        options.layer_effective_bits[conv.name] = digits;
        if (quarters > 0)
            options.layer_lut_share[conv.name] =
                static_cast<double>(share_of(convs_[l], quarters)) / conv.shape.c;
    }
    return scheduler::make_schedule(graph, options_.device, options);
}

quant::Digits Search::assignment(const std::vector<uint8_t>& choices,
                                 const scheduler::Schedule& schedule) const {
    quant::Digits all = scheduler::assigned_digits(folded_, schedule);
    for (std::size_t l = 0; l < convs_.size(); ++l)  // what was bound to the DSP core has no digits
        if (digits_of(choices[l]) == 0) all.at(convs_[l]).assign(all.at(convs_[l]).size(), 0);
    return all;
}

std::vector<uint8_t> Search::uniform(int digits, int quarters) const {
    std::vector<uint8_t> all;
    for (const LayerId conv : convs_)
        all.push_back(choice_of(
            digits, digits > 0 && quarters > 0 && share_of(conv, quarters) > 0 ? quarters : 0));
    return all;
}

void Search::measure_layers() {
    layers_.resize(convs_.size());
    for (int digits = 0; digits <= kMostDigits; ++digits) {
        for (int quarters = 0; quarters <= (digits == 0 ? 0 : kMostQuarters); ++quarters)
            measure_layers(digits, quarters);
        report_(digits == 0
                    ? "latency of every layer, all int8"
                    : "sensitivity of every layer with " + std::to_string(digits) + " digits");
    }
}

void Search::measure_layers(int digits, int quarters) {
    const std::vector<uint8_t> alike = uniform(digits, quarters);
    const scheduler::Schedule plan = schedule(alike);
    const quant::Digits places = assignment(alike, plan),
                        assigned = quant::by_channel(places, network_.order_for(places));
    if (digits == 0) baseline_ = plan.predicted_cycles;
    std::map<LayerId, uint64_t> cycles;
    for (const scheduler::LayerPlan& step : plan.layers) cycles[step.conv] += step.predicted_cycles;
    for (std::size_t l = 0; l < convs_.size(); ++l) {
        LayerChoice choice;
        choice.layer = int8_[convs_[l]].name;
        choice.number = choice_of(digits, quarters);
        choice.channels = int8_[convs_[l]].shape.c;
        choice.cost.cycles = static_cast<double>(cycles[convs_[l]]);
        quant::Digits only;
        if (const auto found = assigned.find(convs_[l]); found != assigned.end()) {
            only.insert(*found);
            for (const uint8_t d : found->second) choice.lut_channels += d != 0;
        }
        if (quarters > 0) {  // only what the layer has no other choice for
            bool known = alike[l] != choice.number;
            for (const LayerChoice& other : layers_[l])
                known = known || (digits_of(other.number) == digits &&
                                  other.lut_channels == choice.lut_channels);
            if (known) continue;
        }
        const Measured measured = judge_.measure(only.empty() ? int8_ : network_.quantised(only));
        choice.cost.loss = measured.loss;
        choice.right = measured.right;
        layers_[l].push_back(choice);
    }
}

Graph Search::quantised(const std::vector<uint8_t>& choices) const {
    return network_.quantised(plan(choices).digits);
}

Graph Search::placed(const std::vector<uint8_t>& choices) const {
    return network_.placed(plan(choices).places);
}

const Search::Plan& Search::plan(const std::vector<uint8_t>& choices) const {
    const auto found = plans_.find(choices);
    if (found != plans_.end()) return found->second;
    Plan made;
    made.places = assignment(choices, schedule(choices));
    made.digits = quant::by_channel(made.places, network_.order_for(made.places));
    // What runs is scheduled with its channels bound to their places.
    Graph bound = folded_;
    scheduler::Options options = options_.schedule;
    options.layer_effective_bits.clear();
    for (const LayerId conv : convs_) bound[conv].weights.digits = made.places.at(conv);
    made.cycles = scheduler::make_schedule(bound, options_.device, options).predicted_cycles;
    return plans_.emplace(choices, std::move(made)).first->second;
}

Configuration Search::summed(const std::vector<uint8_t>& choices) const {
    Configuration c;
    c.choices = choices;
    for (std::size_t l = 0; l < convs_.size(); ++l) {
        const auto own = std::find_if(layers_[l].begin(), layers_[l].end(),
                                      [&](const LayerChoice& o) { return o.number == choices[l]; });
        if (own == layers_[l].end())
            throw std::invalid_argument("layer " + layers_[l][0].layer + " has no choice " +
                                        std::to_string(choices[l]));
        c.additive_cycles += own->cost.cycles;
        c.additive_loss += own->cost.loss;
    }
    return c;
}

const Configuration& Search::configuration(const std::vector<uint8_t>& choices) {
    const auto known = known_.find(choices);
    if (known != known_.end()) return known->second;
    Configuration c = summed(choices);
    const Plan& made = plan(choices);
    c.cycles = made.cycles;
    for (const LayerId conv : convs_) {
        const std::vector<uint8_t>& digits = made.places.at(conv);
        c.lut_channels.push_back(
            static_cast<int>(digits.size() - std::count(digits.begin(), digits.end(), uint8_t{0})));
    }
    c.search = judge_.measure(quantised(choices));
    return known_.emplace(choices, std::move(c)).first->second;
}

std::vector<Configuration> Search::best() const {
    std::vector<Configuration> all, kept;
    for (const auto& [choices, c] : known_) all.push_back(c);
    std::sort(all.begin(), all.end(), [](const Configuration& a, const Configuration& b) {
        return a.cycles != b.cycles             ? a.cycles < b.cycles
               : a.search.loss != b.search.loss ? a.search.loss < b.search.loss
                                                : a.choices < b.choices;
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
            for (const LayerChoice& choice : layers_[l]) {
                std::vector<uint8_t> other = from.choices;
                other[l] = choice.number;
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
    for (const std::size_t i : wanted) {
        std::vector<uint8_t> numbers;
        for (std::size_t l = 0; l < convs_.size(); ++l)
            numbers.push_back(layers_[l][additive[i].choices[l]].number);
        configuration(numbers);
    }
    for (int digits = 0; digits <= kMostDigits; ++digits) configuration(uniform(digits, 0));
    for (const auto& choices : starts) configuration(choices);
    report_("front: " + std::to_string(additive.size()) + " points by the sums, " +
            std::to_string(wanted.size()) + " of them measured");
    for (int left = options_.refine; left > 0;) {
        const std::vector<Configuration> front = best();
        const std::vector<Configuration> next = neighbours(front);
        if (next.empty()) break;
        // A few at a time: what they show changes what the others promise.
        for (std::size_t i = 0; i < next.size() && i < 8 && left > 0; ++i, --left)
            configuration(next[i].choices);
    }
    report_("refined: " + std::to_string(known_.size()) + " networks measured in all");
    return best();
}

std::vector<Configuration> Search::published() {
    LatencyTable table;
    table.baseline = baseline_;
    for (const auto& layer : layers_) {
        LayerLatency row{layer[0].layer, {}};
        for (const LayerChoice& c : layer)
            if (quarters_of(c.number) == 0 && digits_of(c.number) > 0)
                row.cycles[digits_of(c.number) - 1] =
                    std::to_string(static_cast<uint64_t>(c.cost.cycles));
        table.layers.push_back(row);
    }
    const GreedyRules rules = greedy_rules("", table);
    const auto all = [&](int digits) { return uniform(digits, 0); };
    std::vector<std::vector<uint8_t>> states{all(3)};
    for (const GreedyStep& step : published_greedy(table, rules, 1e300)) {
        if (step.to == 1 && states.back() != all(2) && step.effective_bits != all(2) &&
            std::find(states.begin(), states.end(), all(2)) == states.end())
            states.push_back(all(2));
        states.push_back(step.effective_bits);
    }
    states.push_back(all(1));
    std::vector<Configuration> found;
    std::set<std::vector<uint8_t>> known;
    for (const auto& state : states)
        if (known.insert(state).second) found.push_back(configuration(state));
    report_("published greedy: " + std::to_string(found.size()) + " states measured");
    return found;
}

std::vector<Dominance> dominance(const std::vector<Configuration>& published,
                                 const std::vector<int>& published_right,
                                 const std::vector<Configuration>& ours,
                                 const std::vector<int>& our_right) {
    std::vector<Dominance> result;
    for (std::size_t p = 0; p < published.size(); ++p) {
        Dominance d;
        d.published = p;
        d.ours = d.picked = ours.size();
        for (std::size_t i = 0; i < ours.size(); ++i) {
            if (ours[i].cycles > published[p].cycles) continue;
            d.picked = i;
            if (d.ours == ours.size() || our_right[i] > our_right[d.ours]) d.ours = i;
        }
        if (d.ours < ours.size()) {
            d.dominated = our_right[d.ours] >= published_right[p];
            d.strictly = d.dominated && (our_right[d.ours] > published_right[p] ||
                                         ours[d.ours].cycles < published[p].cycles);
            d.picked_dominates = our_right[d.picked] >= published_right[p];
        }
        result.push_back(d);
    }
    return result;
}

}  // namespace msd::mixed_eb
