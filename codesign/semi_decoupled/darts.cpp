// Genotypes to layers; see darts.h.
#include "codesign/semi_decoupled/darts.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "codesign/semi_decoupled/layers.h"

namespace msd::semi_decoupled {
namespace {

using maestro::InputError;

const char* const kOps[] = {"max_pool_3x3", "avg_pool_3x3", "skip_connect", "sep_conv_3x3",
                            "sep_conv_5x5", "dil_conv_3x3", "dil_conv_5x5"};

class Builder : public LayerList {
public:
    using LayerList::LayerList;

    // Halves the sides: two 1x1 convolutions, the second on the map less its first row and column.
    void factorized_reduce(int out, int in, int side) {
        conv(out / 2, in, 1, 2, side);
        conv(out / 2, in, 1, 2, side - 1);
    }

    void op(CellOp op, int channels, int stride, int side) {
        const int kernel = op == CellOp::kSepConv5 || op == CellOp::kDilConv5 ? 5 : 3;
        switch (op) {
            case CellOp::kMaxPool3:
            case CellOp::kAvgPool3:
                return;
            case CellOp::kSkip:
                if (stride > 1) factorized_reduce(channels, channels, side);
                return;
            case CellOp::kSepConv3:
            case CellOp::kSepConv5:
                conv(channels, channels, kernel, stride, side, kernel / 2, 1, true);
                conv(channels, channels, 1, 1, side / stride);
                conv(channels, channels, kernel, 1, side / stride, kernel / 2, 1, true);
                conv(channels, channels, 1, 1, side / stride);
                return;
            case CellOp::kDilConv3:
            case CellOp::kDilConv5:
                conv(channels, channels, kernel, stride, side, kernel - 1, 2, true);
                conv(channels, channels, 1, 1, side / stride);
                return;
        }
    }
};

Cell cell(const nlohmann::json& entry, const char* key, const std::string& where) {
    auto fail = [&](const std::string& what) {
        throw InputError(fmt::format("{}: {}: {}; it must be a list of 8 pairs [operation, node]",
                                     where, key, what));
    };
    if (!entry.is_object() || !entry.contains(key)) fail("missing");
    const auto& list = entry.at(key);
    if (!list.is_array() || list.size() != 8) fail("is no list of 8");
    Cell result;
    for (int i = 0; i < 8; ++i) {
        const auto& pair = list[i];
        if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() ||
            !pair[1].is_number_integer())
            fail(fmt::format("edge {} is no pair", i));
        const auto op = std::find(std::begin(kOps), std::end(kOps), pair[0].get<std::string>());
        if (op == std::end(kOps)) fail(fmt::format("edge {} has an unknown operation", i));
        const auto from = pair[1].get<int64_t>();
        if (from < 0 || from > 1 + i / 2)
            fail(fmt::format("edge {} comes from node {}, not 0..{}", i, from, 1 + i / 2));
        result[i] = {static_cast<CellOp>(op - std::begin(kOps)), static_cast<int>(from)};
    }
    return result;
}

}  // namespace

std::vector<Genotype> parse_genotypes(const std::string& text, const std::string& name) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (json.is_discarded() || !json.is_array())
        throw InputError(name + ": is no JSON list of genotypes");
    std::vector<Genotype> result;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const std::string where = fmt::format("{}: entry {}", name, i);
        Genotype g;
        g.normal = cell(json[i], "normal", where);
        g.reduce = cell(json[i], "reduce", where);
        g.index =
            json[i].contains("genotype_index") && json[i]["genotype_index"].is_number_integer()
                ? json[i]["genotype_index"].get<int>()
                : static_cast<int>(i);
        result.push_back(g);
    }
    return result;
}

std::vector<Genotype> read_genotypes(const std::string& path) {
    return parse_genotypes(maestro::read_text(path), path);
}

Genotype sample_genotype(network::Random& random, int index) {
    Genotype g;
    g.index = index;
    for (Cell* cell : {&g.normal, &g.reduce})
        for (int node = 0; node < 4; ++node) {
            const int first = random.below(node + 2), other = random.below(node + 1);
            const int second = other < first ? other : other + 1;  // two different inputs
            (*cell)[2 * node] = {static_cast<CellOp>(random.below(7)), first};
            (*cell)[2 * node + 1] = {static_cast<CellOp>(random.below(7)), second};
        }
    return g;
}

void DartsSpace::check() const {
    if (cells < 3 || cells > 1000 || channels < 2 || channels > 4096 || channels % 2 != 0 ||
        classes < 1 || classes > (1 << 20) || image < 8 || image > 4096 || image % 4 != 0)
        throw InputError(fmt::format(
            "DARTS space: {} cells, {} channels, {} classes, {} pixels; there must be 3..1000 "
            "cells, an even number of channels up to 4096, classes, and 8..4096 pixels, a "
            "multiple of 4",
            cells, channels, classes, image));
}

maestro::Network darts_network(const Genotype& genotype, const DartsSpace& space) {
    space.check();
    maestro::Network network;
    network.name = fmt::format("darts_{}", genotype.index);
    network.file = network.name;
    Builder b(network);
    const int stem = 3 * space.channels;
    b.conv(stem, 3, 3, 1, space.image, 1);
    int before = stem, last = stem;                     // channels of the two preceding cells
    int side_before = space.image, side = space.image;  // and their sides
    int channels = space.channels;
    bool reduced = false;  // the preceding cell was a reduction
    for (int i = 0; i < space.cells; ++i) {
        const bool reduction = i == space.cells / 3 || i == 2 * space.cells / 3;
        if (reduction) channels *= 2;
        if (reduced)
            b.factorized_reduce(channels, before, side_before);
        else
            b.conv(channels, before, 1, 1, side);
        b.conv(channels, last, 1, 1, side);
        const Cell& cell = reduction ? genotype.reduce : genotype.normal;
        const int out_side = reduction ? side / 2 : side;
        for (const CellEdge& edge : cell) {
            const bool halve = reduction && edge.from < 2;
            b.op(edge.op, channels, halve ? 2 : 1, halve ? side : out_side);
        }
        before = last;
        last = 4 * channels;
        side_before = side;
        side = out_side;
        reduced = reduction;
        if (space.auxiliary && i == 2 * space.cells / 3) {
            b.conv(128, last, 1, 1, 2);  // behind a pool that leaves 2 x 2
            b.conv(768, 128, 2, 1, 2);
            b.linear(space.classes, 768);
        }
    }
    b.linear(space.classes, last);
    maestro::finish(network);
    return network;
}

}  // namespace msd::semi_decoupled
