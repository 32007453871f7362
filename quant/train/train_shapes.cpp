// Trains the quickstart's network on drawn shapes and writes it as int8 ONNX: msd_train_shapes
// OUT.onnx [STEPS [SEED]].
//
// On one machine the same arguments give the same file (one thread, own images, seeded start);
// LibTorch's kernels round differently on different processors.
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "network/onnx_write.h"
#include "network/reference.h"
#include "network/shapes.h"
#include "quant/calibrate.h"

namespace {

namespace F = torch::nn::functional;
using msd::network::draw_shape;
using msd::network::Graph;
using msd::network::Image;
using msd::network::Layer;
using msd::network::LayerId;
using msd::network::Op;
using msd::network::Shape;
using msd::network::Window;

constexpr uint64_t kTrainSeries =
    0x74726169;  // the scenarios' seeds are small: no test image was trained on
constexpr uint64_t kTestSeries = 1;
constexpr int kBatch = 64, kTestImages = 1000, kCalibrationImages = 256;
constexpr float kPixelUnit =
    128;  // the network sees pixel / 128; the division is folded into its first weights

// A convolution without bias and the normalisation behind it.
struct ConvNormImpl : torch::nn::Module {
    ConvNormImpl(int from, int to, int kernel, int stride, int groups)
        : conv(register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(from, to, kernel)
                                                             .stride(stride)
                                                             .padding(kernel / 2)
                                                             .groups(groups)
                                                             .bias(false)))),
          norm(register_module("norm", torch::nn::BatchNorm2d(to))) {}

    torch::Tensor forward(const torch::Tensor& x) { return norm(conv(x)); }

    torch::nn::Conv2d conv;
    torch::nn::BatchNorm2d norm;
};
TORCH_MODULE(ConvNorm);

// 3x32x32 -> ten classes; every kind of layer that the accelerator knows occurs.
struct NetImpl : torch::nn::Module {
    torch::Tensor forward(torch::Tensor x) {
        x = torch::relu(stem(x));                                               // 16x32x32
        x = F::max_pool2d(x, F::MaxPool2dFuncOptions(3).stride(2).padding(1));  // 16x16x16
        x = torch::relu(widen(x));                                              // 32x16x16
        x = torch::relu(x + block1b(torch::relu(block1a(x))));
        x = torch::relu(depthwise(x));  // 32x8x8
        x = torch::relu(pointwise(x));  // 64x8x8
        x = torch::relu(x + block2(x));
        return classes(x.mean({2, 3}));
    }

    ConvNorm stem{register_module("stem", ConvNorm(3, 16, 3, 1, 1))};
    ConvNorm widen{register_module("widen", ConvNorm(16, 32, 3, 1, 1))};
    ConvNorm block1a{register_module("block1a", ConvNorm(32, 32, 3, 1, 1))};
    ConvNorm block1b{register_module("block1b", ConvNorm(32, 32, 3, 1, 1))};
    ConvNorm depthwise{register_module("depthwise", ConvNorm(32, 32, 3, 2, 32))};
    ConvNorm pointwise{register_module("pointwise", ConvNorm(32, 64, 1, 1, 1))};
    ConvNorm block2{register_module("block2", ConvNorm(64, 64, 3, 1, 1))};
    torch::nn::Linear classes{register_module("classes", torch::nn::Linear(64, 10))};
};
TORCH_MODULE(Net);

struct Batch {
    torch::Tensor images, labels;
};

Batch draw(uint64_t series, int first, int count) {
    Batch batch{torch::empty({count, 3, 32, 32}), torch::empty({count}, torch::kLong)};
    float* to = batch.images.data_ptr<float>();
    for (int i = 0; i < count; ++i) {
        const Image image = draw_shape(series, first + i);
        for (const float pixel : image.pixels) *to++ = pixel / kPixelUnit;
        batch.labels[i] = image.label;
    }
    return batch;
}

void train(Net& net, int steps) {
    torch::optim::Adam optimiser(net->parameters(),
                                 torch::optim::AdamOptions(3e-3).weight_decay(1e-5));
    net->train();
    double running = 2.3;
    for (int step = 0; step < steps; ++step) {
        const double warm = std::min(1.0, (step + 1) / 50.0);
        const double rate = 3e-3 * warm * (0.5 + 0.5 * std::cos(M_PI * step / steps)) + 1e-5;
        for (auto& group : optimiser.param_groups())
            static_cast<torch::optim::AdamOptions&>(group.options()).lr(rate);
        const Batch batch = draw(kTrainSeries, step * kBatch, kBatch);
        optimiser.zero_grad();
        torch::Tensor loss = F::cross_entropy(net(batch.images), batch.labels);
        loss.backward();
        optimiser.step();
        running += 0.05 * (loss.item<double>() - running);
        if ((step + 1) % 50 == 0)
            std::printf("step %d of %d: loss %.3f\n", step + 1, steps, running);
        std::fflush(stdout);
    }
    net->eval();
}

std::vector<float> floats(const torch::Tensor& tensor) {
    const torch::Tensor flat = tensor.detach().contiguous().view(-1);
    return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

// The trained network as a graph of the product: normalisation folded, input in pixels of 0..255.
class Exporter {
public:
    Graph graph_of(Net& net) {
        graph_.name = "quickstart";
        Layer in;
        in.name = "image";
        in.shape = {3, 32, 32};
        LayerId x = graph_.add(in, {});
        x = conv("stem", net->stem, x, true, 1 / kPixelUnit);
        x = pool("pool", Op::kMaxPool, {3, 3, 2, 2, 1, 1, 0, 0, false}, {16, 16, 16}, x);
        x = conv("widen", net->widen, x, true);
        LayerId y = conv("block1.conv1", net->block1a, x, true);
        x = add("block1.add", x, conv("block1.conv2", net->block1b, y, false));
        x = conv("depthwise", net->depthwise, x, true);
        x = conv("pointwise", net->pointwise, x, true);
        x = add("block2.add", x, conv("block2.conv", net->block2, x, false));
        x = pool("mean", Op::kAveragePool, {8, 8, 1, 1, 0, 0, 0, 0, false}, {64, 1, 1}, x);
        Layer classes;
        classes.name = "classes";
        classes.op = Op::kConv;
        classes.shape = {10, 1, 1};
        classes.weights.real = floats(net->classes->weight);
        classes.weights.bias_real = floats(net->classes->bias);
        x = graph_.add(classes, {x});
        Layer softmax;
        softmax.name = "softmax";
        softmax.op = Op::kSoftmax;
        softmax.shape = {10, 1, 1};
        graph_.add(softmax, {x});
        return graph_;
    }

private:
    LayerId conv(const char* name, ConvNorm& from, LayerId in, bool relu, double factor = 1) {
        const auto& options = from->conv->options;
        const int kernel = static_cast<int>(options.kernel_size()->at(0)),
                  stride = static_cast<int>(options.stride()->at(0));
        const int pad = kernel / 2;
        const Shape& shape = graph_[in].shape;
        Layer layer;
        layer.name = name;
        layer.op = Op::kConv;
        layer.groups = static_cast<int>(options.groups());
        layer.window = {kernel, kernel, stride, stride, pad, pad, pad, pad, false};
        const auto side = [&](int size) { return (size + 2 * pad - kernel) / stride + 1; };
        layer.shape = {static_cast<int>(options.out_channels()), side(shape.h), side(shape.w)};
        const std::vector<float> gamma = floats(from->norm->weight),
                                 beta = floats(from->norm->bias);
        const std::vector<float> mean = floats(from->norm->running_mean),
                                 variance = floats(from->norm->running_var);
        std::vector<float> weights = floats(from->conv->weight);
        const std::size_t taps = weights.size() / gamma.size();
        for (std::size_t k = 0; k < gamma.size(); ++k) {
            const double scale = gamma[k] / std::sqrt(variance[k] + from->norm->options.eps());
            for (std::size_t i = k * taps; i < (k + 1) * taps; ++i)
                weights[i] = static_cast<float>(weights[i] * scale * factor);
            layer.weights.bias_real.push_back(static_cast<float>(beta[k] - mean[k] * scale));
        }
        layer.weights.real = std::move(weights);
        if (relu) layer.real_lo = 0;
        return graph_.add(layer, {in});
    }

    LayerId pool(const char* name, Op op, const Window& window, const Shape& shape, LayerId in) {
        Layer layer;
        layer.name = name;
        layer.op = op;
        layer.window = window;
        layer.shape = shape;
        return graph_.add(layer, {in});
    }

    LayerId add(const char* name, LayerId a, LayerId b) {
        Layer layer;
        layer.name = name;
        layer.op = Op::kAdd;
        layer.shape = graph_[a].shape;
        layer.real_lo = 0;
        return graph_.add(layer, {a, b});
    }

    Graph graph_;
};

template <typename Values>
int best(const Values& values) {
    return static_cast<int>(std::max_element(values.begin(), values.end()) - values.begin());
}

// How many of the test images LibTorch, the float reference and the integer reference classify
// rightly.
void evaluate(Net& net, const Graph& real, const Graph& integer) {
    const torch::NoGradGuard no_gradients;
    int by_torch = 0, by_float = 0, by_integer = 0;
    double largest_difference = 0;
    for (int i = 0; i < kTestImages; ++i) {
        const Image image = draw_shape(kTestSeries, i);
        const std::vector<float> logits = floats(net(draw(kTestSeries, i, 1).images));
        const std::vector<float> same = evaluate_float(real, image.pixels)[real.output()];
        const auto q = quantise_image(image, integer[integer.input()].quant);
        by_torch += best(logits) == image.label;
        by_float += best(same) == image.label;
        by_integer += best(msd::network::evaluate(integer, q)[integer.output()]) == image.label;
        for (std::size_t k = 0; k < logits.size(); ++k)
            largest_difference =
                std::max(largest_difference, std::abs(double{logits[k]} - same[k]));
    }
    std::printf(
        "%d test images: LibTorch %d, float reference %d (logits differ by %.2g), int8 %d right\n",
        kTestImages, by_torch, by_float, largest_difference, by_integer);
    if (largest_difference > 0.01)
        throw std::runtime_error("the exported network is not the trained one");
}

int run(const std::string& path, int steps, uint64_t seed) {
    torch::manual_seed(seed);
    torch::set_num_threads(1);
    Net net;
    {  // Pictures differ most in brightness, which means nothing: start from filters that do not
       // see it.
        const torch::NoGradGuard no_gradients;
        torch::Tensor& weight = net->stem->conv->weight;
        weight -= weight.mean({2, 3}, true);
    }
    train(net, steps);
    const Graph real = Exporter().graph_of(net);
    std::vector<std::vector<float>> images;
    for (int i = 0; i < kCalibrationImages; ++i)
        images.push_back(draw_shape(kTrainSeries, i).pixels);
    const Graph integer = msd::quant::quantise(real, images);
    write_onnx(integer, path);
    evaluate(net, real, msd::network::read_onnx(path));
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const int steps = argc > 2 ? std::atoi(argv[2]) : 4800;
    if (argc < 2 || argc > 4 || steps < 1) {
        std::fprintf(stderr, "usage: msd_train_shapes OUT.onnx [STEPS=4800 [SEED=1]]\n");
        return 2;
    }
    try {
        return run(argv[1], steps, argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "msd_train_shapes: %s\n", error.what());
        return 1;
    }
}
