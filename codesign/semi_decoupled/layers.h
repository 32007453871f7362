// Appends layers to a network as a framework's hook would list them.
#pragma once

#include "codesign/maestro/reader.h"

namespace msd::semi_decoupled {

class LayerList {
public:
    explicit LayerList(maestro::Network& network) : network_(network) {}

    // A convolution of kernel x kernel on a map of side x side, `pad` on all sides. Depthwise: `in`
    // channels; K is then 1.
    void conv(int out, int in, int kernel, int stride, int side, int pad = 0, int dilation = 1,
              bool depthwise = false);
    void linear(int out, int in);

private:
    maestro::Network& network_;
};

}  // namespace msd::semi_decoupled
