// Batches, steps and checkpoints.
#include "quant/train/trainer.h"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <numeric>
#include <stdexcept>

#include "network/random.h"

namespace msd::train {
namespace {

namespace F = torch::nn::functional;
using torch::Tensor;

// The order of an epoch's images, and what happens to each.
std::vector<int64_t> shuffled(int64_t count, uint64_t seed, int epoch) {
    network::Random random(seed, static_cast<uint64_t>(epoch));
    std::vector<int64_t> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), 0);
    for (int64_t i = count - 1; i > 0; --i)
        std::swap(order[i], order[random.below(static_cast<int>(i + 1))]);
    return order;
}

// Image `from` of `data`, mirrored or not and shifted, into `to`; true if mirrored.
bool copy_augmented(const Dataset& data, int64_t from, network::Random& random, float border,
                    float* to) {
    const int64_t c = data.images.size(1), h = data.images.size(2), w = data.images.size(3);
    const int reach_y = static_cast<int>(h / 8), reach_x = static_cast<int>(w / 8);
    const int dy = random.below(2 * reach_y + 1) - reach_y,
              dx = random.below(2 * reach_x + 1) - reach_x;
    const bool mirror = random.below(2) == 1;
    const float* image = data.images.data_ptr<float>() + from * c * h * w;
    for (int64_t k = 0; k < c; ++k) {
        for (int64_t y = 0; y < h; ++y) {
            for (int64_t x = 0; x < w; ++x) {
                const int64_t v = y + dy, u = (mirror ? w - 1 - x : x) + dx;
                const bool inside = v >= 0 && v < h && u >= 0 && u < w;
                *to++ = inside ? image[(k * h + v) * w + u] : border;
            }
        }
    }
    return mirror;
}

struct Batch {
    Tensor images, labels, answers;
};

Batch batch_of(const Dataset& data, const Tensor& answers, const std::vector<int64_t>& order,
               std::size_t from, std::size_t count, const TrainOptions& options,
               network::Random& random) {
    std::vector<int64_t> shape = data.images.sizes().vec();
    const int64_t image = data.images.numel() / shape[0];
    shape[0] = static_cast<int64_t>(count);
    Batch batch{torch::empty(shape), torch::empty({shape[0]}, torch::kLong), {}};
    std::vector<int64_t> rows(count);  // of the answers
    const float* images = data.images.data_ptr<float>();
    const int64_t* labels = data.labels.data_ptr<int64_t>();
    float* to = batch.images.data_ptr<float>();
    for (std::size_t i = 0; i < count; ++i, to += image) {
        const int64_t n = order[from + i];
        batch.labels.data_ptr<int64_t>()[i] = labels[n];
        rows[i] = n;
        if (!options.augment)
            std::copy_n(images + n * image, image, to);
        else if (copy_augmented(data, n, random, static_cast<float>(options.border), to))
            rows[i] += data.images.size(0);
    }
    if (options.distil > 0)
        batch.answers = answers.flatten(0, 1).index_select(0, torch::tensor(rows));
    return batch;
}

// Cross entropy with the labels and, softened by the temperature, with the teacher's answers.
Tensor loss_of(const Tensor& logits, const Tensor& teacher, const Tensor& labels,
               const TrainOptions& options) {
    Tensor loss = (1 - options.distil) * F::cross_entropy(logits, labels);
    if (options.distil == 0) return loss;
    const double t = options.temperature;
    const Tensor target = torch::softmax(teacher / t, 1);
    return loss -
           options.distil * t * t *
               (target * (torch::log_softmax(logits / t, 1) - torch::log_softmax(teacher / t, 1)))
                   .sum(1)
                   .mean();
}

class Checkpoint {
public:
    Checkpoint(std::string path, std::string fingerprint)
        : path_(std::move(path)), fingerprint_(std::move(fingerprint)) {}

    // Epochs done, their records; fills network and optimiser. Nothing if there is no file.
    std::vector<Epoch> load(TrainableNetwork& network, torch::optim::SGD& optimiser) const {
        std::vector<Epoch> done;
        if (path_.empty() || !std::filesystem::exists(path_)) return done;
        try {
            torch::serialize::InputArchive archive, of_optimiser;
            archive.load_from(path_);
            c10::IValue fingerprint, epochs;
            archive.read("fingerprint", fingerprint);
            if (fingerprint.toStringRef() != fingerprint_)
                throw std::runtime_error(
                    "it belongs to a run with other settings; remove it, or give another folder");
            archive.read("epochs", epochs);
            const Tensor table = epochs.toTensor();
            const auto rows = table.accessor<double, 2>();
            for (int64_t i = 0; i < table.size(0); ++i)
                done.push_back({static_cast<int>(i + 1), rows[i][0], rows[i][1], rows[i][2]});
            const torch::NoGradGuard none;
            std::size_t n = 0;
            for (Tensor& t : state_of(network)) {
                Tensor saved;
                archive.read("t" + std::to_string(n++), saved);
                t.copy_(saved);
            }
            archive.read("optimiser", of_optimiser);
            optimiser.load(of_optimiser);
        } catch (const c10::Error& error) {
            throw std::runtime_error(path_ +
                                     ": is no checkpoint, or damaged; remove it to start anew");
        } catch (const std::runtime_error& error) {
            throw std::runtime_error(path_ + ": " + error.what());
        }
        return done;
    }

    void save(TrainableNetwork& network, const torch::optim::SGD& optimiser,
              const std::vector<Epoch>& done) const {
        if (path_.empty()) return;
        torch::serialize::OutputArchive archive, of_optimiser;
        archive.write("fingerprint", c10::IValue(fingerprint_));
        Tensor table = torch::empty({static_cast<int64_t>(done.size()), 3}, torch::kDouble);
        for (std::size_t i = 0; i < done.size(); ++i) {
            table[i][0] = done[i].loss;
            table[i][1] = done[i].rate;
            table[i][2] = done[i].right;
        }
        archive.write("epochs", c10::IValue(table));
        std::size_t n = 0;
        for (const Tensor& t : state_of(network))
            archive.write("t" + std::to_string(n++), t.detach().clone());
        optimiser.save(of_optimiser);
        archive.write("optimiser", of_optimiser);
        archive.save_to(path_ + ".part");
        std::filesystem::rename(path_ + ".part", path_);
    }

private:
    static std::vector<Tensor> state_of(TrainableNetwork& network) { return network.state(); }

    std::string path_, fingerprint_;
};

torch::optim::SGD optimiser_of(const TrainableNetwork& network, const TrainOptions& options) {
    const auto group = [&](std::vector<Tensor> parameters, double rate, double decay) {
        return torch::optim::OptimizerParamGroup(
            std::move(parameters),
            std::make_unique<torch::optim::SGDOptions>(
                torch::optim::SGDOptions(rate).momentum(options.momentum).weight_decay(decay)));
    };
    std::vector<torch::optim::OptimizerParamGroup> groups;
    groups.push_back(group(network.weights(), options.rate, options.weight_decay));
    if (!network.scales().empty())
        groups.push_back(group(network.scales(), options.rate * options.scale_rate, 0));
    return torch::optim::SGD(groups, torch::optim::SGDOptions(options.rate));
}

void set_rate(torch::optim::SGD& optimiser, const TrainOptions& options, double rate) {
    double factor = 1;
    for (auto& group : optimiser.param_groups()) {
        static_cast<torch::optim::SGDOptions&>(group.options()).lr(rate * factor);
        factor = options.scale_rate;
    }
}

}  // namespace

Tensor teacher_answers(TrainableNetwork& teacher, const Dataset& data, bool mirrored) {
    const torch::NoGradGuard none;
    std::vector<Tensor> sides;
    for (int side = 0; side < (mirrored ? 2 : 1); ++side) {
        std::vector<Tensor> parts;
        for (const Tensor& part : data.images.split(256))
            parts.push_back(teacher.forward(side == 0 ? part : part.flip(3)));
        sides.push_back(torch::cat(parts));
    }
    return torch::stack(sides);
}

void train(TrainableNetwork& network, const Tensor& answers, const Dataset& data,
           const TrainOptions& options, const std::function<void(const Epoch&)>& report,
           const std::function<void(int, double)>& progress) {
    const int64_t count = data.images.size(0);
    const std::size_t batch = static_cast<std::size_t>(options.batch);
    const std::size_t steps = (static_cast<std::size_t>(count) + batch - 1) / batch;
    torch::optim::SGD optimiser = optimiser_of(network, options);
    const Checkpoint checkpoint(options.checkpoint, options.fingerprint);
    std::vector<Epoch> done = checkpoint.load(network, optimiser);
    for (const Epoch& e : done) report(e);
    std::vector<Tensor> trained = network.weights();
    for (const Tensor& s : network.scales()) trained.push_back(s);
    for (int epoch = static_cast<int>(done.size()); epoch < options.epochs; ++epoch) {
        const std::vector<int64_t> order = shuffled(count, options.seed, epoch);
        network::Random random(options.seed ^ 0x6175676d656e74, static_cast<uint64_t>(epoch));
        double loss_sum = 0, rate = 0;
        int64_t right = 0;
        for (std::size_t step = 0; step < steps; ++step) {
            const double part = (epoch + static_cast<double>(step) / steps) / options.epochs;
            rate = options.rate * (0.5 + 0.5 * std::cos(M_PI * part));
            set_rate(optimiser, options, rate);
            const std::size_t from = step * batch, n = std::min(batch, order.size() - from);
            const Batch now = batch_of(data, answers, order, from, n, options, random);
            optimiser.zero_grad();
            const Tensor logits = network.forward(now.images);
            Tensor loss = loss_of(logits, now.answers, now.labels, options);
            loss.backward();
            torch::nn::utils::clip_grad_norm_(trained, 10.0);
            optimiser.step();
            const double value = loss.item<double>();
            if (!std::isfinite(value))
                throw std::runtime_error("the loss is no longer a finite number in epoch " +
                                         std::to_string(epoch + 1) +
                                         "; a lower train.rate may help");
            loss_sum += value * static_cast<double>(n);
            right += (logits.detach().argmax(1) == now.labels).sum().item<int64_t>();
            progress(epoch + 1, static_cast<double>(step + 1) / static_cast<double>(steps));
        }
        done.push_back({epoch + 1, loss_sum / static_cast<double>(count), rate,
                        static_cast<double>(right) / static_cast<double>(count)});
        checkpoint.save(network, optimiser, done);
        report(done.back());
    }
}

}  // namespace msd::train
