// Reads a layer table the way the published scheduler does; see layers.h.
#include "codesign/msd_fccm23/layers.h"

#include <algorithm>

#include "codesign/msd_fccm23/hardware.h"
#include "network/csv_table.h"

namespace msd::fccm23 {
namespace {

constexpr int kMostSide = 1 << 17, kMostChannels = 1 << 20;
constexpr double kMostMacs = 1ull << 50;
constexpr int kEncoders = 12;  // of ViT-base
constexpr std::size_t kMostLayers = 100'000;

}  // namespace

void LayerShape::check() const {
    const auto fail = [this](const std::string& what) {
        throw InputError("layer " + name + ": " + what);
    };
    if (k < 1 || c < 1 || k > kMostChannels || c > kMostChannels) {
        fail(std::to_string(c) + " input and " + std::to_string(k) +
             " output channels; each must be 1.." + std::to_string(kMostChannels));
    }
    for (const int side : {o, kernel_h, kernel_w, stride}) {
        if (side < 1 || side > kMostSide) {
            fail("a side or stride of " + std::to_string(side) + "; it must be 1.." +
                 std::to_string(kMostSide));
        }
    }
    if (repeats < 1)
        fail("repeated " + std::to_string(repeats) + " times; it must be at least once");
    const double macs = 1.0 * k * c * o * o * kernel_h * kernel_w;
    if (macs > kMostMacs) fail("more than 2^50 multiplications; no network has such a layer");
}

std::vector<LayerShape> read_layers(const std::string& path) {
    const network::Table table = network::read_table(path);
    std::vector<LayerShape> layers;
    for (const network::TableRow& row : table.rows) {
        const std::string where = path + ":" + std::to_string(row.line) + ": ";
        if (std::any_of(row.pads.begin(), row.pads.end(), [](int pad) { return pad != 0; }))
            throw InputError(where +
                             "has padding, which the published flow does not know; it must be 0");
        if (row.height != row.width) {
            throw InputError(where + "the input is " + std::to_string(row.height) + "x" +
                             std::to_string(row.width) +
                             "; the published flow knows square ones only");
        }
        if (row.kernel_h > row.height || row.kernel_w > row.width) {
            throw InputError(where + "the filter of " + std::to_string(row.kernel_h) + "x" +
                             std::to_string(row.kernel_w) + " is larger than the input of " +
                             std::to_string(row.height) + "x" + std::to_string(row.width));
        }
        // ceil((side - filter + stride) / stride)
        const auto outputs = [&](int side, int filter) {
            return (side - filter + 2 * row.stride - 1) / row.stride;
        };
        LayerShape layer;
        layer.name = row.name;
        layer.k = row.filters;
        layer.o = outputs(row.height, row.kernel_h);
        layer.c = row.channels;
        layer.kernel_h = row.kernel_h;
        layer.kernel_w = row.kernel_w;
        layer.stride = row.stride;
        if (outputs(row.width, row.kernel_w) != layer.o)
            throw InputError(where + "the output is not square, as the published flow needs it");
        if (row.name.find("Encoder_0") != std::string::npos) layer.repeats = kEncoders;
        try {
            layer.check();
        } catch (const InputError& error) {
            throw InputError(where + error.what());
        }
        const bool by_channel = row.name.find("DP") != std::string::npos;
        const int copies = by_channel ? row.channels : 1;
        if (by_channel) layer.c = 1;
        if (layers.size() + copies > kMostLayers)
            throw InputError(where + "more than " + std::to_string(kMostLayers) + " layers");
        for (int i = 0; i < copies; ++i) {
            layers.push_back(layer);
            if (by_channel) layers.back().name += "Channel_" + std::to_string(i);
        }
    }
    return layers;
}

}  // namespace msd::fccm23
