// The training loop: SGD with momentum, cosine rate, distillation from the float network,
// checkpoints.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "quant/train/trainable.h"

namespace msd::train {

struct Dataset {
    torch::Tensor images;  // [n][c][h][w], real input values
    torch::Tensor labels;  // [n], int64
};

struct TrainOptions {
    int epochs = 4, batch = 64;
    double rate = 2e-4;  // of the first step; falls to 0 along half a cosine
    double momentum = 0.9, weight_decay = 1e-4;
    double scale_rate = 1;  // of what the quantisers learn, relative to `rate`
    double distil =
        1;  // weight of the float network's answers in the loss; the labels have the rest
    double temperature = 4;  // of both answers in the distillation
    bool augment = false;  // mirror, and shift by up to an eighth of the side; outside is `border`
    double border = 0;
    uint64_t seed = 1;
    std::string checkpoint;  // file, written after each epoch and read at the start if it is there;
                             // empty: none
    std::string
        fingerprint;  // of everything the run depends on: a checkpoint of another run is refused
};

struct Epoch {
    int number = 0;  // from 1
    double loss = 0, rate = 0;
    double right = 0;  // fraction of the training images, as augmented, answered rightly
};

// What the float network answers to each image and, `mirrored`, to its mirror image: logits
// [1 or 2][n][classes]. Computed once, so that distillation costs nothing in an epoch; a shifted
// image is taught the answer to the image as it was.
torch::Tensor teacher_answers(TrainableNetwork& teacher, const Dataset& data, bool mirrored);

// Trains on one thread; the same arguments give the same network on one machine. `answers` are
// teacher_answers of the same data, mirrored if options.augment; undefined if options.distil is 0.
// `report` is called after each epoch, also for those of a resumed checkpoint; `progress` during
// one with the fraction done. Throws std::runtime_error if the loss is no longer finite, or the
// checkpoint is of another run or damaged.
void train(TrainableNetwork& network, const torch::Tensor& answers, const Dataset& data,
           const TrainOptions& options, const std::function<void(const Epoch&)>& report,
           const std::function<void(int epoch, double done)>& progress);

}  // namespace msd::train
