// Bad hardware descriptions, layer tables and schedules are told, and instruction words read back.
#include <unistd.h>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "codesign/msd_fccm23/instructions.h"
#include "codesign/msd_fccm23/schedule.h"
#include "network/graph.h"

namespace {

using namespace msd::fccm23;
using Catch::Contains;

struct File {
    std::string path;
    File(const std::string& ending, const std::string& text)
        : path((std::filesystem::temp_directory_path() /
                ("fccm23_" + std::to_string(getpid()) + ending))
                   .string()) {
        std::ofstream(path, std::ios::binary) << text;
    }
    ~File() { std::filesystem::remove(path); }
};

const std::string kHeader = "name,ifh,ifw,fh,fw,C,K,stride,\n";
const std::string kIni =
    "[system]\nhardware_bandwidth = 16\nhardware_frequency = 214000000\n[array]\nbs_rows = "
    "48\nbs_cols = 48\n"
    "bp_rows = 16\nbp_cols = 16\nbs_ifm_bram18 = 4\nbs_wgt_bram18 = 4\nbs_ofm_bram18 = "
    "4\nbp_ifm_bram18 = 4\n"
    "bp_wgt_bram18 = 4\n";

}  // namespace

TEST_CASE("fccm23: a wrong hardware description is told with its line") {
    const auto read = [](const std::string& text) {
        return read_hardware(File(".ini", text).path);
    };
    CHECK(read(kIni + "bp_ofm_bram18 = 4").dsp_depths().outputs == 4096);
    CHECK(published_hardware("ultra96").lut_depths().weights == 16384);
    CHECK_THROWS_WITH(read(kIni), Contains("lacks bp_ofm_bram18 in [array]"));
    CHECK_THROWS_WITH(read(kIni + "bp_ofm_bram18 = -4"),
                      Contains(".ini:14: bp_ofm_bram18 is '-4'; it must be"));
    CHECK_THROWS_WITH(read(kIni + "bp_ofm_bram18 = 0"), Contains("1..65536"));
    CHECK_THROWS_WITH(read(kIni + "bs_rows = 3"), Contains(":14: bs_rows is given twice"));
    CHECK_THROWS_WITH(read(kIni + "rows = 3"),
                      Contains(":14: unknown key 'rows' in [array]; there are bs_rows"));
    CHECK_THROWS_WITH(read("rows = 3"), Contains("before the first section"));
    CHECK_THROWS_WITH(read("[arrays]"), Contains(":1: unknown section [arrays]"));
    CHECK_THROWS_WITH(read_hardware("/nowhere.ini"), Contains("cannot be opened"));
    CHECK_THROWS_WITH(published_hardware("zcu104"), Contains("xc7z020, ultra96 and zcu102"));
}

TEST_CASE(
    "fccm23: layers are read as the published flow reads them, nonsense is told with its line") {
    const auto read = [](const std::string& rows) {
        return read_layers(File(".csv", kHeader + rows).path);
    };
    const auto layers =
        read("a,56,56,3,3,64,128,2,\nEncoder_0_x,1,1,1,1,768,768,1,\nxDP,9,9,3,3,2,5,1,\n");
    REQUIRE(layers.size() == 4);
    CHECK(layers[0].o == 28);  // ceil((56 - 3 + 2) / 2), without padding
    CHECK(layers[1].repeats == 12);
    CHECK(layers[3].name == "xDPChannel_1");
    CHECK(layers[3].depthwise());
    CHECK_THROWS_WITH(read("a,56,28,3,3,64,64,1,"), Contains(".csv:2: the input is 56x28"));
    CHECK_THROWS_WITH(read("a,2,2,3,3,64,64,1,"), Contains(".csv:2: the filter of 3x3 is larger"));
    CHECK_THROWS_AS(read("a,0,0,3,3,64,64,1,"), msd::network::ImportError);
    CHECK_THROWS_WITH(read("a,60000,60000,9,9,60000,60000,1,"),
                      Contains(":2: layer a: more than 2^50"));
    const auto one = [&](const std::string& row) {
        return schedule(read(row), published_hardware("ultra96"), 2);
    };
    CHECK_THROWS_WITH(one("a,56,56,3,3,64,8,1,"), Contains("layer a: none of 0 tiles"));
    CHECK_THROWS_WITH(one("a,900,900,900,900,64,64,1,"), Contains("fits the buffers of ultra96"));
    CHECK_THROWS_AS(schedule(layers, published_hardware("ultra96"), 0), InputError);
}

TEST_CASE("fccm23: a wrong schedule, or one of another network, is told") {
    const std::string good = "a, 100, 64, 1, 16, 4, 18, 3, 3, 1, 0.5,2, compute bound\n";
    const auto read = [](const std::string& text) {
        return read_schedule(File(".csv", text).path);
    };
    CHECK(to_csv(read(good)) == good);
    CHECK_THROWS_WITH(read("\na, 100, 64\n"),
                      Contains(".csv:2: has 3 columns; a schedule has 13: name, "));
    CHECK_THROWS_WITH(read("a, 100, 0, 1, 16, 4, 18, 3, 3, 1, 0.5,2, compute bound"),
                      Contains(":1: k is '0'"));
    CHECK_THROWS_WITH(read("a, 100, 64, 1, 16, 4, 18, 3, 3, 1, 1.5,2, compute bound"),
                      Contains("0.0..1.0"));
    CHECK_THROWS_WITH(read("a, 100, 64, 1, 16, 4, 18, 3, 3, 1, 0.5,2, bound"),
                      Contains("bound is 'bound'"));
    LayerShape layer{"a", 64, 54, 64, 3, 3, 1, 1};
    CHECK_NOTHROW(check_schedule(read(good), {layer}));
    CHECK_THROWS_WITH(check_schedule(read(good), {layer, layer}),
                      Contains("1 rows, but the network 2 layers"));
    layer.o = 56;
    CHECK_THROWS_WITH(check_schedule(read(good), {layer}), Contains("do not cover"));
    layer.name = "b";
    CHECK_THROWS_WITH(check_schedule(read(good), {layer}), Contains("is called b"));
}

TEST_CASE("fccm23: instruction words of both formats read back, and lie where the host puts them") {
    ScheduleRow row;
    row.name = "Conv1";
    row.k = 64, row.k_tiles = 1, row.c = 3, row.c_tiles = 1, row.o = 16, row.o_tiles = 7;
    row.kernel = 7, row.stride = 2, row.ratio = 0.5, row.effective_bits = 2;
    for (const InstructionFormat format : {InstructionFormat::k128, InstructionFormat::k64}) {
        const HostArray array{48, 16, format == InstructionFormat::k64 ? 8 : 16};
        const auto list = commands({row, row}, array, {0x12345678, 0xfedcba98, 0x9abcdef0});
        std::vector<uint64_t> words = encode(list, format);
        REQUIRE(words.size() == 16);
        const auto back = decode(words, format);
        REQUIRE(back.size() == 2);
        CHECK_FALSE(back[0].last_layer);
        CHECK(back[1].last_layer);
        CHECK(back[1].weight_address == 0xfedcba98);
        CHECK(encode(back, format) == words);
        CHECK(run_cycles(back, format) == run_cycles(list, format));
        if (format == InstructionFormat::k128) {
            CHECK(words[0] == 0x0201'0126'0093'0101);  // ceil 32/16, 32/48; beats 294, 147, 257
            CHECK(words[1] == 0x8000'0372'0093'0806);  // type 0; 147 * 6; 147; ceil 256/32, 256/48
            CHECK(words[15] == 0xe000'0000'9abc'def0);
        } else {
            CHECK(words[9] == 0x9200'3100'9300'0126);  // type 1; EB 2; tiles 49; 147; 294
            CHECK(words[13] >> 56 == 0xd1);            // type 5, last layer
        }
        words[7] ^= uint64_t{1} << 63;
        CHECK_THROWS_WITH(decode(words, format), Contains("word 7"));
        words.pop_back();
        CHECK_THROWS_WITH(decode(words, format), Contains("15 words"));
    }
}
