// Differentiable quantisers: forward gives values on a grid, backward is a straight-through
// estimator.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

namespace msd::train {

// An activation tensor on the grid beta + s * {lo..hi}: x^ = clip(round((x - beta) / s), lo, hi) *
// s + beta, half to even. x: any shape; s, beta: one element each; 0 <= lo <= hi <= 255 are the
// codes that the layer's bounds leave. Gradient of x: passed inside the range. Of s and beta, if
// they require one (LSQ+, Bhalgat et al. 2020): round(v) - v inside, the code reached outside, and
// 1 outside for beta, times 1 / sqrt(elements of one image * 255).
torch::Tensor quantise_activation(const torch::Tensor& x, const torch::Tensor& s,
                                  const torch::Tensor& beta, int lo, int hi);

// Weights [k][n] with one scale a row, or one for all rows (s: [k] or [1]), row k on the grid of
// digits[k] (quant/rsd.h; 0: int8): w^ = nearest(w / s) * s. Gradient of w: passed inside the
// grid's ends. Of s, if it requires one: nearest(v) - v inside, the end outside, times 1 /
// sqrt(weights of the scale * largest value of its grid).
torch::Tensor quantise_weights(const torch::Tensor& w, const torch::Tensor& s,
                               const std::vector<uint8_t>& digits);

// DeepBurning-MixQ's quantisers (ICCAD'23) for 1..8 bits. Weights: step = table[bits] * standard
// deviation of the whole tensor (unbiased); w^ = clamp(round(w / step), -2^(bits-1), 2^(bits-1)-1)
// * step; the gradient passes everywhere.
double gaussian_step(const torch::Tensor& w, int bits);
torch::Tensor gaussian_weights(const torch::Tensor& w, int bits);

// Half-wave Gaussian quantiser: x^ = round(clamp(x, 0, step * (2^bits-1)) / step) * step, step =
// table[bits] * deviation of the Gaussian whose positive half x is; the gradient passes inside the
// clamp.
double hwgq_step(int bits);
torch::Tensor hwgq(const torch::Tensor& x, int bits, double deviation);

}  // namespace msd::train
