// How fast the tile functions are on ResNet-18's layers, cut as the scheduler cuts them, beside
// oneDNN's convolution of the same layers in the same run. One thread, best of several repetitions.
#include <fmt/format.h>

#include <chrono>
#include <functional>
#include <limits>
#include <oneapi/dnnl/dnnl.hpp>
#include <vector>

#include "ip/msd_pe/core/kernel.h"
#include "ip/msd_pe/core/tile.h"

using namespace msd;

namespace {

struct Layer {
    const char* name;
    int channels, out_channels, kernel, stride, side;  // side: of the square output
    int times;
    bool residual;
};

const Layer kLayers[] = {
    {"stem 4x4x12", 12, 64, 4, 1, 112, 1, false},  // 7x7x3 stride 2, folded
    {"stage 2 3x3", 64, 64, 3, 1, 56, 2, false},
    {"stage 2 3x3 +res", 64, 64, 3, 1, 56, 2, true},
    {"stage 3 3x3 /2", 64, 128, 3, 2, 28, 1, false},
    {"stage 3 3x3", 128, 128, 3, 1, 28, 3, true},
    {"stage 3 1x1", 64, 128, 1, 1, 28, 1, false},
    {"stage 4 3x3 /2", 128, 256, 3, 2, 14, 1, false},
    {"stage 4 3x3", 256, 256, 3, 1, 14, 3, true},
    {"stage 4 1x1", 128, 256, 1, 1, 14, 1, false},
    {"stage 5 3x3 /2", 256, 512, 3, 2, 7, 1, false},
    {"stage 5 3x3", 512, 512, 3, 1, 7, 3, true},
    {"stage 5 1x1", 256, 512, 1, 1, 7, 1, false},
    {"fc", 512, 1000, 1, 1, 1, 1, false},
};

constexpr int kTileChannels = 128;
constexpr int kTilePixels = 784;

double seconds(int repetitions, const std::function<void()>& work) {
    double best = std::numeric_limits<double>::max();
    for (int i = 0; i < repetitions; ++i) {
        const auto start = std::chrono::steady_clock::now();
        work();
        const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
        best = std::min(best, time.count());
    }
    return best;
}

// One full tile of the layer: k channels (half LUT with two digits, half DSP), rows of full width.
msd_tile tile_of(const Layer& layer) {
    msd_tile t{};
    const int k = std::min(layer.out_channels, kTileChannels);
    t.flags = MSD_TILE_FIRST_C | MSD_TILE_LAST_C;
    if (layer.residual) t.flags |= MSD_TILE_RESIDUAL;
    t.k_lut = static_cast<uint16_t>(k / 2);
    t.k_dsp = static_cast<uint16_t>(k - k / 2);
    t.effective_bits = 2;
    t.tw = static_cast<uint16_t>(layer.side);
    t.th = static_cast<uint16_t>(std::min(layer.side, kTilePixels / layer.side));
    t.kernel_h = t.kernel_w = static_cast<uint8_t>(layer.kernel);
    t.stride_y = t.stride_x = static_cast<uint8_t>(layer.stride);
    t.pad_y = t.pad_x = static_cast<int8_t>(layer.kernel / 2);
    t.in_rows = static_cast<uint16_t>((t.th - 1) * layer.stride + layer.kernel - t.pad_y);
    t.in_cols = static_cast<uint16_t>(layer.side * layer.stride);
    t.c_blocks = static_cast<uint16_t>((layer.channels + 15) / 16);
    t.c_last = static_cast<uint8_t>(layer.channels - (t.c_blocks - 1) * 16);
    t.clamp_hi = 127;
    t.mul_conv = 5000000;
    t.mul_res = 5000000;
    t.shift_res = 23;
    return t;
}

struct Times {
    double decode = 0, execute = 0, post = 0, onednn = 0;
};

double convolution_seconds(const Layer& layer) {
    using namespace dnnl;
    using tag = memory::format_tag;
    using type = memory::data_type;
    static engine cpu(engine::kind::cpu, 0);
    static stream queue(cpu);
    const int in = layer.side * layer.stride, pad = layer.kernel / 2;
    const int after = (layer.side - 1) * layer.stride + layer.kernel - in - pad;
    const memory::desc src({1, layer.channels, in, in}, type::s8, tag::any);
    const memory::desc wgt({layer.out_channels, layer.channels, layer.kernel, layer.kernel},
                           type::s8, tag::any);
    const memory::desc dst({1, layer.out_channels, layer.side, layer.side}, type::s32, tag::any);
    const convolution_forward::desc desc(prop_kind::forward_inference,
                                         algorithm::convolution_direct, src, wgt, dst,
                                         {layer.stride, layer.stride}, {pad, pad}, {after, after});
    const convolution_forward::primitive_desc plan(desc, cpu);
    memory s(plan.src_desc(), cpu), w(plan.weights_desc(), cpu), d(plan.dst_desc(), cpu);
    const convolution_forward convolution(plan);
    return seconds(30, [&] {
        convolution.execute(queue, {{DNNL_ARG_SRC, s}, {DNNL_ARG_WEIGHTS, w}, {DNNL_ARG_DST, d}});
        queue.wait();
    });
}

Times measure(const Layer& layer, const pe::AcceleratorConfig& config) {
    const msd_tile t = tile_of(layer);
    const std::size_t k = std::size_t{t.k_lut} + t.k_dsp, pixels = std::size_t{t.th} * t.tw;
    std::vector<uint8_t> stream(
        16 * (pe::lut_stream_words(config, t) + pe::dsp_stream_words(config, t)));
    for (std::size_t i = 0; i < stream.size(); ++i) stream[i] = static_cast<uint8_t>(0x91 + i % 3);
    std::vector<int8_t> act(std::size_t{t.c_blocks} * t.in_rows * t.in_cols * 16, 3);
    std::vector<int32_t> acc(k * pixels);
    std::vector<int8_t> out((k + 15) / 16 * pixels * 16);
    const std::vector<msd_channel> params(k, msd_channel{100, 10000000, 34});
    pe::TileWeights weights;
    // The layer in units of full tiles, so that ragged ends count by their share.
    const double k_tiles = double(layer.out_channels) / double(k);
    const double tiles = k_tiles * (double(layer.side) * layer.side / double(pixels));
    Times times;
    times.decode =
        k_tiles * seconds(30, [&] { pe::decode_weights(config, t, stream.data(), weights); });
    times.execute = tiles * seconds(30, [&] { pe::execute(t, act.data(), weights, acc.data()); });
    times.post =
        tiles * seconds(30, [&] { pe::post_process(t, acc.data(), params.data(), out.data()); });
    times.onednn = convolution_seconds(layer);
    return times;
}

void network(pe::Kernel kernel, const pe::AcceleratorConfig& config) {
    pe::use_kernel(kernel);
    fmt::print("\nkernel {}\n{:18} {:>8} {:>9} {:>9} {:>9} {:>9} {:>8} {:>12}\n",
               pe::kernel_name(kernel), "layer", "MMAC", "decode us", "exec us", "post us",
               "conv us", "GMAC/s", "exec / conv");
    Times sum;
    double all = 0;
    for (const Layer& layer : kLayers) {
        const Times t = measure(layer, config);
        const double macs = double(layer.out_channels) * layer.channels * layer.kernel *
                            layer.kernel * layer.side * layer.side;
        fmt::print("{:18} {:8.1f} {:9.1f} {:9.1f} {:9.1f} {:9.1f} {:8.1f} {:12.2f}\n", layer.name,
                   macs * 1e-6, t.decode * 1e6, t.execute * 1e6, t.post * 1e6, t.onednn * 1e6,
                   macs / t.execute * 1e-9, t.execute / t.onednn);
        sum.decode += layer.times * t.decode;
        sum.execute += layer.times * t.execute;
        sum.post += layer.times * t.post;
        sum.onednn += layer.times * t.onednn;
        all += layer.times * macs;
    }
    fmt::print("{:18} {:8.1f} {:9.1f} {:9.1f} {:9.1f} {:9.1f} {:8.1f} {:12.2f}\n", "ResNet-18",
               all * 1e-6, sum.decode * 1e6, sum.execute * 1e6, sum.post * 1e6, sum.onednn * 1e6,
               all / sum.execute * 1e-9, sum.execute / sum.onednn);
}

// One block of a depthwise 3x3 layer on a 28 x 28 map.
void depthwise(const pe::AcceleratorConfig& config) {
    msd_tile t = tile_of({"", 16, 16, 3, 1, 28, 1, false});
    t.flags |= MSD_TILE_DEPTHWISE;
    const std::vector<uint8_t> stream(
        16 * (pe::lut_stream_words(config, t) + pe::dsp_stream_words(config, t)), 0x91);
    const std::vector<int8_t> act(std::size_t{t.in_rows} * t.in_cols * 16, 3);
    std::vector<int32_t> acc(std::size_t{16} * t.th * t.tw);
    pe::TileWeights weights;
    pe::decode_weights(config, t, stream.data(), weights);
    const double time = seconds(200, [&] { pe::execute(t, act.data(), weights, acc.data()); });
    const double macs = 16.0 * 9 * t.th * t.tw;
    fmt::print("\ndepthwise 3x3: {:.1f} us for {:.3f} MMAC, {:.1f} GMAC/s\n", time * 1e6,
               macs * 1e-6, macs / time * 1e-9);
}

}  // namespace

int main() {
    setenv("OMP_NUM_THREADS", "1", 1);  // before oneDNN's first call
    const auto config = pe::preset("ultra96");
    const double first = seconds(1, [] { pe::usable_kernels(); });
    fmt::print("choosing a kernel, with oneDNN's self-check: {:.1f} ms\n", first * 1e3);
    for (pe::Kernel kernel : pe::usable_kernels())
        if (kernel != pe::Kernel::kPortable) network(kernel, config);
    depthwise(config);
}
