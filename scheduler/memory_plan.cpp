#include "scheduler/memory_plan.h"

#include <algorithm>

namespace msd::scheduler {
namespace {

constexpr uint64_t kAlign = 256;

struct Life {
    network::LayerId id;
    uint64_t bytes;
    std::size_t first, last;  // steps that need it: written in one, read up to the other

    bool meets(const Life& other) const { return first <= other.last && other.first <= last; }
};

std::vector<Life> lives_of(const network::Graph& graph, const std::vector<Step>& steps,
                           const std::set<network::LayerId>& kept) {
    const uint64_t images = steps.empty() ? 1 : steps[0].images;
    std::map<network::LayerId, std::size_t> last_reader;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        last_reader[steps[i].source] = i;
        if (steps[i].residual) last_reader[*steps[i].residual] = i;
    }
    std::vector<Life> lives;
    const auto add = [&](network::LayerId id, std::size_t first) {
        const uint64_t bytes =
            (images * tensor_bytes(graph[id].shape) + kAlign - 1) / kAlign * kAlign;
        const auto reader = last_reader.find(id);
        lives.push_back(
            {id, bytes, first, reader == last_reader.end() ? steps.size() : reader->second});
    };
    add(graph.input(), 0);
    for (std::size_t i = 0; i < steps.size(); ++i)
        if (kept.count(steps[i].layer) == 0) add(steps[i].layer, i);
    return lives;
}

// Gives each tensor in turn the lowest place that those it meets leave; returns the end of all.
uint64_t place(const std::vector<Life>& order, std::map<network::LayerId, uint64_t>& offset) {
    std::vector<std::pair<uint64_t, const Life*>> placed;  // by offset
    uint64_t end = 0;
    for (const Life& life : order) {
        uint64_t at = 0;
        for (const auto& [from, other] : placed)
            if (life.meets(*other) && from < at + life.bytes)
                at = std::max(at, from + other->bytes);
        offset[life.id] = at;
        end = std::max(end, at + life.bytes);
        const std::pair<uint64_t, const Life*> entry{at, &life};
        placed.insert(
            std::upper_bound(placed.begin(), placed.end(), entry,
                             [](const auto& a, const auto& b) { return a.first < b.first; }),
            entry);
    }
    return end;
}

}  // namespace

MemoryPlan plan_memory(const network::Graph& graph, const std::vector<Step>& steps,
                       const std::set<network::LayerId>& kept) {
    std::vector<Life> lives = lives_of(graph, steps, kept);
    MemoryPlan plan;
    for (std::size_t i = 0; i <= steps.size(); ++i) {
        uint64_t alive = 0;
        for (const Life& life : lives)
            if (life.first <= i && i <= life.last) alive += life.bytes;
        plan.live_bytes = std::max(plan.live_bytes, alive);
    }
    // Large tensors first leaves the fewest gaps; in the order they are made is good for chains.
    const auto attempt = [&] {
        std::map<network::LayerId, uint64_t> offset;
        const uint64_t bytes = place(lives, offset);
        if (plan.offset.empty() || bytes < plan.bytes) {
            plan.bytes = bytes;
            plan.offset = std::move(offset);
        }
    };
    attempt();
    std::stable_sort(lives.begin(), lives.end(),
                     [](const Life& a, const Life& b) { return a.bytes > b.bytes; });
    attempt();
    std::stable_sort(lives.begin(), lives.end(), [](const Life& a, const Life& b) {
        return a.last - a.first > b.last - b.first;
    });
    attempt();
    return plan;
}

}  // namespace msd::scheduler
