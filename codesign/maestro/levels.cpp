// Splits dataflows into levels and completes them; see levels.h.
#include "codesign/maestro/levels.h"

namespace msd::maestro {
namespace {

void add(Coupling& c, Tensor tensor, std::initializer_list<Dim> dims, bool batch) {
    auto put = [&](Dim d) {
        c.dims[tensor][c.count[tensor]++] = d;
        c.mask[tensor] |= bit(d);
    };
    if (batch) put(kN);
    for (Dim d : dims) put(d);
}

Coupling make(LayerType type, bool batch) {
    Coupling c;
    switch (type) {
        case LayerType::kDsConv:
            add(c, kInput, {kC, kY, kX}, batch);
            add(c, kFilter, {kC, kR, kS}, false);
            add(c, kOutput, {kC, kY, kX}, batch);
            break;
        case LayerType::kNgConv:
            add(c, kInput, {kG, kC, kY, kX}, batch);
            add(c, kFilter, {kG, kK, kC, kR, kS}, false);
            add(c, kOutput, {kG, kK, kC, kY, kX}, batch);
            break;
        case LayerType::kGemm:
            add(c, kInput, {kM, kK}, false);
            add(c, kFilter, {kK, kN}, false);
            add(c, kOutput, {kM, kN}, false);
            break;
        default:
            add(c, kInput, {kC, kY, kX}, batch);
            add(c, kFilter, {kK, kC, kR, kS}, false);
            add(c, kOutput, {kK, kY, kX}, batch);
    }
    return c;
}

}  // namespace

Coupling coupling(LayerType type, bool batch) {
    static const auto table = [] {
        std::array<Coupling, 10> t;
        for (int i = 0; i < 10; ++i) t[i] = make(static_cast<LayerType>(i / 2), i % 2);
        return t;
    }();
    return table[static_cast<int>(type) * 2 + (batch ? 1 : 0)];
}

bool split(const Dataflow& dataflow, int64_t num_pes, Levels& levels, LayerCost& cost) {
    levels.count = 1;
    levels.pes_needed = 1;
    for (int i = 0; i < dataflow.count; ++i) {
        const Directive& d = dataflow.list[i];
        if (d.kind == DirectiveKind::kCluster) {
            if (levels.count == kMaxLevels) return fail(cost, Fault::kTooManyLevels, levels.count);
            levels.clusters[levels.count++] = d.size;
            levels.pes_needed = std::min<int64_t>(levels.pes_needed * d.size, int64_t{1} << 31);
            continue;
        }
        MapList& maps = levels.maps[levels.count - 1];
        for (int k = 0; k < maps.count; ++k)
            if (maps.list[k].dim == d.dim)
                return fail(cost, Fault::kDuplicate, levels.count - 1, d.dim);
        if (maps.count == kDims) return fail(cost, Fault::kDuplicate, levels.count - 1, d.dim);
        maps.list[maps.count++] = {d.dim, d.kind == DirectiveKind::kSpatial, d.size, d.offset};
    }
    levels.clusters[0] = num_pes / levels.pes_needed;
    if (levels.clusters[0] == 0) return fail(cost, Fault::kTooFewPes, levels.pes_needed, num_pes);
    return true;
}

bool complete(const MapList* upper, DimMask dims, const std::array<int32_t, kDims>& size, int level,
              MapList& maps, LayerCost& cost) {
    DimMask mapped = 0;
    for (int i = 0; i < maps.count; ++i) {
        const Dim d = maps.list[i].dim;
        if (mapped & bit(d)) return fail(cost, Fault::kDuplicate, level, d);
        if (d >= kDims || size[d] == 0) return fail(cost, Fault::kUnknownDirective, level, d);
        mapped |= bit(d);
    }
    if (upper) {
        for (int i = 0; i < upper->count; ++i) {
            const Map& m = upper->list[i];
            if (mapped & bit(m.dim)) continue;
            if (size[m.dim] == 0) return fail(cost, Fault::kUnknownDirective, level, m.dim);
            for (int k = maps.count++; k > 0; --k) maps.list[k] = maps.list[k - 1];
            maps.list[0] = {m.dim, false, m.size, m.offset};
            mapped |= bit(m.dim);
        }
    }
    for (int d = 0; d < kDims; ++d) {
        if (!(dims & bit(d)) || (mapped & bit(d)) || size[d] == 0) continue;
        maps.list[maps.count++] = {static_cast<Dim>(d), false, size[d], size[d]};
    }
    return true;
}

}  // namespace msd::maestro
