// What people look at: tables, comparisons, rooflines; and which arrays fit a device.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "codesign/array_size/size.h"
#include "codesign/schedule_view/view.h"
#include "tests/support.h"

namespace {

using namespace msd;
using namespace msd::schedule_view;
using Catch::Contains;

struct File {
    std::string path;
    File(const std::string& ending, const std::string& text)
        : path((std::filesystem::temp_directory_path() /
                ("view_" + std::to_string(getpid()) + ending))
                   .string()) {
        std::ofstream(path, std::ios::binary) << text;
    }
    ~File() { std::filesystem::remove(path); }
};

const char kOurs[] =
    "layer,kind,k,c,h,w,k_tiles,c_tiles,h_tiles,w_tiles,order,lut_channels,dsp_channels,"
    "effective_bits,bound,predicted_cycles\n"
    "Conv1,conv,64,3,112,112,2,1,23,7,activation,16,48,2,compute,3000\n"
    "Conv2_add,conv,64,64,56,56,2,1,6,2,activation,0,64,2,load,1000\n";
const char kTheirs[] =
    "Conv1, 1500, 64, 1, 3, 1, 22, 5, 7, 2, 0.25,2, memory bound\n"
    "Conv2, 4000, 32, 2, 32, 2, 14, 4, 3, 1, 0.5,2, compute bound\n"
    "FC, 10, 50, 20, 32, 16, 1, 1, 1, 1, 0.2,2, memory bound\n";

// One dense and one depthwise layer whose figures a reader can follow.
View by_hand() {
    fccm23::LayerShape dense{"dense", 64, 8, 32, 3, 3, 1, 1}, depthwise{"dw", 32, 8, 1, 3, 3, 2, 1};
    fccm23::ScheduleRow a, b;
    a.name = "dense", a.cycles = 3000, a.k = 32, a.k_tiles = 2, a.c = 16, a.c_tiles = 2, a.o = 4;
    a.o_tiles = 2, a.kernel = 3, a.stride = 1, a.ratio = 0.25, a.effective_bits = 2;
    b.name = "dw", b.cycles = 1000, b.k = 1, b.k_tiles = 1, b.c = 16, b.c_tiles = 2, b.o = 8;
    b.o_tiles = 1, b.kernel = 3, b.stride = 2, b.ratio = 0.5, b.effective_bits = 2;
    b.compute_bound = true;
    return view_of({a, b}, {dense, depthwise}, fccm23::published_hardware("ultra96"), 20);
}

}  // namespace

TEST_CASE("schedule_view: bytes and roofline of a published schedule are its tiles'") {
    const View view = by_hand();
    REQUIRE(view.rows.size() == 2);
    const Row& dense = view.rows[0];
    CHECK(dense.tiles == 16);
    CHECK(dense.lut_channels == 8);
    CHECK(dense.dsp_channels == 24);
    CHECK(dense.macs == 64 * 32 * 9 * 64);
    // 16 tiles of 16 * 6 * 6 in, (8 * 2 / 2 + 24) * 144 weights, 32 * 16 out
    CHECK(dense.dram_bytes == 16 * (576 + 32 * 144 + 512));
    // Once: 32 * 10 * 10 in, 64 * 288 weights, 64 * 64 out; 25728 bytes at 20 a cycle beat
    // 18432 / 16 and 1179648 MACs at 48 * 48 / 2 + 2 * 16 * 16 = 1664
    CHECK(dense.roofline_cycles == Approx(25728.0 / 20));
    const Row& dw = view.rows[1];
    CHECK(dw.tiles == 2);
    CHECK(dw.macs == 32 * 9 * 64);
    CHECK(dw.dram_bytes == 2 * (16 * 17 * 17 + 16 * 9 + 16 * 64));
    // 9248 bytes in, 288 weights, 2048 out; the port of the input alone would take 578
    CHECK(dw.roofline_cycles == Approx(11584 / 20.0));
    CHECK(view.cycles() == 4000);
    CHECK(view.macs() == dense.macs + dw.macs);
    CHECK_THAT(table(view), Contains("75.0%") && Contains("8|24") && Contains("memory") &&
                                Contains("roofline bound"));
}

TEST_CASE("schedule_view: a comparison matches layers by name, whatever the style") {
    const File ours("a.csv", kOurs);
    const File theirs("b.csv", kTheirs);
    const View a = read_view(ours.path), b = read_view(theirs.path);
    REQUIRE(a.rows.size() == 2);
    CHECK(a.rows[0].tile == "k32 c3 5x16");
    CHECK(a.rows[0].tiles == 2 * 23 * 7);
    REQUIRE(b.rows.size() == 3);
    CHECK(b.rows[1].tiles == 2 * 2 * 16);
    CHECK(b.rows[1].lut_channels == 16);
    const std::string text = comparison(a, b);
    CHECK_THAT(text, Contains("2.00"));  // Conv1: 3000 over 1500
    CHECK_THAT(text, Contains("0.25"));  // Conv2_add over Conv2
    CHECK_THAT(text, Contains("2 layers of both"));
    CHECK_THAT(text, Contains("FC"));
    CHECK_THAT(text, Contains("0.73"));  // 4000 over 5510
}

TEST_CASE("schedule_view: a file that is no schedule is told") {
    CHECK_THROWS_WITH(read_view("/nowhere.csv"), Contains("cannot be opened"));
    const File header("h.csv", "layer,kind\n");
    CHECK_THROWS_WITH(read_view(header.path), Contains("h.csv:1: is not a schedule's header"));
    std::string text = kOurs;
    text.replace(text.find(",48,2,compute"), 3, "");
    const File columns("c.csv", text);
    CHECK_THROWS_WITH(read_view(columns.path), Contains("c.csv:2: has 15 columns"));
    text = kOurs;
    text.replace(text.find(",3000"), 5, ",-3");
    const File negative("n.csv", text);
    CHECK_THROWS_WITH(read_view(negative.path), Contains("n.csv:2: predicted_cycles is '-3'"));
}

TEST_CASE("schedule_view: the roofline draws every layer, well formed and without a date") {
    View view = by_hand();
    view.rows[0].name = "a<b>&\"c\"";
    const std::string svg = roofline_svg(view);
    CHECK(svg == roofline_svg(view));
    std::size_t circles = 0;
    for (std::size_t at = svg.find("<circle"); at != std::string::npos;
         at = svg.find("<circle", at + 1))
        ++circles;
    CHECK(circles == 2);
    CHECK_THAT(svg, Contains("a&lt;b&gt;&amp;&quot;c&quot;"));
    CHECK_THAT(svg, Contains("1664 MACs a cycle; 20.0 bytes a cycle"));
    CHECK(svg.find("nan") == std::string::npos);
    CHECK(svg.find("inf") == std::string::npos);
    CHECK(svg.substr(svg.size() - 7) == "</svg>\n");
    view.machine.reset();
    CHECK_THROWS_AS(roofline_svg(view), std::invalid_argument);
}

TEST_CASE("array_size: the published sizer follows its formula") {
    using namespace array_size;
    // floor(sqrt(0.9 * 220)) = 14; floor(sqrt(0.7 * (53200 - 9 * 196 - 10000) / 17)) = 41
    const Array small = published_size(device_resources("xc7z020"), false);
    CHECK(small.dsp_rows == 14);
    CHECK(small.lut_rows == 41);
    // floor(sqrt(0.9 * 2520)) = 47; floor(sqrt(0.7 * (274080 - 9 * 2209 - 10000) / 20)) = 92
    const Array large = published_size(device_resources("zcu102"), true);
    CHECK(large.dsp_cols == 47);
    CHECK(large.lut_cols == 92);
    // Flip-flops are the limit: floor(sqrt(0.7 * (15000 - 9 - 10000) / 23)) = 12
    CHECK(published_size({53200, 15000, 2, 140}, false).lut_rows == 12);
    CHECK_THROWS_WITH(published_size({9000, 106400, 2, 140}, false), Contains("leave nothing"));
    CHECK_THROWS_WITH(published_size({9000, -1, 2, 140}, false), Contains("-1 flip-flops"));
    CHECK_THROWS_WITH(device_resources("zcu104"), Contains("xc7z020, ultra96 and zcu102"));
}

TEST_CASE("array_size: the measured array fits, and one row more does not") {
    using namespace array_size;
    for (const char* name : {"xc7z020", "ultra96", "zcu102"}) {
        const Resources device = device_resources(name);
        for (const double luts : {30.0, 50.0, 82.0}) {
            const Costs costs{luts, 46, luts, 44, 8000, 9000, "test"};
            const Fit fit = measured_size(device, costs, {}, 2, 0.7);
            INFO(name << " " << luts << ": " << fit.array.lut_rows << " " << fit.array.dsp_rows);
            const auto used = [&](int rows) {
                return 8000 + luts * rows * rows + luts * fit.array.dsp_rows * fit.array.dsp_cols;
            };
            CHECK(fit.luts == std::llround(used(fit.array.lut_rows)));
            CHECK(used(fit.array.lut_rows) <= 0.7 * static_cast<double>(device.luts));
            CHECK(static_cast<double>(fit.dsps) <= 0.9 * static_cast<double>(device.dsps));
            CHECK(static_cast<double>(fit.brams) <= 0.95 * static_cast<double>(device.brams));
            CHECK(fit.brams == buffer_brams(fit.array, fit.buffers));
            const bool more_luts =
                used(fit.array.lut_rows + 1) <= 0.7 * static_cast<double>(device.luts);
            Array wider = fit.array;
            ++wider.lut_rows, ++wider.lut_cols;
            Buffers least{256, 512, 512, 128, 1024};
            const bool more_brams = static_cast<double>(buffer_brams(wider, least)) <=
                                    0.95 * static_cast<double>(device.brams);
            CHECK_FALSE((more_luts && more_brams));
        }
    }
    // 48 LUT and 2 * 16 DSP pixel columns: (3 + 2) groups of 8, two LUT banks of 16 and a DSP bank
    // of 16, 80 accumulators of two BRAM18, 32 for the outputs, 6 others
    CHECK(buffer_brams({48, 48, 16, 16}, {}) == 5 * 8 + 2 * 16 + 16 + 80 + 32 + 6);
    CHECK_THROWS_WITH(measured_size({11000, 200000, 9, 9}, Costs{}, {}), Contains("no array fits"));
    CHECK_THROWS_WITH(measured_size(device_resources("zcu102"), Costs{}, {}, 4),
                      Contains("4 effective"));
}

TEST_CASE("array_size: costs are read from the first table with the columns") {
    using namespace array_size;
    const File table(
        "t.md",
        "# x\n| what | else |\n|---|---|\n| a | b |\n\n| Module | FF | LUT |\n|---|--:|---|\n"
        "| `lut_pe` | 40 | 30 |\n| `dsp_pe` | 20 | 10.5 |\n\n| `lut_pe` | 1 | 1 |\n");
    const Costs costs = read_costs(table.path);
    CHECK(costs.lut_pe_luts == 30);
    CHECK(costs.lut_pe_ffs == 40);
    CHECK(costs.dsp_pe_luts == 10.5);
    CHECK(costs.fixed_luts == 10000);
    const File csv("t.csv", "module,LUT,FF\nlut_pe,3,4\ndsp_pe,5,-6\n");
    CHECK_THROWS_WITH(read_costs(csv.path), Contains("t.csv:3: ff of dsp_pe is '-6'"));
    const File lacks("l.csv", "module,LUT,FF\nlut_pe,3,4\n");
    CHECK_THROWS_WITH(read_costs(lacks.path), Contains("lacks the row of dsp_pe"));
    const File none("n.csv", "a,b\n");
    CHECK_THROWS_WITH(read_costs(none.path), Contains("holds no table"));
}
