// Encodes weights of ResNet-50's size.
#include "platform/cli/quantise_bench.h"

#include <algorithm>
#include <stdexcept>

#include "network/random.h"
#include "network/zoo.h"
#include "platform/cli/cpu_time.h"
#include "quant/rsd.h"

namespace msd::platform {
namespace {

struct Channels {
    std::vector<double> weights;
    std::vector<std::size_t> taps;  // of each
};

Channels resnet50() {
    const network::Graph graph = network::make_zoo("resnet50", 1);
    network::Random random(1, 0);
    Channels all;
    for (const network::LayerId id : graph.order()) {
        const network::Weights& w = graph[id].weights;
        for (std::size_t k = 0; k < w.scale.size(); ++k)
            all.taps.push_back(w.q.size() / w.scale.size());
    }
    for (const std::size_t taps : all.taps) {
        const double scale = 1e-4 * (1 + random.below(1000));
        for (std::size_t i = 0; i < taps; ++i)  // the sum of three is near enough to normal
            all.weights.push_back(
                scale * (random.below(2001) + random.below(2001) + random.below(2001) - 3000));
    }
    return all;
}

double seconds(const Channels& all, quant::ScaleSearch search) {
    const double start = thread_cpu_seconds();
    std::vector<int8_t> values(5000);
    const double* from = all.weights.data();
    for (const std::size_t taps : all.taps) {
        if (taps > values.size()) values.resize(taps);
        if (!(quant::encode_channel(from, taps, 2, values.data(), search) > 0))
            throw std::logic_error("bench: a channel has no scale");
        from += taps;
    }
    return thread_cpu_seconds() - start;
}

double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
    return values[values.size() / 2];
}

}  // namespace

std::vector<std::pair<std::string, double>> bench_quantise(int repeats) {
    const Channels all = resnet50();
    std::vector<double> best, published;
    for (int i = 0; i < repeats; ++i) {
        best.push_back(seconds(all, quant::ScaleSearch::kBest));
        published.push_back(seconds(all, quant::ScaleSearch::kPublished));
    }
    return {{"ratio", median(best) / median(published)},
            {"seconds", median(best)},
            {"published_s", median(published)},
            {"weights", static_cast<double>(all.weights.size())},
            {"channels", static_cast<double>(all.taps.size())}};
}

}  // namespace msd::platform
