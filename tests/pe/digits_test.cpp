// Decoding of digit codes, for every code a weight can have.
#include <catch2/catch.hpp>

#include <vector>

#include "ip/msd_pe/core/digits.h"

using namespace msd::pe;

TEST_CASE("each code of one, two and three digits is decoded, and what is no int8 is noticed") {
    unsigned tried = 0;
    for (const unsigned digits : {1u, 2u, 3u}) {
        for (unsigned code = 0; code < 1u << 4 * digits; ++code) {
            // From docs/numbers.md: digits are +-2^shift; alone, the code of 2^7 means zero.
            int weight = 0;
            for (unsigned d = 0; d < digits; ++d) {
                const unsigned c = code >> 4 * d & 15;
                weight += (c & 8 ? -1 : 1) * (1 << (c & 7));
            }
            if (digits == 1 && code == 7) weight = 0;
            // Alone among weights that are an int8, in each place of two blocks of 16.
            for (const std::size_t place : {0u, 7u, 16u, 19u}) {
                constexpr std::size_t kCount = 20;
                std::vector<uint8_t> bytes(64);
                std::vector<int8_t> low(64);
                for (unsigned d = 0; d < digits; ++d) {
                    const std::size_t at = place * digits + d;
                    bytes[at / 2] =
                        static_cast<uint8_t>(bytes[at / 2] | (code >> 4 * d & 15) << at % 2 * 4);
                }
                INFO("digits " << digits << ", code " << code << ", place " << place);
                const bool wide = decode_digits(bytes.data(), kCount, digits, low.data());
                if (low[place] != static_cast<int8_t>(weight) ||
                    wide != (weight != static_cast<int8_t>(weight)) ||
                    digit_weight(bytes.data(), place, digits) != weight)
                    FAIL("low byte " << int{low[place]} << ", wide " << wide << ", weight "
                                     << weight);
                ++tried;
            }
        }
    }
    CHECK(tried == 4 * (16 + 256 + 4096));
}
