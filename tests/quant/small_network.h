// A small float network with a branch, and images for it.
#pragma once

#include <string>
#include <vector>

#include "network/graph.h"
#include "tests/quant/random.h"

namespace msd::test {

inline network::Layer input_layer(network::Shape shape) {
    network::Layer layer;
    layer.name = "in";
    layer.shape = shape;
    return layer;
}

inline network::Layer conv_layer(const std::string& name, int k, const network::Shape& in,
                                 Random& random) {
    network::Layer layer;
    layer.name = name;
    layer.op = network::Op::kConv;
    layer.window = {3, 3, 1, 1, 1, 1, 1, 1, false};
    layer.shape = {k, in.h, in.w};
    for (int i = 0; i < k * in.c * 9; ++i)
        layer.weights.real.push_back(static_cast<float>(random.normal() * 0.2));
    for (int i = 0; i < k; ++i)
        layer.weights.bias_real.push_back(static_cast<float>(random.normal()));
    return layer;
}

// in -> conv (relu) -> max pool -> conv -> add with the pool -> global average
inline network::Graph small_network(Random& random) {
    network::Graph graph;
    graph.name = "small";
    const network::LayerId in = graph.add(input_layer({3, 8, 8}), {});
    network::Layer first = conv_layer("first", 6, {3, 8, 8}, random);
    first.real_lo = 0;
    const network::LayerId a = graph.add(first, {in});
    network::Layer pool;
    pool.name = "pool";
    pool.op = network::Op::kMaxPool;
    pool.window = {2, 2, 2, 2, 0, 0, 0, 0, false};
    pool.shape = {6, 4, 4};
    const network::LayerId b = graph.add(pool, {a});
    const network::LayerId c = graph.add(conv_layer("second", 6, {6, 4, 4}, random), {b});
    network::Layer sum;
    sum.name = "sum";
    sum.op = network::Op::kAdd;
    sum.shape = {6, 4, 4};
    const network::LayerId d = graph.add(sum, {b, c});
    network::Layer mean;
    mean.name = "mean";
    mean.op = network::Op::kAveragePool;
    mean.window = {4, 4, 1, 1, 0, 0, 0, 0, false};
    mean.shape = {6, 1, 1};
    graph.add(mean, {d});
    return graph;
}

inline std::vector<std::vector<float>> random_images(int count, int64_t elements, Random& random) {
    std::vector<std::vector<float>> images(count);
    for (auto& image : images) {
        for (int64_t e = 0; e < elements; ++e)
            image.push_back(static_cast<float>(random.uniform(-1, 3)));
    }
    return images;
}

}  // namespace msd::test
