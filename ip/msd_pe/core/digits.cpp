// Decoding of RSD digit codes.
#include "ip/msd_pe/core/digits.h"

#include <algorithm>

#if defined(__x86_64__)
#include <immintrin.h>
#define MSD_SSSE3 __attribute__((target("ssse3")))
#endif

namespace msd::pe {
namespace {

constexpr int kZeroCode = 7;  // with one digit a weight

bool decode_portable(const uint8_t* bytes, std::size_t count, unsigned effective_bits,
                     int8_t* low) {
    bool wide = false;
    for (std::size_t i = 0; i < count; ++i) {
        const int weight = digit_weight(bytes, i, effective_bits);
        low[i] = static_cast<int8_t>(weight);
        wide = wide || weight != low[i];
    }
    return wide;
}

#if defined(__x86_64__)

// A code's value in 16 bits is {sign byte, low byte}, each from a table of 16.
struct Codes {
    __m128i low, sign;

    MSD_SSSE3 explicit Codes(bool one_digit)
        : low(_mm_setr_epi8(1, 2, 4, 8, 16, 32, 64, static_cast<char>(one_digit ? 0 : 128), -1, -2,
                            -4, -8, -16, -32, -64, -128)),
          sign(_mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1)) {}
};

// 16 weights of 16 bits from up to three digits each.
struct Sums {
    __m128i first = _mm_setzero_si128(), second = _mm_setzero_si128();

    MSD_SSSE3 void add(const Codes& codes, __m128i digits) {
        const __m128i low = _mm_shuffle_epi8(codes.low, digits);
        const __m128i sign = _mm_shuffle_epi8(codes.sign, digits);
        first = _mm_add_epi16(first, _mm_unpacklo_epi8(low, sign));
        second = _mm_add_epi16(second, _mm_unpackhi_epi8(low, sign));
    }
    // Stores the low bytes; returns a vector with non-zero bytes where they are not the weight.
    MSD_SSSE3 __m128i store(int8_t* out) const {
        const __m128i mask = _mm_set1_epi16(0xff);
        const __m128i low =
            _mm_packus_epi16(_mm_and_si128(first, mask), _mm_and_si128(second, mask));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out), low);
        return _mm_packs_epi16(beyond(first), beyond(second));
    }
    // Not zero where the low byte alone is another number. Comparing with the saturated value would
    // miss -384, whose low byte is -128.
    MSD_SSSE3 static __m128i beyond(__m128i weights) {
        return _mm_xor_si128(weights, _mm_srai_epi16(_mm_slli_epi16(weights, 8), 8));
    }
};

struct Nibbles {
    __m128i even, odd;  // digits 0, 2, ... and 1, 3, ... of 16 bytes

    explicit Nibbles(const uint8_t* bytes) {
        const __m128i word = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
        const __m128i mask = _mm_set1_epi8(15);
        even = _mm_and_si128(word, mask);
        odd = _mm_and_si128(_mm_srli_epi16(word, 4), mask);
    }
};

MSD_SSSE3 void decode_one(const uint8_t* bytes, std::size_t count, int8_t* low) {
    const Codes codes(true);
    for (std::size_t i = 0; i < count; i += 32, bytes += 16) {
        const Nibbles n(bytes);
        const __m128i even = _mm_shuffle_epi8(codes.low, n.even);
        const __m128i odd = _mm_shuffle_epi8(codes.low, n.odd);
        auto* out = reinterpret_cast<__m128i*>(low + i);
        _mm_storeu_si128(out, _mm_unpacklo_epi8(even, odd));
        _mm_storeu_si128(out + 1, _mm_unpackhi_epi8(even, odd));
    }
}

MSD_SSSE3 bool decode_two(const uint8_t* bytes, std::size_t count, int8_t* low) {
    const Codes codes(false);
    __m128i wide = _mm_setzero_si128();
    for (std::size_t i = 0; i < count; i += 16, bytes += 16) {
        const Nibbles n(bytes);
        Sums sums;
        sums.add(codes, n.even);
        sums.add(codes, n.odd);
        __m128i differs = sums.store(low + i);
        if (count - i < 16) {  // what lies behind the row does not count
            alignas(16) uint8_t rest[16];
            _mm_store_si128(reinterpret_cast<__m128i*>(rest), differs);
            std::fill(rest + (count - i), rest + 16, uint8_t{0});
            differs = _mm_load_si128(reinterpret_cast<const __m128i*>(rest));
        }
        wide = _mm_or_si128(wide, differs);
    }
    return _mm_movemask_epi8(_mm_cmpeq_epi8(wide, _mm_setzero_si128())) != 0xffff;
}

// Digit e of weight i is digit 3i + e: of 24 bytes it lies in byte (3i + e) / 2, which the first 16
// or the last 16 of them hold, and in that byte's low or high half.
MSD_SSSE3 bool decode_three(const uint8_t* bytes, std::size_t count, int8_t* low) {
    const Codes codes(false);
    alignas(16)
        int8_t index[3][4][16];  // [e][first even, first odd, last even, last odd]; -1 selects zero
    for (int e = 0; e < 3; ++e) {
        for (int i = 0; i < 16; ++i) {
            const int digit = 3 * i + e, byte = digit / 2;
            for (int k = 0; k < 4; ++k) {
                const bool here = (byte < 16) == (k < 2) && digit % 2 == k % 2;
                index[e][k][i] = static_cast<int8_t>(here ? byte - (k < 2 ? 0 : 8) : -1);
            }
        }
    }
    __m128i wide = _mm_setzero_si128();
    std::size_t i = 0;
    for (; i + 16 <= count; i += 16, bytes += 24) {
        const Nibbles first(bytes), last(bytes + 8);
        const __m128i from[4] = {first.even, first.odd, last.even, last.odd};
        Sums sums;
        for (const auto& digit : index) {
            __m128i digits = _mm_setzero_si128();
            for (int k = 0; k < 4; ++k)
                digits = _mm_or_si128(
                    digits,
                    _mm_shuffle_epi8(from[k],
                                     _mm_load_si128(reinterpret_cast<const __m128i*>(digit[k]))));
            sums.add(codes, digits);
        }
        wide = _mm_or_si128(wide, sums.store(low + i));
    }
    const bool rest = decode_portable(bytes, count - i, 3, low + i);
    return rest || _mm_movemask_epi8(_mm_cmpeq_epi8(wide, _mm_setzero_si128())) != 0xffff;
}

#endif

}  // namespace

int digit_weight(const uint8_t* bytes, std::size_t i, unsigned effective_bits) {
    int weight = 0;
    for (std::size_t d = i * effective_bits; d < (i + 1) * effective_bits; ++d) {
        const int code = bytes[d / 2] >> (d % 2 * 4) & 15;
        if (effective_bits == 1 && code == kZeroCode) return 0;
        const int power = 1 << (code & 7);
        weight += code & 8 ? -power : power;
    }
    return weight;
}

bool decode_digits(const uint8_t* bytes, std::size_t count, unsigned effective_bits, int8_t* low) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("ssse3")) {
        if (effective_bits == 2) return decode_two(bytes, count, low);
        if (effective_bits == 3) return decode_three(bytes, count, low);
        decode_one(bytes, count, low);
        return false;
    }
#endif
    return decode_portable(bytes, count, effective_bits, low);
}

}  // namespace msd::pe
