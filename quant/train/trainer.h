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
    int epochs = 10, batch = 64;
    double rate = 0.01;  // of the first step; falls to 0 along half a cosine
    double momentum = 0.9, weight_decay = 1e-4;
    double scale_rate = 1;  // of what the quantisers learn, relative to `rate`
    double distil =
        0.9;  // weight of the float network's answers in the loss; the labels have the rest
    double temperature = 4;  // of both answers in the distillation
    bool augment = true;  // mirror, and shift by up to an eighth of the side; outside is `border`
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

// Trains on one thread; the same arguments give the same network on one machine. `report` is called
// after each epoch, also for those of a resumed checkpoint; `progress` during one with the fraction
// done. Throws std::runtime_error if the loss is no longer finite, or the checkpoint is of another
// run or damaged.
void train(TrainableNetwork& network, TrainableNetwork& teacher, const Dataset& data,
           const TrainOptions& options, const std::function<void(const Epoch&)>& report,
           const std::function<void(int epoch, double done)>& progress);

}  // namespace msd::train
