// Checks report.json and latency.csv, which may come from anywhere, before a page is made of them.
#include "platform/report/run_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace msd::platform {

using nlohmann::ordered_json;

namespace {

constexpr std::size_t kMaxTiles = 40'000;  // spans that the page draws
constexpr const char* kUnits[] = {"fetch", "load_act", "load_res", "load_wgt",
                                  "exec",  "post",     "store"};
constexpr double kMaxNumber = 9e15;  // what JavaScript's numbers hold exactly

// Damaged bytes of a file do not reach the terminal.
[[noreturn]] void fail(const std::string& name, const std::string& raw) {
    std::string what;
    for (const char c : raw) {
        const auto byte = static_cast<unsigned char>(c);
        what += byte < 0x20 || byte > 0x7e ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
    }
    throw std::runtime_error(
        fmt::format("{}: {}; give the folder of a finished `msd run` of this version", name, what));
}

// The members that the page needs: 's' string, 'n' number not below 0, 'a' array, 'o' object.
using Members = std::vector<std::pair<const char*, char>>;

bool has_type(const ordered_json& value, char type) {
    switch (type) {
        case 's':
            return value.is_string();
        case 'n':
            return value.is_number() && value.get<double>() >= 0 &&
                   value.get<double>() <= kMaxNumber;
        case 'a':
            return value.is_array();
        default:
            return value.is_object();
    }
}

void need(const std::string& name, const ordered_json& object, const std::string& where,
          const Members& members) {
    if (!object.is_object()) fail(name, fmt::format("{} is no object", where));
    for (const auto& [member, type] : members) {
        const auto found = object.find(member);
        if (found == object.end()) fail(name, fmt::format("{}.{} is missing", where, member));
        if (!has_type(*found, type))
            fail(name, fmt::format("{}.{} is no {}", where, member,
                                   type == 's'   ? "string"
                                   : type == 'n' ? "number of the size expected"
                                   : type == 'a' ? "list"
                                                 : "object"));
    }
}

void numbers(const std::string& name, const ordered_json& list, const std::string& where) {
    for (const ordered_json& n : list)
        if (!has_type(n, 'n')) fail(name, where + " holds something else than numbers");
}

void check_layers(const std::string& name, const ordered_json& layers) {
    const Members causes{{"compute", 'n'}, {"weights", 'n'}, {"activations", 'n'},
                         {"store", 'n'},   {"cpu", 'n'},     {"fill_drain", 'n'}};
    if (layers.empty()) fail(name, "layers is empty");
    for (const ordered_json& l : layers) {
        need(name, l, "layers[]",
             {{"name", 's'},
              {"kind", 's'},
              {"bound", 's'},
              {"start_cycle", 'n'},
              {"end_cycle", 'n'},
              {"cycles", 'n'},
              {"predicted_cycles", 'n'},
              {"lut_busy_cycles", 'n'},
              {"dsp_busy_cycles", 'n'},
              {"macs", 'n'},
              {"effective_bits", 'n'},
              {"tiles", 'n'},
              {"lut_channels", 'n'},
              {"dsp_channels", 'n'},
              {"dram_read_bytes", 'n'},
              {"dram_write_bytes", 'n'},
              {"shape", 'a'},
              {"causes", 'o'}});
        need(name, l["causes"], "layers[].causes", causes);
        numbers(name, l["shape"], "layers[].shape");
    }
}

void check_nodes(const std::string& name, const ordered_json& network, std::size_t layers) {
    need(name, network, "network", {{"nodes", 'a'}});
    const std::size_t count = network["nodes"].size();
    for (const ordered_json& n : network["nodes"]) {
        need(name, n, "network.nodes[]",
             {{"name", 's'}, {"op", 's'}, {"shape", 'a'}, {"inputs", 'a'}});
        numbers(name, n["shape"], "network.nodes[].shape");
        const auto layer = n.find("layer");
        if (layer == n.end() || !layer->is_number_integer() || layer->get<int64_t>() < -1 ||
            layer->get<int64_t>() >= static_cast<int64_t>(layers))
            fail(name, "network.nodes[].layer is no layer's number");
        for (const ordered_json& input : n["inputs"])
            if (!input.is_number_unsigned() || input.get<uint64_t>() >= count)
                fail(name, "network.nodes[].inputs holds something else than nodes' numbers");
    }
}

void check_report(const std::string& name, const ordered_json& r) {
    constexpr int kMaxClasses = 10'000;
    need(name, r, "report",
         {{"scenario", 's'},
          {"version", 's'},
          {"device", 's'},
          {"seed", 'n'},
          {"totals", 'o'},
          {"layers", 'a'},
          {"inputs", 'a'},
          {"checks", 'a'},
          {"command", 's'},
          {"limits", 'o'},
          {"dram", 'o'},
          {"network", 'o'}});
    need(name, r["totals"], "totals", {{"cycles", 'n'}, {"predicted_cycles_per_image", 'n'}});
    need(name, r["limits"], "limits",
         {{"clock_mhz", 'n'},
          {"lut_rows", 'n'},
          {"lut_cols", 'n'},
          {"dsp_rows", 'n'},
          {"dsp_cols", 'n'},
          {"beat_bytes", 'n'},
          {"dram_bytes_per_cycle", 'n'}});
    const Members rows{{"row_hits", 'n'}, {"row_misses", 'n'}, {"row_conflicts", 'n'}};
    need(name, r["dram"], "dram",
         {{"preset", 's'}, {"masters", 'a'}, {"refreshes", 'n'}, {"turnarounds", 'n'}});
    need(name, r["dram"], "dram", rows);
    for (const ordered_json& m : r["dram"]["masters"]) {
        need(name, m, "dram.masters[]", rows);
        need(name, m, "dram.masters[]", {{"name", 's'}});
    }
    check_layers(name, r["layers"]);
    check_nodes(name, r["network"], r["layers"].size());
    for (const ordered_json& c : r["checks"])
        need(name, c, "checks[]", {{"name", 's'}, {"message", 's'}});
    const bool labelled = r.contains("accuracy") && r["accuracy"].is_object();
    if (labelled)
        need(name, r["accuracy"], "accuracy", {{"correct", 'n'}, {"images", 'n'}, {"top1", 'n'}});
    for (const ordered_json& i : r["inputs"]) {
        need(name, i, "inputs[]", {{"index", 'n'}, {"predicted", 'n'}, {"cycles", 'n'}});
        if (labelled) need(name, i, "inputs[]", {{"label", 'n'}});
        if (i["predicted"] > kMaxClasses || (labelled && i["label"] > kMaxClasses))
            fail(name, "inputs[] holds a class above 10000");
    }
    if (const auto stopped = r.find("stopped"); stopped != r.end())
        need(name, *stopped, "stopped", {{"cycle", 'n'}, {"message", 's'}});
    if (const auto rtl = r.find("rtl"); rtl != r.end()) {
        need(name, *rtl, "rtl",
             {{"differences", 'n'},
              {"difference", 's'},
              {"events", 'n'},
              {"tlm_cycles", 'n'},
              {"rtl_cycles", 'n'},
              {"layers", 'a'}});
        for (const ordered_json& l : (*rtl)["layers"]) {
            need(name, l, "rtl.layers[]", {{"name", 's'}, {"tlm_cycles", 'n'}});
            if (!l.contains("rtl_cycles") || !l["rtl_cycles"].is_null())
                need(name, l, "rtl.layers[]", {{"rtl_cycles", 'n'}});
        }
    }
    if (const auto t = r.find("thumbnails"); t != r.end()) {
        need(name, *t, "thumbnails",
             {{"width", 'n'}, {"height", 'n'}, {"columns", 'n'}, {"inputs", 'a'}});
        for (const ordered_json& input : (*t)["inputs"])
            if (!input.is_number_unsigned() || input.get<uint64_t>() >= r["inputs"].size())
                fail(name, "thumbnails.inputs holds something else than inputs' positions");
    }
}

struct Tile {
    unsigned unit, layer;
    std::array<uint64_t, 5> numbers;  // tile, start, end, stall, bytes
};

// A line is image,layer,tile,unit,start,end,stall,bytes; a layer's name may hold commas.
Tile parse_line(const std::string& name, std::size_t number, std::string_view line,
                const std::map<std::string, unsigned, std::less<>>& layers, uint64_t& image) {
    const auto refuse = [&](const std::string& what) {
        fail(fmt::format("{}:{}", name, number), what);
    };
    std::vector<std::string_view> back;  // the last six fields, last first
    std::string_view rest = line;
    while (back.size() < 6) {
        const std::size_t comma = rest.rfind(',');
        if (comma == std::string_view::npos) refuse("a line has eight fields");
        back.push_back(rest.substr(comma + 1));
        rest = rest.substr(0, comma);
    }
    const std::size_t comma = rest.find(',');
    if (comma == std::string_view::npos) refuse("a line has eight fields");
    const auto integer = [&](std::string_view text) {
        uint64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc() || end != text.data() + text.size() || value > kMaxNumber)
            refuse(fmt::format("'{}' is no number", text));
        return value;
    };
    image = integer(rest.substr(0, comma));
    Tile tile{};
    const auto layer = layers.find(rest.substr(comma + 1));
    if (layer == layers.end()) refuse("a layer that report.json does not name");
    tile.layer = layer->second;
    const auto unit = std::find(std::begin(kUnits), std::end(kUnits), back[4]);
    if (unit == std::end(kUnits)) refuse(fmt::format("'{}' is no unit", back[4]));
    tile.unit = static_cast<unsigned>(unit - kUnits);
    tile.numbers = {integer(back[5]), integer(back[3]), integer(back[2]), integer(back[1]),
                    integer(back[0])};
    if (tile.numbers[1] > tile.numbers[2]) refuse("a span ends before it starts");
    return tile;
}

std::string tiles_json(const PageRun& run, const ordered_json& report) {
    std::map<std::string, unsigned, std::less<>> layers;
    unsigned count = 0;
    for (const ordered_json& l : report["layers"])
        layers.emplace(l["name"].get<std::string>(), count++);
    std::vector<Tile> tiles;
    const std::string_view text = run.latency_csv;
    std::size_t at = text.find('\n'), number = 1;
    if (text.substr(0, at) != "image,layer,tile,unit,start_cycle,end_cycle,stall_cycles,bytes")
        fail(run.latency_name + ":1", "the header of latency.csv is missing");
    uint64_t first_image = 0;
    for (; at != std::string_view::npos && at + 1 < text.size(); ++number) {
        const std::size_t end = text.find('\n', at + 1);
        uint64_t image = 0;
        const Tile tile = parse_line(run.latency_name, number + 1,
                                     text.substr(at + 1, end - at - 1), layers, image);
        if (tiles.empty()) first_image = image;
        if (image != first_image) break;  // images follow each other
        tiles.push_back(tile);
        at = end;
    }
    const std::size_t stride = (tiles.size() + kMaxTiles - 1) / kMaxTiles;
    uint64_t from = ~uint64_t{0}, to = 0;
    for (const Tile& t : tiles) {
        from = std::min(from, t.numbers[1]);
        to = std::max(to, t.numbers[2]);
    }
    std::string json = "{\"units\":[";
    for (const char* unit : kUnits)
        json += fmt::format("{}\"{}\"", unit == kUnits[0] ? "" : ",", unit);
    json += fmt::format("],\"from\":{},\"to\":{},\"stride\":{}", tiles.empty() ? 0 : from, to,
                        std::max<std::size_t>(stride, 1));
    const auto column = [&](const char* name, auto get) {
        json += fmt::format(",\"{}\":[", name);
        for (std::size_t i = 0; i < tiles.size(); i += stride)
            json += fmt::format("{}{}", i == 0 ? "" : ",", get(tiles[i]));
        json += ']';
    };
    column("unit", [](const Tile& t) { return t.unit; });
    column("layer", [](const Tile& t) { return t.layer; });
    static const char* const names[] = {"tile", "start", "end", "stall", "bytes"};
    for (std::size_t n = 0; n < 5; ++n)
        column(names[n], [n](const Tile& t) { return t.numbers[n]; });
    return json + "}";
}

}  // namespace

RunData read_run(const PageRun& run) {
    ordered_json report;
    try {
        report = ordered_json::parse(run.report_json);
    } catch (const nlohmann::json::exception& error) {
        fail(run.report_name, error.what());
    }
    check_report(run.report_name, report);
    RunData data;
    data.tiles = tiles_json(run, report);
    for (ordered_json& i : report["inputs"]) i.erase("logits");
    data.report = report.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
    return data;
}

}  // namespace msd::platform
