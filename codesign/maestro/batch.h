// Many evaluations at once: each distinct (shape, dataflow, hardware) is evaluated once, on as many
// threads as wanted.
//
//   Evaluator   remembers single evaluations; one object per thread.
//   Sweep       networks x templates x hardware points: a network is stored as indices of distinct
//   shapes (4 bytes a layer),
//               so a sweep of 1,018 networks (331,338 layers) x 50 points x 3 templates is 4,800
//               evaluations and 49.7 M additions.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "codesign/maestro/evaluate.h"
#include "codesign/maestro/templates.h"

namespace msd::maestro {

uint64_t hash(const Shape& shape);
uint64_t hash(const Dataflow& dataflow);
uint64_t hash(const Hardware& hardware);

// Memoised evaluate(). Not thread-safe: one per thread, or one behind a lock.
class Evaluator {
public:
    explicit Evaluator(Mode mode) : mode_(mode) {}

    // The reference stays valid as long as the Evaluator.
    const LayerCost& operator()(const Shape& shape, const Dataflow& dataflow,
                                const Hardware& hardware);

    std::size_t distinct() const { return table_.size(); }
    std::size_t calls() const { return calls_; }

private:
    struct Key {
        Shape shape;
        Dataflow dataflow;
        Hardware hardware;
        bool operator==(const Key& o) const {
            return shape == o.shape && dataflow == o.dataflow && hardware == o.hardware;
        }
    };
    struct KeyHash {
        std::size_t operator()(const Key& key) const;
    };
    Mode mode_;
    std::size_t calls_ = 0;
    std::unordered_map<Key, LayerCost, KeyHash> table_;
};

struct Totals {            // of a network
    int64_t runtime = 0;   // cycles, of the layers that have a cost
    double energy_nj = 0;  // as NetworkCost::energy: original mode includes its lag
    uint32_t faults = 0;   // layers without a cost
};

class Sweep {
public:
    explicit Sweep(Mode mode) : mode_(mode) {}

    // Returns the network's index. Layers in file order: original mode's energy lag needs to know
    // the last one.
    std::size_t add(const std::vector<Shape>& layers);
    std::size_t add(const Network& network);

    std::size_t networks() const { return networks_.size(); }
    std::size_t shapes() const { return shapes_.size(); }
    uint64_t layers() const { return layers_; }  // of all networks together
    const std::vector<Shape>& distinct() const { return shapes_; }
    // Of a network, in file order: indices of distinct().
    const std::vector<uint32_t>& order(std::size_t network) const { return networks_[network]; }

    // Costs of all networks, by index, for one template on one hardware point. Thread-safe.
    std::vector<Totals> run(const Template& t, const Hardware& hardware) const;
    // Of some networks, in the order given; only the shapes they have are evaluated.
    std::vector<Totals> run(const Template& t, const Hardware& hardware,
                            const std::vector<uint32_t>& networks) const;

    // All points, spread over `threads` threads; `done(point, template, totals)` is called under a
    // lock, in any order.
    using Done =
        std::function<void(std::size_t point, std::size_t templ, const std::vector<Totals>&)>;
    void run(const std::vector<Template>& templates, const std::vector<Hardware>& points,
             unsigned threads, const Done& done) const;

private:
    Mode mode_;
    std::vector<Shape> shapes_;
    std::unordered_multimap<uint64_t, uint32_t> index_;
    std::vector<std::vector<uint32_t>> networks_;  // shapes in file order
    uint64_t layers_ = 0;
};

}  // namespace msd::maestro
