// The DMA ports once more, written to be obviously right: a walk over beats and a loop over cycles.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "firmware/program.h"

namespace msd::test {

// Small fixed generator: the same numbers on every machine.
struct Random {
    uint64_t state;
    explicit Random(uint64_t seed) : state(seed * 2654435769u + 1) {}
    uint32_t operator()(uint32_t limit) {
        state = state * 6364136223846793005ull + 1442695040888963407ull;
        return static_cast<uint32_t>((state >> 33) % limit);
    }
};

inline msd_block random_block(Random& random, uint32_t base, uint32_t window) {
    msd_block b{};
    b.row_bytes = 16 * (1 + random(random(4) == 0 ? 80 : 20));
    b.rows = static_cast<uint16_t>(1 + random(5));
    b.planes = static_cast<uint16_t>(1 + random(3));
    b.row_stride = b.row_bytes + 16 * random(random(3) == 0 ? 1 : 40);
    b.plane_stride = b.row_stride * b.rows + 16 * random(40);
    b.address = base + 16 * random(window / 16);
    return b;
}

struct ReferenceBurst {
    uint32_t address;
    unsigned beats;
    uint64_t offset;
    unsigned channel = 0;
    bool last = false;  // of its block
    uint64_t ready = 0;
};

// One beat after the other: a new burst begins with each row, after 16 beats and at each 4 KiB
// boundary.
inline std::vector<ReferenceBurst> walk(const msd_block& block, unsigned beat_bytes) {
    std::vector<ReferenceBurst> bursts;
    uint64_t offset = 0;
    for (unsigned plane = 0; plane < block.planes; ++plane) {
        for (unsigned row = 0; row < block.rows; ++row) {
            bool begin = true;
            for (uint32_t byte = 0; byte < block.row_bytes; byte += beat_bytes) {
                const uint32_t address =
                    block.address + plane * block.plane_stride + row * block.row_stride + byte;
                if (begin || address % 4096 == 0 || bursts.back().beats == 16)
                    bursts.push_back({address, 0, offset});
                begin = false;
                ++bursts.back().beats;
                offset += beat_bytes;
            }
        }
    }
    if (!bursts.empty()) bursts.back().last = true;
    return bursts;
}

struct ReferenceRequest {
    uint64_t cycle;  // in which the block is requested
    unsigned channel;
    msd_block block;
};

struct Issue {
    uint64_t cycle;
    uint32_t address;
    bool operator==(const Issue& o) const { return cycle == o.cycle && address == o.address; }
};

struct BlockDone {
    unsigned channel;
    uint64_t cycle;
    bool operator==(const BlockDone& o) const { return channel == o.channel && cycle == o.cycle; }
};

struct ReferenceResult {
    std::vector<Issue> issues;
    std::vector<BlockDone> done;
};

// `latency(i)`: cycles from burst i's issue (read) or last data beat (write) to its response, at
// least 1.
inline ReferenceResult simulate(const std::vector<ReferenceRequest>& requests, unsigned beat_bytes,
                                unsigned outstanding, bool write,
                                const std::function<uint64_t(uint64_t)>& latency) {
    struct Active {
        ReferenceBurst burst;
        uint64_t issue = 0, response = 0;  // response 0: not known yet
        unsigned moved = 0;                // beats on the data bus
        bool ended = false;
    };
    ReferenceResult result;
    std::deque<ReferenceBurst> waiting[2];
    std::vector<Active> bursts;  // in order of issue
    size_t next_request = 0, data = 0, answer = 0;
    for (uint64_t t = 0; result.done.size() < requests.size(); ++t) {
        // read data / write responses, one a cycle, in order
        size_t ended_before = 0;
        for (const Active& a : bursts) ended_before += a.ended;
        if (!write && data < bursts.size() && bursts[data].response != 0 &&
            bursts[data].response <= t) {
            Active& a = bursts[data];
            if (++a.moved == a.burst.beats) {
                a.ended = true;
                ++data;
                if (a.burst.last) result.done.push_back({a.burst.channel, t + 1});
            }
        }
        if (write) {
            if (data < bursts.size() && bursts[data].issue < t) {
                Active& a = bursts[data];
                if (++a.moved == a.burst.beats) {
                    a.response = t + latency(data);
                    ++data;
                }
            }
            if (answer < data && bursts[answer].response <= t) {
                Active& a = bursts[answer++];
                a.ended = true;
                if (a.burst.last) result.done.push_back({a.burst.channel, t + 1});
            }
        }
        // one address a cycle, if fewer than `outstanding` bursts had not ended before this cycle
        if (bursts.size() - ended_before < outstanding) {
            for (auto& queue : waiting) {
                if (queue.empty()) continue;
                Active a;
                a.burst = queue.front();
                a.issue = t;
                if (!write) a.response = t + latency(bursts.size());
                queue.pop_front();
                bursts.push_back(a);
                result.issues.push_back({t, a.burst.address});
                break;
            }
        }
        // requested in t: may issue in t + 1
        while (next_request < requests.size() && requests[next_request].cycle == t) {
            const ReferenceRequest& r = requests[next_request++];
            for (ReferenceBurst b : walk(r.block, beat_bytes)) {
                b.channel = r.channel;
                waiting[r.channel].push_back(b);
            }
        }
    }
    return result;
}

}  // namespace msd::test
