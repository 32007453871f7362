// Networks written as model and mapping files; see model_text.h.
#include <fmt/format.h>

#include "codesign/maestro/model_text.h"

namespace msd::maestro {
namespace {

std::string directive_text(const Directive& d) {
    if (d.kind == DirectiveKind::kCluster) return fmt::format("Cluster({}, P);", d.size);
    return fmt::format("{}({},{}) {};",
                       d.kind == DirectiveKind::kSpatial ? "SpatialMap" : "TemporalMap", d.size,
                       d.offset, to_string(d.dim));
}

}  // namespace

std::string file_word(const std::string& name) {  // one word of a MAESTRO file
    std::string result;
    for (char c : name)
        result +=
            c > ' ' && c <= '~' && std::string_view(",->():;{}").find(c) == std::string_view::npos
                ? c
                : '_';
    return result.empty() || result.substr(0, 2) == "//" ? "_" + result : result;
}

std::string model_text(const Network& network, Mode mode, bool dataflow) {
    std::string text = fmt::format("Network {} {{\n", file_word(network.name));
    for (const Layer& layer : network.layers) {
        const Shape& s = layer.shape;
        text += fmt::format("Layer {} {{\nType: {}\n", file_word(layer.name), to_string(s.type));
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
