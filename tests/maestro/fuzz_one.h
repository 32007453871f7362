// One fuzz input through the readers and both analyses; an abort is a finding. The first byte says
// what the rest is.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "codesign/maestro/mapper.h"
#include "codesign/maestro/model_text.h"
#include "codesign/maestro/network_cost.h"
#include "codesign/maestro/templates.h"
#include "codesign/semi_decoupled/alphanet.h"
#include "codesign/semi_decoupled/darts.h"
#include "codesign/semi_decoupled/study.h"

namespace msd::test {

#define MSD_FUZZ_CHECK(condition)                                                \
    do {                                                                         \
        if (!(condition)) {                                                      \
            std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            std::abort();                                                        \
        }                                                                        \
    } while (false)

inline void check_cost(const maestro::Shape& shape, const maestro::Dataflow& dataflow,
                       const maestro::Hardware& hw) {
    using namespace maestro;
    const LayerCost a = evaluate(shape, dataflow, hw, Mode::kOriginal);
    MSD_FUZZ_CHECK(!describe(a).empty());
    const LayerCost b = evaluate(shape, dataflow, hw, Mode::kCorrected);
    MSD_FUZZ_CHECK(!describe(b).empty());
    if (!b.ok()) return;
    MSD_FUZZ_CHECK(b.macs == shape.macs());
    MSD_FUZZ_CHECK(b.runtime >= (b.macs + int64_t{hw.num_pes} * hw.simd_lanes - 1) /
                                    (int64_t{hw.num_pes} * hw.simd_lanes));
    MSD_FUZZ_CHECK(std::isfinite(b.energy_nj) && b.energy_nj > 0);
    MSD_FUZZ_CHECK(b.avg_pes > 0 && b.avg_pes <= hw.num_pes * (1 + 1e-9));
    MSD_FUZZ_CHECK(b.l1_bytes <= hw.l1_bytes && b.l2_bytes() <= hw.l2_bytes);
    for (const TensorCounts& t : b.tensor)
        MSD_FUZZ_CHECK(t.l1_read >= 0 && t.l1_write >= 0 && t.l2_read >= 0 && t.l2_write >= 0 &&
                       t.l2_bytes > 0);
}

inline maestro::Hardware fuzz_hardware(unsigned which) {
    maestro::Hardware hw;
    hw.num_pes = which % 3 == 0 ? 256 : which % 3 == 1 ? 7 : 4096;
    hw.noc_bw.fill(which % 2 ? 3 : 1000);
    hw.offchip_bw = 50;
    if (which % 5 == 4) hw.multicast = 0;
    if (which % 5 == 3) hw.l1_bytes = 100, hw.l2_bytes = 3000;
    return hw;
}

inline void check_network(const maestro::Network& network, const maestro::Hardware& hw) {
    using namespace maestro;
    for (const Layer& layer : network.layers)
        if (layer.problem.empty()) check_cost(layer.shape, layer.dataflow, hw);
    for (const Mode mode : {Mode::kOriginal, Mode::kCorrected}) {
        const NetworkCost cost = cost_of(network, hw, mode);
        MSD_FUZZ_CHECK(cost.runtime >= 0 || mode == Mode::kOriginal);
        MSD_FUZZ_CHECK(diagnoses(network, cost).size() == static_cast<std::size_t>(cost.faults));
        MSD_FUZZ_CHECK(!cost_csv(network, hw, cost).empty());
    }
}

// A mapping file, a line "hardware" and a hardware file.
inline void fuzz_pair(const std::string& text) {
    using namespace maestro;
    const std::size_t cut = text.find("\nhardware\n");
    if (cut == std::string::npos) return;
    const Hardware hw = parse_hardware(text.substr(cut + 10), "hw.m");
    hw.check();
    Network network = parse_network(text.substr(0, cut), "fuzz.m");
    if (network.layers.size() > 6) network.layers.resize(6);
    check_network(network, hw);
}

// The network as an exploration sees it, on an array and, its first layer, on the platform's
// accelerator: that takes long.
inline void fuzz_study(maestro::Network network, bool platform) {
    using namespace semi_decoupled;
    for (const maestro::Layer& layer : network.layers)
        if (!layer.problem.empty()) return;
    if (platform && network.layers.size() > 1) network.layers.resize(1);
    Study study(maestro::Mode::kOriginal, true);
    study.add(network);
    study.add({"array", MaestroPoint{maestro::built_in_template("kcp_ws"), fuzz_hardware(0)}});
    Device device;
    device.config = pe::preset("xc7z020");
    device.visit_tiles = 1;
    study.add({"platform", device});
    MSD_FUZZ_CHECK(study.networks()[0].macs >= 0 && study.networks()[0].weights >= 0);
    for (uint32_t point = 0; point < (platform ? 2 : 1); ++point)
        MSD_FUZZ_CHECK(Study::rows(study.compute(Study::task(point, {0}))).size() == 1);
}

inline void fuzz_network(const std::string& text) {
    using namespace maestro;
    Network network = parse_network(text, "fuzz.m");
    if (network.layers.size() > 6) network.layers.resize(6);
    for (unsigned h = 0; h < 3; ++h)
        check_network(network, fuzz_hardware(h + static_cast<unsigned>(text.size())));
    fuzz_study(network, text.size() % 128 == 0);
    bool sound = true;
    for (const Layer& layer : network.layers)
        sound &= layer.problem.empty() && layer.dataflow.count > 0;
    if (sound) {  // what is written reads back the same
        const Network again = parse_network(model_text(network, Mode::kCorrected, true), "again.m");
        MSD_FUZZ_CHECK(again.layers.size() == network.layers.size());
        for (std::size_t i = 0; i < again.layers.size(); ++i) {
            MSD_FUZZ_CHECK(again.layers[i].shape == network.layers[i].shape);
            MSD_FUZZ_CHECK(again.layers[i].dataflow == network.layers[i].dataflow);
        }
    }
    for (const Template& t : built_in_templates()) {
        Dataflow dataflow;
        for (const Layer& layer : network.layers)
            if (layer.problem.empty() && apply(t, layer.shape, dataflow))
                check_cost(layer.shape, dataflow, fuzz_hardware(0));
    }
}

// Numbers taken from bytes: mostly small, sometimes huge.
class FuzzBytes {
public:
    FuzzBytes(const uint8_t* data, std::size_t size) : data_(data), end_(data + size) {}
    bool done() const { return data_ == end_; }
    int next() { return done() ? 0 : *data_++; }
    int32_t number() {
        const int b = next();
        return b < 224 ? b % 32 + 1 : b < 250 ? 1 << (b - 224) % 24 : (1 << 24) - b % 3;
    }

private:
    const uint8_t *data_, *end_;
};

inline void fuzz_values(FuzzBytes bytes) {
    using namespace maestro;
    Shape s;
    s.type = static_cast<LayerType>(bytes.next() % 5);
    const int present = bytes.next();
    for (int d = 0; d < kDims; ++d)
        s.size[d] = d < 8 && (present >> d & 1) && present % 7 == 0 ? 0 : bytes.number();
    if (present & 1) s.size[kN] = 0;
    if (present & 2) s.size[kG] = s.type == LayerType::kNgConv ? s.size[kG] : 0;
    s.batch = s.type != LayerType::kGemm && s.size[kN] != 0;
    s.stride_y = bytes.number();
    s.stride_x = bytes.next() % 4 + 1;
    s.dilation_y = static_cast<uint8_t>(bytes.next() % 5 + 1);
    s.dilation_x = static_cast<uint8_t>(bytes.next() % 3 + 1);
    for (auto& pad : s.pad) pad = static_cast<uint16_t>(bytes.next() % 4);
    Hardware hw = fuzz_hardware(static_cast<unsigned>(bytes.next()));
    Dataflow dataflow;
    while (!bytes.done()) {
        const int b = bytes.next();
        Directive d;
        d.kind = b % 16 == 0  ? DirectiveKind::kCluster
                 : b % 4 == 1 ? DirectiveKind::kSpatial
                              : DirectiveKind::kTemporal;
        d.dim = static_cast<Dim>(bytes.next() % (kOutY + 1));
        const int how = bytes.next();
        d.size =
            how % 3 == 0 && d.dim < kDims && s.size[d.dim] > 0 ? s.size[d.dim] : bytes.number();
        d.offset = how % 5 == 0 ? bytes.number() : d.size;
        if (!dataflow.add(d)) break;
    }
    check_cost(s, dataflow, hw);
}

inline void fuzz_one(const uint8_t* data, std::size_t size) {
    if (size == 0) return;
    const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
    try {
        if (data[0] % 16 == 8) return fuzz_pair(text);
        switch (data[0] % 8) {
            case 0:
            case 1:
            case 2:
                return fuzz_network(text);
            case 3:
                return maestro::parse_hardware(text, "fuzz.m").check();
            case 4: {
                maestro::EnergyTable table;
                return maestro::parse_energy(text, "fuzz.m", table);
            }
            case 5: {
                const maestro::Template t = maestro::parse_template(text, "fuzz.m");
                const maestro::Network network = maestro::parse_network(
                    "Network n { Layer l { Type: CONV Dimensions { K 8, C 7, R 3, S 3, Y 20, X 20 "
                    "} } }",
                    "n");
                maestro::Dataflow dataflow;
                const maestro::Shape& shape = network.layers[0].shape;
                if (!maestro::apply(t, shape, dataflow)) return;
                check_cost(shape, dataflow, fuzz_hardware(0));
                maestro::MapperOptions options;
                options.most_evaluations = 20;
                const maestro::Mapped best = maestro::search(t, shape, fuzz_hardware(0), options);
                const auto given =
                    maestro::evaluate(shape, dataflow, fuzz_hardware(0), options.mode);
                if (given.ok()) MSD_FUZZ_CHECK(best.cost.runtime <= given.runtime);
                return;
            }
            case 6: {
                if (text.find("resolution") != std::string::npos) {
                    const auto configs = semi_decoupled::parse_alphanet(text, "fuzz.json");
                    if (!configs.empty())
                        MSD_FUZZ_CHECK(
                            !semi_decoupled::alphanet_network(configs[0]).layers.empty());
                    return;
                }
                const auto genotypes = semi_decoupled::parse_genotypes(text, "fuzz.json");
                if (!genotypes.empty())
                    MSD_FUZZ_CHECK(!semi_decoupled::darts_network(genotypes[0], {}).layers.empty());
                return;
            }
            default:
                return fuzz_values({data + 1, size - 1});
        }
    } catch (const maestro::InputError& e) {
        MSD_FUZZ_CHECK(std::string(e.what()).find(':') != std::string::npos);
    }
}

}  // namespace msd::test
