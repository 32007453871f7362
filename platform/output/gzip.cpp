// gzip by zlib, whose default header holds no date.
#include "platform/output/gzip.h"

#include <zlib.h>

#include <new>

namespace msd::platform {

std::string gzip(const std::string& text) {
    constexpr int kGzipWindow = 15 + 16;  // zlib: 16 asks for gzip's wrapper
    constexpr int kMemoryLevel = 8;       // zlib's default
    z_stream z{};
    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::bad_alloc();
    std::string out(deflateBound(&z, text.size()), '\0');
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    z.avail_in = static_cast<uInt>(text.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    deflate(&z, Z_FINISH);
    out.resize(z.total_out);
    deflateEnd(&z);
    return out;
}

}  // namespace msd::platform
