#include "scheduler/weights.h"

#include <fmt/format.h>

#include <array>
#include <cassert>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "quant/rsd.h"
#include "scheduler/requant.h"
#include "scheduler/schedule.h"

namespace msd::scheduler {
namespace {

// The digit codes of every int8, for one number of digits.
class DigitTable {
public:
    explicit DigitTable(int digits) {
        for (int value : quant::grid(digits)) {
            codes_[uint8_t(value)] = quant::encode(value, digits);
            on_grid_[uint8_t(value)] = true;
        }
    }
    // Null if the value is not on the grid.
    const quant::DigitCode* find(int8_t value) const {
        return on_grid_[uint8_t(value)] ? codes_[uint8_t(value)].data() : nullptr;
    }

private:
    std::array<std::array<quant::DigitCode, quant::kMaxDigits>, 256> codes_{};
    std::array<bool, 256> on_grid_{};
};

const DigitTable& digit_table(int digits) {
    static const DigitTable tables[] = {DigitTable{1}, DigitTable{2}, DigitTable{3}};
    return tables[digits - 1];
}

// Weights of output channel k that the part sums, in feed order: kernel row, kernel column,
// channel.
void gather(const network::Layer& layer, const Step& step, const Part& part, int k,
            std::vector<int8_t>& row) {
    row.clear();
    if (step.identity) {
        row.push_back(1);
        return;
    }
    const network::Window& w = step.window;
    const bool depthwise = step.kind == StepKind::kDepthwise;
    const int c_group = depthwise ? 1 : step.in.c / step.groups;
    const int c_first = depthwise ? 0 : k / (step.out.c / step.groups) * c_group;
    const int begin = depthwise ? 0 : part.b0 * 16, end = depthwise ? 1 : begin + part.channels();
    const std::size_t taps = std::size_t(w.kernel_h) * w.kernel_w;
    const int8_t* weights = layer.weights.q.data() + std::size_t(k) * c_group * taps;
    for (int i = part.i0; i < part.i1; ++i)
        for (int j = part.j0; j < part.j1; ++j)
            for (int c = begin; c < end; ++c) {
                const bool own =
                    c >= c_first && c < c_first + c_group;  // else another group's: zero
                row.push_back(own ? weights[(c - c_first) * taps + std::size_t(i) * w.kernel_w + j]
                                  : 0);
            }
}

// Word w of the row with index r among `used` rows of a K pass that begins at word `base`.
uint8_t* word_at(uint8_t* stream, std::size_t base, std::size_t w, int used, int r) {
    return stream + (base + w * used + r) * pe::kWordBytes;
}

}  // namespace

std::vector<msd_channel> channel_parameters(const network::Graph& graph, const Step& step) {
    if (step.kind == StepKind::kPool) return {};
    const network::Layer& layer = graph[step.conv];
    const network::QuantParams& in = graph[step.source].quant;
    std::vector<msd_channel> channels(step.out.c);
    const std::size_t count = layer.weights.q.size() / step.out.c;
    try {
        if (step.identity) {
            // An Add's operand passes unchanged; a Clamp goes from the input's scale to the
            // output's.
            const Multiplier m = multiplier_of(step.residual ? 1.0 : in.scale / layer.quant.scale);
            for (msd_channel& c : channels) c = {-in.zero_point, m.value, uint32_t(m.shift)};
            return channels;
        }
        const network::Weights& w = layer.weights;
        const std::size_t expected =
            std::size_t(step.out.c) * step.window.kernel_h * step.window.kernel_w *
            (step.kind == StepKind::kDepthwise ? 1 : step.in.c / step.groups);
        if (w.q.size() != expected || w.scale.size() != channels.size() ||
            w.bias_q.size() != channels.size())
            throw std::invalid_argument(
                "its weights are not quantised, or not of its shape; quantise the network first");
        for (std::size_t k = 0; k < channels.size(); ++k) {
            int64_t sum = 0;
            for (std::size_t i = 0; i < count; ++i) sum += w.q[k * count + i];
            const int64_t bias = w.bias_q[k] - in.zero_point * sum;
            if (bias != static_cast<int32_t>(bias))
                throw std::invalid_argument(fmt::format(
                    "channel {}: a bias of {} with the input's zero point leaves int32", k, bias));
            const Multiplier m = multiplier_of(in.scale * w.scale[k] / layer.quant.scale);
            channels[k] = {static_cast<int32_t>(bias), m.value, uint32_t(m.shift)};
        }
    } catch (const std::invalid_argument& error) {
        throw ScheduleError(fmt::format("layer {}: {}", step.name, error.what()));
    }
    return channels;
}

std::vector<uint8_t> encode_slice(const pe::AcceleratorConfig& config, const network::Graph& graph,
                                  const Step& step, const Slice& slice,
                                  const std::vector<msd_channel>& channels) {
    const network::Layer& layer = graph[step.conv];
    const int digits = slice.shape.effective_bits;
    const DigitTable& table = digit_table(digits);
    std::vector<uint8_t> bytes(std::size_t{slice.words} * pe::kWordBytes);
    std::vector<int8_t> row;

    const std::size_t lut_per_row = slice.k.k_lut ? slice.shape.lut_words / slice.k.k_lut : 0;
    for (int k = 0; k < slice.k.k_lut; ++k) {
        gather(layer, step, slice.part, slice.k.k0 + k, row);
        const int rows = static_cast<int>(config.lut_rows), first = k / rows * rows;
        const int used = std::min(rows, slice.k.k_lut - first);
        std::size_t nibble = 0;
        for (int8_t value : row) {
            const quant::DigitCode* codes = table.find(value);
            if (!codes)
                throw ScheduleError(
                    fmt::format("layer {}: channel {} has a weight of {}, which {} digits cannot "
                                "form; encode the weights for this schedule",
                                step.name, slice.k.k0 + k, value, digits));
            for (int e = 0; e < digits; ++e, ++nibble) {
                uint8_t* word =
                    word_at(bytes.data(), first * lut_per_row, nibble / 32, used, k - first);
                word[nibble % 32 / 2] |= codes[e] << (nibble % 2 * 4);
            }
        }
    }
    uint8_t* dsp = bytes.data() + std::size_t{slice.shape.lut_words} * pe::kWordBytes;
    const int k_dsp = slice.k.count() - slice.k.k_lut;
    const std::size_t dsp_per_row = k_dsp ? slice.shape.dsp_words / k_dsp : 0;
    for (int k = 0; k < k_dsp; ++k) {
        gather(layer, step, slice.part, slice.k.k0 + slice.k.k_lut + k, row);
        const int rows = static_cast<int>(config.dsp_rows), first = k / rows * rows;
        const int used = std::min(rows, k_dsp - first);
        for (std::size_t i = 0; i < row.size(); ++i)
            word_at(dsp, first * dsp_per_row, i / 16, used, k - first)[i % 16] =
                static_cast<uint8_t>(row[i]);
    }
    if (slice.last_c)
        std::memcpy(dsp + std::size_t{slice.shape.dsp_words} * pe::kWordBytes,
                    channels.data() + slice.k.k0, slice.k.count() * sizeof(msd_channel));
    return bytes;
}

}  // namespace msd::scheduler
