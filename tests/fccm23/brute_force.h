// The published search written down loop by loop: the oracle of the pruned one.
#pragma once

#include <cmath>
#include <cstdint>

#include "codesign/msd_fccm23/schedule.h"

namespace msd::test {

struct BruteForce {
    using Layer = fccm23::LayerShape;
    const fccm23::HardwareDescription& hw;
    int eb;
    bool found = false, compute_bound = false;
    double total = 0;
    int channels = 0, lut = 0, c = 0, o = 0;
    int64_t loops = 0;

    static int64_t up(int64_t a, int64_t b) { return a / b + (a % b != 0); }

    // Load cycles of a tile whose weights are `depth` for each of the l + d output channels.
    double load(const Layer& y, int64_t depth, int64_t in_channels, int o_size, int l,
                int d) const {
        const int64_t weights = up(l * eb * depth, 2) + d * depth;
        const int64_t acts = in_channels * ((o_size - 1) * y.stride + y.kernel_h) *
                             ((o_size - 1) * y.stride + y.kernel_w);
        const int64_t beats = up(std::max(weights, acts), hw.bandwidth_bytes);
        return beats < 16 ? beats * 1.2 : beats;
    }

    bool fits(const Layer& y, int64_t c_size, int64_t o_size, int64_t l, int64_t d) const {
        const int64_t depth = c_size * y.kernel_h * y.kernel_w, area = o_size * o_size;
        if (y.depthwise()) l = d = 1;
        const auto a = hw.lut_depths(), b = hw.dsp_depths();
        return up(area * depth, hw.lut_cols) < a.activations &&
               up(depth * l * eb, hw.lut_rows) < a.weights &&
               up(area * l, hw.lut_cols) < a.outputs &&
               up(area * depth, 2 * hw.dsp_cols) < b.activations &&
               up(depth * d, hw.dsp_rows) < b.weights && up(area * d, 2 * hw.dsp_cols) < b.outputs;
    }

    // One candidate; changes l and d as the published loop does.
    void visit(const Layer& y, int size, double ratio, int& l, int& d, int c_size, int o_size) {
        ++loops;
        const int64_t depth = int64_t{y.depthwise() ? 1 : c_size} * y.kernel_h * y.kernel_w;
        const int64_t in = y.depthwise() ? size : c_size, area = int64_t{o_size} * o_size;
        if (!fits(y, in, o_size, l, d)) return;
        const int64_t lut_cycles = depth * eb * up(area, hw.lut_rows) * up(l, hw.lut_cols);
        const int64_t dsp_cycles = depth * up(area, 2 * hw.dsp_rows) * up(d, hw.dsp_cols);
        const double compute = std::max(lut_cycles, dsp_cycles);
        const double write = up(size * area, hw.bandwidth_bytes);
        const double memory = std::max(load(y, depth, in, o_size, l, d), write);
        if (y.depthwise() || !(y.c < 8 && y.o < 8)) {
            l = static_cast<int>(std::floor(size * ratio));
            d = size - l;
        }
        const int64_t o_tiles = up(y.o, o_size);
        const int64_t tiles =
            up(y.k, size) * (y.depthwise() ? 1 : up(y.c, c_size)) * o_tiles * o_tiles;
        const double cycles =
            tiles * std::max(compute, memory) + load(y, depth, in, o_size, l, d) + write;
        if (found && !(cycles < total)) return;
        found = true;
        total = cycles;
        compute_bound = compute > memory;
        channels = size;
        lut = static_cast<int>(std::lround(ratio * size));
        c = c_size;
        o = o_size;
    }

    void outputs(const Layer& y, int size, double ratio, int& l, int& d, int c_size) {
        if (y.o < 8) {
            for (int o_size = y.o; o_size >= 1; --o_size) {
                if (up(y.o, o_size) <= o_size) visit(y, size, ratio, l, d, c_size, o_size);
            }
        } else {
            for (int o_size = y.o; o_size >= 4; o_size -= 2) {
                if (2 * up(y.o, o_size) <= o_size) visit(y, size, ratio, l, d, c_size, o_size);
            }
        }
    }

    void run(const Layer& y) {
        const int most = std::min(y.k, 512), c_most = std::min(y.c, 512);
        for (int size = most; size >= (y.depthwise() ? 4 : 16); size -= 2) {
            if (2 * up(y.k, size) > size) continue;
            const int first = static_cast<int>(std::floor(size * (y.depthwise() ? 0.1 : 0.2)));
            const int end = static_cast<int>(std::floor(size * 0.7));
            for (int start = first; start < end; ++start) {
                const double ratio = static_cast<double>(start) / size;
                int l = start, d = size - start;
                if (y.depthwise()) {
                    outputs(y, size, ratio, l, d, 1);
                } else if (c_most < 8) {
                    for (int c_size = c_most; c_size >= 1; --c_size) {
                        if (up(y.c, c_size) <= c_size) outputs(y, size, ratio, l, d, c_size);
                    }
                } else {
                    for (int c_size = c_most; c_size >= 16; c_size -= 2) {
                        if (2 * up(y.c, c_size) <= c_size) outputs(y, size, ratio, l, d, c_size);
                    }
                }
            }
        }
    }
};

}  // namespace msd::test
