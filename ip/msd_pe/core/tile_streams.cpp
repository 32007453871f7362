// The weight streams: their sizes, and decoding them as the row feeders do.
#include <algorithm>
#include <cstring>

#include "ip/msd_pe/core/digits.h"
#include "ip/msd_pe/core/tile.h"
#include "ip/msd_pe/core/tile_shape.h"

namespace msd::pe {
namespace {

// Where a row's words lie: `words` of them, `stride` words apart.
struct Row {
    const uint8_t* first;
    std::size_t words, stride;
};

void collect(const Row& row, uint8_t* bytes) {
    for (std::size_t w = 0; w < row.words; ++w)
        std::memcpy(bytes + w * kWordBytes, row.first + w * row.stride * kWordBytes, kWordBytes);
}

// From `streamed` to `padded` values a tap; the surplus ones are zero.
void spread(const int8_t* in, std::size_t taps, std::size_t streamed, std::size_t padded,
            int8_t* out) {
    if (streamed == padded) {
        std::memcpy(out, in, taps * streamed);
        return;
    }
    for (std::size_t tap = 0; tap < taps; ++tap, in += streamed, out += padded) {
        std::memcpy(out, in, streamed);
        std::memset(out + streamed, 0, padded - streamed);
    }
}

// Row r of a core's stream: [K pass][word][used row].
Row row_of(const uint8_t* stream, unsigned k, unsigned channels, unsigned rows, std::size_t words) {
    const unsigned pass_first = k / rows * rows;
    const unsigned used = std::min(rows, channels - pass_first);
    const std::size_t at = pass_first * words + (k - pass_first);
    return {stream + at * kWordBytes, words, used};
}

}  // namespace

unsigned lut_stream_words(const AcceleratorConfig&, const msd_tile& tile) {
    return static_cast<unsigned>(tile.k_lut * lut_words_per_row(tile));
}

unsigned dsp_stream_words(const AcceleratorConfig&, const msd_tile& tile) {
    return static_cast<unsigned>(tile.k_dsp * dsp_words_per_row(tile));
}

unsigned param_words(const msd_tile& tile) {
    const bool posts = has(tile, MSD_TILE_LAST_C) && !has(tile, MSD_TILE_POOL_ONLY);
    return posts ? (channels(tile) + 1) / 2 : 0;
}

void decode_weights(const AcceleratorConfig& config, const msd_tile& tile, const uint8_t* stream,
                    TileWeights& weights) {
    const bool depthwise = has(tile, MSD_TILE_DEPTHWISE);
    const std::size_t count = weights_per_row(tile);
    const std::size_t streamed = depthwise ? count : valid_channels(tile);  // of a tap
    const std::size_t padded = depthwise ? count : lanes(tile);
    weights.depthwise = depthwise;
    weights.channels = channels(tile);
    const std::size_t row_taps = count / streamed;
    weights.row_bytes = row_taps * padded;
    weights.values.resize(weights.channels * weights.row_bytes);
    weights.high.clear();

    const std::size_t lut_words = lut_words_per_row(tile), dsp_words = dsp_words_per_row(tile);
    const uint8_t* dsp_stream = stream + tile.k_lut * lut_words * kWordBytes;
    thread_local std::vector<uint8_t> bytes;
    thread_local std::vector<int8_t> row, high;
    bytes.resize(std::max(lut_words, dsp_words) * kWordBytes + 32);
    row.resize(count + 32);
    for (unsigned k = 0; k < weights.channels; ++k) {
        int8_t* values = weights.values.data() + k * weights.row_bytes;
        if (k >= tile.k_lut) {
            collect(row_of(dsp_stream, k - tile.k_lut, tile.k_dsp, config.dsp_rows, dsp_words),
                    bytes.data());
            spread(reinterpret_cast<const int8_t*>(bytes.data()), row_taps, streamed, padded,
                   values);
            continue;
        }
        collect(row_of(stream, k, tile.k_lut, config.lut_rows, lut_words), bytes.data());
        const bool wide = decode_digits(bytes.data(), count, tile.effective_bits, row.data());
        spread(row.data(), row_taps, streamed, padded, values);
        if (!wide) continue;
        if (weights.high.empty()) weights.high.assign(weights.values.size(), 0);
        high.resize(count);
        for (std::size_t i = 0; i < count; ++i)
            high[i] = static_cast<int8_t>(
                (digit_weight(bytes.data(), i, tile.effective_bits) - row[i]) / 256);
        spread(high.data(), row_taps, streamed, padded,
               weights.high.data() + k * weights.row_bytes);
    }
}

bool fits(const msd_tile& tile, const TileWeights& weights) {
    const bool depthwise = has(tile, MSD_TILE_DEPTHWISE);
    return weights.depthwise == depthwise && weights.channels == channels(tile) &&
           weights.row_bytes == std::size_t{taps(tile)} * (depthwise ? 1 : lanes(tile));
}

}  // namespace msd::pe
