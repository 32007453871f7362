#include "scheduler/memory_plan.h"

#include <algorithm>

namespace msd::scheduler {
namespace {

constexpr uint64_t kAlign = 256;

// Free and used ranges of one growing memory.
class Arena {
public:
    uint64_t take(uint64_t bytes) {
        auto best = free_.end();
        for (auto it = free_.begin(); it != free_.end(); ++it)
            if (it->second >= bytes && (best == free_.end() || it->second < best->second))
                best = it;
        if (best == free_.end()) {
            // The last gap, if it touches the end, grows.
            uint64_t at = end_;
            if (!free_.empty()) {
                const auto last = std::prev(free_.end());
                if (last->first + last->second == end_) {
                    at = last->first;
                    free_.erase(last);
                }
            }
            end_ = at + bytes;
            return at;
        }
        const uint64_t at = best->first, rest = best->second - bytes;
        free_.erase(best);
        if (rest > 0) free_[at + bytes] = rest;
        return at;
    }

    void give_back(uint64_t at, uint64_t bytes) {
        const auto next = free_.lower_bound(at);
        if (next != free_.end() && at + bytes == next->first) {
            bytes += next->second;
            free_.erase(next);
        }
        const auto after = free_.lower_bound(at);
        if (after != free_.begin()) {
            const auto before = std::prev(after);
            if (before->first + before->second == at) {
                before->second += bytes;
                return;
            }
        }
        free_[at] = bytes;
    }

    uint64_t end() const { return end_; }

private:
    std::map<uint64_t, uint64_t> free_;  // first byte -> bytes
    uint64_t end_ = 0;
};

}  // namespace

MemoryPlan plan_memory(const network::Graph& graph, const std::vector<Step>& steps) {
    constexpr std::size_t kForever = ~std::size_t{0};
    const uint64_t images = steps.empty() ? 1 : steps[0].images;
    std::map<network::LayerId, std::size_t> last_reader;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        last_reader[steps[i].source] = i;
        if (steps[i].residual) last_reader[*steps[i].residual] = i;
    }
    const auto size = [&](network::LayerId id) {
        return (images * tensor_bytes(graph[id].shape) + kAlign - 1) / kAlign * kAlign;
    };

    Arena arena;
    MemoryPlan plan;
    std::map<network::LayerId, std::size_t> live;  // -> last reader
    uint64_t live_bytes = 0;
    const auto allocate = [&](network::LayerId id) {
        plan.offset[id] = arena.take(size(id));
        const auto reader = last_reader.find(id);
        live[id] = reader == last_reader.end() ? kForever : reader->second;
        live_bytes += size(id);
        plan.live_bytes = std::max(plan.live_bytes, live_bytes);
    };
    allocate(graph.input());
    for (std::size_t i = 0; i < steps.size(); ++i) {
        for (auto it = live.begin(); it != live.end();) {
            if (it->second >= i) {
                ++it;
                continue;
            }
            arena.give_back(plan.offset[it->first], size(it->first));
            live_bytes -= size(it->first);
            it = live.erase(it);
        }
        allocate(steps[i].layer);
    }
    plan.bytes = arena.end();
    return plan;
}

}  // namespace msd::scheduler
