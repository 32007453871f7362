// Small pictures of the classified images, in one PNG.
#include <algorithm>

#include "platform/cli/outputs.h"
#include "platform/report/page.h"

namespace msd::platform {
namespace {

constexpr int kMaxSide = 64, kColumns = 20;
constexpr std::size_t kFirst = 60, kMost = 100;  // pictures: the first ones, then wrong ones

// The values that become black and white: 0..255 as they are, anything else from its extremes.
std::pair<float, float> range_of(const std::vector<float>& pixels) {
    const auto [low, high] = std::minmax_element(pixels.begin(), pixels.end());
    if (*low >= 0 && *high <= 255 && *high > 8) return {0.0f, 255.0f};
    return {*low, std::max(*high, *low + 1e-6f)};
}

}  // namespace

Thumbnails make_thumbnails(const std::vector<network::Image>& images, const network::Shape& shape,
                           const std::vector<InputReport>& inputs) {
    Thumbnails t;
    if ((shape.c != 1 && shape.c != 3) || shape.h < 4 || shape.w < 4) return t;
    const std::size_t count = std::min(images.size(), inputs.size());
    for (std::size_t i = 0; i < count && t.inputs.size() < kMost; ++i)
        if (i < kFirst || (inputs[i].label >= 0 && inputs[i].label != inputs[i].predicted))
            t.inputs.push_back(static_cast<int>(i));
    if (t.inputs.empty()) return t;
    const int step = std::max(1, (std::max(shape.h, shape.w) + kMaxSide - 1) / kMaxSide);
    t.width = shape.w / step;
    t.height = shape.h / step;
    t.columns = std::min<int>(kColumns, static_cast<int>(t.inputs.size()));
    const int rows = (static_cast<int>(t.inputs.size()) + t.columns - 1) / t.columns;
    const std::size_t width = static_cast<std::size_t>(t.columns) * t.width;
    std::vector<unsigned char> rgb(width * 3 * static_cast<std::size_t>(rows) * t.height);
    for (std::size_t n = 0; n < t.inputs.size(); ++n) {
        const std::vector<float>& pixels = images[static_cast<std::size_t>(t.inputs[n])].pixels;
        const auto [low, high] = range_of(pixels);
        const std::size_t left = n % t.columns * t.width, top = n / t.columns * t.height;
        for (int y = 0; y < t.height; ++y)
            for (int x = 0; x < t.width; ++x)
                for (int c = 0; c < 3; ++c) {
                    const std::size_t plane = shape.c == 3 ? c : 0;
                    const float value = pixels[(plane * shape.h + std::size_t(y) * step) * shape.w +
                                               std::size_t(x) * step];
                    rgb[((top + y) * width + left + x) * 3 + c] = static_cast<unsigned char>(
                        std::clamp((value - low) / (high - low) * 255.0f, 0.0f, 255.0f));
                }
    }
    t.png = png(static_cast<int>(width), rows * t.height, rgb);
    return t;
}

}  // namespace msd::platform
