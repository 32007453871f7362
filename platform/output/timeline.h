// What follows from recorded spans: fill of the on-chip buffers, each core's share of a transfer,
// and on what every cycle of a layer was spent.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "ip/msd_pe/core/config.h"
#include "platform/output/recorder.h"

namespace msd::platform {

// ---- buffers

enum class Buffer { kAct, kWgt, kAcc, kOut };
constexpr unsigned kBuffers = 4;
const char* to_string(Buffer buffer);  // "act", …

// A half of a double buffer was taken (+1) or freed (-1) in `cycle`.
struct FillStep {
    uint64_t cycle;
    Buffer buffer;
    int halves;
    int64_t bytes;  // of kAcc: 0
};

// By cycle. Activations and weights: from the start of the load until the arrays have read the last
// operand; accumulators: from the first tile's execution to the end of post-processing; output:
// from the residual's load or post-processing to the store's last response.
std::vector<FillStep> buffer_fill(const Recorder& recorder, const pe::AcceleratorConfig& config);

// ---- cores

// One core's part of a tile: it is what a core's load, execution or store took.
struct CoreSpan {
    const Span* span;  // of the whole unit
    uint64_t start, end, bytes;
};

enum class Core { kLut, kDsp };
struct CoreSpans {
    std::vector<CoreSpan> load, execute, store;
};

// Load: the core's weight stream, LUT before DSP in one transfer; execute: its feed; store: the
// channel blocks that hold its channels. Moments inside a transfer come from recorded bursts
// (RecorderOptions::memory).
CoreSpans core_spans(const Recorder& recorder, const pe::AcceleratorConfig& config, Core core);

// ---- causes

enum class CycleCause { kCompute, kWeights, kActivations, kStore, kCpu, kFillDrain };
constexpr unsigned kCauses = 6;
const char* to_string(CycleCause cause);  // "compute", "weights", …

// Cycles by cause; they sum to the window.
using CycleCauses = std::array<uint64_t, kCauses>;

// The window of layer l of an image is [end of the layer before (of the first: start of the image),
// its own end): windows follow each other without gap, as predicted cycles do. Each cycle has one
// cause, the first that holds:
//   compute      the arrays are fed, or a pool works
//   weights, activations, store
//                the arrays wait for weights, for activations that are being loaded (pools: for
//                their input), for an accumulator half that post-processing or store still holds
//   cpu          the arrays have nothing to do because firmware has not posted the list yet
//   fill_drain   the rest: pipeline fills behind a dependency on a stored tile, drains, stores
std::vector<CycleCauses> layer_causes(const Recorder& recorder, uint32_t image,
                                      uint64_t image_start);

}  // namespace msd::platform
