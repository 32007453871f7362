// Memoised and batched evaluation; see batch.h.
#include "codesign/maestro/batch.h"

#include <atomic>
#include <mutex>
#include <numeric>
#include <thread>

namespace msd::maestro {
namespace {

class Hash {  // FNV-1a over 64-bit words, with a final mix
public:
    void add(uint64_t v) { h_ = (h_ ^ v) * 0x100000001b3ull; }
    uint64_t get() const {
        uint64_t h = h_;
        h = (h ^ (h >> 32)) * 0x9e3779b97f4a7c15ull;
        return h ^ (h >> 29);
    }

private:
    uint64_t h_ = 0xcbf29ce484222325ull;
};

double l1_energy(const LayerCost& cost, const EnergyTable& table) {
    int64_t accesses = 0;
    for (const TensorCounts& t : cost.tensor) accesses += t.l1_read + t.l1_write;
    return static_cast<double>(accesses) * table.l1 * table.mac_nj;
}

}  // namespace

uint64_t hash(const Shape& s) {
    Hash h;
    h.add(static_cast<uint64_t>(s.type) | uint64_t{s.batch} << 8 | uint64_t{s.dilation_y} << 16 |
          uint64_t{s.dilation_x} << 24);
    for (int32_t n : s.size) h.add(static_cast<uint32_t>(n));
    h.add(static_cast<uint64_t>(s.stride_y) << 32 | static_cast<uint32_t>(s.stride_x));
    for (uint16_t n : s.pad) h.add(n);
    return h.get();
}

uint64_t hash(const Dataflow& d) {
    Hash h;
    for (int i = 0; i < d.count; ++i) {
        const Directive& e = d.list[i];
        const bool cluster = e.kind == DirectiveKind::kCluster;
        h.add(static_cast<uint64_t>(e.kind) << 8 | (cluster ? 0 : e.dim));
        h.add(static_cast<uint64_t>(e.size) << 32 |
              (cluster ? 0 : static_cast<uint32_t>(e.offset)));
    }
    return h.get();
}

uint64_t hash(const Hardware& hw) {
    Hash h;
    h.add(static_cast<uint64_t>(hw.num_pes) << 32 | static_cast<uint32_t>(hw.offchip_bw));
    h.add(static_cast<uint64_t>(hw.l1_bytes) << 32 | static_cast<uint32_t>(hw.l2_bytes));
    for (int32_t bw : hw.noc_bw) h.add(static_cast<uint32_t>(bw));
    h.add(static_cast<uint64_t>(hw.noc_latency) << 32 | static_cast<uint32_t>(hw.simd_lanes));
    h.add(static_cast<uint64_t>(hw.bytes_per_element) << 32 | static_cast<uint32_t>(hw.multicast));
    return h.get();
}

std::size_t Evaluator::KeyHash::operator()(const Key& key) const {
    return hash(key.shape) ^ hash(key.dataflow) * 3 ^ hash(key.hardware) * 7;
}

const LayerCost& Evaluator::operator()(const Shape& shape, const Dataflow& dataflow,
                                       const Hardware& hardware) {
    ++calls_;
    const auto [found, fresh] = table_.try_emplace(Key{shape, dataflow, hardware});
    if (fresh) found->second = evaluate(shape, dataflow, hardware, mode_);
    return found->second;
}

std::size_t Sweep::add(const std::vector<Shape>& layers) {
    std::vector<uint32_t> order;
    order.reserve(layers.size());
    for (Shape shape : layers) {
        if (mode_ == Mode::kOriginal) {  // which knows none of these
            shape.pad.fill(0);
            shape.dilation_y = shape.dilation_x = 1;
            if (shape.type == LayerType::kTrConv) shape.type = LayerType::kConv;
        }
        const uint64_t h = hash(shape);
        const auto [begin, end] = index_.equal_range(h);
        auto found = begin;
        while (found != end && !(shapes_[found->second] == shape)) ++found;
        if (found == end) {
            found = index_.emplace(h, static_cast<uint32_t>(shapes_.size()));
            shapes_.push_back(shape);
        }
        order.push_back(found->second);
    }
    layers_ += order.size();
    networks_.push_back(std::move(order));
    return networks_.size() - 1;
}

std::size_t Sweep::add(const Network& network) {
    std::vector<Shape> layers;
    for (const Layer& layer : network.layers) {
        if (!layer.problem.empty()) throw InputError(layer.problem);
        layers.push_back(layer.shape);
    }
    return add(layers);
}

std::vector<Totals> Sweep::run(const Template& t, const Hardware& hardware) const {
    std::vector<uint32_t> all(networks_.size());
    std::iota(all.begin(), all.end(), 0u);
    return run(t, hardware, all);
}

std::vector<Totals> Sweep::run(const Template& t, const Hardware& hardware,
                               const std::vector<uint32_t>& networks) const {
    std::vector<bool> needed(shapes_.size());
    for (const uint32_t n : networks)
        for (const uint32_t shape : networks_[n]) needed[shape] = true;
    struct Part {
        int64_t runtime = 0;
        double energy = 0, l1 = 0;
        bool ok = false, lag = false;
    };
    std::vector<Part> parts(shapes_.size());
    for (std::size_t i = 0; i < shapes_.size(); ++i) {
        Dataflow dataflow;
        if (!needed[i] || !apply(t, shapes_[i], dataflow, mode_)) continue;
        const LayerCost cost = evaluate(shapes_[i], dataflow, hardware, mode_);
        if (!cost.ok()) continue;
        parts[i] = {cost.runtime, cost.energy_nj, l1_energy(cost, hardware.energy), true, cost.lag};
    }
    std::vector<Totals> result;
    result.reserve(networks.size());
    for (const uint32_t n : networks) {
        Totals totals;
        double previous_l1 = 0;
        for (const uint32_t shape : networks_[n]) {
            const Part& p = parts[shape];
            if (!p.ok) {
                ++totals.faults;
                continue;
            }
            totals.runtime = saturated_sum(totals.runtime, p.runtime);
            totals.energy_nj += p.lag ? p.energy + previous_l1 : p.energy;
            previous_l1 = p.l1;
        }
        result.push_back(totals);
    }
    return result;
}

void Sweep::run(const std::vector<Template>& templates, const std::vector<Hardware>& points,
                unsigned threads, const Done& done) const {
    const std::size_t jobs = templates.size() * points.size();
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::exception_ptr error;
    auto work = [&] {
        try {
            for (std::size_t job; (job = next++) < jobs;) {
                const std::size_t point = job / templates.size(), t = job % templates.size();
                const std::vector<Totals> totals = run(templates[t], points[point]);
                const std::lock_guard<std::mutex> lock(mutex);
                done(point, t, totals);
            }
        } catch (...) {
            const std::lock_guard<std::mutex> lock(mutex);
            if (!error) error = std::current_exception();
            next = jobs;
        }
    };
    std::vector<std::thread> pool;
    for (unsigned i = 1; i < threads; ++i) pool.emplace_back(work);
    work();
    for (std::thread& thread : pool) thread.join();
    if (error) std::rethrow_exception(error);
}

}  // namespace msd::maestro
