// make_program: descriptors with addresses and numbers, weights, feature maps: the DRAM image of a
// schedule.
#include "scheduler/program.h"

#include <fmt/format.h>
#include <zlib.h>

#include <cstring>
#include <stdexcept>

#include "ip/msd_pe/core/tile.h"
#include "scheduler/geometry.h"
#include "scheduler/link.h"
#include "scheduler/memory_plan.h"
#include "scheduler/requant.h"
#include "scheduler/tiles.h"
#include "scheduler/weights.h"

namespace msd::scheduler {
namespace {

using network::Graph;
using network::Layer;

constexpr uint64_t kAlign = 256;        // tile lists, tensors
constexpr uint64_t kWeightAlign = 256;  // of a slice: its bursts cross no boundary
constexpr uint64_t kLastByte = 0xffffffffu;

uint64_t align(uint64_t at, uint64_t to) {
    return (at + to - 1) / to * to;
}

// Zero points, bounds and the residual's multipliers: the same for all tiles of a layer.
void set_numbers(const Graph& graph, const Step& step, msd_tile& t) {
    const Layer& out = graph[step.post];
    const network::QuantParams& in = graph[step.source].quant;
    t.pad_value = static_cast<int8_t>(in.zero_point);
    t.zero_out = static_cast<int8_t>(out.quant.zero_point);
    t.zero_conv = t.zero_out;
    t.clamp_lo = static_cast<int8_t>(out.clamp_lo());
    t.clamp_hi = static_cast<int8_t>(out.clamp_hi());
    if (!step.residual) return;
    const network::QuantParams& own = step.identity ? in : graph[step.conv].quant;
    const network::QuantParams& res = graph[*step.residual].quant;
    const AddMultipliers m =
        add_multipliers_of(own.scale / out.quant.scale, res.scale / out.quant.scale);
    t.zero_conv = static_cast<int8_t>(own.zero_point);
    t.zero_res = static_cast<int8_t>(res.zero_point);
    t.mul_conv = m.a;
    t.mul_res = m.b;
    t.shift_res = static_cast<uint32_t>(m.shift);
}

void set_pool_numbers(const Graph& graph, const Step& step, const Region& out, msd_tile& t) {
    const bool fused = step.pool.has_value();
    const network::QuantParams& from = graph[fused ? step.post : step.source].quant;
    const network::QuantParams& to = graph[step.layer].quant;
    t.zero_out = static_cast<int8_t>(from.zero_point);
    t.pool_zero = static_cast<int8_t>(to.zero_point);
    if (fused ? !step.pool->average : !step.average) {
        if (from.zero_point != to.zero_point || from.scale != to.scale)
            throw std::invalid_argument("a maximum has the scale and zero point of its input");
        return;
    }
    const network::Window& w = fused ? step.pool->window : step.window;
    int64_t taps = int64_t{w.kernel_h} * w.kernel_w;
    if (!fused && !w.count_pads)  // a fused average has one divisor
        taps = int64_t{taps_inside(out.row0, step.in.h, w.kernel_h, w.stride_y, w.pad_top)} *
               taps_inside(out.col0, step.in.w, w.kernel_w, w.stride_x, w.pad_left);
    if (taps == 0) throw std::invalid_argument("a pooling window lies in the padding entirely");
    const Multiplier m = pool_multiplier_of(from.scale / (static_cast<double>(taps) * to.scale));
    t.pool_mul = static_cast<uint16_t>(m.value);
    t.pool_shift = static_cast<uint8_t>(m.shift);
}

class Writer {
public:
    Writer(const Graph& graph, const Schedule& schedule, const pe::AcceleratorConfig& config)
        : graph_(graph), schedule_(schedule), config_(config), steps_(steps_of(graph, schedule)) {}

    Program run() {
        check_same_network();
        for (std::size_t i = 0; i < steps_.size(); ++i)
            layers_.push_back(tile_layer(config_, steps_[i], schedule_.layers[i]));
        link_stores(steps_, layers_, schedule_.hand_over);
        kept_ = kept_maps(steps_, layers_);
        lay_out();
        for (std::size_t i = 0; i < steps_.size(); ++i) write_layer(i);
        write_header();
        describe();
        return std::move(program_);
    }

private:
    void check_same_network() const {
        if (!graph_.quantised)
            throw ScheduleError(
                fmt::format("network {} is not quantised; quantise it first", graph_.name));
        bool same = steps_.size() == schedule_.layers.size() && !steps_.empty();
        for (std::size_t i = 0; same && i < steps_.size(); ++i) {
            const LayerPlan& plan = schedule_.layers[i];
            same = plan.layer == steps_[i].layer && plan.conv == steps_[i].conv &&
                   plan.k_tile > 0 && plan.k_tile % 16 == 0 && plan.c_tile > 0 && plan.h_tile > 0 &&
                   plan.w_tile > 0 && plan.effective_bits >= 1 && plan.effective_bits <= 3 &&
                   (steps_[i].kind == StepKind::kPool ||
                    plan.on_lut.size() == static_cast<std::size_t>(steps_[i].out.c));
        }
        if (!same)
            throw ScheduleError(
                fmt::format("the schedule is not of network {}; schedule it again", graph_.name));
    }

    // Offsets of everything in the image, then of the feature maps behind it.
    void lay_out() {
        uint64_t at = align(sizeof(msd_program) + steps_.size() * sizeof(msd_layer), kAlign);
        for (const LayerTiles& layer : layers_) {
            list_offset_.push_back(at);
            at += layer.tiles.size() * sizeof(msd_tile);
        }
        for (const LayerTiles& layer : layers_) {
            auto& offsets = slice_offset_.emplace_back();
            for (const Slice& slice : layer.slices) {
                at = align(at, kWeightAlign);
                offsets.push_back(at);
                at += uint64_t{slice.words} * pe::kWordBytes;
            }
        }
        at = align(at, kAlign);
        memory_ = plan_memory(graph_, steps_, kept_);
        maps_offset_ = at;
        memory_bytes_ = at + memory_.bytes;
        if (MSD_PROGRAM_BASE + memory_bytes_ > kLastByte)
            throw ScheduleError(
                fmt::format("network {} needs {} bytes of DRAM; there are at most {}", graph_.name,
                            memory_bytes_, kLastByte - MSD_PROGRAM_BASE));
        program_.image.assign(at, 0);
    }

    uint32_t tensor_address(network::LayerId id) const {
        return static_cast<uint32_t>(MSD_PROGRAM_BASE + maps_offset_ + memory_.offset.at(id));
    }

    void write_layer(std::size_t i) {
        const Step& step = steps_[i];
        LayerTiles& layer = layers_[i];
        const auto channels = channel_parameters(graph_, step);
        for (std::size_t s = 0; s < layer.slices.size(); ++s) {
            const auto bytes = encode_slice(config_, graph_, step, layer.slices[s], channels);
            std::memcpy(program_.image.data() + slice_offset_[i][s], bytes.data(), bytes.size());
        }
        uint64_t at = list_offset_[i];
        for (PlannedTile& planned : layer.tiles) {
            finish_tile(i, planned);
            if (const uint32_t error = pe::check_tile(config_, planned.tile))
                throw std::logic_error(
                    fmt::format("layer {}: tile {} is refused by the accelerator with error {}",
                                step.name, (at - list_offset_[i]) / sizeof(msd_tile), error));
            std::memcpy(program_.image.data() + at, &planned.tile, sizeof(msd_tile));
            at += sizeof(msd_tile);
        }
        const msd_layer entry{static_cast<uint32_t>(MSD_PROGRAM_BASE + list_offset_[i]),
                              static_cast<uint32_t>(layer.tiles.size())};
        std::memcpy(program_.image.data() + sizeof(msd_program) + i * sizeof entry, &entry,
                    sizeof entry);
    }

    void finish_tile(std::size_t i, PlannedTile& planned) {
        const Step& step = steps_[i];
        msd_tile& t = planned.tile;
        try {
            if (step.kind == StepKind::kPool) {
                set_pool_numbers(graph_, step, planned.out, t);
                t.res.address += tensor_address(step.source);
            } else {
                set_numbers(graph_, step, t);
                if (t.flags & (MSD_TILE_POOL_MAX | MSD_TILE_POOL_AVG))
                    set_pool_numbers(graph_, step, planned.out, t);
                if (!(t.flags & MSD_TILE_LOAD_OUT) && kept_.count(step.source) == 0)
                    t.act.address += tensor_address(step.source);
                t.wgt_address =
                    static_cast<uint32_t>(MSD_PROGRAM_BASE + slice_offset_[i][planned.slice]);
                if (t.flags & MSD_TILE_LOAD_RES) t.res.address += tensor_address(*step.residual);
            }
        } catch (const std::invalid_argument& error) {
            throw ScheduleError(fmt::format("layer {}: {}", step.name, error.what()));
        }
        if ((t.flags & (MSD_TILE_LAST_C | MSD_TILE_POOL_ONLY)) && !(t.flags & MSD_TILE_KEEP))
            t.out.address += tensor_address(step.layer);
    }

    void write_header() {
        msd_program h{};
        h.magic = MSD_PROGRAM_MAGIC;
        h.version = MSD_PROGRAM_VERSION;
        h.image_bytes = static_cast<uint32_t>(program_.image.size());
        h.memory_bytes = static_cast<uint32_t>(memory_bytes_);
        h.layer_count = static_cast<uint32_t>(steps_.size());
        h.layers_address = MSD_PROGRAM_BASE + sizeof(msd_program);
        for (const LayerTiles& layer : layers_)
            h.tile_count += static_cast<uint32_t>(layer.tiles.size());
        const network::LayerId input = graph_.input(),
                               output = stored_layer(graph_, graph_.output());
        h.input_address = tensor_address(input);
        h.input_bytes = static_cast<uint32_t>(schedule_.images * tensor_bytes(graph_[input].shape));
        h.output_address = tensor_address(output);
        h.output_bytes =
            static_cast<uint32_t>(schedule_.images * tensor_bytes(graph_[output].shape));
        h.lut_rows = static_cast<uint8_t>(config_.lut_rows);
        h.lut_cols = static_cast<uint8_t>(config_.lut_cols);
        h.dsp_rows = static_cast<uint8_t>(config_.dsp_rows);
        h.dsp_cols = static_cast<uint8_t>(config_.dsp_cols);
        h.beat_bytes = config_.beat_bytes;
        std::memcpy(program_.image.data(), &h, sizeof h);
        h.crc32 = static_cast<uint32_t>(
            crc32(0, program_.image.data() + MSD_HEADER_CRC_FROM,
                  static_cast<uInt>(program_.image.size() - MSD_HEADER_CRC_FROM)));
        std::memcpy(program_.image.data(), &h, sizeof h);
    }

    void describe() {
        const auto place = [&](network::LayerId id) {
            const uint32_t address = kept_.count(id) ? MSD_PROGRAM_BASE : tensor_address(id);
            return TensorPlace{address, graph_[id].shape, graph_[id].quant};
        };
        program_.network = graph_.name;
        program_.device = config_.name;
        program_.images = schedule_.images;
        program_.predicted_cycles = schedule_.predicted_cycles;
        program_.input = place(graph_.input());
        program_.output = place(stored_layer(graph_, graph_.output()));
        uint32_t first = 0;
        for (std::size_t i = 0; i < steps_.size(); ++i) {
            const LayerPlan& plan = schedule_.layers[i];
            ProgramLayer layer;
            layer.name = plan.name;
            layer.kind = plan.kind;
            layer.bound = plan.bound;
            layer.id = plan.layer;
            layer.first_tile = first;
            layer.tile_count = static_cast<uint32_t>(layers_[i].tiles.size());
            layer.predicted_cycles = plan.predicted_cycles;
            layer.macs = plan.macs;
            layer.effective_bits = plan.effective_bits;
            layer.kept = kept_.count(plan.layer) != 0;
            layer.output = place(plan.layer);
            first += layer.tile_count;
            program_.layers.push_back(std::move(layer));
        }
    }

    const Graph& graph_;
    const Schedule& schedule_;
    const pe::AcceleratorConfig& config_;
    std::vector<Step> steps_;
    std::vector<LayerTiles> layers_;
    std::vector<uint64_t> list_offset_;
    std::vector<std::vector<uint64_t>> slice_offset_;
    std::set<network::LayerId> kept_;
    MemoryPlan memory_;
    uint64_t maps_offset_ = 0, memory_bytes_ = 0;
    Program program_;
};

}  // namespace

Program make_program(const Graph& graph, const Schedule& schedule,
                     const pe::AcceleratorConfig& config) {
    config.check();
    return Writer(graph, schedule, config).run();
}

std::vector<msd_tile> Program::tiles() const {
    std::vector<msd_tile> all;
    if (image.size() < sizeof(msd_program)) return all;
    const msd_program& h = header();
    for (uint32_t i = 0; i < h.layer_count; ++i) {
        msd_layer list;
        std::memcpy(&list, image.data() + (h.layers_address - MSD_PROGRAM_BASE) + i * sizeof list,
                    sizeof list);
        const std::size_t first = all.size();
        all.resize(first + list.tile_count);
        std::memcpy(all.data() + first, image.data() + (list.tiles_address - MSD_PROGRAM_BASE),
                    list.tile_count * sizeof(msd_tile));
    }
    return all;
}

}  // namespace msd::scheduler
