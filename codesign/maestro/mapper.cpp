// Coordinate descent over a template's tile sizes; see mapper.h.
#include "codesign/maestro/mapper.h"

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "codesign/maestro/batch.h"

namespace msd::maestro {
namespace {

// The sizes worth trying for a dimension of `n` elements: powers of two, divisors, and n divided by
// small numbers.
std::vector<int32_t> ladder(int32_t n, int32_t given) {
    std::vector<int32_t> sizes{given};
    for (int64_t p = 1; p <= n; p *= 2) sizes.push_back(static_cast<int32_t>(p));
    for (int32_t parts = 1; parts <= std::min(n, 16); ++parts)
        sizes.push_back((n + parts - 1) / parts);
    for (int32_t d = 1; int64_t{d} * d <= n; ++d) {
        if (n % d != 0) continue;
        sizes.push_back(d);
        sizes.push_back(n / d);
    }
    std::sort(sizes.begin(), sizes.end());
    sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
    return sizes;
}

struct Knob {             // one number of the template
    int position = 0;     // in the dataflow
    bool offset = false;  // it is the directive's offset, too
    std::vector<int32_t> values;
    int32_t value = 1;
};

class Search {
public:
    Search(const Template& t, const Shape& shape, const Hardware& hw, const MapperOptions& options)
        : shape_(shape), hw_(hw), options_(options) {
        if (!apply(t, shape, start_, options.mode)) {
            best_.cost.fault = Fault::kNoDimension;
            return;
        }
        find_knobs(shape.type == LayerType::kDsConv ? built_in_template("dpt")
                   : shape.type == LayerType::kGemm ? built_in_template("nmk")
                                                    : t);
        best_.dataflow = start_;
        best_.cost = evaluate(shape_, start_, hw_, options_.mode);
        best_.evaluated = 1;
        std::vector<int32_t> values;
        for (const Knob& k : knobs_) values.push_back(k.value);
        descend(values);
        for (std::size_t i = 0; i < knobs_.size(); ++i) values[i] = knobs_[i].values.front();
        descend(values);
        for (std::size_t i = 0; i < knobs_.size(); ++i) values[i] = knobs_[i].values.back();
        descend(values);
    }

    const Mapped& best() const { return best_; }

private:
    void find_knobs(const Template& t) {
        for (int i = 0; i < start_.count; ++i) {
            const TemplateDirective& d = t.directives[i];
            if (d.size.of_layer) continue;
            const bool cluster = d.kind == DirectiveKind::kCluster;
            Knob knob;
            knob.value = d.size.value;
            knob.position = i;
            knob.offset = !cluster && !d.offset.of_layer && d.offset.value == d.size.value;
            knob.values = ladder(cluster ? hw_.num_pes : extent(d.dim), d.size.value);
            knobs_.push_back(knob);
        }
    }

    int32_t extent(Dim d) const {
        if (d == kOutY) return static_cast<int32_t>(std::max<int64_t>(shape_.out_y(), 1));
        if (d == kOutX) return static_cast<int32_t>(std::max<int64_t>(shape_.out_x(), 1));
        return std::max(shape_.size[d], 1);
    }

    double attempt(const std::vector<int32_t>& values) {
        Dataflow d = start_;
        for (std::size_t i = 0; i < knobs_.size(); ++i) {
            Directive& directive = d.list[knobs_[i].position];
            directive.size = values[i];
            if (knobs_[i].offset) directive.offset = values[i];
        }
        const LayerCost cost = evaluate(shape_, d, hw_, options_.mode);
        ++best_.evaluated;
        const double score = objective_of(cost, options_.objective);
        if (score < objective_of(best_.cost, options_.objective)) {
            best_.cost = cost;
            best_.dataflow = d;
        }
        return score;
    }

    // One knob at a time, then pairs, until nothing improves or the budget is spent.
    void descend(std::vector<int32_t> values) {
        if (best_.evaluated >= options_.most_evaluations) return;
        double score = attempt(values);
        for (bool better = true; better && best_.evaluated < options_.most_evaluations;) {
            better = false;
            for (std::size_t i = 0; i < knobs_.size(); ++i) better |= improve(values, score, {i});
            if (better) continue;
            for (std::size_t i = 0; i < knobs_.size(); ++i)
                for (std::size_t k = i + 1; k < knobs_.size(); ++k)
                    better |= improve(values, score, {i, k});
        }
    }

    bool improve(std::vector<int32_t>& values, double& score,
                 const std::vector<std::size_t>& which) {
        std::vector<int32_t> best = values;
        bool better = false;
        std::vector<int32_t> trial = values;
        auto visit = [&](auto&& self, std::size_t n) -> void {
            if (n == which.size()) {
                if (best_.evaluated >= options_.most_evaluations) return;
                const double s = attempt(trial);
                if (s < score) {
                    score = s;
                    best = trial;
                    better = true;
                }
                return;
            }
            for (int32_t v : knobs_[which[n]].values) {
                trial[which[n]] = v;
                self(self, n + 1);
            }
        };
        visit(visit, 0);
        values = best;
        return better;
    }

    Shape shape_;
    Hardware hw_;
    MapperOptions options_;
    Dataflow start_;
    std::vector<Knob> knobs_;
    Mapped best_;
};

}  // namespace

double objective_of(const LayerCost& cost, Objective objective) {
    if (!cost.ok()) return std::numeric_limits<double>::infinity();
    const auto runtime = static_cast<double>(cost.runtime);
    if (objective == Objective::kRuntime) return runtime;
    return objective == Objective::kEnergy ? cost.energy_nj : cost.energy_nj * runtime;
}

Mapped search(const Template& t, const Shape& shape, const Hardware& hardware,
              const MapperOptions& options) {
    return Search(t, shape, hardware, options).best();
}

MappedNetwork search(const Template& t, const Network& network, const Hardware& hardware,
                     const MapperOptions& options) {
    MappedNetwork result;
    result.network = network;
    std::unordered_map<uint64_t, std::vector<std::pair<Shape, Mapped>>> done;
    for (Layer& layer : result.network.layers) {
        auto& same = done[hash(layer.shape)];
        auto found = std::find_if(same.begin(), same.end(),
                                  [&](const auto& entry) { return entry.first == layer.shape; });
        if (found == same.end()) {
            same.emplace_back(layer.shape, search(t, layer.shape, hardware, options));
            found = same.end() - 1;
            result.evaluated += found->second.evaluated;
        }
        layer.dataflow = found->second.dataflow;
    }
    return result;
}

}  // namespace msd::maestro
