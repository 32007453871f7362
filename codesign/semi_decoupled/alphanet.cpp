// AlphaNet configurations to layers; see alphanet.h.
#include "codesign/semi_decoupled/alphanet.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "codesign/semi_decoupled/layers.h"

namespace msd::semi_decoupled {
namespace {

using maestro::InputError;

constexpr int kStride[7] = {1, 2, 2, 2, 1, 2, 1};
constexpr bool kSqueeze[7] = {false, false, true, false, true, true, true};
constexpr int kClasses = 1000, kLastExpand = 6;

// To a multiple of 8, by no more than a tenth down.
int rounded(double channels) {
    const int n = std::max(8, static_cast<int>(channels + 4) / 8 * 8);
    return n < 0.9 * channels ? n + 8 : n;
}

int halved(int side) {
    return (side + 1) / 2;
}

// The list under `key`, of whole numbers within its bounds.
template <std::size_t N>
std::array<int, N> list_of(const nlohmann::json& entry, const char* key, int low, int high,
                           const std::string& where) {
    const auto fail = [&] {
        throw InputError(fmt::format("{}: {}: must be a list of {} whole numbers from {} to {}",
                                     where, key, N, low, high));
    };
    if (!entry.contains(key) || !entry.at(key).is_array() || entry.at(key).size() != N) fail();
    std::array<int, N> result{};
    for (std::size_t i = 0; i < N; ++i) {
        const nlohmann::json& value = entry.at(key)[i];
        if (!value.is_number_integer() || value < low || value > high) fail();
        result[i] = value.get<int>();
    }
    return result;
}

}  // namespace

const AlphaNetChoices& alphanet_choices() {
    static const AlphaNetChoices choices{
        {192, 224, 256, 288},
        {{{16, 24},
          {16, 24},
          {24, 32},
          {32, 40},
          {64, 72},
          {112, 120, 128},
          {192, 200, 208, 216},
          {216, 224},
          {1792, 1984}}},
        {{{1, 2},
          {3, 4, 5},
          {3, 4, 5, 6},
          {3, 4, 5, 6},
          {3, 4, 5, 6, 7, 8},
          {3, 4, 5, 6, 7, 8},
          {1, 2}}},
        {{{3, 5}, {3, 5}, {3, 5}, {3, 5}, {3, 5}, {3, 5}, {3, 5}}},
        {{{1}, {4, 5, 6}, {4, 5, 6}, {4, 5, 6}, {4, 5, 6}, {6}, {6}}}};
    return choices;
}

AlphaNetConfig sample_alphanet(network::Random& random) {
    const AlphaNetChoices& choices = alphanet_choices();
    const auto draw = [&](const std::vector<int>& from) {
        return from[static_cast<std::size_t>(random.below(static_cast<int>(from.size())))];
    };
    AlphaNetConfig config;
    config.resolution = draw(choices.resolution);
    for (std::size_t i = 0; i < 9; ++i) config.width[i] = draw(choices.width[i]);
    for (std::size_t i = 0; i < 7; ++i) {
        config.depth[i] = draw(choices.depth[i]);
        config.kernel[i] = draw(choices.kernel[i]);
        config.expand[i] = draw(choices.expand[i]);
    }
    return config;
}

std::vector<AlphaNetConfig> parse_alphanet(const std::string& text, const std::string& name) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (json.is_discarded() || !json.is_array())
        throw InputError(name + ": is no JSON list of AlphaNet configurations");
    std::vector<AlphaNetConfig> result;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const std::string where = fmt::format("{}: entry {}", name, i);
        const nlohmann::json& entry = json[i];
        if (!entry.is_object() || !entry.contains("resolution") ||
            !entry.at("resolution").is_number_integer() || entry.at("resolution") < 32 ||
            entry.at("resolution") > 1024)
            throw InputError(where + ": resolution: must be a whole number from 32 to 1024");
        AlphaNetConfig config;
        config.resolution = entry.at("resolution").get<int>();
        config.width = list_of<9>(entry, "width", 8, 8192, where);
        config.depth = list_of<7>(entry, "depth", 1, 64, where);
        config.kernel = list_of<7>(entry, "kernel_size", 1, 15, where);
        config.expand = list_of<7>(entry, "expand_ratio", 1, 16, where);
        for (const int kernel : config.kernel)
            if (kernel % 2 == 0)
                throw InputError(
                    fmt::format("{}: kernel_size: {} is even; it must be odd", where, kernel));
        result.push_back(config);
    }
    return result;
}

std::vector<AlphaNetConfig> read_alphanet(const std::string& path) {
    return parse_alphanet(maestro::read_text(path), path);
}

maestro::Network alphanet_network(const AlphaNetConfig& config) {
    maestro::Network network;
    network.name = network.file = alphanet_name(config);
    LayerList list(network);
    list.conv(config.width[0], 3, 3, 2, config.resolution, 1);
    int side = halved(config.resolution), channels = config.width[0];
    for (int stage = 0; stage < 7; ++stage) {
        for (int block = 0; block < config.depth[stage]; ++block) {
            const int stride = block == 0 ? kStride[stage] : 1;
            const int inside = rounded(double(channels) * config.expand[stage]);
            const int kernel = config.kernel[stage];
            if (config.expand[stage] > 1) list.conv(inside, channels, 1, 1, side);
            list.conv(inside, inside, kernel, stride, side, kernel / 2, 1, true);
            if (stride == 2) side = halved(side);
            if (kSqueeze[stage]) {
                const int squeezed = rounded(channels / 4.0);
                list.conv(squeezed, inside, 1, 1, 1);
                list.conv(inside, squeezed, 1, 1, 1);
            }
            list.conv(config.width[stage + 1], inside, 1, 1, side);
            channels = config.width[stage + 1];
        }
    }
    const int expanded = kLastExpand * channels;
    list.conv(expanded, channels, 1, 1, side);
    list.conv(config.width[8], expanded, 1, 1, 1);
    list.linear(kClasses, config.width[8]);
    maestro::finish(network);
    return network;
}

std::string alphanet_name(const AlphaNetConfig& config) {
    return fmt::format("r{}_w{}_d{}_k{}_e{}", config.resolution, fmt::join(config.width, "-"),
                       fmt::join(config.depth, "-"), fmt::join(config.kernel, "-"),
                       fmt::join(config.expand, "-"));
}

}  // namespace msd::semi_decoupled
