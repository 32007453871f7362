// Layers of generated networks; see layers.h.
#include "codesign/semi_decoupled/layers.h"

#include <fmt/format.h>

namespace msd::semi_decoupled {

void LayerList::conv(int out, int in, int kernel, int stride, int side, int pad, int dilation,
                     bool depthwise) {
    maestro::Layer layer;
    layer.name = fmt::format("Conv2d_{}", network_.layers.size() + 1);
    maestro::Shape& s = layer.shape;
    s.type = depthwise ? maestro::LayerType::kDsConv : maestro::LayerType::kConv;
    s.size[maestro::kK] = depthwise ? 1 : out;
    s.size[maestro::kC] = in;
    s.size[maestro::kR] = s.size[maestro::kS] = kernel;
    s.size[maestro::kY] = s.size[maestro::kX] = side;
    s.stride_y = s.stride_x = stride;
    s.pad.fill(static_cast<uint16_t>(pad));
    s.dilation_y = s.dilation_x = static_cast<uint8_t>(dilation);
    layer.printed_input = int64_t{in} * side * side;
    layer.printed_filter = int64_t{in} * kernel * kernel * (depthwise ? 1 : out);
    network_.layers.push_back(layer);
}

void LayerList::linear(int out, int in) {
    conv(out, in, 1, 1, 1);
    network_.layers.back().name = fmt::format("Linear_{}", network_.layers.size());
}

}  // namespace msd::semi_decoupled
