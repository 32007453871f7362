// The published RTL's cycles: the worked timeline, the measured layers and the measured networks.
#include "codesign/msd_fccm23/rtl_timing.h"

#include <catch2/catch.hpp>

#include "tests/support.h"

namespace {

using namespace msd::fccm23;

const HostArray kUltra96{48, 16, 16};  // as the RTL's array really is

// name, cycles, k, k_tiles, c, c_tiles, o, o_tiles, kernel, stride, ratio, EB
ScheduleRow row(int k, int c, int o, int tiles, int kernel, int stride, int lut, int eb) {
    ScheduleRow r;
    r.name = "layer";
    r.k = k;
    r.k_tiles = tiles;
    r.c = c;
    r.c_tiles = 1;
    r.o = o;
    r.o_tiles = 1;
    r.kernel = kernel;
    r.stride = stride;
    r.ratio = static_cast<double>(lut) / k;
    r.effective_bits = eb;
    return r;
}

}  // namespace

TEST_CASE("fccm23: the first tile of ResNet-18 on ultra96 follows the timeline seen in the RTL") {
    const LayerCommand conv1 = command(row(64, 3, 16, 49, 7, 2, 32, 2), kUltra96);
    const TileTimes t = first_tile(conv1);
    CHECK(t.load_start == 11);
    CHECK(t.load_end == 455);  // 11 + weights 441 + 2 + read 1
    CHECK(t.execute_start == 456);
    CHECK(t.lut_end == 2220);  // 456 + 147 * 2 * ceil(256 / 48) * ceil(32 / 48) = 1764
    CHECK(t.dsp_end == 2808);  // 456 + 147 * ceil(256 / 32) * ceil(32 / 16) = 2352
    CHECK(t.execute_end == 2809);
    CHECK(t.write_start == 2810);
    CHECK(t.write_end == 3836);  // 2810 + 1024 + 1 + write 1
    CHECK(t.next_execute == 2810);
    CHECK(stage_cycles(conv1).period == 2354);
}

TEST_CASE("fccm23: layers take the cycles measured on the RTL with an ideal memory") {
    const struct {
        const char* name;
        int k, c, o, tiles, kernel, stride, lut;
        int64_t lut_cycles, dsp_cycles, act, weights, out, layer[3];
    } cases[] = {
        {"Conv1", 64, 3, 16, 49, 7, 2, 32, 882, 2352, 257, 441, 1024, {116817, 116817, 131223}},
        {"Conv2_1a",
         64,
         16,
         18,
         36,
         3,
         1,
         32,
         1008,
         3168,
         400,
         432,
         1296,
         {115854, 115854, 115854}},
        {"Conv3_1b", 128, 16, 26, 8, 3, 1, 80, 4320, 9504, 784, 792, 5408, {82254, 82254, 109902}},
        {"Conv3_s", 128, 32, 15, 8, 1, 2, 25, 160, 1792, 1682, 231, 1801, {17918, 17918, 17918}},
        {"Conv4_1b", 256, 32, 12, 8, 3, 1, 176, 3456, 7200, 392, 3024, 2304, {62950, 62950, 88294}},
        {"Conv5_1b", 32, 32, 5, 256, 3, 1, 6, 288, 576, 98, 522, 51, {148547, 148547, 222275}},
        {"FC", 50, 32, 1, 320, 1, 1, 10, 32, 96, 2, 90, 4, {31460, 31460, 31460}},
        {"one tile", 64, 64, 8, 1, 3, 1, 32, 1152, 2304, 400, 1728, 256, {4296, 4296, 5448}},
        {"tiny", 16, 16, 4, 1, 1, 1, 4, 16, 16, 16, 14, 16, {56, 72, 88}},
    };
    for (const auto& c : cases) {
        for (int eb = 1; eb <= 3; ++eb) {
            INFO(c.name << " EB " << eb);
            const LayerCommand words =
                command(row(c.k, c.c, c.o, c.tiles, c.kernel, c.stride, c.lut, eb), kUltra96);
            CHECK(words.lut_cycles() == c.lut_cycles * eb);
            CHECK(words.dsp_cycles() == c.dsp_cycles);
            CHECK(words.act_beats == c.act);
            CHECK(words.lut_weight_beats + words.dsp_weight_beats == c.weights);
            CHECK(words.lut_out_beats + words.dsp_out_beats == c.out);
            CHECK(stage_cycles(words).layer == c.layer[eb - 1]);
        }
    }
}

TEST_CASE("fccm23: shipped schedules take the cycles measured on the RTL") {
    const struct {
        const char *device, *network;
        bool true_array;  // else the host's
        MemoryLatency memory;
        int64_t cycles;
    } cases[] = {
        {"xc7z020", "resnet18", false, {}, 2477479},
        {"ultra96", "vgg16", false, {}, 11693869},
        {"ultra96", "vgg16", true, {}, 18319277},
        {"ultra96", "resnet18", false, {}, 1093050},
        {"ultra96", "resnet18", true, {}, 1710398},
        {"zcu102", "resnet18", false, {}, 1114316},
        {"zcu102", "resnet18", false, {30, 10, 20}, 1125541},
        {"zcu102", "resnet18", false, {60, 20, 30}, 1143115},
        {"zcu102", "resnet18", false, {100, 30, 40}, 1193615},
        {"zcu102", "vitbase", false, {}, 3763787},
        {"zcu102", "vitbase", false, {30, 10, 20}, 4218984},
        {"zcu102", "vitbase", false, {60, 20, 30}, 4689894},
        {"zcu102", "vitbase", false, {100, 30, 40}, 5317644},
        // Of these only the model is at hand; our schedule stands in for the shipped one.
        {"xc7z020", "vgg16", false, {30, 10, 20}, 28763847},
        {"xc7z020", "vgg16", false, {60, 20, 30}, 28926917},
        {"xc7z020", "vgg16", false, {100, 30, 40}, 29142587},
        {"ultra96", "mobilenetv2", true, {}, 1389385},
    };
    if (!msd::test::have_data("msd/models/vgg16.csv")) return;
    for (const auto& c : cases) {
        const std::string device = c.device;
        const std::vector<ScheduleRow> rows = schedule(
            read_layers(msd::test::data_path(std::string("msd/models/") + c.network + ".csv")),
            published_hardware(device), 2);
        INFO(device << " " << c.network << " read " << c.memory.read);
        const HostArray array = c.true_array ? kUltra96 : published_host_array(device);
        CHECK(run_cycles(commands(rows, array), published_format(device), c.memory) == c.cycles);
    }
}

TEST_CASE("fccm23: of the elements that are there xc7z020 has 14 x 15 and ultra96 16 x 16") {
    const ScheduleRow layer = row(64, 3, 15, 49, 7, 2, 32, 2);
    const LayerCommand host = command(layer, published_host_array("xc7z020"));
    const LayerCommand rtl = command(layer, true_array("xc7z020"));
    CHECK(host.dsp_k_steps == 3);  // 32 channels on 15 rows
    CHECK(rtl.dsp_k_steps == 3);
    CHECK(host.dsp_hw_steps == 8);  // 225 pixels on 2 * 15 columns
    CHECK(rtl.dsp_hw_steps == 9);   // on 2 * 14
    CHECK(command(row(64, 3, 16, 49, 7, 2, 32, 2), true_array("ultra96")).dsp_cycles() == 2352);
    CHECK(command(layer, true_array("zcu102")).lut_cycles() ==
          command(layer, published_host_array("zcu102")).lut_cycles());
    CHECK_THROWS_AS(true_array("zcu104"), InputError);
}

TEST_CASE("fccm23: each core gets a channel at least, and a field that overflows is an error") {
    CHECK(command(row(16, 16, 4, 1, 1, 1, 0, 2), kUltra96).lut_k_steps == 1);
    CHECK(command(row(1, 16, 4, 1, 1, 1, 1, 2), kUltra96).dsp_k_steps == 1);
    CHECK_NOTHROW(command(row(16, 16, 4, 65534, 1, 1, 4, 2), kUltra96));
    CHECK_THROWS_WITH(
        command(row(16, 16, 4, 65535, 1, 1, 4, 2), kUltra96),
        Catch::Contains("65535 tiles do not fit the instruction word, which holds up to 65534"));
    CHECK_THROWS_AS(published_host_array("zcu104"), InputError);
}
