// Import of graphs and export of model files; see network_files.h.
#include "codesign/maestro/network_files.h"

#include <fmt/format.h>

#include "codesign/maestro/levels.h"

namespace msd::maestro {
namespace {

std::string word(const std::string& name) {  // one word of a MAESTRO file
    std::string result;
    for (char c : name)
        result +=
            c > ' ' && c <= '~' && std::string_view(",->():;{}").find(c) == std::string_view::npos
                ? c
                : '_';
    return result.empty() || result.substr(0, 2) == "//" ? "_" + result : result;
}

bool ends_with(const std::string& text, const std::string& end) {
    return text.size() >= end.size() &&
           text.compare(text.size() - end.size(), end.size(), end) == 0;
}

void set_printed(Layer& layer) {
    const Coupling c = coupling(layer.shape.type, false);
    layer.printed_input = layer.printed_filter = 1;
    for (int d = 0; d < kDims; ++d) {
        if (c.mask[kInput] & bit(d)) layer.printed_input *= layer.shape.size[d];
        if (c.mask[kFilter] & bit(d)) layer.printed_filter *= layer.shape.size[d];
    }
}

std::string directive_text(const Directive& d) {
    if (d.kind == DirectiveKind::kCluster) return fmt::format("Cluster({}, P);", d.size);
    return fmt::format("{}({},{}) {};",
                       d.kind == DirectiveKind::kSpatial ? "SpatialMap" : "TemporalMap", d.size,
                       d.offset, to_string(d.dim));
}

}  // namespace

Network from_graph(const network::Graph& graph, const std::string& file) {
    Network result;
    result.name = word(graph.name.empty() ? "network" : graph.name);
    result.file = file;
    for (const network::LayerId id : graph.order()) {
        const network::Layer& conv = graph[id];
        if (conv.op != network::Op::kConv) continue;
        const network::Shape in = graph[graph.inputs(id)[0]].shape;
        const network::Window& w = conv.window;
        Layer layer;
        layer.name = word(conv.name);
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

std::string model_text(const Network& network, Mode mode, bool dataflow) {
    std::string text = fmt::format("Network {} {{\n", word(network.name));
    for (const Layer& layer : network.layers) {
        const Shape& s = layer.shape;
        text += fmt::format("Layer {} {{\nType: {}\n", word(layer.name), to_string(s.type));
        if (s.type != LayerType::kGemm)
            text += fmt::format("Stride {{ X: {}, Y: {} }}\n", s.stride_x, s.stride_y);
        if (mode == Mode::kCorrected && (s.dilation_y != 1 || s.dilation_x != 1))
            text += fmt::format("Dilation {{ X: {}, Y: {} }}\n", s.dilation_x, s.dilation_y);
        if (mode == Mode::kCorrected && s.pad != std::array<uint16_t, 4>{})
            text += fmt::format("Padding {{ Top: {}, Bottom: {}, Left: {}, Right: {} }}\n",
                                s.pad[0], s.pad[1], s.pad[2], s.pad[3]);
        text += "Dimensions { ";
        const char* comma = "";
        for (const Dim d : {kN, kG, kM, kK, kC, kR, kS, kY, kX}) {
            if (s.size[d] == 0) continue;
            text += fmt::format("{}{}: {}", comma, to_string(d), s.size[d]);
            comma = ", ";
        }
        text += " }\n";
        if (dataflow) {
            text += "Dataflow {\n";
            for (int i = 0; i < layer.dataflow.count; ++i)
                text += "    " + directive_text(layer.dataflow.list[i]) + "\n";
            text += "}\n";
        }
        text += "}\n";
    }
    return text + "}\n";
}

}  // namespace msd::maestro
