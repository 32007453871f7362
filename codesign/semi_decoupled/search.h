// Choosing a network and hardware together, under limits: fully coupled, semi-decoupled (Lu, Yan,
// Shi, Ren, arXiv 2203.13921), by FLOPs, fully decoupled.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "codesign/explore/store.h"
#include "codesign/semi_decoupled/rank.h"

namespace msd::semi_decoupled {

// Costs of networks on points. A pair that was not evaluated, or where a layer has no cost, is
// infinite.
class Table {
public:
    Table(std::size_t points, std::size_t networks);

    std::size_t points() const { return cycles_.size(); }
    std::size_t networks() const { return networks_; }
    void set(uint32_t point, uint32_t network, const explore::Row& row);
    const std::vector<double>& cycles(std::size_t point) const { return cycles_[point]; }
    const std::vector<double>& energy(std::size_t point) const { return energy_[point]; }
    bool has(std::size_t point, std::size_t network) const { return known_[point][network]; }

private:
    std::size_t networks_;
    std::vector<std::vector<double>> cycles_, energy_;
    std::vector<std::vector<bool>> known_;
};

struct Limits {
    double cycles = 0, energy_nj = 0;
};

struct Design {
    int network = -1, point = -1;  // -1: none keeps the limits
    double score = 0;
};

// The highest score that keeps the limits; of equal ones fewer cycles, then less energy.
Design best_design(const Table& table, const std::vector<double>& score,
                   const std::vector<uint32_t>& networks, const std::vector<uint32_t>& points,
                   const Limits& limits);

// Limits that bite: `count` x `count` quantiles of the least cycles and the least energy that each
// network needs on any of the points; of these limits those that some design keeps.
std::vector<Limits> spread_limits(const Table& table, const std::vector<double>& score,
                                  const std::vector<uint32_t>& points, int count);

// Stage 1 with `runs` searches instead of the whole Pareto set: the best network for each of so
// many limits on the proxy, evenly spread over cycles and energy at once. Ascending.
std::vector<uint32_t> stage_one(const Table& table, const std::vector<double>& score,
                                uint32_t proxy, int runs);

// What a few networks, evaluated on all points, tell of the hardware.
struct Sampled {
    std::vector<uint32_t> networks;
    std::vector<uint32_t> points;  // that no other beats on all of them, ascending
    // Of these points the fastest and the thriftiest over the sample, which may be one; empty: no
    // point runs all of it.
    std::vector<uint32_t> proxies;
};

// `count` networks, evenly spread over the order of their MACs. Ascending.
std::vector<uint32_t> spread_sample(const std::vector<double>& macs, int count);
Sampled sample_points(const Table& table, const std::vector<uint32_t>& networks,
                      const std::vector<uint32_t>& points);
// The Pareto sets of the proxies together. Ascending.
std::vector<uint32_t> pareto_of(const Table& table, const std::vector<double>& score,
                                const std::vector<uint32_t>& proxies);

struct MethodResult {
    std::string method;
    int proxy = -1;                      // point of stage 1; -1: none
    int second_proxy = -1;               // where there are two
    std::size_t kept = 0;                // networks that stage 2 looks at
    std::size_t points = 0;              // that stage 2 looks at
    std::size_t evaluations = 0;         // of a network on a point
    std::size_t limits = 0;              // tried
    std::size_t equal = 0;               // where the score is the fully coupled one's
    std::size_t missed = 0;              // where it finds nothing though there is a design
    double mean_gap = 0, worst_gap = 0;  // of the score, where it finds something
    std::vector<Limits> tried;           // and the design found under each
    std::vector<Design> designs;
};

// Stage 2 over the networks kept, on the points of the sample; stage 1 was on `proxies`.
MethodResult sampled_stages(const Table& table, const std::vector<double>& score,
                            const std::vector<Limits>& limits, const Sampled& sampled,
                            const std::vector<uint32_t>& proxies, const std::vector<uint32_t>& kept,
                            std::size_t all_points);

// All methods on one group of points; those of `proxies` that can run a network each take a turn as
// the proxy of semi_decoupled (the whole Pareto set) and semi_decoupled_runs (stage_one()).
// `sample` networks choose proxy and points of semi_decoupled_sampled and flops_sampled. Needs the
// whole table.
std::vector<MethodResult> compare_methods(const Table& table, const std::vector<double>& score,
                                          const std::vector<double>& macs,
                                          const std::vector<uint32_t>& points,
                                          const std::vector<uint32_t>& proxies, int limits,
                                          int runs, int sample);

}  // namespace msd::semi_decoupled
