// Shapes of the cost model as steps of the scheduler; see platform_cost.h.
#include "codesign/semi_decoupled/platform_cost.h"

#include "scheduler/search.h"
#include "scheduler/tiles.h"
#include "scheduler/work.h"

namespace msd::semi_decoupled {
namespace {

using maestro::LayerType;

constexpr int kLargest = 65535;

bool step_of(const maestro::Shape& shape, scheduler::Step& step) {
    const auto size = [&](maestro::Dim d) { return shape.size[d]; };
    step.name = step.label = "conv";
    network::Window& w = step.window;
    if (shape.type == LayerType::kTrConv) return false;
    if (shape.type == LayerType::kGemm) {  // M x K times K x N: N channels of M pixels
        step.in = {size(maestro::kK), 1, size(maestro::kM)};
        step.out = {size(maestro::kN), 1, size(maestro::kM)};
    } else {
        const int groups = shape.type == LayerType::kNgConv ? size(maestro::kG) : 1;
        const int64_t in = int64_t{groups} * size(maestro::kC);
        const int64_t out =
            shape.type == LayerType::kDsConv ? in : int64_t{groups} * size(maestro::kK);
        const int64_t out_y = shape.out_y(), out_x = shape.out_x();
        const int64_t kernel_h = int64_t{shape.dilation_y} * (size(maestro::kR) - 1) + 1;
        const int64_t kernel_w = int64_t{shape.dilation_x} * (size(maestro::kS) - 1) + 1;
        for (const int64_t n : {in, out, out_y, out_x, kernel_h, kernel_w})
            if (n < 1 || n > kLargest) return false;
        step.in = {static_cast<int>(in), size(maestro::kY), size(maestro::kX)};
        step.out = {static_cast<int>(out), static_cast<int>(out_y), static_cast<int>(out_x)};
        step.groups = groups;
        if (shape.type == LayerType::kDsConv) step.kind = scheduler::StepKind::kDepthwise;
        w.kernel_h = static_cast<int>(kernel_h);
        w.kernel_w = static_cast<int>(kernel_w);
        w.stride_y = shape.stride_y;
        w.stride_x = shape.stride_x;
        w.pad_top = shape.pad[0];
        w.pad_bottom = shape.pad[1];
        w.pad_left = shape.pad[2];
        w.pad_right = shape.pad[3];
        step.images = std::max(1, size(maestro::kN));
    }
    for (const network::Shape& s : {step.in, step.out})  // what a tile descriptor holds
        if (s.c < 1 || s.h < 1 || s.w < 1 || s.c > kLargest || s.h > 32767 || s.w > 32767)
            return false;
    return w.kernel_h <= 255 && w.kernel_w <= 255 && w.stride_y <= 255 && w.stride_x <= 255 &&
           w.pad_top <= 127 && w.pad_left <= 127 && step.images <= 256;
}

}  // namespace

LayerCycles platform_cost(const Device& device, const maestro::Shape& shape) {
    scheduler::Step step;
    if (!step_of(shape, step)) return {};
    step.macs = shape.macs();
    scheduler::Options options;
    options.effective_bits = device.effective_bits;
    options.batch = step.images;
    options.visit_tiles = device.visit_tiles;
    options.memory.bytes_per_cycle = device.dram_bytes_per_cycle;
    options.memory.latency_cycles = device.dram_latency_cycles;
    try {
        const auto found = scheduler::search_layer(device.config, step, {}, options);
        const scheduler::Candidate& best = found.candidates.at(0);
        const auto work = scheduler::work_of(device.config,
                                             scheduler::tile_layer(device.config, step, best.plan));
        return {static_cast<int64_t>(best.cycles), scheduler::energy_pj(work) / 1000, true};
    } catch (const scheduler::ScheduleError&) {
        return {};
    }
}

}  // namespace msd::semi_decoupled
