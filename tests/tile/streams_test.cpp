// The weight streams: their sizes written out, and decoding against an encoder of our own.
#include <catch2/catch.hpp>

#include "ip/msd_pe/core/tile.h"
#include "tests/tile/tile_model.h"

using namespace msd;
using test::ModelLimits;
using test::Random;
using test::TileModel;

namespace {

msd_tile dense(int k_lut, int k_dsp, int kernel, int c_blocks, int c_last, int effective_bits) {
    msd_tile t{};
    t.flags = MSD_TILE_LAST_C;
    t.k_lut = static_cast<uint16_t>(k_lut);
    t.k_dsp = static_cast<uint16_t>(k_dsp);
    t.kernel_h = t.kernel_w = static_cast<uint8_t>(kernel);
    t.c_blocks = static_cast<uint16_t>(c_blocks);
    t.c_last = static_cast<uint8_t>(c_last);
    t.effective_bits = static_cast<uint8_t>(effective_bits);
    return t;
}

}  // namespace

TEST_CASE("a LUT row takes a word for each 32 digits and a DSP row one for each 16 weights") {
    const auto config = pe::preset("ultra96");
    msd_tile t = dense(50, 20, 3, 4, 16, 2);
    CHECK(pe::lut_stream_words(config, t) == 50 * 36);  // 3*3*64*2 digits = 36 words
    CHECK(pe::dsp_stream_words(config, t) == 20 * 36);  // 3*3*64 bytes = 36 words
    CHECK(pe::param_words(t) == 35);                    // two channels a word
    t = dense(7, 2, 1, 1, 3, 3);
    CHECK(pe::lut_stream_words(config, t) == 7);  // 9 digits
    CHECK(pe::dsp_stream_words(config, t) == 2);
    CHECK(pe::param_words(t) == 5);
    t.c_blocks = 2;                                   // 19 channels
    CHECK(pe::lut_stream_words(config, t) == 7 * 2);  // 57 digits
    CHECK(pe::dsp_stream_words(config, t) == 2 * 2);  // 19 bytes
    t.flags = MSD_TILE_LAST_C | MSD_TILE_DEPTHWISE;
    t.kernel_h = t.kernel_w = 5;
    CHECK(pe::lut_stream_words(config, t) == 7 * 3);  // 75 digits
    CHECK(pe::dsp_stream_words(config, t) == 2 * 2);  // 25 bytes
}

TEST_CASE("only a tile that is post-processed carries parameters") {
    msd_tile t = dense(3, 2, 1, 1, 16, 1);
    CHECK(pe::param_words(t) == 3);
    t.flags = MSD_TILE_FIRST_C;
    CHECK(pe::param_words(t) == 0);
    t.flags = MSD_TILE_POOL_ONLY | MSD_TILE_LAST_C;
    CHECK(pe::param_words(t) == 0);
}

TEST_CASE("decoding a stream gives back the weights that were encoded") {
    Random random(11);
    pe::TileWeights weights;  // reused: nothing of an earlier tile may remain
    for (int n = 0; n < 2000; ++n) {
        ModelLimits limits;
        limits.wild_digits = n % 2 == 1;
        const TileModel model = random_tile(random, test::roomy_device(random), limits);
        const auto stream = model.stream();
        REQUIRE(stream.size() == 16u * (pe::lut_stream_words(model.config, model.tile) +
                                        pe::dsp_stream_words(model.config, model.tile)));
        pe::decode_weights(model.config, model.tile, stream.data(), weights);
        INFO("tile " << n);
        REQUIRE(weights.channels == static_cast<unsigned>(model.channels()));
        const int streamed = model.depthwise() ? 1 : model.channels_in;
        const int padded = model.depthwise() ? 1 : (model.channels_in + 3) / 4 * 4;
        REQUIRE(weights.row_bytes == static_cast<std::size_t>(model.taps() * padded));
        for (int k = 0; k < model.channels(); ++k) {
            for (int tap = 0; tap < model.taps(); ++tap) {
                for (int c = 0; c < padded; ++c) {
                    const std::size_t at = k * weights.row_bytes + tap * padded + c;
                    const int high = weights.high.empty() ? 0 : weights.high[at];
                    const int expected = c < streamed ? model.weights[k][tap * streamed + c] : 0;
                    if (weights.values[at] + 256 * high != expected)
                        FAIL("channel " << k << ", tap " << tap << ", input channel " << c);
                }
            }
        }
    }
}

TEST_CASE("with one digit a weight the code 7 means zero and with more it means 128") {
    const auto config = pe::preset("tiny");
    msd_tile t = dense(1, 0, 1, 1, 2, 1);
    std::vector<uint8_t> stream(16, 0);
    stream[0] = 0xf7;  // +2^7, -2^7
    pe::TileWeights weights;
    pe::decode_weights(config, t, stream.data(), weights);
    CHECK(weights.values[0] == 0);
    CHECK(weights.values[1] == -128);
    CHECK(weights.high.empty());
    t.effective_bits = 2;
    stream[0] = 0x87;  // +2^7 - 2^0
    stream[1] = 0x07;  // +2^7 + 2^0
    pe::decode_weights(config, t, stream.data(), weights);
    CHECK(weights.values[0] == 127);
    CHECK(weights.values[1] + 256 * weights.high[1] == 129);
}

TEST_CASE("decoding into the same weights again allocates nothing") {
    Random random(12);
    const TileModel model = random_tile(random, test::roomy_device(random), ModelLimits{});
    pe::TileWeights weights;
    const auto stream = model.stream();
    pe::decode_weights(model.config, model.tile, stream.data(), weights);
    const int8_t* data = weights.values.data();
    pe::decode_weights(model.config, model.tile, stream.data(), weights);
    CHECK(weights.values.data() == data);
}
