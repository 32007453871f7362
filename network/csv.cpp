// Makes a network that can run from a layer table: padding, pools, shortcuts and residual sums that
// the table leaves out.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "network/check.h"
#include "network/csv_table.h"
#include "network/graph.h"
#include "network/random_weights.h"
#include "network/window.h"

namespace msd::network {
namespace {

constexpr int64_t kMaxTableWeights = int64_t{1} << 29;  // of all layers

std::string text(const Shape& s) {
    return std::to_string(s.c) + "x" + std::to_string(s.h) + "x" + std::to_string(s.w);
}

// What the rows of one block share in their names: "Conv3_1" of Conv3_1a, Conv3_1b; "layer_64_1" of
// layer_64_1_conv2.
std::string block_of(const std::string& name) {
    const auto digit = [&](std::size_t i) {
        return std::isdigit(static_cast<unsigned char>(name[i])) != 0;
    };
    const std::size_t n = name.size();
    if (n > 3 && std::islower(static_cast<unsigned char>(name[n - 1])) && digit(n - 2)) {
        const std::size_t underscore = name.find_last_not_of("0123456789", n - 2);
        if (underscore != std::string::npos && underscore > 0 && name[underscore] == '_')
            return name.substr(0, n - 1);
    }
    const std::size_t tail = name.rfind("_conv");
    if (tail != std::string::npos && tail > 0 && tail + 6 == n && digit(n - 1))
        return name.substr(0, tail);
    return "";
}

// Zeros at both ends of an axis such that `target` positions fit if that needs no more than "same"
// padding does, else ceil(size / stride) of them.
struct Pads {
    int begin, end;
    Pads(int size, int kernel, int stride, int target) {
        const auto total_for = [&](int positions) {
            return static_cast<int>(
                std::max<int64_t>(0, int64_t{positions - 1} * stride + kernel - size));
        };
        const int same = total_for((size + stride - 1) / stride);
        int total = target > 0 ? total_for(target) : same;
        if (total > std::max(kernel - 1, same) ||
            output_size(size, kernel, stride, total) != target)
            total = same;
        begin = std::min((kernel - 1) / 2, total);
        end = total - begin;
    }
};

class TableNetwork {
public:
    TableNetwork(const std::string& path, const Table& table, const CsvOptions& options)
        : path_(path), table_(table), options_(options) {
        graph_.name = std::filesystem::path(path).stem().string();
    }

    Graph build() {
        const TableRow& first = table_.rows[0];
        Layer input;
        input.op = Op::kInput;
        input.shape = {first.channels, first.height, first.width};
        if (input.shape.elements() > kMaxElements)
            fail(first, "its input has more than 2^28 elements");
        current_ = append(first, "input", std::move(input), {});
        for (std::size_t i = 0; i < table_.rows.size(); ++i) read_row(i);
        finish();
        return std::move(graph_);
    }

private:
    [[noreturn]] void fail(const TableRow& row, const std::string& what) const {
        throw ImportError(path_ + ":" + std::to_string(row.line) + ": layer '" + row.name +
                          "': " + what);
    }

    const Shape& shape(LayerId id) const { return graph_[id].shape; }

    LayerId append(const TableRow& row, const std::string& name, Layer layer,
                   const std::vector<LayerId>& inputs) {
        layer.name = name;
        for (int i = 2; !names_.insert(layer.name).second; ++i)
            layer.name = name + "_" + std::to_string(i);
        const LayerId id = graph_.add(std::move(layer), inputs);
        made_by_.push_back(&row);
        return id;
    }

    void read_row(std::size_t i);
    LayerId source(const TableRow& row, const Shape& want);
    std::optional<LayerId> fit(const TableRow& row, LayerId from, const Shape& want);
    std::optional<LayerId> pooled(const TableRow& row, LayerId from, int h, int w);
    Window window(std::size_t i, const Shape& in) const;
    LayerId convolution(std::size_t i, LayerId in, bool depthwise);
    LayerId sum(const TableRow& row, LayerId a, LayerId b, bool relu);
    LayerId joined(std::size_t i, LayerId out, std::optional<LayerId> left);
    bool ends_block(std::size_t i) const;
    bool is_inverted_residual(std::size_t i, LayerId out) const;
    void finish();

    const std::string& path_;
    const Table& table_;
    const CsvOptions& options_;
    Graph graph_;
    std::set<std::string> names_;
    std::vector<const TableRow*> made_by_;  // by LayerId
    LayerId current_ = 0;                   // the tensor the next row continues
    std::vector<LayerId> open_;             // tensors left unread by a branch, still to be added
    std::vector<LayerId> read_;             // the operand of each row
    std::vector<bool> depthwise_;           // of each row
    int64_t weights_ = 0;
};

void TableNetwork::read_row(std::size_t i) {
    const TableRow& row = table_.rows[i];
    const bool depthwise =
        i > 0 && row.channels == 1 && row.filters > 1 && shape(current_).c == row.filters;
    depthwise_.push_back(depthwise);
    const LayerId before = current_;
    const std::size_t old_size = graph_.size();
    const LayerId in = source(row, {depthwise ? row.filters : row.channels, row.height, row.width});
    read_.push_back(in);
    // Read something older than the current tensor: that one is left for a sum.
    const bool branched = in < old_size && in != before;
    const LayerId out = convolution(i, in, depthwise);
    current_ = joined(i, out, branched ? std::optional<LayerId>(before) : std::nullopt);
}

// The tensor a row reads: the current one if it fits, also behind a pool, else the latest earlier
// one of its shape.
LayerId TableNetwork::source(const TableRow& row, const Shape& want) {
    if (const auto fitted = fit(row, current_, want)) return *fitted;
    for (LayerId id = graph_.size(); id-- > 0;) {
        if (shape(id) == want) return id;
    }
    fail(row, "reads " + text(want) + ", but the layers before it give " + text(shape(current_)) +
                  "; a row must read the output of an earlier one, or what a pool makes of the "
                  "previous one's");
}

std::optional<LayerId> TableNetwork::fit(const TableRow& row, LayerId from, const Shape& want) {
    const Shape have = shape(from);
    if (have == want) return from;
    const bool one = want.h == 1 && want.w == 1;
    if (have.c == want.c && one) {
        Layer layer;
        layer.op = Op::kAveragePool;
        layer.window.kernel_h = have.h;
        layer.window.kernel_w = have.w;
        layer.shape = want;
        return append(row, graph_[from].name + "_pool", std::move(layer), {from});
    }
    if (have.c == want.c) return pooled(row, from, want.h, want.w);
    if (!one || want.c % have.c != 0 || row.kernel_h * row.kernel_w * row.stride != 1)
        return std::nullopt;
    // Fully connected over a flattened map, perhaps pooled by a whole factor first.
    for (int f = 1; f <= std::min(have.h, have.w); ++f) {
        if (have.h % f || have.w % f) continue;
        if (int64_t{have.h / f} * (have.w / f) == want.c / have.c) {
            return f == 1 ? from : pooled(row, from, have.h / f, have.w / f);
        }
    }
    return std::nullopt;
}

// A maximum pool from `from` to h x w, if a usual one does it.
std::optional<LayerId> TableNetwork::pooled(const TableRow& row, LayerId from, int h, int w) {
    const Shape have = shape(from);
    if (h >= have.h || w >= have.w) return std::nullopt;
    struct Kind {
        int kernel, stride, pad;
    };
    const bool halves = have.h == 2 * h && have.w == 2 * w;
    const Layer& producer = graph_[from];
    const bool unstrided = producer.op != Op::kConv ||
                           (producer.window.stride_y == 1 && producer.window.stride_x == 1);
    std::vector<Kind> kinds;
    if (halves && unstrided) kinds.push_back({2, 2, 0});
    kinds.insert(kinds.end(), {{3, 2, 1}, {3, 2, 0}, {2, 2, 0}});
    if (have.h % h == 0 && have.h / h == have.w / w) kinds.push_back({have.h / h, have.h / h, 0});
    for (const Kind& kind : kinds) {
        const auto end = [&](int size, int out) {
            return std::max(0, (out - 1) * kind.stride + kind.kernel - size - kind.pad);
        };
        Layer layer;
        layer.op = Op::kMaxPool;
        Window& pool = layer.window;
        pool.kernel_h = pool.kernel_w = kind.kernel;
        pool.stride_y = pool.stride_x = kind.stride;
        pool.pad_top = pool.pad_left = kind.pad;
        pool.pad_bottom = end(have.h, h);
        pool.pad_right = end(have.w, w);
        layer.shape = output_shape(have, pool, have.c);
        if (pool.pad_bottom > kind.pad || pool.pad_right > kind.pad || layer.shape.h != h ||
            layer.shape.w != w)
            continue;
        return append(row, producer.name + "_pool", std::move(layer), {from});
    }
    return std::nullopt;
}

Window TableNetwork::window(std::size_t i, const Shape& in) const {
    const TableRow& row = table_.rows[i];
    Window w;
    w.kernel_h = row.kernel_h;
    w.kernel_w = row.kernel_w;
    w.stride_y = w.stride_x = row.stride;
    if (row.height == 1 && row.width == 1 && in.h * in.w > 1) {  // fully connected over a map
        w.kernel_h = in.h;
        w.kernel_w = in.w;
    } else if (table_.has_pads) {
        w.pad_top = row.pads[0], w.pad_left = row.pads[1], w.pad_bottom = row.pads[2],
        w.pad_right = row.pads[3];
    } else if (options_.same_padding) {
        // The next row says which output is wanted, if it can be this row's reader.
        const TableRow* next = i + 1 < table_.rows.size() ? &table_.rows[i + 1] : nullptr;
        const bool reads = next && (next->channels == row.filters ||
                                    (next->channels == 1 && next->filters == row.filters));
        const Pads y(in.h, row.kernel_h, row.stride, reads ? next->height : 0);
        const Pads x(in.w, row.kernel_w, row.stride, reads ? next->width : 0);
        w.pad_top = y.begin, w.pad_bottom = y.end;
        w.pad_left = x.begin, w.pad_right = x.end;
    }
    return w;
}

LayerId TableNetwork::convolution(std::size_t i, LayerId in, bool depthwise) {
    const TableRow& row = table_.rows[i];
    Layer layer;
    layer.op = Op::kConv;
    layer.groups = depthwise ? row.filters : 1;
    layer.window = window(i, shape(in));
    layer.shape = output_shape(shape(in), layer.window, row.filters);
    if (layer.shape.h < 1 || layer.shape.w < 1) {
        fail(row, "its " + std::to_string(row.kernel_h) + "x" + std::to_string(row.kernel_w) +
                      " filter is larger than its " + std::to_string(row.height) + "x" +
                      std::to_string(row.width) + " input");
    }
    const int64_t weights = int64_t{row.filters} * (shape(in).c / layer.groups) *
                            layer.window.kernel_h * layer.window.kernel_w;
    weights_ = weights > kMaxElements ? kMaxTableWeights + 1 : weights_ + weights;
    if (weights_ > kMaxTableWeights || layer.shape.elements() > kMaxElements) {
        fail(row, "has more than 2^28 weights or outputs, or the table more than 2^29 weights");
    }
    const bool last = i + 1 == table_.rows.size();
    const bool projection = i > 0 && depthwise_[i - 1] && row.kernel_h * row.kernel_w == 1 &&
                            row.filters < row.channels;
    if (!last && !projection) layer.real_lo = 0;  // Relu
    return append(row, row.name, std::move(layer), {in});
}

LayerId TableNetwork::sum(const TableRow& row, LayerId a, LayerId b, bool relu) {
    Layer layer;
    layer.op = Op::kAdd;
    layer.shape = shape(a);
    if (relu) layer.real_lo = 0;
    return append(row, row.name + "_add", std::move(layer), {a, b});
}

bool TableNetwork::ends_block(std::size_t i) const {
    const std::string block = block_of(table_.rows[i].name);
    if (block.empty() || i == 0 || block_of(table_.rows[i - 1].name) != block) return false;
    return i + 1 == table_.rows.size() || block_of(table_.rows[i + 1].name) != block;
}

// 1x1 to more channels, depthwise at stride 1, 1x1 back to the first one's input shape.
bool TableNetwork::is_inverted_residual(std::size_t i, LayerId out) const {
    if (i < 2 || !depthwise_[i - 1] || depthwise_[i - 2] || depthwise_[i]) return false;
    const TableRow &expand = table_.rows[i - 2], &depthwise = table_.rows[i - 1],
                   &project = table_.rows[i];
    return expand.kernel_h * expand.kernel_w == 1 && project.kernel_h * project.kernel_w == 1 &&
           expand.stride * depthwise.stride * project.stride == 1 &&
           expand.filters > expand.channels && shape(read_[i - 2]) == shape(out);
}

// The tensor that goes on after row i made `out`: itself, or its sum with a shortcut. `left`: what
// the row left unread.
LayerId TableNetwork::joined(std::size_t i, LayerId out, std::optional<LayerId> left) {
    const TableRow& row = table_.rows[i];
    const auto linear = [&](LayerId id) {
        if (graph_[id].op == Op::kConv) graph_[id].real_lo = -1e300;
    };
    if (left && shape(*left) == shape(out)) {
        linear(*left);
        linear(out);
        return sum(row, *left, out, true);
    }
    if (left) {
        open_.push_back(*left);
        return out;
    }
    for (auto open = open_.rbegin(); open != open_.rend(); ++open) {
        if (shape(*open).c != shape(out).c) continue;
        const auto fitted = fit(row, *open, shape(out));
        if (!fitted) continue;
        linear(*open);
        linear(out);
        open_.erase(std::next(open).base());
        return sum(row, out, *fitted, true);
    }
    if (is_inverted_residual(i, out)) return sum(row, out, read_[i - 2], false);
    if (!ends_block(i)) return out;
    std::size_t first = i;
    while (first > 0 && block_of(table_.rows[first - 1].name) == block_of(row.name)) --first;
    if (!(shape(read_[first]) == shape(out))) return out;
    linear(out);
    return sum(row, out, read_[first], true);
}

void TableNetwork::finish() {
    for (const LayerId id : graph_.order()) {
        if (id != current_ && boost::out_degree(id, graph_.dag()) == 0) {
            fail(*made_by_[id], "no row reads its output " + text(shape(id)) +
                                    "; each output but the last must be read or added");
        }
    }
    draw_weights(graph_, options_.seed);
    try {
        check(graph_);
    } catch (const std::invalid_argument& error) {
        throw ImportError(path_ + ": " + error.what());
    }
}

}  // namespace

Graph read_topology_csv(const std::string& path, const CsvOptions& options) {
    return TableNetwork(path, read_table(path), options).build();
}

}  // namespace msd::network
