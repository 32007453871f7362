// The network as a graph of layers: what ONNX, CSV and quantisation produce, and what reference and scheduler read.
#pragma once

#include <array>
#include <boost/graph/adjacency_list.hpp>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace msd::network {

// A malformed or unsupported input file: what() is "file[:line]: what is wrong; what would be right".
struct ImportError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Shape {  // of one image, NCHW without N
    int c = 0, h = 1, w = 1;
    int64_t elements() const { return int64_t{1} * c * h * w; }
    bool operator==(const Shape& o) const { return c == o.c && h == o.h && w == o.w; }
};

// real = scale * (q - zero_point), q in int8. uint8 tensors are stored with the top bit flipped, zero point - 128.
struct QuantParams {
    double scale = 1.0;
    int zero_point = 0;
};

enum class Op {
    kInput,        // the network's input
    kConv,         // convolution, depthwise, grouped; Gemm and MatMul are 1x1 (or HxW) convolutions
    kAdd,          // of two tensors of one shape
    kMaxPool,
    kAveragePool,  // global average pooling is a window of the whole map
    kClamp,        // Relu / Clip / requantisation that could not be folded into its producer
    kSoftmax,      // last, computed on the host
};
const char* to_string(Op op);

struct Window {  // kernel, stride and padding of a convolution or pool
    int kernel_h = 1, kernel_w = 1, stride_y = 1, stride_x = 1;
    int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
    bool count_pads = false;  // average pooling: padded taps count in the divisor
};

// A convolution's weights [k][c/groups][kernel_h][kernel_w], per output channel symmetric.
// Quantised: q and scale; float: real. bias is in units of input scale * weight scale when quantised.
struct Weights {
    std::vector<int8_t> q;
    std::vector<double> scale;    // one a channel
    std::vector<int32_t> bias_q;  // one a channel
    std::vector<uint8_t> digits;  // per channel: 0 = int8, 1..3 = RSD with that many digits (set by quant/)
    std::vector<float> real;
    std::vector<float> bias_real;
};

// A layer and the one tensor it produces.
struct Layer {
    std::string name;
    Op op = Op::kInput;
    Window window;
    int groups = 1;
    Weights weights;
    Shape shape;        // of the output
    QuantParams quant;  // of the output, valid if Graph::quantised
    // Relu, Relu6, Clip folded into the layer, as bounds on the real value of the output.
    double real_lo = -1e300, real_hi = 1e300;

    // The bounds as int8 of the output's grid (quantised networks): always within [-128, 127].
    int clamp_lo() const;
    int clamp_hi() const;
};

using Dag = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS, Layer,
                                  boost::property<boost::edge_index_t, int>>;
using LayerId = Dag::vertex_descriptor;

// Vertices are layers; an edge carries a tensor; the edge index is the operand's position (0 or 1).
class Graph {
public:
    std::string name;
    bool quantised = false;
    std::map<std::string, std::string> metadata;  // ONNX metadata_props

    LayerId add(Layer layer, const std::vector<LayerId>& inputs);
    const Layer& operator[](LayerId id) const { return dag_[id]; }
    Layer& operator[](LayerId id) { return dag_[id]; }
    std::size_t size() const { return boost::num_vertices(dag_); }
    const Dag& dag() const { return dag_; }

    std::vector<LayerId> inputs(LayerId id) const;     // operands in order
    std::vector<LayerId> consumers(LayerId id) const;  // ascending
    std::vector<LayerId> order() const;                // topological, ties by id (deterministic)
    LayerId input() const;                             // the kInput layer
    LayerId output() const;                            // the one layer without consumers

    // Multiply-accumulates of a convolution (useful ones, padding counted as the window visits it); 0 for others.
    // Metadata "msd.macs:<layer>" overrides it: fold_input() leaves there what was useful before.
    int64_t macs(LayerId id) const;

private:
    Dag dag_;
};

// Liveness: for each layer (by id) the position in order() of its last reader; the output lives to the end.
std::vector<std::size_t> last_use(const Graph& graph);

// Readers. All throw ImportError; none crashes on malformed input.
Graph read_onnx(const std::string& path);
struct CsvOptions {
    uint64_t seed = 1;   // weights, biases and scales are drawn from it: a network of the right shapes with random values
    bool same_padding = true;  // a table without padding columns gets the padding that makes its layers fit each other
};
Graph read_topology_csv(const std::string& path, const CsvOptions& options);
Graph read_network(const std::string& path, uint64_t seed);  // by extension: .onnx or .csv

}  // namespace msd::network
