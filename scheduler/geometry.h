// Which input a tile of outputs needs, how its window addresses it, and what that takes of an
// activation group.
#pragma once

#include "firmware/program.h"
#include "ip/msd_pe/core/config.h"
#include "scheduler/lowering.h"

namespace msd::scheduler {

inline int ceil_div(int a, int b) {
    return (a + b - 1) / b;
}

// Along rows or columns: input `first`, first + step, ... (`count` of them) is loaded; output o
// (from the tile's first) and tap i read loaded index o * stride + i - pad, which lies outside [0,
// count) exactly if the tap is in the padding.
struct Span {
    int first = 0, count = 1, step = 1;
    int stride = 1, pad = 0;
};

// For outputs [o0, o1) of a window over `in` inputs. A window that is all padding still loads one.
// With `skip` and a kernel of 1, only every stride-th input is loaded.
Span input_span(int o0, int o1, int in, int kernel, int stride, int pad, bool skip);

// Taps of output o's window that lie inside the image.
int taps_inside(int o, int in, int kernel, int stride, int pad);

// Pixel passes of a core: ceil(pixels / columns); the DSP core's columns hold two pixels.
inline int lut_passes(const pe::AcceleratorConfig& config, int pixels) {
    return ceil_div(pixels, static_cast<int>(config.lut_cols));
}
inline int dsp_passes(const pe::AcceleratorConfig& config, int pixels) {
    return ceil_div(pixels, static_cast<int>(2 * config.dsp_cols));
}

// Most words per channel block that a group of the LUT or of the DSP core keeps for a th x tw tile
// anywhere in the map, for taps_y x taps_x taps of the kernel. An upper bound: clipping at the
// map's edge only shortens a group's strip of rows.
struct StripWords {
    int lut = 0, dsp = 0;
};
StripWords strip_words(const pe::AcceleratorConfig& config, const Step& step, int th, int tw,
                       int taps_y, int taps_x);

}  // namespace msd::scheduler
