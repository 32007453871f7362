// PNG (RFC 2083) and base64 (RFC 4648), as far as the page needs them.
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <new>

#include "platform/report/page.h"

namespace msd::platform {
namespace {

std::string big_endian(uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
    return bytes;
}

std::string chunk(const std::string& type, const std::string& data) {
    const std::string body = type + data;
    const auto crc =
        crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
    return big_endian(static_cast<uint32_t>(data.size())) + body +
           big_endian(static_cast<uint32_t>(crc));
}

}  // namespace

std::string png(int width, int height, const std::vector<unsigned char>& rgb) {
    constexpr char kEightBits = 8, kColour = 2;
    const std::size_t row = static_cast<std::size_t>(width) * 3;
    std::string raw;
    for (int y = 0; y < height; ++y) {
        raw += '\0';  // no filter
        raw.append(reinterpret_cast<const char*>(rgb.data()) + row * static_cast<std::size_t>(y),
                   row);
    }
    std::string packed(compressBound(raw.size()), '\0');
    uLongf size = packed.size();
    if (compress2(reinterpret_cast<Bytef*>(packed.data()), &size,
                  reinterpret_cast<const Bytef*>(raw.data()), raw.size(),
                  Z_BEST_COMPRESSION) != Z_OK)
        throw std::bad_alloc();
    packed.resize(size);
    const std::string header = big_endian(static_cast<uint32_t>(width)) +
                               big_endian(static_cast<uint32_t>(height)) +
                               std::string{kEightBits, kColour, 0, 0, 0};
    return "\x89PNG\r\n\x1a\n" + chunk("IHDR", header) + chunk("IDAT", packed) + chunk("IEND", "");
}

std::string base64(const std::string& bytes) {
    static const char* const digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        uint32_t group = 0;
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
        for (std::size_t b = 0; b < 3; ++b)
            group = group << 8 | (b < count ? static_cast<unsigned char>(bytes[i + b]) : 0);
        for (std::size_t d = 0; d < 4; ++d)
            text += d <= count ? digits[group >> (18 - 6 * d) & 63] : '=';
    }
    return text;
}

}  // namespace msd::platform
