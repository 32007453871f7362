// Trains a network with its quantisers in place: msd_train --real FLOAT.onnx --start QDQ.onnx
// --train IMAGES -o DIR. `msd train` calls it.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>

#include "network/channel_order.h"
#include "network/images.h"
#include "network/onnx_write.h"
#include "network/reference.h"
#include "network/write_file.h"
#include "quant/train/trainer.h"

namespace {

using namespace msd::train;
using msd::network::Graph;
using msd::network::Image;

struct Arguments {
    std::string real, start, train, test, method = "rsd", out;
    int train_first = 0, train_images = -1, test_first = 0, test_images = -1;
    MethodOptions method_options;
    TrainOptions options;
    bool bench = false, quiet = false;
};

template <typename Values>
int best(const Values& values) {
    return static_cast<int>(std::max_element(values.begin(), values.end()) - values.begin());
}

std::vector<Image> images_of(const Arguments& a, const Graph& graph, bool test) {
    const auto& in = graph[graph.input()];
    std::vector<Image> images = msd::network::read_images(
        test ? a.test : a.train, in.shape, a.options.seed, test ? a.test_first : a.train_first,
        test ? a.test_images : a.train_images);
    const int classes = static_cast<int>(graph[graph.output()].shape.elements());
    for (const Image& image : images) {
        if (image.label < 0 || image.label >= classes)
            throw std::runtime_error(
                fmt::format("{}: an image's label is {}; the network tells classes 0 to {} apart",
                            test ? a.test : a.train, image.label, classes - 1));
    }
    if (images.empty()) throw std::runtime_error((test ? a.test : a.train) + ": holds no image");
    return images;
}

Dataset dataset_of(const std::vector<Image>& images, const Graph& graph) {
    const auto shape = graph[graph.input()].shape;
    const auto count = static_cast<int64_t>(images.size());
    Dataset data{torch::empty({count, shape.c, shape.h, shape.w}),
                 torch::empty({count}, torch::kLong)};
    float* to = data.images.data_ptr<float>();
    for (std::size_t i = 0; i < images.size(); ++i) {
        to = std::copy(images[i].pixels.begin(), images[i].pixels.end(), to);
        data.labels.data_ptr<int64_t>()[i] = images[i].label;
    }
    return data;
}

// Rightly answered, in the integer arithmetic of docs/numbers.md.
int right_in_integers(const Graph& graph, const std::vector<Image>& images) {
    int right = 0;
    for (const Image& image : images) {
        const auto q = quantise_image(image, graph[graph.input()].quant);
        right += best(msd::network::evaluate(graph, q)[graph.output()]) == image.label;
    }
    return right;
}

int right_in_float(const Graph& graph, const std::vector<Image>& images) {
    int right = 0;
    for (const Image& image : images)
        right += best(evaluate_float(graph, image.pixels)[graph.output()]) == image.label;
    return right;
}

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) { return t.tv_sec + t.tv_usec * 1e-6; };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Redraws one line on a terminal: epoch, part of it, time left.
class Progress {
public:
    Progress(int epochs, bool quiet) : epochs_(epochs), on_(!quiet && isatty(2)) {}
    void operator()(int epoch, double done) {
        const double all = (epoch - 1 + done) / epochs_;
        if (first_ < 0) first_ = all, start_ = std::chrono::steady_clock::now();
        if (!on_ || all <= first_) return;
        const double spent =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
        fmt::print(stderr, "\repoch {} of {}, {:3.0f} %, {:.0f} s left\x1b[K{}", epoch, epochs_,
                   100 * all, spent / (all - first_) * (1 - all), all >= 1 ? "\n" : "");
        std::fflush(stderr);
    }

private:
    int epochs_;
    bool on_;
    double first_ = -1;
    std::chrono::steady_clock::time_point start_;
};

torch::Tensor answers_of(TrainableNetwork& teacher, const Dataset& data,
                         const TrainOptions& options) {
    return options.distil > 0 ? teacher_answers(teacher, data, options.augment) : torch::Tensor();
}

// Alternates epochs with and without quantisers and prints the ratio of their CPU times, a median.
int bench(const Arguments& a, const Graph& real, const Graph& integer, const Dataset& data) {
    std::vector<double> ratios;
    TrainOptions options = a.options;
    options.epochs = 1;
    options.checkpoint.clear();
    TrainableNetwork teacher(real, integer, {Method::kFloat});
    const double before = cpu_seconds();
    const torch::Tensor answers = answers_of(teacher, data, options);
    fmt::print("the float network's answers, once: {:.2f} s\n", cpu_seconds() - before);
    for (int i = 0; i < 3; ++i) {
        double seconds[2];
        for (const int quantised : {0, 1}) {
            MethodOptions method = a.method_options;
            if (!quantised) method.method = Method::kFloat;
            TrainableNetwork network(real, integer, method);
            const double start = cpu_seconds();
            TrainOptions plain = options;
            if (!quantised) plain.distil = 0;
            train(
                network, answers, data, plain, [](const Epoch&) {}, [](int, double) {});
            seconds[quantised] = cpu_seconds() - start;
        }
        ratios.push_back(seconds[1] / seconds[0]);
        fmt::print("epoch of {} images: float {:.2f} s, quantised {:.2f} s, {:.2f} times\n",
                   data.images.size(0), seconds[0], seconds[1], ratios.back());
    }
    std::sort(ratios.begin(), ratios.end());
    fmt::print("{:.2f} times, median of {}\n", ratios[1], ratios.size());
    return 0;
}

int run(Arguments a) {
    torch::set_num_threads(1);
    torch::manual_seed(a.options.seed);
    Graph real = msd::network::read_onnx(a.real), integer = msd::network::read_onnx(a.start);
    restore_digits(integer, a.start);
    if (const auto order = recorded_order(integer, a.start); real.size() == integer.size())
        reorder_channels(real, order);
    const std::vector<Image> train_images = images_of(a, real, false);
    const Dataset data = dataset_of(train_images, real);
    if (a.bench) return bench(a, real, integer, data);

    std::vector<Image> test_images;
    if (!a.test.empty()) test_images = images_of(a, real, true);
    TrainableNetwork network(real, integer, a.method_options);
    TrainableNetwork teacher(real, integer, {Method::kFloat});
    network.initialise(data.images.slice(0, 0, std::min<int64_t>(data.images.size(0), 256)));

    std::filesystem::create_directories(a.out);
    a.options.checkpoint = a.out + "/checkpoint.pt";
    std::string csv = "epoch,loss,rate,right\n";
    Progress progress(a.options.epochs, a.quiet);
    train(
        network, answers_of(teacher, data, a.options), data, a.options,
        [&](const Epoch& e) {
            csv += fmt::format("{},{:.6f},{:.6g},{:.6f}\n", e.number, e.loss, e.rate, e.right);
            if (!a.quiet)
                fmt::print("epoch {:3}: loss {:.4f}, {:.1f} % of the training images right\n",
                           e.number, e.loss, 100 * e.right);
            std::fflush(stdout);
        },
        [&](int epoch, double done) { progress(epoch, done); });

    const Graph trained = network.exported();
    write_onnx(trained, a.out + "/model.onnx");
    msd::network::write_file(a.out + "/training.csv", csv);
    std::string accuracy = "null";
    if (!test_images.empty()) {
        const int before = right_in_integers(integer, test_images),
                  after = right_in_integers(trained, test_images),
                  in_float = right_in_float(real, test_images);
        accuracy = fmt::format(R"({{"images": {}, "float": {}, "before": {}, "after": {}}})",
                               test_images.size(), in_float, before, after);
        fmt::print("of {} test images right: float {}, before training {}, after {}\n",
                   test_images.size(), in_float, before, after);
    }
    msd::network::write_file(
        a.out + "/training.json",
        fmt::format("{{\"method\": \"{}\", \"seed\": {}, \"epochs\": {}, \"training_images\": {}, "
                    "\"test\": {}}}\n",
                    a.method, a.options.seed, a.options.epochs, train_images.size(), accuracy));
    fmt::print("{}/model.onnx\n", a.out);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Quantisation-aware training", "msd_train"};
    Arguments a;
    app.add_option("--real", a.real, "float ONNX")->required();
    app.add_option("--start", a.start, "the same network quantised, with its assignment")
        ->required();
    app.add_option("--train", a.train, "training images")->required();
    app.add_option("--train-first", a.train_first);
    app.add_option("--train-images", a.train_images);
    app.add_option("--test", a.test, "test images");
    app.add_option("--test-first", a.test_first);
    app.add_option("--test-images", a.test_images);
    const std::map<std::string, Method> methods = {{"rsd", Method::kRsd},
                                                   {"int8", Method::kRsd},
                                                   {"lsq+", Method::kLsqPlus},
                                                   {"low_bit", Method::kLowBit}};
    app.add_option("--method", a.method)->check(CLI::IsMember(methods));
    app.add_flag("!--fixed-scales", a.method_options.learn_weight_scales);
    app.add_flag("--spaceevo-init", a.method_options.quirk_init, "LSQ+ as in SpaceEvo's code");
    app.add_option("--weight-bits", a.method_options.weight_bits)->check(CLI::Range(1, 8));
    app.add_option("--activation-bits", a.method_options.activation_bits)->check(CLI::Range(1, 8));
    app.add_option("--epochs", a.options.epochs)->check(CLI::Range(0, 100000));
    app.add_option("--batch", a.options.batch)->check(CLI::Range(1, 65536));
    app.add_option("--rate", a.options.rate)->check(CLI::NonNegativeNumber);
    app.add_option("--momentum", a.options.momentum)->check(CLI::Range(0.0, 0.9999));
    app.add_option("--weight-decay", a.options.weight_decay)->check(CLI::NonNegativeNumber);
    app.add_option("--distil", a.options.distil)->check(CLI::Range(0.0, 1.0));
    app.add_option("--temperature", a.options.temperature)->check(CLI::PositiveNumber);
    app.add_option("--augment", a.options.augment);
    app.add_option("--border", a.options.border, "input value outside a shifted image");
    app.add_option("--seed", a.options.seed);
    app.add_flag("--bench", a.bench, "only time an epoch against one without quantisers");
    app.add_flag("--quiet", a.quiet);
    app.add_option("-o,--out", a.out)->required();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    try {
        a.method_options.method = methods.at(a.method);
        for (int i = 1; i < argc; ++i) {  // all but where the outputs go
            if (std::string(argv[i]) == "-o" || std::string(argv[i]) == "--out")
                ++i;
            else
                a.options.fingerprint += std::string(argv[i]) + '\n';
        }
        return run(a);
    } catch (const c10::Error& error) {
        fmt::print(stderr, "msd_train: {}\n", error.what_without_backtrace());
        return 4;
    } catch (const std::exception& error) {
        fmt::print(stderr, "msd_train: {}\n", error.what());
        return 2;
    }
}
