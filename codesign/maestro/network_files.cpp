// Import of graphs and export of model files; see network_files.h.
#include "codesign/maestro/network_files.h"

#include <fmt/format.h>

#include "codesign/maestro/levels.h"

namespace msd::maestro {
namespace {

bool ends_with(const std::string& text, const std::string& end) {
    return text.size() >= end.size() &&
           text.compare(text.size() - end.size(), end.size(), end) == 0;
}

void set_printed(Layer& layer) {
    const Coupling c = coupling(layer.shape.type, false);
    layer.printed_input = layer.printed_filter = 1;
    for (int d = 0; d < kDims; ++d) {
        const int64_t n = layer.shape.size[d];
        if (c.mask[kInput] & bit(d))
            layer.printed_input = saturated_product(layer.printed_input, n);
        if (c.mask[kFilter] & bit(d))
            layer.printed_filter = saturated_product(layer.printed_filter, n);
    }
}

}  // namespace

Network from_graph(const network::Graph& graph, const std::string& file) {
    Network result;
    result.name = file_word(graph.name.empty() ? "network" : graph.name);
    result.file = file;
    for (const network::LayerId id : graph.order()) {
        const network::Layer& conv = graph[id];
        if (conv.op != network::Op::kConv) continue;
        const network::Shape in = graph[graph.inputs(id)[0]].shape;
        const network::Window& w = conv.window;
        Layer layer;
        layer.name = file_word(conv.name);
        Shape& s = layer.shape;
        const int groups = conv.groups;
        const bool depthwise = groups > 1 && groups == in.c && conv.shape.c == in.c;
        s.type = depthwise    ? LayerType::kDsConv
                 : groups > 1 ? LayerType::kNgConv
                              : LayerType::kConv;
        if (s.type == LayerType::kNgConv) s.size[kG] = groups;
        s.size[kK] = depthwise ? 1 : conv.shape.c / groups;
        s.size[kC] = depthwise ? in.c : in.c / groups;
        s.size[kR] = w.kernel_h;
        s.size[kS] = w.kernel_w;
        s.size[kY] = in.h;
        s.size[kX] = in.w;
        s.stride_y = w.stride_y;
        s.stride_x = w.stride_x;
        s.pad = {static_cast<uint16_t>(w.pad_top), static_cast<uint16_t>(w.pad_bottom),
                 static_cast<uint16_t>(w.pad_left), static_cast<uint16_t>(w.pad_right)};
        set_printed(layer);
        result.layers.push_back(layer);
    }
    if (result.layers.empty())
        throw InputError(file + ": has no convolution and no fully connected layer to cost");
    finish(result);
    return result;
}

Network load_network(const std::string& path) {
    if (ends_with(path, ".onnx") || ends_with(path, ".csv"))
        return from_graph(network::read_network(path, 1), path);
    return read_network_file(path);
}

}  // namespace msd::maestro
