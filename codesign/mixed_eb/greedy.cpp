// The published greedy, step by step.
#include "codesign/mixed_eb/greedy.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace msd::mixed_eb {
namespace {

constexpr int kSmall = 15;  // numpy sorts partitions up to this by insertion

// numpy's indirect quicksort (median of three, larger part kept for later), as long as its depth
// stays below the limit beyond which numpy turns to heap sort: 2 log2(n) levels, which tables of
// this length do not reach.
class Quicksort {
public:
    Quicksort(const std::vector<std::string>& texts, std::vector<int>& order)
        : texts_(texts), order_(order) {}

    void sort(int low, int high) {
        while (high - low > kSmall) {
            const int middle = split(low, high);
            if (middle - low < high - middle) {  // numpy keeps the larger part for later
                sort(low, middle - 1);
                low = middle + 1;
            } else {
                sort(middle + 1, high);
                high = middle - 1;
            }
        }
        for (int i = low + 1; i <= high; ++i) {
            const int moved = order_[i];
            int j = i;
            for (; j > low && less(moved, order_[j - 1]); --j) order_[j] = order_[j - 1];
            order_[j] = moved;
        }
    }

private:
    bool less(int a, int b) const { return texts_[a] < texts_[b]; }

    int split(int low, int high) {
        const int middle = low + ((high - low) >> 1);
        if (less(order_[middle], order_[low])) std::swap(order_[middle], order_[low]);
        if (less(order_[high], order_[middle])) std::swap(order_[high], order_[middle]);
        if (less(order_[middle], order_[low])) std::swap(order_[middle], order_[low]);
        const int pivot = order_[middle];
        int i = low, j = high - 1;
        std::swap(order_[middle], order_[j]);
        for (;;) {
            do ++i;
            while (less(order_[i], pivot));
            do --j;
            while (less(pivot, order_[j]));
            if (i >= j) break;
            std::swap(order_[i], order_[j]);
        }
        std::swap(order_[i], order_[high - 1]);
        return i;
    }

    const std::vector<std::string>& texts_;
    std::vector<int>& order_;
};

class Greedy {
public:
    Greedy(const LatencyTable& table, const GreedyRules& rules) : table_(table), rules_(rules) {
        if (rules.layers < 1 || rules.layers > static_cast<int>(table.layers.size()))
            throw std::invalid_argument("the greedy takes " + std::to_string(rules.layers) +
                                        " layers of a table of " +
                                        std::to_string(table.layers.size()));
        if (rules.baseline == 0)
            throw std::invalid_argument("speed-ups need the baseline's cycles");
    }

    GreedyStep all_at(int effective_bits) {
        bits_.assign(rules_.layers, static_cast<uint8_t>(effective_bits));
        return state(-1, effective_bits);
    }

    // Steps of one phase from the state as it is, up to and with the first beyond the target. True
    // if there was one.
    bool phase(int to, double target, std::vector<GreedyStep>& steps) {
        const int count = to == 2 ? rules_.steps_to_2 : rules_.steps_to_1;
        const int first = to == 2 ? rules_.first_to_2 : rules_.first_to_1;
        for (int i = 0; i < count; ++i) {
            std::vector<std::string> texts;
            for (int l = 0; l < rules_.layers; ++l) texts.push_back(cycles(l));
            int place = first - i;
            if (place < 0) place += rules_.layers;
            if (place < 0 || place >= rules_.layers)
                throw std::invalid_argument("step " + std::to_string(i) +
                                            " of the greedy leaves the list of layers");
            const int layer = numpy_argsort(texts)[place];
            bits_[layer] = static_cast<uint8_t>(to);
            steps.push_back(state(layer, to));
            if (steps.back().speedup > target) return true;
        }
        return false;
    }

private:
    const std::string& cycles(int layer) const {
        return table_.layers[layer].cycles[bits_[layer] - 1u];
    }

    GreedyStep state(int layer, int to) const {
        double sum = 0;
        for (int l = 0; l < rules_.layers; ++l) sum += std::stod(cycles(l));
        return {layer, to, static_cast<double>(rules_.baseline) / sum, bits_};
    }

    const LatencyTable& table_;
    const GreedyRules& rules_;
    std::vector<uint8_t> bits_;
};

}  // namespace

std::vector<int> numpy_argsort(const std::vector<std::string>& texts) {
    std::vector<int> order(texts.size());
    std::iota(order.begin(), order.end(), 0);
    Quicksort(texts, order).sort(0, static_cast<int>(texts.size()) - 1);
    return order;
}

GreedyRules greedy_rules(const std::string& network, const LatencyTable& table) {
    if (network == "vgg16") return {16, 30, 16, 15, 15, 30'873'684};
    if (network == "resnet18") return {21, 42, 42, 20, 20, 2'779'855};
    if (network == "resnet50") return {51, 50, 51, 50, 20, 12'463'618};
    const int n = static_cast<int>(table.layers.size());
    return {n, 2 * n, 2 * n, n - 1, n - 1, table.baseline};
}

std::vector<GreedyStep> published_greedy(const LatencyTable& table, const GreedyRules& rules,
                                         double target) {
    Greedy greedy(table, rules);
    std::vector<GreedyStep> steps;
    greedy.all_at(3);
    greedy.phase(2, target, steps);
    greedy.all_at(2);
    greedy.phase(1, target, steps);
    return steps;
}

std::vector<GreedyStep> published_path(const LatencyTable& table, const GreedyRules& rules,
                                       double target) {
    Greedy greedy(table, rules);
    std::vector<GreedyStep> states{greedy.all_at(3)};
    bool beyond = states[0].speedup > target;
    for (const int to : {2, 1}) {
        if (!beyond) beyond = greedy.phase(to, target, states);
        if (beyond) break;
        states.push_back(greedy.all_at(to));
        beyond = states.back().speedup > target;
    }
    if (beyond && states.size() > 1) states.pop_back();
    return states;
}

}  // namespace msd::mixed_eb
