// FST through the writer that comes with Verilator (fstapi, MIT licence): no process, no date.
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "platform/output/fst_writer.h"
#include "platform/output/wave.h"

namespace msd::platform {

#ifdef MSD_FST

namespace {

namespace fs = std::filesystem;

// The blocks of an FST file follow each other and end with it: [type][8 bytes of length, big
// endian, itself included]. The writer does not tell when the disk was full.
bool is_whole(const fs::path& path) {
    constexpr int kHeaderBlock = 0, kGeometryBlock = 3;
    std::ifstream file(path, std::ios::binary);
    const auto size = static_cast<uint64_t>(fs::file_size(path));
    bool header = false, geometry = false;
    uint64_t at = 0;
    while (at < size) {
        char block[9];
        file.seekg(static_cast<std::streamoff>(at));
        if (!file.read(block, sizeof block)) return false;
        uint64_t length = 0;
        for (int i = 1; i < 9; ++i) length = length << 8 | static_cast<unsigned char>(block[i]);
        header |= block[0] == kHeaderBlock;
        geometry |= block[0] == kGeometryBlock;
        if (length < 8 || length > size - at - 1) return false;
        at += 1 + length;
    }
    return header && geometry && at == size;
}

void declare(void* fst, const Wave& wave, std::vector<uint32_t>& handles) {
    std::string open;  // the scope, with a dot behind each part
    const auto leave = [&] {
        msd_fst_upscope(fst);
        const std::size_t dot = open.rfind('.', open.size() - 2);
        open.erase(dot == std::string::npos ? 0 : dot + 1);
    };
    for (const WaveSignal& s : wave.signals) {
        const std::string scope = s.scope + ".";
        while (scope.compare(0, open.size(), open) != 0) leave();
        while (open.size() < scope.size()) {
            const std::size_t dot = scope.find('.', open.size());
            msd_fst_scope(fst, scope.substr(open.size(), dot - open.size()).c_str());
            open = scope.substr(0, dot + 1);
        }
        const std::string name =
            s.width == 1 ? s.name : fmt::format("{} [{}:0]", s.name, s.width - 1);
        handles.push_back(msd_fst_signal(fst, name.c_str(), s.width));
    }
    while (!open.empty()) leave();
}

}  // namespace

bool fst_available() {
    return true;
}

void write_fst(const Wave& wave, const fs::path& path) {
    const fs::path part = path.string() + ".part";
    std::error_code ignored;
    const auto fail = [&](const std::string& why) {
        for (const char* suffix : {"", ".hier"}) fs::remove(part.string() + suffix, ignored);
        throw std::runtime_error(fmt::format("{}: {}", path.string(), why));
    };
    // The writer needs room for its uncompressed hierarchy and for the file.
    constexpr uint64_t kBytesOfChange = 12, kBytesOfSignal = 96, kFixed = 64 << 10;
    const fs::space_info space =
        fs::space(path.has_parent_path() ? path.parent_path() : ".", ignored);
    const uint64_t needed =
        kFixed + wave.changes.size() * kBytesOfChange + wave.signals.size() * kBytesOfSignal;
    if (!ignored && space.available < needed)
        fail(fmt::format("cannot be written: {} KiB may be needed, {} KiB are free", needed >> 10,
                         space.available >> 10));
    void* fst = msd_fst_create(part.c_str());
    if (!fst) fail(std::string("cannot be created: ") + std::strerror(errno));
    std::vector<uint32_t> handles;
    declare(fst, wave, handles);
    uint64_t now = ~uint64_t{0};
    std::string bits;
    for (const WaveChange& c : wave.changes) {
        if (c.ps != now) msd_fst_time(fst, now = c.ps);
        const unsigned width = wave.signals[c.signal].width;
        bits.resize(width);
        for (unsigned b = 0; b < width; ++b) bits[width - 1 - b] = c.value >> b & 1 ? '1' : '0';
        msd_fst_value(fst, handles[c.signal], bits.c_str());
    }
    if (now != wave.to_ps) msd_fst_time(fst, wave.to_ps);
    msd_fst_close(fst);
    if (!is_whole(part)) fail("cannot be written: the disk is full");
    std::error_code error;
    fs::rename(part, path, error);
    if (error) fail("cannot be renamed into place: " + error.message());
}

#else

bool fst_available() {
    return false;
}

void write_fst(const Wave&, const std::filesystem::path& path) {
    throw std::runtime_error(path.string() +
                             ": this msd was built without an FST writer (package verilator); use "
                             "trace.vcd");
}

#endif

}  // namespace msd::platform
