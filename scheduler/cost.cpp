// What tiles cost, and lower bounds of it; see cost.h.
#include "scheduler/cost.h"

#include <algorithm>
#include <cmath>

#include "ip/msd_pe/core/tile.h"

namespace msd::scheduler {

LayerModel::LayerModel(const pe::AcceleratorConfig& config, const Step& step,
                       const SplitRule& split, int effective_bits, const MemoryModel& memory)
    : config_(config),
      step_(step),
      split_(split),
      effective_bits_(effective_bits),
      memory_(memory) {
    memory_.latency_cycles = std::floor(memory_.latency_cycles);  // as the stamps have it
    const msd_tile any{};
    drain_ = double(std::max(pe::drain_cycles(pe::lut_shape(config, any)),
                             pe::drain_cycles(pe::dsp_shape(config, any))));
    const int channels = step.kind == StepKind::kDepthwise ? 1 : step.in.c / step.groups;
    whole_ = part_kind(1, ceil_div(channels, 16), (channels - 1) % 16 + 1, 0);
}

LayerModel::PartKind LayerModel::part_kind(int count, int blocks, int c_last, int first_dsp) const {
    const bool depthwise = step_.kind == StepKind::kDepthwise;
    const int taps = step_.window.kernel_h * step_.window.kernel_w;
    const int per_row = taps * (depthwise ? 1 : (blocks - 1) * 16 + c_last);
    // A depthwise core's passes depend on where in its blocks it begins.
    const int place = depthwise ? first_dsp % 16 : 0;
    return {count,
            blocks,
            c_last,
            table(lut_slots_, blocks, c_last),
            table(dsp_slots_, blocks, c_last + 32 * place),
            ceil_div(per_row * effective_bits_, 32),
            ceil_div(per_row, 16)};
}

const LayerModel::PartKinds& LayerModel::part_kinds(const KRange& k, int c_blocks) const {
    if (step_.kind == StepKind::kDense && step_.groups == 1) {
        const auto index = static_cast<std::size_t>(c_blocks);
        if (dense_parts_.size() <= index) dense_parts_.resize(index + 1);
        PartKinds& kinds = dense_parts_[index];
        if (kinds.count > 0) return kinds;
        const int blocks = step_.in_blocks(), last = (step_.in.c - 1) % 16 + 1;
        const int rest = (blocks - 1) % c_blocks + 1, full = (blocks - rest) / c_blocks;
        if (full > 0) kinds.own[kinds.count++] = part_kind(full, c_blocks, 16, 0);
        kinds.own[kinds.count++] = part_kind(1, rest, last, 0);
        return kinds;
    }
    PartKinds& kinds = other_parts_;
    kinds.many.clear();
    if (step_.kind == StepKind::kDepthwise) {
        kinds.own[0] = part_kind(1, ceil_div(k.k1, 16) - k.k0 / 16, (k.k1 - 1) % 16 + 1, k.k_lut);
        kinds.count = 1;
    } else {
        for (const Part& part : parts(step_, c_blocks * 16, 0, 0, k.k0, k.k1))
            kinds.many.push_back(part_kind(1, part.b1 - part.b0, part.c_last, 0));
        kinds.count = static_cast<int>(kinds.many.size());
    }
    return kinds;
}

float* LayerModel::table(Slots& slots, int blocks, int c_last) const {
    std::vector<float>& values = slots[{blocks, c_last}];
    if (values.empty()) values.assign(config_.tile_channels + 1, -1);
    return values.data();
}

msd_tile LayerModel::part_tile(int blocks, int c_last) const {
    msd_tile t{};
    t.flags = step_.kind == StepKind::kDepthwise ? MSD_TILE_DEPTHWISE : 0;
    t.kernel_h = static_cast<uint8_t>(step_.window.kernel_h);
    t.kernel_w = static_cast<uint8_t>(step_.window.kernel_w);
    t.c_blocks = static_cast<uint16_t>(blocks);
    t.c_last = static_cast<uint8_t>(c_last);
    t.effective_bits = static_cast<uint8_t>(effective_bits_);
    t.p_lut = t.p_dsp = 1;
    return t;
}

double LayerModel::lut_slots(int channels, const PartKind& part) const {
    if (channels == 0) return 0;
    float& slots = part.lut[channels];
    if (slots < 0) {
        msd_tile t = part_tile(part.blocks, part.c_last);
        t.k_lut = static_cast<uint16_t>(channels);
        slots = static_cast<float>(pe::feed_cycles(pe::lut_shape(config_, t), t));
    }
    return slots;
}

double LayerModel::dsp_slots(int channels, const PartKind& part, int first_channel) const {
    if (channels == 0) return 0;
    float& slots = part.dsp[channels];
    if (slots < 0) {
        msd_tile t = part_tile(part.blocks, part.c_last);
        t.k_dsp = static_cast<uint16_t>(channels);
        if (step_.kind == StepKind::kDepthwise) t.k_lut = static_cast<uint16_t>(first_channel);
        slots = static_cast<float>(pe::feed_cycles(pe::dsp_shape(config_, t), t));
    }
    return slots;
}

double LayerModel::weight_words(const KRange& k, const PartKind& part) const {
    return double(k.k_lut) * part.lut_words + double(k.count() - k.k_lut) * part.dsp_words;
}

double LayerModel::feed(const Places& places, const KRange& k, int c_blocks) const {
    double cycles = 0;
    for (const PartKind& part : part_kinds(k, c_blocks)) {
        const double lut = lut_slots(k.k_lut, part);
        const double dsp = dsp_slots(k.count() - k.k_lut, part, k.k_lut);
        for (const Places::Size& s : places.sizes)
            cycles +=
                part.count * double(s.count) * std::max(s.lut_passes * lut, s.dsp_passes * dsp);
    }
    return cycles;
}

double LayerModel::post(const Places& places, const KRange& k) const {
    double cycles = 0;
    for (const Places::Size& s : places.sizes)
        cycles += double(s.count) *
                  (double(s.lut_sets) * k.k_lut + double(s.dsp_sets) * (k.count() - k.k_lut));
    return cycles;
}

bool LayerModel::dominates(const Places& places, const KRange& a, const KRange& b,
                           int c_blocks) const {
    const int dsp_a = a.count() - a.k_lut, dsp_b = b.count() - b.k_lut;
    for (const Places::Size& s : places.sizes)
        if (s.lut_sets * a.k_lut + s.dsp_sets * dsp_a > s.lut_sets * b.k_lut + s.dsp_sets * dsp_b)
            return false;
    for (const PartKind& part : part_kinds(a, c_blocks)) {
        const double lut_a = lut_slots(a.k_lut, part), lut_b = lut_slots(b.k_lut, part),
                     dsp_slots_a = dsp_slots(dsp_a, part, a.k_lut);
        // Where a depthwise core begins differs.
        const PartKind other = step_.kind == StepKind::kDepthwise
                                   ? part_kind(1, part.blocks, part.c_last, b.k_lut)
                                   : part;
        const double dsp_slots_b = dsp_slots(dsp_b, other, b.k_lut);
        for (const Places::Size& s : places.sizes)
            if (std::max(s.lut_passes * lut_a, s.dsp_passes * dsp_slots_a) >
                std::max(s.lut_passes * lut_b, s.dsp_passes * dsp_slots_b))
                return false;
        if (weight_words(a, part) > weight_words(b, part)) return false;
    }
    return true;
}

// Of `channels` output channels in one K tile.
double LayerModel::exec_bound(const Places& p, int channels) const {
    if (step_.kind == StepKind::kDepthwise) {
        const double taps = double(step_.window.kernel_h) * step_.window.kernel_w;
        const double lut = double(p.lut_passes) * taps * effective_bits_;
        const double dsp = double(p.dsp_passes) * taps;
        return split_.all_dsp ? dsp * channels : lut * dsp / (lut + dsp) * channels;
    }
    const double lut = lut_slots(1, whole_), dsp = dsp_slots(1, whole_, 0);
    const int rows = static_cast<int>(config_.lut_rows),
              dsp_rows = static_cast<int>(config_.dsp_rows);
    double least = double(p.dsp_passes) * ceil_div(channels, dsp_rows) * dsp;
    for (int i = 1; i <= ceil_div(channels, rows); ++i) {
        const double with = double(p.lut_passes) * i * lut;
        if (with >= least) break;
        const int rest = std::max(0, channels - i * rows);
        least =
            std::min(least, std::max(with, double(p.dsp_passes) * ceil_div(rest, dsp_rows) * dsp));
    }
    return least;
}

double LayerModel::least_feed(const Places& p, int k_tile) const {
    if (step_.kind == StepKind::kPool) return 0;
    const int full = step_.out.c / k_tile, rest = step_.out.c % k_tile;
    return full * (full > 0 ? exec_bound(p, k_tile) : 0) + (rest > 0 ? exec_bound(p, rest) : 0);
}

double LayerModel::bound(const Places& p) const {
    const network::Window& w = step_.window;
    const int k_all = step_.out.c, k_blocks = step_.out_blocks();
    const double word_cycles = double(pe::kWordBytes) / config_.beat_bytes;
    const double each = memory_.latency_cycles + 1;  // a transfer's, behind the one before
    const double fetches =
        double(p.tiles) * (each + sizeof(msd_tile) / config_.beat_bytes + pe::kCheckCycles);
    const double stores = p.out_words * k_blocks * word_cycles + double(p.tiles) * each;
    if (step_.kind == StepKind::kPool)
        return std::max({fetches, stores, p.act_words * k_blocks * word_cycles,
                         p.pool + p.pool_per_block * k_blocks});

    const double taps = double(w.kernel_h) * w.kernel_w;
    double exec = 0, weights = 0, acts = 0;
    const double eb_words = std::min(effective_bits_ / 32.0, 1 / 16.0);
    if (step_.kind == StepKind::kDepthwise) {
        exec = exec_bound(p, k_all);
        weights = k_all * taps * eb_words;
        acts = p.act_words * k_blocks;
    } else {
        exec = exec_bound(p, k_all);
        weights = k_all * taps * (step_.in.c / double(step_.groups)) * eb_words;
        acts = p.act_words * step_.in_blocks();
    }
    const double post = double(p.sets) * k_all + p.pool + p.pool_per_block * k_blocks;
    const double res = step_.residual ? p.map_words * k_blocks : 0;
    const double words = acts + res + weights + p.out_words * k_blocks;
    return std::max({exec, post, fetches, stores, (acts + res) * word_cycles, weights * word_cycles,
                     words * pe::kWordBytes / memory_.bytes_per_cycle});
}

// Adds `count` equal K tiles.
void LayerModel::add(const Places& p, const Choice& choice, const KRange& k, double count,
                     bool first, Sums& s) const {
    const auto places = double(p.tiles);
    const int dsp = k.count() - k.k_lut, k_blocks = ceil_div(k.count(), 16);
    const bool pool_only = step_.kind == StepKind::kPool;
    s.k_tiles += count;
    s.stored += count * places;
    s.out += count * p.out_words * k_blocks;
    s.least_out = std::min(s.least_out, double(p.least_out) * k_blocks);
    for (const Places::Size& size : p.sizes) {
        double t = size.pool + size.pool_per_block * k_blocks;
        if (!pool_only)
            t += double(size.lut_sets) * k.k_lut + double(size.dsp_sets) * dsp + pe::kPostPipeline;
        s.post += count * double(size.count) * t;
        s.least_post = std::min(s.least_post, t);
    }
    if (pool_only) {
        s.res += count * p.act_words * k_blocks;
        s.tiles += count * places;
        return;
    }
    if (step_.residual) s.res += count * p.map_words * k_blocks;
    // With the kernel cut, parts are bounded by what the whole kernel takes.
    const int tap_parts = (choice.kh_tile ? ceil_div(step_.window.kernel_h, choice.kh_tile) : 1) *
                          (choice.kw_tile ? ceil_div(step_.window.kernel_w, choice.kw_tile) : 1);
    double parts = 0, blocks = 0, slices = k.count() / 2.0;
    for (const PartKind& part : part_kinds(k, choice.c_blocks)) {
        const double lut = lut_slots(k.k_lut, part);
        const double dsp_cycles = dsp_slots(dsp, part, k.k_lut);
        for (const Places::Size& size : p.sizes) {
            const double f = std::max(size.lut_passes * lut, size.dsp_passes * dsp_cycles);
            s.feed += count * part.count * double(size.count) * f;
            s.least_feed = std::min(s.least_feed, tap_parts > 1 ? 0 : f);
        }
        const double words = weight_words(k, part);
        slices += part.count * words;
        s.most_slice = std::max(s.most_slice, words + k.count() / 2.0);
        if (first && parts == 0 && tap_parts == 1) {
            s.first_wgt = words;
            s.first_act = p.first_act_words * part.blocks;
            s.first_feed =
                std::max(p.sizes[0].lut_passes * lut, p.sizes[0].dsp_passes * dsp_cycles);
        }
        parts += part.count;
        blocks += part.count * part.blocks;
    }
    parts *= tap_parts;
    s.single = s.single && parts == 1;
    s.parts += count * parts;
    s.tiles += count * places * parts;
    s.wgt_once += count * slices;
    // A cut kernel's parts load fewer rows than the whole.
    const double act = tap_parts > 1 ? 0 : p.act_words * blocks;
    s.act_each = std::max(s.act_each, act);
    s.act_all += count * act;
}

LayerModel::Sums LayerModel::sums(const Places& p, const Choice& choice) const {
    Sums s;
    s.least_feed = s.least_post = s.least_out = 1e300;
    const int k_all = step_.out.c;
    const bool alike = step_.kind != StepKind::kDense || step_.groups == 1;
    if (alike && !split_.share && split_.assigned.empty()) {
        const int full = k_all / choice.k_tile, rest = k_all % choice.k_tile;
        if (full > 0)
            add(p, choice, {0, choice.k_tile, split_.all_dsp ? 0 : choice.lut}, full, true, s);
        if (rest > 0)
            add(p, choice, {full * choice.k_tile, k_all, split_.all_dsp ? 0 : choice.lut_rest}, 1,
                full == 0, s);
    } else {
        bool first = true;
        for (const KRange& k : k_ranges(choice)) {
            add(p, choice, k, 1, first, s);
            first = false;
        }
    }
    const double word_cycles = double(pe::kWordBytes) / config_.beat_bytes;
    const double each = memory_.latency_cycles + 1;
    const double fetch = 1 + memory_.latency_cycles +
                         double(sizeof(msd_tile)) / config_.beat_bytes + pe::kCheckCycles;
    const double store_end = 1 + s.least_out * word_cycles + memory_.latency_cycles;
    if (step_.kind == StepKind::kPool) {
        s.cycles = std::max(
            {fetch + memory_.latency_cycles + s.post + s.stored + store_end,
             fetch + memory_.latency_cycles + s.least_post + s.out * word_cycles + s.stored * each,
             fetch + s.res * word_cycles + s.stored * each + s.least_post + store_end,
             s.tiles * fetch + store_end});
        return s;
    }
    const double first_exec =
        fetch + 2 + memory_.latency_cycles +
        std::max({s.first_act * word_cycles, s.first_wgt * word_cycles,
                  (s.first_act + s.first_wgt) * pe::kWordBytes / memory_.bytes_per_cycle});
    const double tail = s.least_feed + drain_ + 1 + s.least_post + store_end;
    const double first_post = first_exec + s.first_feed + drain_ + 1;
    s.cycles = std::max({first_exec + s.feed + s.tiles + drain_ + s.least_post + store_end,
                         first_post + s.post + s.stored - 1 + store_end,
                         first_post + s.least_post + s.out * word_cycles + s.stored * each,
                         s.tiles * fetch + tail});
    return s;
}

LayerModel::Bound LayerModel::bound(const Places& p, const Choice& choice, const Sums& s) const {
    const double word_cycles = double(pe::kWordBytes) / config_.beat_bytes;
    const double latency = memory_.latency_cycles, each = latency + 1;
    const bool pool_only = step_.kind == StepKind::kPool;
    const bool weight = choice.order == Order::kWeight || choice.order == Order::kWeightSnake;
    const bool snake =
        choice.order == Order::kActivationSnake || choice.order == Order::kWeightSnake;
    const bool shared = step_.kind == StepKind::kDense && step_.groups == 1;
    const auto places = double(p.tiles);
    double act = 0, act_loads = 0, wgt = 0, wgt_loads = 0;
    if (!pool_only) {
        const bool stay = s.single && (weight || s.k_tiles == 1);
        wgt = s.wgt_once * (stay ? 1 : places);
        wgt_loads = s.parts * (stay ? 1 : places);
        const bool once = s.single && shared && (!weight || places == 1);
        act = once ? s.act_each : s.act_all;
        act_loads = once ? places : places * s.parts;
        if (snake) {  // what turns share
            const double act_turn = p.max_act_words * choice.c_blocks;
            if (!weight && shared && !s.single) {
                act -= (s.k_tiles - 1) * places * act_turn;
                act_loads -= (s.k_tiles - 1) * places;
            }
            if (!weight && s.single && s.k_tiles > 1) {
                wgt -= (places - 1) * s.most_slice;
                wgt_loads -= places - 1;
            }
            if (weight && s.single && shared && places > 1) {
                act -= (s.k_tiles - 1) * act_turn;
                act_loads -= s.k_tiles - 1;
            }
        }
        // K tiles of a grouped convolution differ in their parts, and may read the same channels.
        if (step_.groups > 1) {
            act = p.act_words;
            act_loads = places;
            wgt = s.wgt_once;
            wgt_loads = s.parts;
        }
        act = std::max(act, 0.0);
        wgt = std::max(wgt, 0.0);
    }
    const double fetch =
        1 + latency + double(sizeof(msd_tile)) / config_.beat_bytes + pe::kCheckCycles;
    const double store_end = 1 + s.least_out * word_cycles + latency;
    const double words = act + wgt + s.res + s.out;
    const double dram = fetch + words * pe::kWordBytes / memory_.bytes_per_cycle;
    Bound b;
    b.bytes = words * pe::kWordBytes + s.tiles * double(sizeof(msd_tile));
    b.cycles = std::max(s.cycles, dram);
    if (pool_only) return b;
    const double tail = s.least_feed + drain_ + 1 + s.least_post + store_end;
    const double res_loads = step_.residual ? s.stored : 0;
    b.cycles = std::max({b.cycles,
                         fetch + (act + s.res) * word_cycles + (act_loads + res_loads) * each +
                             (step_.residual ? s.least_post + store_end : tail),
                         fetch + wgt * word_cycles + wgt_loads * each + tail});
    return b;
}

}  // namespace msd::scheduler
