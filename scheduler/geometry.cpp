#include "scheduler/geometry.h"

#include <algorithm>

namespace msd::scheduler {
namespace {

// The longest strip of rows that one of the core's groups needs; groups own consecutive ranges of
// n_g * passes pixels.
int longest_strip(const pe::AcceleratorConfig& config, unsigned first_group, unsigned end_group,
                  int passes, int th, int tw, int kernel, int stride) {
    const int pixels = th * tw;
    int longest = 0;
    int begin = 0;
    for (unsigned g = first_group; g < end_group && begin < pixels; ++g) {
        const int end =
            std::min(pixels, begin + static_cast<int>(config.group_columns(g)) * passes);
        longest = std::max(longest, ((end - 1) / tw - begin / tw) * stride + kernel);
        begin = end;
    }
    return longest;
}

}  // namespace

Span input_span(int o0, int o1, int in, int kernel, int stride, int pad, bool skip) {
    Span span;
    if (skip && kernel == 1) {
        const int first = std::max(o0, ceil_div(std::max(pad, 0), stride));
        const int end = in - 1 + pad < 0 ? 0 : std::min(o1, (in - 1 + pad) / stride + 1);
        if (first >= end) {
            span.pad = -1;  // loaded index 0 is below every tap
            return span;
        }
        span.first = first * stride - pad;
        span.count = end - first;
        span.step = stride;
        span.pad = first - o0;
        return span;
    }
    const int low = o0 * stride - pad;
    const int high = (o1 - 1) * stride - pad + kernel;
    span.first = std::clamp(low, 0, in - 1);
    span.count = std::clamp(high, span.first + 1, in) - span.first;
    span.stride = stride;
    span.pad = span.first - low;
    return span;
}

int taps_inside(int o, int in, int kernel, int stride, int pad) {
    const int low = o * stride - pad;
    return std::max(0, std::min(low + kernel, in) - std::max(low, 0));
}

StripWords strip_words(const pe::AcceleratorConfig& config, const Step& step, int th, int tw,
                       int taps_y, int taps_x) {
    const bool skip = taps_y == 1;
    const int stride = skip ? 1 : step.window.stride_y;
    const int rows = skip ? th : std::min(step.in.h, (th - 1) * stride + taps_y);
    const int cols = std::min(step.in.w, (tw - 1) * step.window.stride_x + taps_x);
    const unsigned lut = config.lut_groups();
    StripWords words;
    words.lut = cols * std::min(rows, longest_strip(config, 0, lut, lut_passes(config, th * tw), th,
                                                    tw, taps_y, stride));
    words.dsp =
        cols * std::min(rows, longest_strip(config, lut, config.groups(),
                                            dsp_passes(config, th * tw), th, tw, taps_y, stride));
    return words;
}

}  // namespace msd::scheduler
