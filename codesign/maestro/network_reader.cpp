// Reads model and mapping files; see reader.h.
#include <fmt/format.h>

#include <map>

#include "codesign/maestro/levels.h"
#include "codesign/maestro/reader.h"
#include "codesign/maestro/tokens.h"

namespace msd::maestro {
namespace {

constexpr int64_t kMostElements = 1 << 24;  // of a dimension, tile, offset or cluster

struct Listed {  // a dimension as the layer lists it
    std::string_view name;
    int32_t size;
    int32_t stride;
};

class Parser {
public:
    Parser(std::string_view text, const std::string& file) : tokens_(text, file) {}

    Network parse() {
        Network network;
        network.file = tokens_.file();
        bool any = false;
        while (!tokens_.done()) {
            const Token token = tokens_.next("Network");
            if (token.text == "Constant") {
                constant();
            } else if (token.text == "Network") {
                this->network(network);
                any = true;
            } else if (token.text == "Accelerator") {
                skip_block();
            } else if (token.text != "}") {  // the original ignores everything here
                tokens_.fail(token,
                             Tokens::quoted(token.text) + " where Network or Constant should be");
            }
        }
        if (!any) throw InputError(network.file + ":1:1: holds no Network { … }");
        finish(network);
        return network;
    }

private:
    // Older mapping files describe hardware, too; the original does not use it.
    void skip_block() {
        while (tokens_.next("{").text != "{") {
        }
        for (int depth = 1; depth > 0;) {
            const std::string_view word = tokens_.next("}").text;
            depth += (word == "{") - (word == "}");
        }
    }

    void constant() {
        const Token name = tokens_.next("a constant's name");
        const Token value = tokens_.next("a constant's value");
        int64_t n = 0;
        if (!parse_whole(value.text, kMostElements, n))
            tokens_.fail(value, fmt::format("{} is no whole number of 0..{}",
                                            Tokens::quoted(value.text), kMostElements));
        constants_[name.text] = n;
        leftover_ = name.text;
    }

    void network(Network& network) {
        for (;;) {
            const Token token = tokens_.next("{");
            if (token.text == "{") break;
            network.name = token.text;
        }
        for (;;) {
            if (tokens_.done() && !network.layers.empty()) return;  // as the original
            const Token token = tokens_.next("Layer or }");
            if (token.text == "}") return;
            if (token.text != "Layer")
                tokens_.fail(token, Tokens::quoted(token.text) + " where Layer or } should be");
            layer(network, token);
        }
    }

    void layer(Network& network, const Token& start) {
        layer_ = Layer();
        layer_.line = start.line;
        layer_.column = start.column;
        listed_.clear();
        strides_.clear();
        typed_ = false;
        for (;;) {
            const Token token = tokens_.next("{");
            if (token.text == "{") break;
            leftover_ = token.text;
            layer_.line = token.line;
            layer_.column = token.column;
        }
        bool own_dataflow = false;
        for (;;) {
            const Token token = tokens_.next("}");
            if (token.text == "}") break;
            if (token.text == "Type") {
                type();
            } else if (token.text == "Stride") {
                if (!listed_.empty()) problem(token, "Stride must precede Dimensions");
                stride();
            } else if (token.text == "Dilation" || token.text == "Padding") {
                window(token);
            } else if (token.text == "Dimensions") {
                dimensions();
            } else if (token.text == "Dataflow") {
                dataflow();
                own_dataflow = layer_.dataflow.count > 0;
            } else {
                tokens_.fail(token, Tokens::quoted(token.text) +
                                        " where Type, Stride, Dilation, Padding, Dimensions, "
                                        "Dataflow or } should be");
            }
        }
        if (!typed_) {
            problem(start, "the layer has no Type");
            layer_.name = leftover_;
        }
        shape(start);
        if (!own_dataflow) layer_.dataflow = previous_;
        previous_ = layer_.dataflow;
        network.layers.push_back(layer_);
    }

    void type() {
        static const std::map<std::string_view, LayerType> types = {{"CONV", LayerType::kConv},
                                                                    {"DSCONV", LayerType::kDsConv},
                                                                    {"NGCONV", LayerType::kNgConv},
                                                                    {"TRCONV", LayerType::kTrConv},
                                                                    {"GEMM", LayerType::kGemm}};
        const Token token = tokens_.next("a layer type");
        const auto found = types.find(token.text);
        if (found == types.end()) {
            problem(
                token,
                fmt::format(
                    "layer type {} has no model; there are CONV, DSCONV, NGCONV, TRCONV and GEMM",
                    Tokens::quoted(token.text)));
        } else {
            layer_.shape.type = found->second;
        }
        typed_ = true;
        layer_.name = leftover_.empty() ? "Layer" : leftover_;
        leftover_.clear();
    }

    void stride() {
        tokens_.expect("{");
        for (;;) {
            const Token token = tokens_.next("a dimension or }");
            if (token.text == "}") return;
            strides_[token.text] = number("a stride", 1, kMostElements);
        }
    }

    // Dilation { Y: 2, X: 2 } and Padding { Top: 1, Bottom: 1, Left: 1, Right: 1 } or { Y: 1, X: 1
    // }.
    void window(const Token& block) {
        const bool dilation = block.text == "Dilation";
        Shape& s = layer_.shape;
        tokens_.expect("{");
        for (;;) {
            const Token token = tokens_.next("a dimension or }");
            if (token.text == "}") return;
            const int64_t n = number(dilation ? "a dilation" : "a padding", dilation ? 1 : 0,
                                     dilation ? 255 : 65535);
            const auto pads = static_cast<uint16_t>(n);
            if (dilation && token.text == "Y")
                s.dilation_y = static_cast<uint8_t>(n);
            else if (dilation && token.text == "X")
                s.dilation_x = static_cast<uint8_t>(n);
            else if (!dilation && token.text == "Y")
                s.pad[0] = s.pad[1] = pads;
            else if (!dilation && token.text == "X")
                s.pad[2] = s.pad[3] = pads;
            else if (!dilation && token.text == "Top")
                s.pad[0] = pads;
            else if (!dilation && token.text == "Bottom")
                s.pad[1] = pads;
            else if (!dilation && token.text == "Left")
                s.pad[2] = pads;
            else if (!dilation && token.text == "Right")
                s.pad[3] = pads;
            else
                tokens_.fail(token,
                             Tokens::quoted(token.text) +
                                 (dilation ? " where Y or X should be"
                                           : " where Y, X, Top, Bottom, Left or Right should be"));
        }
    }

    void dimensions() {
        tokens_.expect("{");
        for (;;) {
            const Token token = tokens_.next("a dimension or }");
            if (token.text == "}") return;
            Dim dim;
            if (!parse_dim(token.text, dim))
                problem(token, Tokens::quoted(token.text) +
                                   " is no dimension; there are N G K C R S Y X Y' X' M");
            leftover_ = token.text;
            const int64_t size = number("a size", 1, kMostElements);
            const auto found = strides_.find(token.text);
            listed_.push_back({token.text, static_cast<int32_t>(size),
                               found == strides_.end() ? 1 : found->second});
        }
    }

    void dataflow() {
        tokens_.expect("{");
        for (;;) {
            const Token token = tokens_.next("a directive or }");
            if (token.text == "}") return;
            Directive d;
            d.kind = directive_kind(tokens_, token, "TemporalMap, SpatialMap, Cluster or }");
            d.size = number("a size", 1, kMostElements, true);
            if (d.kind == DirectiveKind::kCluster) {
                expect_cluster_type(tokens_);
            } else {
                d.offset = number("an offset", 1, kMostElements, true);
                const Token dim = tokens_.next("a dimension");
                if (dim.text == "}" || dim.text == "{")
                    tokens_.fail(dim, Tokens::quoted(dim.text) + " where a dimension should be");
                if (!parse_dim(dim.text, d.dim))
                    problem(dim, Tokens::quoted(dim.text) +
                                     " is no dimension; there are N G K C R S Y X Y' X' M");
            }
            if (!layer_.dataflow.add(d))
                problem(token, fmt::format("more than {} directives", kMaxDirectives));
        }
    }

    // A whole number, a constant or, in directives, Sz(dimension).
    int32_t number(const char* what, int64_t least, int64_t most, bool directive = false) {
        Token token = tokens_.next(what);
        int64_t n = -1;
        if (directive && token.text == "Sz") {
            token = tokens_.next("a dimension");
            for (const Listed& dim : listed_)
                if (dim.name == token.text) n = dim.size;
            if (n < 0)
                problem(token, fmt::format("Sz of {}, which the layer does not list before",
                                           Tokens::quoted(token.text)));
            return n < 0 ? 1 : static_cast<int32_t>(n);
        }
        const auto constant = constants_.find(token.text);
        if (constant != constants_.end()) {
            n = constant->second;
        } else if (!parse_whole(token.text, INT64_MAX, n)) {
            tokens_.fail(
                token,
                fmt::format("{} where {} should be: a whole number{}", Tokens::quoted(token.text),
                            what, directive ? ", a constant or Sz(dimension)" : " or a constant"));
        }
        if (n < least || n > most) {
            problem(token, fmt::format("{} is {}; it must be {}..{}", what, n, least, most));
            n = std::min(std::max(n, least), most);
        }
        return static_cast<int32_t>(n);
    }

    void shape(const Token& start) {
        Shape& s = layer_.shape;
        int32_t out_y = 0, out_x = 0, stride_out_y = 1, stride_out_x = 1;
        for (const Listed& dim : listed_) {
            Dim d;
            if (!parse_dim(dim.name, d)) continue;
            int32_t& size = d == kOutY ? out_y : d == kOutX ? out_x : s.size[d];
            if (size != 0) continue;  // the first counts
            size = dim.size;
            if (d == kY) s.stride_y = dim.stride;
            if (d == kX) s.stride_x = dim.stride;
            if (d == kOutY) stride_out_y = dim.stride;
            if (d == kOutX) stride_out_x = dim.stride;
        }
        if (s.type != LayerType::kGemm) {
            outputs(start, out_y, stride_out_y, kY, kR, s.stride_y, "Y", s.dilation_y,
                    s.pad[0] + s.pad[1]);
            outputs(start, out_x, stride_out_x, kX, kS, s.stride_x, "X", s.dilation_x,
                    s.pad[2] + s.pad[3]);
        }
        const Coupling c = coupling(s.type, false);
        layer_.printed_input = layer_.printed_filter = 1;
        for (const Listed& dim : listed_) {
            Dim d;
            if (!parse_dim(dim.name, d) || d >= kDims) continue;
            if (c.mask[kInput] & bit(d))
                layer_.printed_input = saturated_product(layer_.printed_input, dim.size);
            if (c.mask[kFilter] & bit(d))
                layer_.printed_filter = saturated_product(layer_.printed_filter, dim.size);
        }
    }

    // Rows (or columns) given as outputs: the input that makes them.
    void outputs(const Token& start, int32_t out, int32_t stride_out, Dim in, Dim kernel,
                 int32_t& stride, const char* name, int dilation, int pads) {
        Shape& s = layer_.shape;
        if (out == 0) return;
        if (s.size[in] != 0)
            return problem(start, fmt::format("lists both {0} and {0}'; list one", name));
        if (s.size[kernel] == 0)
            return problem(start,
                           fmt::format("{}' needs {} in the Dimensions", name, to_string(kernel)));
        const auto given = strides_.find(name);
        stride = given != strides_.end() ? given->second : stride_out;
        const int64_t size =
            int64_t{out - 1} * stride + int64_t{dilation} * (s.size[kernel] - 1) + 1 - pads;
        if (size < 1 || size > kMostElements)
            return problem(start, fmt::format("{}' = {} gives {} input elements", name, out, size));
        s.size[in] = static_cast<int32_t>(size);
    }

    void problem(const Token& token, const std::string& what) {
        if (layer_.problem.empty()) layer_.problem = tokens_.where(token) + ": " + what;
    }

    Tokens tokens_;
    std::map<std::string_view, int64_t> constants_;
    std::map<std::string_view, int32_t> strides_;
    std::vector<Listed> listed_;
    std::string
        leftover_;  // a name read but not yet used: what the original calls a layer that has none
    Layer layer_;
    Dataflow previous_;
    bool typed_ = false;
};

}  // namespace

void finish(Network& network) {
    int batch[5] = {-1, -1, -1, -1, 0};
    for (Layer& layer : network.layers) {
        Shape& s = layer.shape;
        const LayerType type = s.type == LayerType::kTrConv ? LayerType::kConv : s.type;
        int& decision = batch[static_cast<int>(type)];
        if (decision < 0) decision = s.size[kN] != 0;
        s.batch = static_cast<uint8_t>(decision);
        if (s.batch && s.size[kN] != 0)
            layer.printed_input = saturated_product(layer.printed_input, s.size[kN]);
    }
}

Network parse_network(const std::string& text, const std::string& name) {
    return Parser(text, name).parse();
}

Network read_network_file(const std::string& path) {
    return parse_network(read_text(path), path);
}

}  // namespace msd::maestro
