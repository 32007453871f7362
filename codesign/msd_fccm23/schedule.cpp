// Schedules a network layer by layer, identical layers once; see schedule.h.
#include "codesign/msd_fccm23/schedule.h"

#include <map>
#include <tuple>

#include "codesign/msd_fccm23/search.h"

namespace msd::fccm23 {
namespace {

ScheduleRow row_of(const LayerShape& layer, const SplitChoice& choice, int effective_bits) {
    ScheduleRow row;
    row.name = layer.name;
    row.cycles = choice.total;
    row.fractional = choice.fractional;
    row.k = choice.channels;
    row.k_tiles = choice.channel_tiles;
    row.c = choice.c;
    row.c_tiles = choice.c_tiles;
    // The published flow writes a depthwise tile as c of one output channel, or as k if the map is
    // small.
    if (layer.depthwise() && layer.o >= 8) {
        std::swap(row.k, row.c);
        std::swap(row.k_tiles, row.c_tiles);
    }
    row.o = choice.o;
    row.o_tiles = choice.o_tiles;
    row.kernel = layer.kernel_w;
    row.stride = layer.stride;
    row.ratio = static_cast<double>(choice.lut_channels) / choice.channels;
    row.effective_bits = effective_bits;
    row.compute_bound = choice.compute_bound;
    return row;
}

}  // namespace

std::vector<ScheduleRow> schedule(const std::vector<LayerShape>& layers,
                                  const HardwareDescription& hardware, int effective_bits,
                                  SearchStats* stats) {
    return schedule(layers, hardware, std::vector<int>(layers.size(), effective_bits), stats);
}

std::vector<ScheduleRow> schedule(const std::vector<LayerShape>& layers,
                                  const HardwareDescription& hardware,
                                  const std::vector<int>& effective_bits_by_layer,
                                  SearchStats* stats) {
    hardware.check();
    if (effective_bits_by_layer.size() != layers.size()) {
        throw InputError(std::to_string(effective_bits_by_layer.size()) + " effective bits for " +
                         std::to_string(layers.size()) + " layers; each layer needs one");
    }
    std::map<std::tuple<int, int, int, int, int, int, int>, SplitChoice> solved;
    std::vector<ScheduleRow> rows;
    SearchStats counts;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const LayerShape& layer = layers[i];
        const int eb = effective_bits_by_layer[i];
        layer.check();
        if (eb < 1 || eb > kMostEffectiveBits) {
            throw InputError("layer " + layer.name + ": " + std::to_string(eb) +
                             " effective bits; there must be 1.." +
                             std::to_string(kMostEffectiveBits));
        }
        const auto [found, fresh] = solved.try_emplace(
            {layer.k, layer.o, layer.c, layer.kernel_h, layer.kernel_w, layer.stride, eb});
        SplitChoice& choice = found->second;
        if (fresh) {
            choice = search_layer(layer, hardware, eb);
            counts.candidates_visited += choice.candidates_visited;
            ++counts.layers_solved;
        }
        if (!choice.found) {
            throw InputError(
                "layer " + layer.name + ": none of " + std::to_string(choice.candidates_total) +
                " tiles of the published search fits " + "the buffers of " + hardware.name +
                "; it needs at least 16 output channels (4 if depthwise), 16 or fewer than 8 "
                "input " +
                "channels, and room for such a tile");
        }
        counts.candidates_total += choice.candidates_total;
        ++counts.layers;
        ScheduleRow row = row_of(layer, choice, eb);
        row.repeated = layer.repeats > 1;
        for (int repeat = 0; repeat < layer.repeats; ++repeat) {
            if (row.repeated) row.name = layer.name + "_" + std::to_string(repeat);
            rows.push_back(row);
        }
    }
    if (stats) *stats = counts;
    return rows;
}

}  // namespace msd::fccm23
