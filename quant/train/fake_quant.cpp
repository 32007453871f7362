// The quantisers' loops and their gradients.
#include "quant/train/fake_quant.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "quant/rsd.h"

namespace msd::train {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

// v rounded to the nearest integer, half to even, for |v| < 2^22; the compiler vectorises it.
inline float rounded(float v) {
    constexpr float kShift = 12582912.0f;  // 1.5 * 2^23
    return (v + kShift) - kShift;
}

struct ActivationQuantiser : torch::autograd::Function<ActivationQuantiser> {
    static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& s,
                          const Tensor& beta, int64_t lo, int64_t hi) {
        ctx->save_for_backward({x, s, beta});
        ctx->saved_data["lo"] = lo;
        ctx->saved_data["hi"] = hi;
        Tensor y = torch::empty_like(x);
        const float scale = s.item<float>(), inverse = 1 / scale, zero = beta.item<float>();
        const auto low = static_cast<float>(lo), high = static_cast<float>(hi);
        const float* from = x.data_ptr<float>();
        float* to = y.data_ptr<float>();
        const int64_t count = x.numel();
        for (int64_t i = 0; i < count; ++i) {
            const float v = std::min(std::max((from[i] - zero) * inverse, low), high);
            to[i] = rounded(v) * scale + zero;
        }
        return y;
    }

    static tensor_list backward(AutogradContext* ctx, const tensor_list& gradients) {
        const auto saved = ctx->get_saved_variables();
        const Tensor &x = saved[0], &s = saved[1];
        const Tensor gradient = gradients[0].contiguous(x.suggest_memory_format());
        const auto low = static_cast<float>(ctx->saved_data["lo"].toInt()),
                   high = static_cast<float>(ctx->saved_data["hi"].toInt());
        const float inverse = 1 / s.item<float>(), zero = saved[2].item<float>();
        Tensor dx = torch::empty_like(x);
        const float *from = x.data_ptr<float>(), *g = gradient.data_ptr<float>();
        float* to = dx.data_ptr<float>();
        const int64_t count = x.numel();
        if (!s.requires_grad()) {
            for (int64_t i = 0; i < count; ++i) {
                const float v = (from[i] - zero) * inverse;
                to[i] = v >= low && v <= high ? g[i] : 0;
            }
            return {dx, Tensor(), Tensor(), Tensor(), Tensor()};
        }
        double ds = 0, dbeta = 0;
        for (int64_t i = 0; i < count; ++i) {
            const float v = (from[i] - zero) * inverse;
            const bool inside = v >= low && v <= high;
            to[i] = inside ? g[i] : 0;
            ds += g[i] * (inside ? rounded(v) - v : v < low ? low : high);
            dbeta += inside ? 0 : g[i];
        }
        const double per_image = static_cast<double>(count) / static_cast<double>(x.size(0));
        const double g_scale = 1 / std::sqrt(per_image * 255);
        return {dx, torch::full_like(s, ds * g_scale), torch::full_like(s, dbeta * g_scale),
                Tensor(), Tensor()};
    }
};

// The values of a grid and the points half way between them, for a search without branches to
// mispredict.
struct GridTable {
    explicit GridTable(int digits) {
        for (const int v : quant::grid(digits)) values.push_back(static_cast<float>(v));
        for (std::size_t i = 0; i + 1 < values.size(); ++i)
            middles.push_back((values[i] + values[i + 1]) / 2);
        // Cell c of width 1/2 from -129 on holds at most one middle: where the search may start.
        std::size_t at = 0;
        for (int c = 0; c < 2 * 258; ++c) {
            while (at < middles.size() && middles[at] < -129 + c * 0.5f) ++at;
            first.push_back(static_cast<int>(at));
        }
    }
    float nearest(float v) const {
        const float limited = v > -129 ? std::min(v, 128.5f) : -129;  // also of NaN
        std::size_t i = first[static_cast<std::size_t>((limited + 129) * 2)];
        while (i < middles.size() && middles[i] < v) ++i;
        return values[i];
    }
    std::vector<float> values, middles;
    std::vector<int> first;
};

const GridTable& table_of(int digits) {
    static const GridTable tables[] = {GridTable(0), GridTable(1), GridTable(2), GridTable(3)};
    return tables[digits];
}

struct WeightQuantiser : torch::autograd::Function<WeightQuantiser> {
    static Tensor forward(AutogradContext* ctx, const Tensor& w, const Tensor& s,
                          const std::vector<int64_t>& digits) {
        ctx->save_for_backward({w, s});
        ctx->saved_data["digits"] = digits;
        Tensor out = torch::empty_like(w);
        const int64_t rows = w.size(0), count = w.numel() / rows;
        const float *from = w.data_ptr<float>(), *scales = s.data_ptr<float>();
        float* to = out.data_ptr<float>();
        for (int64_t k = 0; k < rows; ++k) {
            const GridTable& table = table_of(static_cast<int>(digits[k]));
            const float scale = scales[s.numel() == 1 ? 0 : k], inverse = 1 / scale;
            for (int64_t i = k * count; i < (k + 1) * count; ++i)
                to[i] = table.nearest(from[i] * inverse) * scale;
        }
        return out;
    }

    static tensor_list backward(AutogradContext* ctx, const tensor_list& gradients) {
        const auto saved = ctx->get_saved_variables();
        const Tensor &w = saved[0], &s = saved[1];
        const auto digits = ctx->saved_data["digits"].toIntVector();
        const Tensor gradient = gradients[0].contiguous();
        Tensor dw = torch::empty_like(w), ds = torch::zeros_like(s);
        const int64_t rows = w.size(0), count = w.numel() / rows;
        const float *from = w.data_ptr<float>(), *g = gradient.data_ptr<float>(),
                    *scales = s.data_ptr<float>();
        float *to = dw.data_ptr<float>(), *of_scale = ds.data_ptr<float>();
        for (int64_t k = 0; k < rows; ++k) {
            const GridTable& table = table_of(static_cast<int>(digits[k]));
            const int64_t at = s.numel() == 1 ? 0 : k;
            const float inverse = 1 / scales[at], low = table.values.front(),
                        high = table.values.back();
            double sum = 0;
            for (int64_t i = k * count; i < (k + 1) * count; ++i) {
                const float v = from[i] * inverse;
                const bool inside = v >= low && v <= high;
                to[i] = inside ? g[i] : 0;
                sum += g[i] * (inside ? table.nearest(v) - v : v < low ? low : high);
            }
            if (s.numel() == 1) sum /= std::sqrt(static_cast<double>(w.numel()) * high);
            of_scale[at] += static_cast<float>(sum);
        }
        return {dw, ds, Tensor()};
    }
};

// Rounds in the forward pass, passes the gradient unchanged.
struct Round : torch::autograd::Function<Round> {
    static Tensor forward(AutogradContext*, const Tensor& x) { return x.round(); }
    static tensor_list backward(AutogradContext*, const tensor_list& gradients) {
        return gradients;
    }
};

void check_bits(int bits) {
    if (bits < 1 || bits > 8)
        throw std::invalid_argument(std::to_string(bits) + " bits; a quantiser has 1 to 8");
}

}  // namespace

Tensor quantise_activation(const Tensor& x, const Tensor& s, const Tensor& beta, int lo, int hi) {
    return ActivationQuantiser::apply(x.contiguous(x.suggest_memory_format()), s, beta, int64_t{lo},
                                      int64_t{hi});
}

Tensor quantise_weights(const Tensor& w, const Tensor& s, const std::vector<uint8_t>& digits) {
    return WeightQuantiser::apply(w.contiguous(), s,
                                  std::vector<int64_t>(digits.begin(), digits.end()));
}

double gaussian_step(const Tensor& w, int bits) {
    static const double table[] = {0, 1.596, .996, .586, .336, .190, .106, .059, .032};
    check_bits(bits);
    return table[bits] * w.detach().std().item<double>();
}

Tensor gaussian_weights(const Tensor& w, int bits) {
    const double step = gaussian_step(w, bits), half = std::ldexp(1, bits - 1);
    const Tensor on_grid = torch::clamp((w.detach() / step).round(), -half, half - 1) * step;
    return w + (on_grid - w).detach();
}

double hwgq_step(int bits) {
    static const double table[] = {0, .799, .538, .3217, .185, .104, .058, .033, .019};
    check_bits(bits);
    return table[bits];
}

Tensor hwgq(const Tensor& x, int bits, double deviation) {
    const double step = hwgq_step(bits) * deviation;
    return Round::apply(torch::clamp(x, 0, step * (std::ldexp(1, bits) - 1)) / step) * step;
}

}  // namespace msd::train
