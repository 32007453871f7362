// The built-in templates and their application; see templates.h.
#include "codesign/maestro/templates.h"

#include <fmt/format.h>

#include <filesystem>

#include "codesign/maestro/tokens.h"

namespace msd::maestro {
namespace {

const struct {
    const char *name, *text;
} kTexts[] = {
    {"kcp_ws",
     "SpatialMap(1,1) K; TemporalMap(64,64) C; TemporalMap(Sz(R),Sz(R)) R; "
     "TemporalMap(Sz(S),Sz(S)) S;"
     "TemporalMap(Sz(R),1) Y; TemporalMap(Sz(S),1) X; Cluster(64,P);"
     "SpatialMap(1,1) C; TemporalMap(Sz(R),1) Y; TemporalMap(Sz(S),1) X; TemporalMap(Sz(R),Sz(R)) "
     "R;"
     "TemporalMap(Sz(S),Sz(S)) S;"},
    {"rs",
     "SpatialMap(1,1) Y'; TemporalMap(1,1) X'; TemporalMap(1,1) C; TemporalMap(16,16) K; "
     "TemporalMap(Sz(R),Sz(R)) R;"
     "TemporalMap(Sz(S),Sz(S)) S; Cluster(Sz(R),P);"
     "SpatialMap(1,1) Y; SpatialMap(1,1) R; TemporalMap(Sz(S),Sz(S)) S;"},
    {"xp_ws",
     "TemporalMap(1,1) K; TemporalMap(1,1) C; TemporalMap(Sz(R),1) Y; SpatialMap(Sz(S),1) X;"
     "TemporalMap(Sz(R),Sz(R)) R; TemporalMap(Sz(S),Sz(S)) S;"},
    {"ykp_os",
     "TemporalMap(16,16) K; SpatialMap(Sz(R),1) Y; TemporalMap(Sz(S),1) X; TemporalMap(1,1) C; "
     "Cluster(16,P);"
     "SpatialMap(1,1) K; TemporalMap(Sz(R),1) Y; TemporalMap(Sz(S),1) X; TemporalMap(Sz(R),Sz(R)) "
     "R;"
     "TemporalMap(Sz(S),Sz(S)) S;"},
    {"dpt",
     "SpatialMap(1,1) C; TemporalMap(Sz(R),1) Y; TemporalMap(Sz(S),1) X; TemporalMap(Sz(R),Sz(R)) "
     "R;"
     "TemporalMap(Sz(S),Sz(S)) S;"},
    {"nlr",
     "TemporalMap(1,1) K; TemporalMap(Sz(R),1) Y; TemporalMap(Sz(S),1) X; TemporalMap(Sz(R),Sz(R)) "
     "R;"
     "TemporalMap(Sz(S),Sz(S)) S; SpatialMap(1,1) C;"},
    {"yxp_os",
     "TemporalMap(1,1) K; TemporalMap(1,1) C; SpatialMap(Sz(R),1) Y; TemporalMap(8,8) X'; "
     "TemporalMap(Sz(R),Sz(R)) R;"
     "TemporalMap(Sz(S),Sz(S)) S; Cluster(8,P); SpatialMap(Sz(S),1) X; TemporalMap(Sz(S),Sz(S)) "
     "S;"},
    {"ckp_ws",
     "SpatialMap(1,1) C; TemporalMap(64,64) K; TemporalMap(Sz(R),Sz(R)) R; "
     "TemporalMap(Sz(S),Sz(S)) S;"
     "TemporalMap(1,1) Y'; TemporalMap(1,1) X'; Cluster(64,P);"
     "SpatialMap(1,1) K; TemporalMap(Sz(R),Sz(R)) R; TemporalMap(Sz(S),Sz(S)) S;"},
    {"maeri",
     "TemporalMap(1,1) C; SpatialMap(1,1) K; TemporalMap(1,1) Y'; TemporalMap(1,1) X'; "
     "TemporalMap(Sz(R),Sz(R)) R;"
     "TemporalMap(Sz(S),Sz(S)) S; Cluster(Sz(R),P); SpatialMap(1,1) Y; SpatialMap(1,1) R; "
     "Cluster(Sz(S),P);"
     "SpatialMap(1,1) X; SpatialMap(1,1) S;"},
    {"nmk",
     "TemporalMap(1,1) N; SpatialMap(1,1) M; TemporalMap(64,64) K; Cluster(64,P);"
     "TemporalMap(1,1) N; TemporalMap(1,1) M; SpatialMap(1,1) K;"},
};

TemplateSize size(Tokens& tokens, const char* what) {
    TemplateSize result;
    Token token = tokens.next(what);
    if (token.text == "Sz") {
        token = tokens.next("a dimension");
        result.of_layer = true;
        if (!parse_dim(token.text, result.dim) || result.dim >= kDims)
            tokens.fail(token, Tokens::quoted(token.text) +
                                   " is no dimension; there are N G K C R S Y X M");
        return result;
    }
    int64_t n = 0;
    if (!parse_whole(token.text, 1 << 24, n) || n < 1)
        tokens.fail(token,
                    fmt::format("{} where {} should be: a whole number of 1..{} or Sz(dimension)",
                                Tokens::quoted(token.text), what, 1 << 24));
    result.value = static_cast<int32_t>(n);
    return result;
}

int32_t resolve(const TemplateSize& size, const Shape& shape) {
    return size.of_layer ? shape.size[size.dim] : size.value;
}

}  // namespace

Template parse_template(const std::string& text, const std::string& name) {
    Template result;
    result.name = name;
    Tokens tokens(text, name);
    bool block = false;
    while (!tokens.done()) {
        const Token token = tokens.next("a directive");
        if (token.text == "Dataflow" && result.directives.empty() && !block) {
            tokens.expect("{");
            block = true;
            continue;
        }
        if (token.text == "}" && block) {
            if (!tokens.done())
                tokens.fail(tokens.peek(),
                            Tokens::quoted(tokens.peek().text) + " after the Dataflow block");
            return result;
        }
        TemplateDirective d;
        d.kind = directive_kind(tokens, token, "TemporalMap, SpatialMap or Cluster");
        d.size = size(tokens, "a size");
        if (d.kind == DirectiveKind::kCluster) {
            expect_cluster_type(tokens);
        } else {
            d.offset = size(tokens, "an offset");
            const Token dim = tokens.next("a dimension");
            if (!parse_dim(dim.text, d.dim))
                tokens.fail(dim, Tokens::quoted(dim.text) +
                                     " is no dimension; there are N G K C R S Y X Y' X' M");
        }
        result.directives.push_back(d);
        if (result.directives.size() > kMaxDirectives)
            tokens.fail(token, fmt::format("more than {} directives", kMaxDirectives));
    }
    if (block || result.directives.empty())
        throw InputError(
            name + ":1:1: " + (block ? "the Dataflow block has no }" : "holds no directives"));
    return result;
}

const std::vector<Template>& built_in_templates() {
    static const std::vector<Template> all = [] {
        std::vector<Template> result;
        for (const auto& t : kTexts) result.push_back(parse_template(t.text, t.name));
        return result;
    }();
    return all;
}

const Template& built_in_template(const std::string& name) {
    std::string names;
    for (const Template& t : built_in_templates()) {
        if (t.name == name) return t;
        names += (names.empty() ? "" : ", ") + t.name;
    }
    throw InputError(
        fmt::format("no template is called {}; there are {}", Tokens::quoted(name), names));
}

Template load_template(const std::string& name) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(name, error)) return built_in_template(name);
    return parse_template(read_text(name), name);
}

// Of a tile of rows or columns, Sz(R) or Sz(S) is the reach of a window, which dilation widens.
static int32_t tile_size(const TemplateDirective& d, const Shape& shape, Mode mode) {
    const int32_t value = resolve(d.size, shape);
    if (mode == Mode::kOriginal || !d.size.of_layer || value == 0) return value;
    if (d.dim == kY && d.size.dim == kR) return shape.dilation_y * (value - 1) + 1;
    if (d.dim == kX && d.size.dim == kS) return shape.dilation_x * (value - 1) + 1;
    return value;
}

bool apply(const Template& t, const Shape& shape, Dataflow& dataflow, Mode mode) {
    const Template* use = &t;
    if (shape.type == LayerType::kDsConv) use = &built_in_template("dpt");
    if (shape.type == LayerType::kGemm) use = &built_in_template("nmk");
    dataflow.count = 0;
    for (const TemplateDirective& d : use->directives) {
        const Directive resolved{d.kind, d.dim, tile_size(d, shape, mode),
                                 resolve(d.offset, shape)};
        if (resolved.size == 0 || resolved.offset == 0 || !dataflow.add(resolved)) return false;
    }
    return true;
}

Network apply(const Template& t, Network network, Mode mode) {
    for (Layer& layer : network.layers) {
        if (!apply(t, layer.shape, layer.dataflow, mode) && layer.problem.empty())
            layer.problem = fmt::format(
                "{}:{}:{}: template {} does not fit: it names the size of a dimension the layer "
                "lacks",
                network.file, layer.line, layer.column, t.name);
    }
    return network;
}

}  // namespace msd::maestro
