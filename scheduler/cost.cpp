#include "scheduler/cost.h"

#include <algorithm>

namespace msd::scheduler {
namespace {

// A dimension's tiles: how many are full, and the size of the last (0: none besides).
struct Pieces {
    int full = 0, count = 0, rest = 0;
};

Pieces pieces(int whole, int tile) {
    return {std::min(tile, whole), whole / tile, whole % tile};
}

template <class F>
void for_each_size(const Pieces& p, F&& f) {
    if (p.count > 0) f(p.full, p.count);
    if (p.rest > 0) f(p.rest, 1);
}

// Words of the fullest weight bank per word of a row: rows of the bank, summed over K passes.
int bank_rows(int channels, int rows, int bank) {
    return channels / rows * std::min(rows, bank) + std::min(channels % rows, bank);
}

}  // namespace

CostModel::CostModel(const pe::AcceleratorConfig& config, const Step& step, int effective_bits,
                     const MemoryModel& memory)
    : config_(config), step_(step), effective_bits_(effective_bits), memory_(memory) {}

int CostModel::blocks_read(const KRange& k) const {
    if (step_.kind != StepKind::kDense) return ceil_div(k.k1, 16) - k.k0 / 16;
    if (step_.groups == 1) return step_.in_blocks();
    const int k_group = step_.out.c / step_.groups, c_group = step_.in.c / step_.groups;
    return ceil_div(ceil_div(k.k1, k_group) * c_group, 16) - k.k0 / k_group * c_group / 16;
}

StripWords CostModel::strips(const Choice& choice) const {
    StripWords most;
    for_each_size(pieces(step_.out.h, choice.h_tile), [&](int th, int) {
        for_each_size(pieces(step_.out.w, choice.w_tile), [&](int tw, int) {
            const StripWords s =
                strip_words(config_, step_, th, tw, choice.kh_tile, choice.kw_tile);
            most.lut = std::max(most.lut, s.lut);
            most.dsp = std::max(most.dsp, s.dsp);
        });
    });
    return most;
}

int CostModel::blocks_by_activations(const StripWords& strip, int k_lut, int k_dsp) const {
    int words = 1;
    if (k_lut > 0) words = std::max(words, strip.lut);
    if (k_dsp > 0) words = std::max(words, strip.dsp);
    return static_cast<int>(config_.act_words) / words;
}

int CostModel::blocks_by_weights(int k_lut, int k_dsp, int taps) const {
    // Words per row that the fullest bank, and the descriptor's 16-bit word count, leave room for.
    const auto words_per_row = [](int channels, int rows, int bank, int capacity) {
        if (channels == 0) return 1 << 20;
        return std::min(capacity / bank_rows(channels, rows, bank), 65535 / channels);
    };
    const int lut =
        words_per_row(k_lut, config_.lut_rows, pe::kLutRowsPerBank, config_.lut_weight_words);
    const int dsp =
        words_per_row(k_dsp, config_.dsp_rows, pe::kDspRowsPerBank, config_.dsp_weight_words);
    const bool depthwise = step_.kind == StepKind::kDepthwise;
    const int per_block = depthwise ? 1 : 16;
    // ceil(taps * C * EB / 32) <= lut, ceil(taps * C / 16) <= dsp
    const int64_t channels =
        std::min(int64_t{32} * lut / (taps * effective_bits_), int64_t{16} * dsp / taps);
    if (depthwise) return channels >= 1 ? 1 << 16 : 0;
    if (channels >= step_.in.c && step_.groups == 1) return step_.in_blocks();
    return static_cast<int>(std::min<int64_t>(channels / per_block, 1 << 12));
}

bool CostModel::fits_outputs(int pixels, int k_lut, int k_dsp) const {
    const int entries = static_cast<int>(config_.acc_entries);
    const int k = k_lut + k_dsp;
    return lut_passes(config_, pixels) * k_lut <= entries &&
           dsp_passes(config_, pixels) * k_dsp <= entries &&
           int64_t{ceil_div(k, 16)} * pixels <= config_.out_words &&
           k <= static_cast<int>(config_.tile_channels);
}

double CostModel::core_feed(int passes, int rows, int channels, int digits, int blocks, int taps,
                            int first_channel) const {
    if (channels == 0) return 0;
    double cycles = 0;
    const int last_channels = (step_.in.c - 1) % 16 + 1;
    const int dense_steps =
        taps * ((blocks - 1) * digits * 16 + std::max(digits * last_channels, 16));
    for (int k = 0; k < channels; k += rows) {
        const int used = std::min(rows, channels - k);
        int steps = dense_steps;
        if (step_.kind == StepKind::kDepthwise) {
            const int first = first_channel + k;
            steps = taps * digits * 16 * ((first + used - 1) / 16 - first / 16 + 1);
        }
        cycles += std::max(steps, used) + 1;
    }
    return cycles * passes;
}

double CostModel::feed_cycles(int pixels, const KRange& k, const Choice& choice) const {
    const network::Window& w = step_.window;
    const int taps = w.kernel_h * w.kernel_w;
    const int blocks = blocks_read(k);
    const int parts = ceil_div(blocks, choice.c_blocks) * ceil_div(w.kernel_h, choice.kh_tile) *
                      ceil_div(w.kernel_w, choice.kw_tile);
    const double lut = core_feed(lut_passes(config_, pixels), config_.lut_rows, k.k_lut,
                                 effective_bits_, blocks, taps, 0);
    const double dsp = core_feed(dsp_passes(config_, pixels), config_.dsp_rows, k.count() - k.k_lut,
                                 1, blocks, taps, k.k_lut);
    // Parts of a tile wait for each other's post-processing and clear slots: a few cycles each.
    return std::max(lut, dsp) + 8.0 * (parts - 1);
}

bool CostModel::fits_pool(const Choice& choice, int channels) const {
    const network::Window& w = step_.window;
    const int rows = std::min(step_.in.h, (choice.h_tile - 1) * w.stride_y + w.kernel_h);
    const int cols = std::min(step_.in.w, (choice.w_tile - 1) * w.stride_x + w.kernel_w);
    const int64_t words = std::max(int64_t{rows} * cols, int64_t{choice.h_tile} * choice.w_tile);
    return ceil_div(channels, 16) * words <= config_.out_words &&
           channels <= static_cast<int>(config_.tile_channels);
}

double CostModel::layer_cycles(const Choice& choice, const std::vector<KRange>& k_ranges) const {
    const network::Window& w = step_.window;
    const bool pool = step_.kind == StepKind::kPool;
    const int taps_y = pool ? w.kernel_h : choice.kh_tile,
              taps_x = pool ? w.kernel_w : choice.kw_tile;
    const int tap_parts = ceil_div(w.kernel_h, taps_y) * ceil_div(w.kernel_w, taps_x);
    const Pieces rows = pieces(step_.out.h, choice.h_tile),
                 cols = pieces(step_.out.w, choice.w_tile);
    const double spatial_tiles =
        double(rows.count + (rows.rest > 0)) * (cols.count + (cols.rest > 0));
    const double beat = config_.beat_bytes;

    double exec = 0, post = 0, busy = 0;  // cycles; busy: the longer of both, tile by tile
    double act_words = 0, wgt_words = 0, out_words = 0;  // all that is moved
    double ends = 0;  // first load and last store, which nothing hides
    for (std::size_t i = 0, same; i < k_ranges.size(); i = same) {
        const KRange& k = k_ranges[i];
        for (same = i + 1; same < k_ranges.size(); ++same)
            if (k_ranges[same].count() != k.count() || k_ranges[same].k_lut != k.k_lut) break;
        const double k_tiles = double(same - i);
        const int blocks = blocks_read(k), k_blocks = ceil_div(k.count(), 16);
        const int parts = pool ? 1 : ceil_div(blocks, choice.c_blocks) * tap_parts;
        const bool shared = parts == 1 && step_.kind == StepKind::kDense && step_.groups == 1 &&
                            !choice.weights_stay;
        const bool kept = parts == 1 && (choice.weights_stay || k_ranges.size() == 1);

        double slice_words = 0;
        if (!pool) {
            const int per_row =
                w.kernel_h * w.kernel_w *
                (step_.kind == StepKind::kDepthwise ? 1 : std::min(blocks * 16, step_.in.c));
            slice_words = double(k.k_lut) * ceil_div(per_row * effective_bits_, 32) +
                          double(k.count() - k.k_lut) * ceil_div(per_row, 16) + k.count() / 2.0;
        }
        wgt_words += k_tiles * slice_words * (kept ? 1 : spatial_tiles);
        for_each_size(rows, [&](int th, int nh) {
            for_each_size(cols, [&](int tw, int nw) {
                const double places = double(nh) * nw, tiles = places * k_tiles;
                const double in_rows = !pool && taps_y == 1
                                           ? th
                                           : std::min(step_.in.h, (th - 1) * w.stride_y + taps_y);
                const double in_cols = std::min(step_.in.w, (tw - 1) * w.stride_x + taps_x);
                const double act = (pool ? k_blocks : blocks) * in_rows * in_cols * tap_parts;
                const double out = double(k_blocks) * th * tw;
                const double t_exec = pool ? 0 : feed_cycles(th * tw, k, choice);
                const double t_post = pool ? k_blocks * th * w.kernel_h * in_cols + 8
                                           : double(ceil_div(th * tw, 16)) * k.count() + 22;
                act_words += (shared ? (i == 0 ? places : 0) : tiles) * act +
                             (step_.residual ? tiles * out : 0);
                out_words += tiles * out;
                exec += tiles * t_exec;
                post += tiles * t_post;
                busy += tiles * (std::max(t_exec, t_post) + 2);
                if (ends == 0)
                    ends = std::max(act, slice_words) / parts * pe::kWordBytes / beat + t_post +
                           out * pe::kWordBytes / beat + 2 * memory_.latency_cycles;
            });
        });
    }
    const double port = pe::kWordBytes / beat, dram = pe::kWordBytes / memory_.bytes_per_cycle;
    return ends + std::max({exec, post, busy, act_words * port, wgt_words * port, out_words * port,
                            (act_words + wgt_words + out_words) * dram});
}

}  // namespace msd::scheduler
