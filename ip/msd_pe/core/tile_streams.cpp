// The weight streams: their sizes, and decoding them as the row feeders do.
#include <algorithm>
#include <array>
#include <cstring>

#include "ip/msd_pe/core/tile.h"
#include "ip/msd_pe/core/tile_shape.h"

namespace msd::pe {
namespace {

int digit(unsigned code) {
    return (code & 8) ? -(1 << (code & 7)) : 1 << (code & 7);
}

// Weight values by the digits' codes: one byte holds two weights (EB 1) or one (EB 2), 12 bits hold
// one (EB 3).
struct Tables {
    std::array<int16_t, 16> one;
    std::array<int16_t, 256> two;
    std::array<int16_t, 4096> three;
    Tables() {
        for (unsigned i = 0; i < 16; ++i) one[i] = static_cast<int16_t>(i == 7 ? 0 : digit(i));
        for (unsigned i = 0; i < 256; ++i)
            two[i] = static_cast<int16_t>(digit(i & 15) + digit(i >> 4));
        for (unsigned i = 0; i < 4096; ++i)
            three[i] = static_cast<int16_t>(digit(i & 15) + digit(i >> 4 & 15) + digit(i >> 8));
    }
};

const Tables& tables() {
    static const Tables t;
    return t;
}

// Weights of one row from its digits, packed two a byte, low nibble first; `count` weights.
void decode_digits(const uint8_t* bytes, std::size_t count, unsigned effective_bits, int16_t* out) {
    const Tables& t = tables();
    if (effective_bits == 1) {
        for (std::size_t i = 0; i < count; ++i) out[i] = t.one[bytes[i / 2] >> (i % 2 * 4) & 15];
    } else if (effective_bits == 2) {
        for (std::size_t i = 0; i < count; ++i) out[i] = t.two[bytes[i]];
    } else {
        std::size_t i = 0;
        for (; i + 2 <= count; i += 2, bytes += 3) {
            out[i] = t.three[bytes[0] | (bytes[1] & 15) << 8];
            out[i + 1] = t.three[bytes[1] >> 4 | bytes[2] << 4];
        }
        if (i < count) out[i] = t.three[bytes[0] | (bytes[1] & 15) << 8];
    }
}

// Where a row's words lie: `words` of them, `stride` words apart.
struct Row {
    const uint8_t* first;
    std::size_t words, stride;
};

void collect(const Row& row, std::vector<uint8_t>& bytes) {
    bytes.resize(row.words * kWordBytes);
    for (std::size_t w = 0; w < row.words; ++w)
        std::memcpy(bytes.data() + w * kWordBytes, row.first + w * row.stride * kWordBytes,
                    kWordBytes);
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
    weights.row_bytes = count / streamed * padded;
    weights.values.assign(weights.channels * weights.row_bytes, 0);
    weights.high.clear();

    thread_local std::vector<uint8_t> bytes;
    thread_local std::vector<int16_t> row;
    row.resize(count);
    const uint8_t* dsp_stream = stream + std::size_t{lut_stream_words(config, tile)} * kWordBytes;
    for (unsigned k = 0; k < weights.channels; ++k) {
        if (k < tile.k_lut) {
            collect(row_of(stream, k, tile.k_lut, config.lut_rows, lut_words_per_row(tile)), bytes);
            decode_digits(bytes.data(), count, tile.effective_bits, row.data());
        } else {
            collect(row_of(dsp_stream, k - tile.k_lut, tile.k_dsp, config.dsp_rows,
                           dsp_words_per_row(tile)),
                    bytes);
            for (std::size_t i = 0; i < count; ++i) row[i] = static_cast<int8_t>(bytes[i]);
        }
        int8_t* values = weights.values.data() + k * weights.row_bytes;
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t at = i / streamed * padded + i % streamed;
            values[at] = static_cast<int8_t>(row[i]);
            if (row[i] == values[at]) continue;
            if (weights.high.empty()) weights.high.assign(weights.values.size(), 0);
            weights.high[k * weights.row_bytes + at] =
                static_cast<int8_t>((row[i] - values[at]) / 256);
        }
    }
}

bool fits(const msd_tile& tile, const TileWeights& weights) {
    const bool depthwise = has(tile, MSD_TILE_DEPTHWISE);
    return weights.depthwise == depthwise && weights.channels == channels(tile) &&
           weights.row_bytes == std::size_t{taps(tile)} * (depthwise ? 1 : lanes(tile));
}

}  // namespace msd::pe
