// The published search: its five schedules, its totals, and the pruned search against the plain
// loops.
#include "codesign/msd_fccm23/schedule.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include "codesign/msd_fccm23/search.h"
#include "tests/fccm23/brute_force.h"
#include "tests/support.h"

namespace {

using namespace msd::fccm23;

std::vector<LayerShape> model(const std::string& name) {
    return read_layers(msd::test::data_path("msd/models/" + name + ".csv"));
}

std::string text_of(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

int64_t total(const std::vector<ScheduleRow>& rows) {
    double sum = 0;
    for (const ScheduleRow& row : rows) sum += row.cycles;
    return static_cast<int64_t>(sum);
}

void same_as_brute_force(const LayerShape& layer, const HardwareDescription& hw, int eb) {
    msd::test::BruteForce plain{hw, eb};
    plain.run(layer);
    const SplitChoice pruned = search_layer(layer, hw, eb);
    INFO("k " << layer.k << " o " << layer.o << " c " << layer.c << " kernel " << layer.kernel_h
              << "x" << layer.kernel_w << " stride " << layer.stride << " eb " << eb << " arrays "
              << hw.lut_rows << "x" << hw.lut_cols << " " << hw.dsp_rows << "x" << hw.dsp_cols
              << " bandwidth " << hw.bandwidth_bytes);
    REQUIRE(pruned.candidates_total == plain.loops);
    REQUIRE(pruned.found == plain.found);
    if (!plain.found) return;
    REQUIRE(pruned.total == plain.total);
    REQUIRE(pruned.channels == plain.channels);
    REQUIRE(pruned.lut_channels == plain.lut);
    REQUIRE(pruned.c == plain.c);
    REQUIRE(pruned.o == plain.o);
    REQUIRE(pruned.compute_bound == plain.compute_bound);
}

}  // namespace

TEST_CASE("fccm23: the shipped schedules come out byte for byte") {
    for (const char* name : {"ultra96_resnet18", "ultra96_vgg16", "xc7z020_resnet18",
                             "zcu102_resnet18", "zcu102_vitbase"}) {
        const std::string pair = name, device = pair.substr(0, pair.find('_')),
                          network = pair.substr(pair.find('_') + 1);
        const std::string file = "msd/schedules/" + pair + ".csv";
        if (!msd::test::have_data(file)) return;
        INFO(pair);
        const std::vector<ScheduleRow> rows =
            schedule(model(network), published_hardware(device), 2);
        CHECK(to_csv(rows) == text_of(msd::test::data_path(file)));
        CHECK_NOTHROW(check_schedule(read_schedule(msd::test::data_path(file)), model(network)));
        CHECK(to_csv(schedule(
                  model(network),
                  read_hardware(msd::test::data_path("msd/archs/" + device + "_8b_arch.ini")),
                  2)) == to_csv(rows));
    }
}

TEST_CASE("fccm23: totals of ultra96 at one, two and three effective bits are the measured ones") {
    if (!msd::test::have_data("msd/models/resnet50.csv")) return;
    const HardwareDescription hw = published_hardware("ultra96");
    const struct {
        const char* network;
        int64_t totals[3];
    } cases[] = {{"resnet18", {1502865, 1716428, 1958222}},
                 {"vgg16", {15948538, 19055217, 22886540}},
                 {"resnet50", {4938720, 5399498, 6445589}}};
    for (const auto& c : cases) {
        for (int eb = 1; eb <= 3; ++eb) {
            INFO(c.network << " EB " << eb);
            CHECK(total(schedule(model(c.network), hw, eb)) == c.totals[eb - 1]);
        }
    }
    if (!msd::test::have_data("msd/models/mobilenetv2.csv")) return;
    CHECK(total(schedule(model("mobilenetv2"), hw, 2)) == 860034);
}

TEST_CASE("fccm23: as many candidates are counted as the published loops visit, few are visited") {
    if (!msd::test::have_data("msd/models/resnet18.csv")) return;
    const struct {
        const char *device, *network;
        int64_t candidates;
    } cases[] = {{"zcu102", "resnet18", 131557419},
                 {"xc7z020", "resnet18", 131557419},
                 {"ultra96", "vgg16", 371130244},
                 {"zcu102", "vitbase", 30516901}};
    for (const auto& c : cases) {
        SearchStats stats;
        schedule(model(c.network), published_hardware(c.device), 2, &stats);
        INFO(c.device << " " << c.network << ": visited " << stats.candidates_visited << ", solved "
                      << stats.layers_solved << " of " << stats.layers);
        CHECK(stats.candidates_total == c.candidates);
        CHECK(stats.candidates_visited > 0);
        CHECK(stats.candidates_visited * 50 < stats.candidates_total);
        CHECK(stats.layers_solved < stats.layers + (stats.layers == 5));
    }
}

TEST_CASE("fccm23: the pruned search finds what the plain loops find, ties included") {
    std::mt19937 random(20231);
    const auto draw = [&random](int least, int most) {
        return least + static_cast<int>(random() % static_cast<unsigned>(most - least + 1));
    };
    int scheduled = 0, depthwise = 0, odd = 0;
    for (int round = 0; round < 700; ++round) {
        HardwareDescription hw = published_hardware(published_devices()[draw(0, 2)]);
        if (draw(0, 2)) {
            hw.lut_rows = draw(1, 60);
            hw.lut_cols = draw(1, 60);
            hw.dsp_rows = draw(1, 20);
            hw.dsp_cols = draw(1, 20);
            hw.bandwidth_bytes = draw(1, 40);
            for (auto member :
                 {&HardwareDescription::lut_act_bram18, &HardwareDescription::lut_wgt_bram18,
                  &HardwareDescription::lut_out_bram18, &HardwareDescription::dsp_act_bram18,
                  &HardwareDescription::dsp_wgt_bram18, &HardwareDescription::dsp_out_bram18})
                hw.*member = draw(1, 4);
        }
        LayerShape layer;
        layer.name = "random";
        layer.k = draw(0, 3) ? draw(4, 90) : draw(100, 200);
        layer.c = draw(0, 3) == 0 ? 1 : draw(0, 1) ? draw(2, 12) : draw(13, 80);
        layer.o = draw(0, 1) ? draw(1, 9) : draw(8, 24);
        layer.kernel_h = draw(1, 4);
        layer.kernel_w = draw(0, 3) ? layer.kernel_h : draw(1, 4);
        layer.stride = draw(1, 3);
        const int eb = draw(0, 3) ? draw(1, 3) : draw(1, 7);
        same_as_brute_force(layer, hw, eb);
        const SplitChoice choice = search_layer(layer, hw, eb);
        scheduled += choice.found;
        depthwise += choice.found && layer.depthwise();
        odd += choice.found && choice.fractional;
    }
    CHECK(scheduled > 300);  // the others do not fit: neither search finds a tile
    CHECK(depthwise > 50);
    CHECK(odd > 10);
}

namespace {

// Equal layers once.
void all_layers_as_brute_force(const std::string& device) {
    if (!msd::test::have_data("msd/models/mobilenetv2.csv")) return;
    std::set<std::vector<int>> seen;
    for (const char* network : {"resnet18", "mobilenetv2", "resnet50", "vitbase", "vgg16"}) {
        for (const LayerShape& layer : model(network)) {
            if (!seen.insert(
                         {layer.k, layer.c, layer.o, layer.kernel_h, layer.kernel_w, layer.stride})
                     .second)
                continue;
            INFO(device << " " << network << " " << layer.name);
            for (int eb = 1; eb <= 3; ++eb)
                same_as_brute_force(layer, published_hardware(device), eb);
        }
    }
}

}  // namespace

TEST_CASE("fccm23: every layer of every network as the plain loops find it, xc7z020", "[.long]") {
    all_layers_as_brute_force("xc7z020");
}
TEST_CASE("fccm23: every layer of every network as the plain loops find it, ultra96", "[.long]") {
    all_layers_as_brute_force("ultra96");
}
TEST_CASE("fccm23: every layer of every network as the plain loops find it, zcu102", "[.long]") {
    all_layers_as_brute_force("zcu102");
}
