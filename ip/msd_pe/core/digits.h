// Weights from RSD digit codes (docs/numbers.md): scalar and exact for any digits, or 16 at a time.
#pragma once

#include <cstddef>
#include <cstdint>

namespace msd::pe {

// Decodes `count` weights of `effective_bits` digits each, two digits a byte, low nibble first.
// Reads whole blocks of 32 bytes and writes whole blocks of 32 weights past the ends. Returns
// whether some weight is no int8; then low holds its low byte.
bool decode_digits(const uint8_t* bytes, std::size_t count, unsigned effective_bits, int8_t* low);

// Weight number i exactly, within [-384, 384].
int digit_weight(const uint8_t* bytes, std::size_t i, unsigned effective_bits);

}  // namespace msd::pe
