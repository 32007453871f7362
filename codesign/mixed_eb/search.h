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

// A layer's choice as a number: digits + 4 * quarters. 0 digits: all channels int8 on the DSP core;
// 1 to 3: so many on the LUT core, with the scheduler's split (0 quarters), or with about so many
// quarters of the channels there, in whole passes of the DSP core's rows.
constexpr int digits_of(uint8_t choice) {
    return choice & 3;
}
constexpr int quarters_of(uint8_t choice) {
    return choice >> 2;
}
constexpr uint8_t choice_of(int digits, int quarters) {
    return static_cast<uint8_t>(digits + 4 * quarters);
}

struct LayerChoice {
    std::string layer;
    uint8_t number = 0;
    int lut_channels = 0, channels = 0;
    Choice cost;    // its cycles, and the loss with all other layers int8
    int right = 0;  // images of the search
};

struct Configuration {
    std::vector<uint8_t> choices;                   // one a convolution, in the order they run
    uint64_t cycles = 0;                            // by the scheduler, of the network as assigned
    double additive_cycles = 0, additive_loss = 0;  // as the front adds them up
    Measured search;                                // on the images searched on
    std::vector<int> lut_channels;                  // one a convolution
};

class Search {
public:
    // `report`: called with a line now and then. Throws what the parts throw.
    Search(const quant::PostTraining& network, const std::vector<network::Image>& images,
           const SearchOptions& options, std::function<void(const std::string&)> report);

    // Of each convolution the choices: int8; each number of digits with the scheduler's split, then
    // with those shares that give another one.
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

    const Configuration& configuration(const std::vector<uint8_t>& choices);  // measured once
    // Its integers, with the channels as the network has them, for measuring; and as it runs.
    network::Graph quantised(const std::vector<uint8_t>& choices) const;
    network::Graph placed(const std::vector<uint8_t>& choices) const;

private:
    struct Plan {
        uint64_t cycles = 0;
        quant::Digits places, digits;  // by place, and of the channels that come there
    };
    scheduler::Schedule schedule(const std::vector<uint8_t>& choices) const;
    const Plan& plan(const std::vector<uint8_t>& choices) const;  // scheduled once
    void measure_layers();
    void measure_layers(int digits, int quarters);
    std::vector<Configuration> best() const;  // of all measured
    bool promises(const Configuration& c, const std::vector<Configuration>& front) const;
    std::vector<Configuration> neighbours(const std::vector<Configuration>& front) const;
    Configuration summed(const std::vector<uint8_t>& choices) const;  // nothing measured
    quant::Digits assignment(const std::vector<uint8_t>& choices,
                             const scheduler::Schedule& schedule) const;  // by place
    // LUT channels of a share of a layer; 0: the share leaves one of the cores without any.
    int share_of(network::LayerId conv, int quarters) const;
    std::vector<uint8_t> uniform(int digits, int quarters) const;

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

// For each published point, ours of at most its cycles with the most right answers (of equals the
// fastest): dominated if they are no fewer, strictly if they are more or the cycles fewer.
// `picked`: of ours of at most its cycles, the last, which has the least loss on the images
// searched on.
struct Dominance {
    std::size_t published = 0;
    std::size_t ours = 0;  // index; if no point is fast enough: the number of our points
    bool dominated = false, strictly = false;
    std::size_t picked = 0;
    bool picked_dominates = false;
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
