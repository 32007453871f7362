// Mapping templates: directives whose sizes may be a layer's own (Sz(R)), applied to any layer.
#pragma once

#include <string>
#include <vector>

#include "codesign/maestro/reader.h"

namespace msd::maestro {

struct TemplateSize {
    bool of_layer = false;  // the layer's size of `dim`
    Dim dim = kR;
    int32_t value = 1;
};

struct TemplateDirective {
    DirectiveKind kind = DirectiveKind::kTemporal;
    Dim dim = kC;
    TemplateSize size, offset;
};

struct Template {
    std::string name;
    std::vector<TemplateDirective> directives;
};

// kcp_ws (NVDLA-like), rs (Eyeriss-like), xp_ws, ykp_os (ShiDianNao-like), dpt (depthwise), nlr,
// yxp_os, ckp_ws, maeri, nmk (GEMM). ykp_os and maeri are as their authors meant them: the
// originals are refused by the original's own reader.
const std::vector<Template>& built_in_templates();
const Template& built_in_template(const std::string& name);  // throws InputError

// Directives as in a Dataflow { … } block, with or without the block. Throws InputError.
Template parse_template(const std::string& text, const std::string& name);
Template load_template(const std::string& name_or_file);

// The directives for one layer. A DSCONV layer takes dpt and a GEMM layer nmk, whatever the
// template, as in the original's modelfile_to_mapping. In corrected mode Sz(R) of rows and Sz(S) of
// columns are a dilated window's reach. False if the template names the size of a dimension that
// the layer lacks.
bool apply(const Template& t, const Shape& shape, Dataflow& dataflow, Mode mode = Mode::kCorrected);
// Sets the layers' dataflow; replaces what they had.
Network apply(const Template& t, Network network, Mode mode = Mode::kCorrected);

}  // namespace msd::maestro
