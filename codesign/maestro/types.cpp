// Names, output sizes and messages; see types.h.
#include "codesign/maestro/types.h"

#include <fmt/format.h>

#include <algorithm>

namespace msd::maestro {
namespace {

const char* const kDimNames[] = {"C", "G", "K", "M", "N", "R", "S", "X", "Y", "X'", "Y'"};

int64_t outputs(int64_t input, int64_t pads, int64_t kernel, int64_t dilation, int64_t stride) {
    const int64_t reach = dilation * (kernel - 1) + 1;
    return input + pads < reach ? 0 : (input + pads - reach) / stride + 1;
}

const char* name(int64_t dim) {
    return dim >= 0 && dim <= kOutY ? kDimNames[dim] : "?";
}

}  // namespace

const char* to_string(Dim dim) {
    return kDimNames[dim];
}

bool parse_dim(std::string_view text, Dim& dim) {
    for (int i = 0; i <= kOutY; ++i) {
        if (text != kDimNames[i]) continue;
        dim = static_cast<Dim>(i);
        return true;
    }
    return false;
}

const char* to_string(LayerType type) {
    static const char* const names[] = {"CONV", "DSCONV", "NGCONV", "TRCONV", "GEMM"};
    return names[static_cast<int>(type)];
}

bool Shape::operator==(const Shape& o) const {
    return type == o.type && batch == o.batch && dilation_y == o.dilation_y &&
           dilation_x == o.dilation_x && size == o.size && stride_y == o.stride_y &&
           stride_x == o.stride_x && pad == o.pad;
}

// A transposed convolution puts its kernel around every input pixel, up pixels apart.
int64_t Shape::out_y() const {
    const int64_t pads = int64_t{pad[0]} + pad[1];
    if (type == LayerType::kTrConv)
        return std::max<int64_t>(
            int64_t{size[kY] - 1} * up_y() + int64_t{dilation_y} * (size[kR] - 1) + 1 - pads, 0);
    return outputs(size[kY], pads, size[kR], dilation_y, stride_y);
}

int64_t Shape::out_x() const {
    const int64_t pads = int64_t{pad[2]} + pad[3];
    if (type == LayerType::kTrConv)
        return std::max<int64_t>(
            int64_t{size[kX] - 1} * up_x() + int64_t{dilation_x} * (size[kS] - 1) + 1 - pads, 0);
    return outputs(size[kX], pads, size[kS], dilation_x, stride_x);
}

int64_t Shape::macs() const {
    int64_t product = 1;
    const auto times = [&](int64_t n) { product = saturated_product(product, n); };
    const auto listed = [&](Dim d) { times(std::max(size[d], 1)); };
    listed(kN);
    if (type == LayerType::kGemm) {
        listed(kM);
        listed(kK);
        return product;
    }
    if (type == LayerType::kNgConv) listed(kG);
    if (type != LayerType::kDsConv) listed(kK);
    for (const Dim d : {kC, kR, kS}) listed(d);
    times(out_y());
    times(out_x());
    return product;
}

bool Dataflow::operator==(const Dataflow& o) const {
    if (count != o.count) return false;
    for (int i = 0; i < count; ++i)
        if (!(list[i] == o.list[i])) return false;
    return true;
}

bool Hardware::operator==(const Hardware& o) const {
    const EnergyTable &e = energy, &f = o.energy;
    return num_pes == o.num_pes && l1_bytes == o.l1_bytes && l2_bytes == o.l2_bytes &&
           noc_bw == o.noc_bw && noc_latency == o.noc_latency && offchip_bw == o.offchip_bw &&
           simd_lanes == o.simd_lanes && bytes_per_element == o.bytes_per_element &&
           multicast == o.multicast && e.mac_nj == f.mac_nj && e.l1 == f.l1 && e.l2 == f.l2 &&
           e.noc == f.noc && e.dram == f.dram;
}

void Hardware::check() const {
    auto at_least = [](const char* what, int64_t value, int64_t least) {
        if (value < least)
            throw InputError(
                fmt::format("hardware: {} is {}; it must be at least {}", what, value, least));
    };
    at_least("num_pes", num_pes, 1);
    at_least("l1_size_cstr", l1_bytes, 1);
    at_least("l2_size_cstr", l2_bytes, 1);
    for (int32_t bw : noc_bw) at_least("noc_bw_cstr", bw, 1);
    at_least("NoC_NumHops", noc_latency, 0);
    at_least("offchip_bw_cstr", offchip_bw, 1);
    at_least("num_simd_lanes", simd_lanes, 1);
    at_least("bytes_per_element", bytes_per_element, 1);
}

std::string describe(const LayerCost& cost) {
    const auto a = cost.a, b = cost.b;
    switch (cost.fault) {
        case Fault::kNone:
            return "no fault";
        case Fault::kUnsupportedType:
            return "this layer type has no model; there are CONV, DSCONV, NGCONV, TRCONV and GEMM";
        case Fault::kNoDimension:
            return fmt::format("the layer has no dimension {}, which its type needs", name(a));
        case Fault::kUnknownDirective:
            return fmt::format(
                "level {} maps {}, which is no dimension there; remove the directive{}", a, name(b),
                a > 0 ? " here and above" : "");
        case Fault::kDuplicate:
            return fmt::format("level {} maps {} twice; map it once", a, name(b));
        case Fault::kSpatialMaps:
            return fmt::format("level {} has {} SpatialMaps; it needs one, or two", a, b);
        case Fault::kKernelTile:
            return fmt::format(
                "TemporalMap of {} has size {}; size and offset must be the layer's, Sz({})",
                name(a), b, name(a));
        case Fault::kOutputNeedsKernel:
            return fmt::format(
                "level {} maps an output dimension but not {}; list {} in the same level", a,
                name(b), name(b));
        case Fault::kTooManyLevels:
            return fmt::format("more than {} Cluster directives; there are 4 levels of NoC", a - 1);
        case Fault::kTooFewPes:
            return fmt::format(
                "its clusters take {} PEs, but num_pes is {}; raise it or cluster less", a, b);
        case Fault::kDivisionByZero:
            return "the sub-clusters compute nothing (their tiles hold no whole window), so "
                   "bandwidth per compute cycle is "
                   "undefined; map whole windows";
        case Fault::kNoReuseSize:
            return fmt::format("{} advances although its tile covers it; lower its tile size",
                               name(b));
        case Fault::kTooLarge:
            return "its counters exceed 64 bits (or, in original mode, its steps 32); make it "
                   "smaller";
        case Fault::kEmptyOutput:
            return "the kernel is larger than the padded input, so it has no output";
        case Fault::kIllegalPair:
            return fmt::format(
                "level {} has two SpatialMaps that are no window (Y with R, or X with S, of equal "
                "offset)",
                a);
        case Fault::kWindowTile:
            return fmt::format(
                "level {}: the tile of {} holds no whole window; make it at least the kernel's "
                "tile",
                a, name(b));
        case Fault::kIncomplete:
            return fmt::format(
                "level {}: offset exceeds tile size for {}, so parts are never computed", a,
                name(b));
        case Fault::kL1:
            return fmt::format(
                "needs {} bytes of L1 per PE single-buffered, l1_size_cstr is {}; use smaller "
                "tiles",
                a, b);
        case Fault::kL2:
            return fmt::format(
                "needs {} bytes of L2 single-buffered, l2_size_cstr is {}; use smaller tiles", a,
                b);
        case Fault::kNoDataflow:
            return "no dataflow; add a Dataflow { … } block or apply a template";
        case Fault::kSyntax:
            return "the layer is malformed";
    }
    return "";
}

}  // namespace msd::maestro
