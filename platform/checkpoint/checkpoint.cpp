// Reading and writing checkpoints.
#include "platform/checkpoint/checkpoint.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "platform/checkpoint/archive.h"
#include "platform/output/files.h"

namespace msd::platform {
namespace {

struct FileHeader {
    char magic[8];
    uint32_t version;
    uint32_t crc;    // of all bytes behind it
    uint64_t bytes;  // behind the header
};
static_assert(sizeof(FileHeader) == 24, "the file header has no padding");

constexpr char kMagic[8] = {'M', 'S', 'D', 'C', 'H', 'E', 'C', 'K'};
constexpr uint32_t kVersion = 1;
constexpr std::size_t kCrcFrom = 16;

uint32_t crc_of(const std::string& file) {
    return static_cast<uint32_t>(
        crc32_z(0, reinterpret_cast<const Bytef*>(file.data()) + kCrcFrom, file.size() - kCrcFrom));
}

template <class Archive>
void members(Archive& archive, Checkpoint& c) {
    archive.each(c.run, [&](Checkpoint::Property& p) { archive(p.name, p.value); });
    archive(c.cycle, c.interrupts, c.image, c.layers_done, c.where, c.platform, c.records);
}

Checkpoint parse(const std::string& file) {
    FileHeader h;
    if (file.size() < sizeof h)
        throw std::runtime_error(fmt::format("{} bytes; a checkpoint begins with a header of {}",
                                             file.size(), sizeof h));
    std::memcpy(&h, file.data(), sizeof h);
    if (std::memcmp(h.magic, kMagic, sizeof kMagic) != 0)
        throw std::runtime_error("not a checkpoint; it must begin with \"MSDCHECK\"");
    if (h.version != kVersion)
        throw std::runtime_error(
            fmt::format("checkpoint version {}, but this program reads {}", h.version, kVersion));
    if (h.bytes != file.size() - sizeof h)
        throw std::runtime_error(fmt::format("{} bytes are announced, but {} follow the header",
                                             h.bytes, file.size() - sizeof h));
    if (h.crc != crc_of(file)) throw std::runtime_error("the checksum does not match the bytes");
    StateReader reader(std::string_view(file).substr(sizeof h));
    Checkpoint checkpoint;
    members(reader, checkpoint);
    if (!reader.at_end()) throw std::runtime_error("bytes follow its last member");
    return checkpoint;
}

}  // namespace

void write_checkpoint(Checkpoint checkpoint, const std::filesystem::path& path) {
    StateWriter writer;
    members(writer, checkpoint);
    FileHeader h{};
    std::memcpy(h.magic, kMagic, sizeof kMagic);
    h.version = kVersion;
    h.bytes = writer.bytes().size();
    std::string file(sizeof h, '\0');
    file += writer.bytes();
    std::memcpy(file.data(), &h, sizeof h);
    h.crc = crc_of(file);
    std::memcpy(file.data(), &h, sizeof h);
    write_file(path, file);
}

Checkpoint read_checkpoint(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    const std::string file{std::istreambuf_iterator<char>(stream), {}};
    if (!stream.good() && !stream.eof())
        throw std::runtime_error(fmt::format("{}: cannot be read", path.string()));
    try {
        return parse(file);
    } catch (const std::runtime_error& error) {
        throw std::runtime_error(
            fmt::format("{}: {}; make the checkpoint again", path.string(), error.what()));
    }
}

bool is_checkpoint(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    char magic[sizeof kMagic] = {};
    stream.read(magic, sizeof magic);
    return stream.good() && std::memcmp(magic, kMagic, sizeof kMagic) == 0;
}

void check_same_run(const Checkpoint& checkpoint, const std::vector<Checkpoint::Property>& run,
                    const std::filesystem::path& path) {
    const std::size_t count = std::min(run.size(), checkpoint.run.size());
    for (std::size_t i = 0; i < count; ++i)
        if (run[i].name != checkpoint.run[i].name || run[i].value != checkpoint.run[i].value)
            throw std::runtime_error(fmt::format(
                "{}: is of a run with {} = {}, but this one has {} = {}; restart the scenario that "
                "made it",
                path.string(), checkpoint.run[i].name, checkpoint.run[i].value, run[i].name,
                run[i].value));
    if (run.size() != checkpoint.run.size())
        throw std::runtime_error(
            fmt::format("{}: is of another version; make it again", path.string()));
}

std::string to_text(const Checkpoint& c) {
    std::string text = fmt::format("checkpoint behind cycle {}: {}\n", c.cycle, c.where);
    for (const Checkpoint::Property& p : c.run) text += fmt::format("{} = {}\n", p.name, p.value);
    text += fmt::format("image {}: {} layers are complete; {} interrupts have come\n", c.image,
                        c.layers_done, c.interrupts);
    return text + fmt::format("platform {} bytes, records {} bytes\n", c.platform.size(),
                              c.records.size());
}

}  // namespace msd::platform
