// The .msdp file: the DRAM image and a JSON description, each with length and checksum
// (docs/formats.md).
#include <fmt/format.h>
#include <zlib.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "ip/msd_pe/core/tile_shape.h"
#include "scheduler/memory_plan.h"
#include "scheduler/program.h"

namespace msd::scheduler {
namespace {

using nlohmann::json;

// First bytes of a file; then the image, then the JSON text.
struct FileHeader {
    char magic[8];
    uint32_t version;
    uint32_t header_crc;  // of the fields below
    uint64_t image_bytes;
    uint64_t json_bytes;
    uint32_t image_crc;
    uint32_t json_crc;
};
static_assert(sizeof(FileHeader) == 40, "the file header has no padding");

constexpr char kMagic[8] = {'M', 'S', 'D', 'P', 'R', 'O', 'G', '\n'};
constexpr uint32_t kFileVersion = 1;
constexpr std::size_t kCrcFrom = 16;

uint32_t crc_of(const void* bytes, std::size_t count) {
    return static_cast<uint32_t>(crc32_z(0, static_cast<const Bytef*>(bytes), count));
}
uint32_t header_crc(const FileHeader& h) {
    return crc_of(reinterpret_cast<const char*>(&h) + kCrcFrom, sizeof h - kCrcFrom);
}

json to_json(const TensorPlace& p) {
    return {{"address", p.address}, {"c", p.shape.c},         {"h", p.shape.h},
            {"w", p.shape.w},       {"scale", p.quant.scale}, {"zero_point", p.quant.zero_point}};
}

TensorPlace place_from(const json& j) {
    TensorPlace p;
    p.address = j.at("address").get<uint32_t>();
    p.shape = {j.at("c").get<int>(), j.at("h").get<int>(), j.at("w").get<int>()};
    p.quant = {j.at("scale").get<double>(), j.at("zero_point").get<int>()};
    return p;
}

json description(const Program& program) {
    json layers = json::array();
    for (const ProgramLayer& l : program.layers) {
        layers.push_back({{"name", l.name},
                          {"kind", l.kind},
                          {"bound", l.bound},
                          {"id", l.id},
                          {"first_tile", l.first_tile},
                          {"tile_count", l.tile_count},
                          {"predicted_cycles", l.predicted_cycles},
                          {"macs", l.macs},
                          {"effective_bits", l.effective_bits},
                          {"output", to_json(l.output)}});
        if (l.kept) layers.back()["kept"] = true;
    }
    return {{"network", program.network},
            {"device", program.device},
            {"images", program.images},
            {"predicted_cycles", program.predicted_cycles},
            {"input", to_json(program.input)},
            {"output", to_json(program.output)},
            {"layers", layers}};
}

void describe(const json& j, Program& program) {
    program.network = j.at("network").get<std::string>();
    program.device = j.at("device").get<std::string>();
    program.images = j.value("images", 1);
    program.predicted_cycles = j.at("predicted_cycles").get<uint64_t>();
    program.input = place_from(j.at("input"));
    program.output = place_from(j.at("output"));
    for (const json& l : j.at("layers")) {
        ProgramLayer layer;
        layer.name = l.at("name").get<std::string>();
        layer.kind = l.at("kind").get<std::string>();
        layer.bound = l.at("bound").get<std::string>();
        layer.id = l.at("id").get<network::LayerId>();
        layer.first_tile = l.at("first_tile").get<uint32_t>();
        layer.tile_count = l.at("tile_count").get<uint32_t>();
        layer.predicted_cycles = l.at("predicted_cycles").get<uint64_t>();
        layer.macs = l.at("macs").get<int64_t>();
        layer.effective_bits = l.at("effective_bits").get<int>();
        layer.kept = l.value("kept", false);
        layer.output = place_from(l.at("output"));
        program.layers.push_back(std::move(layer));
    }
}

// Whether a stored tile keeps its output exactly if the layer does, and then inside the layer's
// map.
bool keeps_as(const ProgramLayer& layer, int images, const msd_tile& tile) {
    if (!pe::stored(tile)) return true;
    if (pe::has(tile, MSD_TILE_KEEP) != layer.kept) return false;
    if (!layer.kept) return true;
    const msd_block& b = tile.out;
    const uint64_t planes = b.planes, rows = b.rows;
    return planes > 0 && rows > 0 &&
           b.address + (planes - 1) * b.plane_stride + (rows - 1) * b.row_stride + b.row_bytes <=
               images * tensor_bytes(layer.output.shape) &&
           planes * rows * b.row_bytes == pe::result_words(tile) * pe::kWordBytes;
}

// Throws what is wrong with the image or with how the description fits it.
void check_image(const Program& program) {
    auto wrong = [](const std::string& what) {
        throw std::runtime_error(what + "; schedule the network again");
    };
    const std::vector<uint8_t>& image = program.image;
    if (image.size() < sizeof(msd_program))
        wrong(fmt::format("an image of {} bytes holds no program header", image.size()));
    const msd_program& h = program.header();
    if (h.magic != MSD_PROGRAM_MAGIC)
        wrong(fmt::format("the image begins with {:#010x}, not with \"MSDP\"", h.magic));
    if (h.version != MSD_PROGRAM_VERSION)
        wrong(fmt::format("program version {}, but this firmware replays version {}", h.version,
                          MSD_PROGRAM_VERSION));
    if (h.image_bytes != image.size())
        wrong(fmt::format("the image says it has {} bytes, but there are {}", h.image_bytes,
                          image.size()));
    if (h.crc32 != crc_of(image.data() + MSD_HEADER_CRC_FROM, image.size() - MSD_HEADER_CRC_FROM))
        wrong("the image's checksum does not match its bytes");
    const auto inside = [](uint64_t address, uint64_t bytes, uint64_t limit) {
        return address >= MSD_PROGRAM_BASE && bytes <= limit &&
               address - MSD_PROGRAM_BASE <= limit - bytes;
    };
    if (h.memory_bytes < h.image_bytes || !inside(h.input_address, h.input_bytes, h.memory_bytes) ||
        !inside(h.output_address, h.output_bytes, h.memory_bytes))
        wrong("its feature maps lie outside the program's memory");
    if (!inside(h.layers_address, uint64_t{h.layer_count} * sizeof(msd_layer), image.size()) ||
        h.layers_address % 4 != 0)
        wrong(fmt::format("its table of {} layers lies outside the image", h.layer_count));
    if (program.layers.size() != h.layer_count)
        wrong(fmt::format("it describes {} layers, but the image has {}", program.layers.size(),
                          h.layer_count));
    if (program.images < 1 || program.images > 256)
        wrong(fmt::format("it describes a batch of {} images", program.images));
    const auto place_fits = [&](const TensorPlace& p, bool kept = false) {
        const network::Shape& s = p.shape;
        if (s.c < 1 || s.h < 1 || s.w < 1 || s.c > 65536 || s.h > 32767 || s.w > 32767)
            return false;
        if (kept) return p.address == MSD_PROGRAM_BASE;
        return p.address % 16 == 0 &&
               inside(p.address, program.images * tensor_bytes(s), h.memory_bytes);
    };
    if (!place_fits(program.input) || !place_fits(program.output))
        wrong("its input or output lies outside the program's memory");
    uint64_t tiles = 0;
    for (uint32_t i = 0; i < h.layer_count; ++i) {
        msd_layer list;
        std::memcpy(&list, image.data() + (h.layers_address - MSD_PROGRAM_BASE) + i * sizeof list,
                    sizeof list);
        const ProgramLayer& layer = program.layers[i];
        if (list.tiles_address % 256 != 0 ||
            !inside(list.tiles_address, uint64_t{list.tile_count} * sizeof(msd_tile), image.size()))
            wrong(fmt::format("the tiles of layer {} lie outside the image", i));
        if (layer.first_tile != tiles || layer.tile_count != list.tile_count ||
            !place_fits(layer.output, layer.kept))
            wrong(fmt::format("the description of layer {} does not fit its tiles", i));
        for (uint32_t t = 0; t < list.tile_count; ++t) {
            msd_tile tile;
            std::memcpy(&tile,
                        image.data() + (list.tiles_address - MSD_PROGRAM_BASE) +
                            std::size_t{t} * sizeof tile,
                        sizeof tile);
            if (!keeps_as(layer, program.images, tile))
                wrong(fmt::format("tile {} of layer {} does not keep what its description says", t,
                                  i));
        }
        tiles += list.tile_count;
    }
    if (tiles != h.tile_count)
        wrong(fmt::format("it counts {} tiles, but its layers have {}", h.tile_count, tiles));
}

Program parse(const std::string& bytes) {
    FileHeader h;
    if (bytes.size() < sizeof h)
        throw std::runtime_error(
            fmt::format("{} bytes; a program begins with a header of {}", bytes.size(), sizeof h));
    std::memcpy(&h, bytes.data(), sizeof h);
    if (std::memcmp(h.magic, kMagic, sizeof kMagic) != 0)
        throw std::runtime_error("not a program; it must begin with \"MSDPROG\"");
    if (h.version != kFileVersion)
        throw std::runtime_error(fmt::format(
            "file version {}, but this program reads version {}; schedule the network again",
            h.version, kFileVersion));
    if (h.header_crc != header_crc(h))
        throw std::runtime_error(
            "the header's checksum does not match its bytes; schedule the network again");
    const uint64_t payload = bytes.size() - sizeof h;
    if (h.image_bytes > payload || h.json_bytes != payload - h.image_bytes)
        throw std::runtime_error(fmt::format(
            "an image of {} and a description of {} bytes are announced, but {} follow the header; "
            "the file was cut or has grown",
            h.image_bytes, h.json_bytes, payload));
    const char* image = bytes.data() + sizeof h;
    if (h.image_crc != crc_of(image, h.image_bytes) ||
        h.json_crc != crc_of(image + h.image_bytes, h.json_bytes))
        throw std::runtime_error(
            "the checksum does not match the bytes; schedule the network again");
    Program program;
    program.image.assign(image, image + h.image_bytes);
    try {
        describe(json::parse(image + h.image_bytes, image + bytes.size() - sizeof h), program);
    } catch (const json::exception& error) {
        throw std::runtime_error(fmt::format(
            "its description is malformed ({}); schedule the network again", error.what()));
    }
    check_image(program);
    return program;
}

}  // namespace

void write_program(const Program& program, const std::string& path) {
    const std::string text = description(program).dump();
    FileHeader h{};
    std::memcpy(h.magic, kMagic, sizeof kMagic);
    h.version = kFileVersion;
    h.image_bytes = program.image.size();
    h.json_bytes = text.size();
    h.image_crc = crc_of(program.image.data(), program.image.size());
    h.json_crc = crc_of(text.data(), text.size());
    h.header_crc = header_crc(h);

    const std::string beside = path + ".part";
    std::ofstream out(beside, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(&h), sizeof h);
    out.write(reinterpret_cast<const char*>(program.image.data()),
              static_cast<std::streamsize>(program.image.size()));
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    out.close();
    if (!out || std::rename(beside.c_str(), path.c_str()) != 0) {
        std::remove(beside.c_str());
        throw std::runtime_error(
            path + ": cannot be written; give a path in an existing, writable folder");
    }
}

Program read_program(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in)
        throw std::runtime_error(path + ": cannot be read; give the path of a program (.msdp)");
    const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (in.bad())
        throw std::runtime_error(path + ": cannot be read; give the path of a program (.msdp)");
    try {
        return parse(bytes);
    } catch (const std::runtime_error& error) {
        throw std::runtime_error(path + ": " + error.what());
    }
}

}  // namespace msd::scheduler
