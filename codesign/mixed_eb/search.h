// Digits for every layer by latency and accuracy: our search, and the published greedy on the same
// latencies and the same measurements.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "codesign/mixed_eb/front.h"
#include "codesign/mixed_eb/greedy.h"
#include "codesign/mixed_eb/sensitivity.h"
#include "quant/calibrate.h"
#include "scheduler/schedule.h"

namespace msd::mixed_eb {

struct SearchOptions {
    scheduler::Options schedule;  // effective_bits and layer_effective_bits are the search's
    pe::AcceleratorConfig device;
    int points = 32;   // of the front, scheduled and measured
    int refine = 48;   // more networks measured at most, a layer away from the best
    double slack = 0;  // of the front, mixed_eb/front.h
};

// One of a layer's choices: `digits` 0 is all channels int8 on the DSP core, 1 to 3 the scheduler's
// split with so many digits on the LUT core.
struct LayerChoice {
    std::string layer;
    int digits = 0, lut_channels = 0, channels = 0;
    Choice cost;    // its cycles, and the loss with all other layers int8
    int right = 0;  // images of the search
};

struct Configuration {
    std::vector<uint8_t> digits;  // one a convolution, 0..3, in the order they run
    uint64_t cycles = 0;          // by the scheduler, all layers together
    double additive_cycles = 0, additive_loss = 0;  // as the front adds them up
    Measured search;                                // on the images searched on
};

class Search {
public:
    // `report`: called with a line now and then. Throws what the parts throw.
    Search(const quant::PostTraining& network, const std::vector<network::Image>& images,
           const SearchOptions& options, std::function<void(const std::string&)> report);

    // Of each convolution the choices, digits ascending.
    const std::vector<std::vector<LayerChoice>>& layers() const { return layers_; }

    // Our points by ascending cycles, each with less loss than all before it, of everything
    // scheduled and measured as a whole: at most options.points of the additive model's front,
    // evenly spaced in cycles; `starts` (the published states, say) and all layers alike; and,
    // because layers that follow each other overlap, what one layer's other choice makes of the
    // best of these, as long as that promises to be better.
    std::vector<Configuration> front(const std::vector<std::vector<uint8_t>>& starts);
    std::size_t front_size() const { return front_size_; }  // of the additive model's front

    // Every state of the published greedy on this network's latencies, first to last.
    std::vector<Configuration> published();

    const Configuration& configuration(const std::vector<uint8_t>& digits);  // measured once
    network::Graph quantised(const std::vector<uint8_t>& digits) const;

private:
    struct Plan {
        uint64_t cycles = 0;
        quant::Digits digits;
    };
    scheduler::Schedule schedule(const std::vector<uint8_t>& digits) const;
    const Plan& plan(const std::vector<uint8_t>& digits) const;  // scheduled once
    void measure_layers();
    std::vector<Configuration> best() const;  // of all measured
    bool promises(const Configuration& c, const std::vector<Configuration>& front) const;
    std::vector<Configuration> neighbours(const std::vector<Configuration>& front) const;
    Configuration summed(const std::vector<uint8_t>& digits) const;  // nothing measured
    quant::Digits assignment(const std::vector<uint8_t>& digits,
                             const scheduler::Schedule& schedule) const;

    const quant::PostTraining& network_;
    SearchOptions options_;
    std::function<void(const std::string&)> report_;
    network::Graph int8_, folded_;
    std::vector<network::LayerId> convs_;
    Judge judge_;
    std::vector<std::vector<LayerChoice>> layers_;
    std::map<std::vector<uint8_t>, Configuration> known_;
    mutable std::map<std::vector<uint8_t>, Plan> plans_;
    uint64_t baseline_ = 0;  // cycles with all layers on the DSP core
    std::size_t front_size_ = 0;
};

// For each published point, ours of at most its cycles with the most right answers: dominated if
// they are no fewer.
struct Dominance {
    std::size_t published = 0;
    std::size_t ours = 0;  // index; of no point is fast enough: the number of our points
    bool dominated = false;
};
std::vector<Dominance> dominance(const std::vector<Configuration>& published,
                                 const std::vector<int>& published_right,
                                 const std::vector<Configuration>& ours,
                                 const std::vector<int>& our_right);

// Curves of cycles (across) and wrong answers in percent (up) as an SVG picture.
struct Curve {
    std::string name;
    std::vector<double> cycles, wrong_percent;
    bool joined = false;  // by steps, as a front
};
std::string plot_svg(const std::string& title, const std::vector<Curve>& curves);

}  // namespace msd::mixed_eb
