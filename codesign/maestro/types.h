// What the cost model works on: a layer's shape, its dataflow directives, the hardware, and the
// cost of the layer on it.
#pragma once

#include <array>
#include <climits>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace msd::maestro {

// A file that cannot be read: what() is "file:line:column: what is wrong; what would be right".
struct InputError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Loop dimensions, alphabetical: N batch, G groups, K output channels, C input channels (of a
// group), R S kernel rows and columns, Y X input rows and columns without padding. GEMM: (M x K)
// times (K x N). The last two are output rows and columns, written Y' and X'; only directives and
// layer descriptions use them.
enum Dim : uint8_t { kC, kG, kK, kM, kN, kR, kS, kX, kY, kOutX, kOutY };
constexpr int kDims = 9;
const char* to_string(Dim dim);
bool parse_dim(std::string_view text, Dim& dim);

enum class LayerType : uint8_t { kConv, kDsConv, kNgConv, kTrConv, kGemm };
const char* to_string(LayerType type);

enum class Mode : uint8_t { kOriginal, kCorrected };

// A layer as the cost model sees it; two layers of equal Shape cost the same. Plain data,
// comparable byte by byte.
struct Shape {
    LayerType type = LayerType::kConv;
    uint8_t batch =
        0;  // N is a dimension of input and output (of the first layer of this type in the file)
    uint8_t dilation_y = 1, dilation_x = 1;
    std::array<int32_t, kDims> size{};  // elements; 0: the layer lacks the dimension
    int32_t stride_y = 1, stride_x = 1;
    std::array<uint16_t, 4> pad{};  // top, bottom, left, right; original mode does not know padding

    bool operator==(const Shape& o) const;
    // TRCONV puts up - 1 zeros between input pixels: its stride, or 2 where none is given. 1 for
    // other types.
    int32_t up_y() const { return type != LayerType::kTrConv ? 1 : stride_y > 1 ? stride_y : 2; }
    int32_t up_x() const { return type != LayerType::kTrConv ? 1 : stride_x > 1 ? stride_x : 2; }
    // Output rows and columns, and multiply-accumulates, as a framework counts them (padding,
    // stride, dilation, upsampling taken into account; padded taps count). 0 if the kernel does not
    // fit.
    int64_t out_y() const;
    int64_t out_x() const;
    int64_t macs() const;
};

enum class DirectiveKind : uint8_t { kTemporal, kSpatial, kCluster };

struct Directive {
    DirectiveKind kind = DirectiveKind::kTemporal;
    Dim dim = kC;        // not of clusters
    int32_t size = 1;    // elements of the tile, or sub-clusters
    int32_t offset = 1;  // elements between neighbouring tiles

    bool operator==(const Directive& o) const {
        return kind == o.kind &&
               (kind == DirectiveKind::kCluster || (dim == o.dim && offset == o.offset)) &&
               size == o.size;
    }
};

// A layer's directives with all sizes resolved, outer first.
constexpr int kMaxDirectives = 44;  // 4 levels of 11 dimensions
constexpr int kMaxLevels = 4;
struct Dataflow {
    uint8_t count = 0;
    std::array<Directive, kMaxDirectives> list;

    bool add(const Directive& directive) {  // false: full
        if (count == kMaxDirectives) return false;
        list[count++] = directive;
        return true;
    }
    bool operator==(const Dataflow& o) const;
};

// Multiples of the energy of one 8-bit MAC, and that energy. The defaults of MAC, L1 and L2 are the
// original's (its authors: preliminary CACTI figures, data lost; L1 100 B, L2 100 kB). DRAM and NoC
// are those of Eyeriss (Chen et al., ISCA 2016, table IV: RF 1, NoC 2, buffer 6, DRAM 200 times a
// MAC).
struct EnergyTable {
    double mac_nj = 0.00023;
    double l1 = 1.68, l2 = 18.61;  // one access of one element
    double noc = 2.0;              // one element through one NoC level, once
    double dram = 200.0;           // one element read or written
};

// The hardware file. Sizes in bytes, bandwidths in elements a cycle, latency in cycles.
struct Hardware {
    int32_t num_pes = 1;
    int32_t l1_bytes = INT32_MAX, l2_bytes = INT32_MAX;
    std::array<int32_t, kMaxLevels> noc_bw{INT32_MAX, INT32_MAX, INT32_MAX,
                                           INT32_MAX};  // [0] between L2 and the top level
    int32_t noc_latency = 1;                            // the file's NoC_NumHops
    int32_t offchip_bw = INT32_MAX;
    int32_t simd_lanes = 1;
    // Corrected mode only:
    int32_t bytes_per_element = 1;
    int32_t multicast = 1;  // 0: every sub-cluster is sent its own copy
    EnergyTable energy;

    void check() const;  // throws InputError
    bool operator==(const Hardware& o) const;
};

// Why a layer has no cost.
enum class Fault : uint8_t {
    kNone,
    kUnsupportedType,    // FC, POOL, LSTM, …
    kNoDimension,        // a = dimension the layer type needs but the layer lacks
    kUnknownDirective,   // a = level, b = dimension that the level does not have
    kDuplicate,          // a = level, b = dimension mapped twice there
    kSpatialMaps,        // a = level, b = number of SpatialMaps (must be 1 or 2)
    kKernelTile,         // a = R or S, b = tile size: TemporalMap must take the whole kernel
    kOutputNeedsKernel,  // a = level, b = R or S that must be listed beside Y' or X'
    kTooManyLevels,      // a = number of Cluster directives
    kTooFewPes,          // a = PEs a cluster of all levels needs, b = PEs there are
    kDivisionByZero,     // inner clusters compute nothing in no time (the original dies of SIGFPE
                         // here)
    kNoReuseSize,        // a = level, b = dimension (the original aborts here)
    kTooLarge,           // counters would overflow, or too many kinds of steps to visit
    kEmptyOutput,        // kernel larger than the input
    kIllegalPair,        // a = level: two spatial maps that are no window pair
    kWindowTile,         // a = level, b = dimension whose tile holds no whole window
    kIncomplete,         // a = level, b = dimension of which the mapping leaves parts out
    kL1,
    kL2,  // a = bytes needed, b = bytes there are
    kNoDataflow,
    kSyntax,  // the reader found it; text in Layer::problem
};

struct TensorCounts {  // of input, filter, output
    int64_t l1_read = 0, l1_write = 0, l2_read = 0, l2_write = 0;
    int64_t l2_bytes = 0;  // required, double-buffered
};
enum Tensor { kInput, kFilter, kOutput };

struct DelayStats {  // cycles a step of the top level
    int64_t min = 0, max = 0, avg = 0;
};

// Columns of the CSV that are not functions of others, with its names in the comments.
struct LayerCost {
    Fault fault = Fault::kNone;
    int64_t a = 0, b = 0;  // arguments of fault
    bool ok() const { return fault == Fault::kNone; }

    int64_t runtime = 0;  // cycles
    int64_t macs = 0;     // as counted by the analysis; the true number in corrected mode
    std::array<TensorCounts, 3> tensor;
    int64_t l1_bytes = 0;  // required per PE
    int64_t peak_bw = 0;   // elements a cycle
    double avg_bw = 0;
    int64_t offchip_bw = 0;  // required, elements a cycle
    DelayStats ingress, egress, compute;
    double avg_pes = 0;    // utilised
    double intensity = 0;  // MACs per element fetched
    bool lag = false;  // original mode: the printed energy holds the previous layer's L1 accesses
    // Corrected mode only:
    int64_t noc_elements = 0;      // into and out of sub-clusters, all levels
    int64_t dram_elements = 0;     // read and written
    int64_t offchip_cycles = 0;    // those elements over offchip_bw
    bool single_buffered = false;  // double buffers do not fit L1 or L2, single ones do
    bool retiled = false;  // tiles that overlap or leave gaps as written were laid side by side
    double energy_nj = 0;  // corrected mode; original mode: without the L1 part if lag

    int64_t l2_bytes() const {
        return tensor[0].l2_bytes + tensor[1].l2_bytes + tensor[2].l2_bytes;
    }
};

// Sums and products of numbers from files: they stop at the largest one.
inline int64_t saturated_sum(int64_t a, int64_t b) {
    return __builtin_add_overflow(a, b, &a) ? (b < 0 ? INT64_MIN : INT64_MAX) : a;
}
inline int64_t saturated_product(int64_t a, int64_t b) {  // of numbers that are not negative
    return __builtin_mul_overflow(a, b, &a) ? INT64_MAX : a;
}

// "layer NAME: what; what would be right", for messages and reports.
std::string describe(const LayerCost& cost);

}  // namespace msd::maestro
