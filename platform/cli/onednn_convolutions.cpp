// Times oneDNN's int8 convolutions (s8 x s8 -> s32) of every layer, on data in the layouts it likes
// best.
#include "platform/cli/onednn_convolutions.h"

#include <omp.h>

#include <algorithm>
#include <oneapi/dnnl/dnnl.hpp>
#include <vector>

#include "platform/cli/cpu_time.h"

namespace msd::platform {
namespace {

using dnnl::memory;

struct Convolution {
    dnnl::convolution_forward primitive;
    memory src, weights, dst;
};

memory filled(const memory::desc& desc, const dnnl::engine& engine) {
    memory m(desc, engine);
    auto* bytes = static_cast<unsigned char*>(m.get_data_handle());
    for (std::size_t i = 0; i < desc.get_size(); ++i)
        bytes[i] = static_cast<unsigned char>((i * 2654435761u) >> 24);
    return m;
}

Convolution make(const network::Layer& layer, const network::Shape& in,
                 const dnnl::engine& engine) {
    const auto& w = layer.window;
    const network::Shape& out = layer.shape;
    const auto any = memory::format_tag::any;
    const memory::desc src({1, in.c, in.h, in.w}, memory::data_type::s8, any);
    const memory::desc dst({1, out.c, out.h, out.w}, memory::data_type::s32, any);
    const memory::dims kernel = layer.groups == 1
                                    ? memory::dims{out.c, in.c, w.kernel_h, w.kernel_w}
                                    : memory::dims{layer.groups, out.c / layer.groups,
                                                   in.c / layer.groups, w.kernel_h, w.kernel_w};
    const memory::desc weights(kernel, memory::data_type::s8, any);
    // What the window really reaches to the right and below: never more than the padding asked for.
    const int bottom = (out.h - 1) * w.stride_y + w.kernel_h - in.h - w.pad_top;
    const int right = (out.w - 1) * w.stride_x + w.kernel_w - in.w - w.pad_left;
    const dnnl::convolution_forward::desc op(
        dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, src, weights, dst,
        {w.stride_y, w.stride_x}, {w.pad_top, w.pad_left}, {bottom, right});
    const dnnl::convolution_forward::primitive_desc desc(op, engine);
    return {dnnl::convolution_forward(desc), filled(desc.src_desc(), engine),
            filled(desc.weights_desc(), engine), filled(desc.dst_desc(), engine)};
}

}  // namespace

double onednn_seconds(const network::Graph& graph, int repeats) {
    omp_set_num_threads(1);
    dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    dnnl::stream stream(engine);
    std::vector<Convolution> convolutions;
    for (const network::LayerId id : graph.order())
        if (graph[id].op == network::Op::kConv)
            convolutions.push_back(make(graph[id], graph[graph.inputs(id)[0]].shape, engine));
    std::vector<double> seconds;
    for (int pass = 0; pass <= repeats; ++pass) {
        const double start = thread_cpu_seconds();
        for (Convolution& c : convolutions)
            c.primitive.execute(
                stream,
                {{DNNL_ARG_SRC, c.src}, {DNNL_ARG_WEIGHTS, c.weights}, {DNNL_ARG_DST, c.dst}});
        stream.wait();
        if (pass > 0) seconds.push_back(thread_cpu_seconds() - start);
    }
    std::nth_element(seconds.begin(), seconds.begin() + seconds.size() / 2, seconds.end());
    return seconds[seconds.size() / 2];
}

}  // namespace msd::platform
