// Every key reaches its setting, with its range, its default and its place in `msd describe`.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>

#include "platform/scenario/keys.h"
#include "tests/scenario_reader/reader.h"

using namespace msd;
using namespace msd::platform;
using test::read;
using test::refusal;

TEST_CASE("scenario: every key of a file reaches its setting") {
    const Scenario s = read(R"(
title = "all keys"
seed = 7
network.file = "n/net.onnx"
network.input = "npy:a.npy"
network.images = 3
network.first = 4
[device]
preset = "zcu102"
clock_mhz = 150
lut_rows = 17
lut_cols = 18
dsp_rows = 19
dsp_cols = 20
axi_bits = 64
act_words = 101
lut_weight_words = 102
dsp_weight_words = 103
acc_entries = 104
out_words = 105
tile_channels = 106
outstanding = 5
[quant]
effective_bits = 3
calibration_images = 51
ranges = "percentile"
percentile = 99.5
weight_scales = "published"
bias_correction = true
equalise = true
order_channels = false
[schedule]
objective = "latency"
lut_share = 0.25
hand_over = false
[pe]
model = "both"
[dram]
preset = "ideal"
[trace]
vcd = true
fst = true
perfetto = true
from_cycle = 10
to_cycle = 20
signals = ["exec", "store"]
layers = ["conv*"]
gzip = true
max_mib = 3
[run]
timeout_cycles = 999
[check]
output = "reference"
max_cycles = 1000
min_top1 = 0.5
[fccm23]
array = "rtl"
read_latency_cycles = 31
write_latency_cycles = 32
status_latency_cycles = 33
outstanding = 4
[debug]
gdb = 1234
registers = true
stop_cycle = 51
stop_layer = "conv1"
stop_image = 52
stop_interrupt = 53
checkpoint = true
restart = "b.msdc"
[train]
method = "lsq+"
test = "npy:b.npy"
start = "start.onnx"
test_images = 41
test_first = 42
calibration_images = 43
epochs = 44
batch = 45
rate = 0.5
momentum = 0.25
weight_decay = 0.125
distil = 0.75
temperature = 2.5
augment = true
learn_scales = false
weight_bits = 2
activation_bits = 3
)");
    CHECK(s.fccm23.array == "rtl");
    CHECK(s.fccm23.read_latency_cycles == 31);
    CHECK(s.fccm23.write_latency_cycles == 32);
    CHECK(s.fccm23.status_latency_cycles == 33);
    CHECK(s.fccm23.outstanding == 4);
    CHECK(s.debug.gdb == 1234);
    CHECK(s.debug.registers);
    CHECK(s.debug.stop_cycle == 51);
    CHECK(s.debug.stop_layer == "conv1");
    CHECK(s.debug.stop_image == 52);
    CHECK(s.debug.stop_interrupt == 53);
    CHECK(s.debug.checkpoint);
    CHECK(s.debug.restart == "scenarios/b.msdc");
    CHECK(s.train.method == "lsq+");
    CHECK(s.train.test == "npy:scenarios/b.npy");
    CHECK(s.train.start == "scenarios/start.onnx");
    CHECK(s.train.test_images == 41);
    CHECK(s.train.test_first == 42);
    CHECK(s.train.calibration_images == 43);
    CHECK(s.train.epochs == 44);
    CHECK(s.train.batch == 45);
    CHECK(s.train.rate == 0.5);
    CHECK(s.train.momentum == 0.25);
    CHECK(s.train.weight_decay == 0.125);
    CHECK(s.train.distil == 0.75);
    CHECK(s.train.temperature == 2.5);
    CHECK(s.train.augment);
    CHECK_FALSE(s.train.learn_scales);
    CHECK(s.train.weight_bits == 2);
    CHECK(s.train.activation_bits == 3);
    CHECK(s.title == "all keys");
    CHECK(s.seed == 7);
    CHECK(s.network.file == "scenarios/n/net.onnx");
    CHECK(s.network.input == "npy:scenarios/a.npy");
    CHECK(s.network.images == 3);
    CHECK(s.network.first == 4);
    CHECK(s.device_preset == "zcu102");
    CHECK(s.device.name == "zcu102");
    CHECK(s.device.clock_mhz == 150.0);
    CHECK(s.device.lut_rows == 17);
    CHECK(s.device.lut_cols == 18);
    CHECK(s.device.dsp_rows == 19);
    CHECK(s.device.dsp_cols == 20);
    CHECK(s.device.beat_bytes == 8);
    CHECK(s.device.act_words == 101);
    CHECK(s.device.lut_weight_words == 102);
    CHECK(s.device.dsp_weight_words == 103);
    CHECK(s.device.acc_entries == 104);
    CHECK(s.device.out_words == 105);
    CHECK(s.device.tile_channels == 106);
    CHECK(s.device.outstanding == 5);
    CHECK(s.quant.effective_bits == 3);
    CHECK(s.quant.calibration_images == 51);
    CHECK(s.quant.ranges == "percentile");
    CHECK(s.quant.percentile == 99.5);
    CHECK(s.quant.weight_scales == "published");
    CHECK(s.quant.bias_correction);
    CHECK(s.quant.equalise);
    CHECK_FALSE(s.quant.order_channels);
    CHECK(s.schedule.objective == "latency");
    CHECK(s.schedule.lut_share == 0.25);
    CHECK_FALSE(s.schedule.hand_over);
    CHECK(s.pe.model == "both");
    CHECK(s.dram.preset == "ideal");
    CHECK(s.trace.vcd);
    CHECK(s.trace.fst);
    CHECK(s.trace.perfetto);
    CHECK(s.trace.from_cycle == 10);
    CHECK(s.trace.to_cycle == 20);
    CHECK(s.trace.signals == std::vector<std::string>{"exec", "store"});
    CHECK(s.trace.layers == std::vector<std::string>{"conv*"});
    CHECK(s.trace.gzip);
    CHECK(s.trace.max_mib == 3);
    CHECK(s.run.timeout_cycles == 999);
    CHECK(s.checks.output == "reference");
    CHECK(s.checks.max_cycles == 1000);
    CHECK(s.checks.min_top1 == 0.5);
    CHECK(read("schedule.file = 'b.csv'").schedule.file == "scenarios/b.csv");
    CHECK(s.places.size() == keys().size() - 2);  // all but schedule.file and accelerator
}

TEST_CASE("scenario: what a file leaves out has the documented default") {
    const Scenario s = read("");
    CHECK(s.name == "a");
    CHECK(s.seed == 1);
    CHECK(s.network.input == "random");
    CHECK(s.network.images == -1);
    CHECK(s.device.name == "ultra96");
    CHECK(s.quant.effective_bits == 2);
    CHECK_FALSE(s.given("quant.effective_bits"));
    CHECK_FALSE(s.schedule.lut_share.has_value());
    CHECK(s.schedule.hand_over);
    CHECK(s.pe.model == "tlm");
    CHECK(s.trace.to_cycle == ~uint64_t{0});
    CHECK(s.trace.layers.empty());
    CHECK_FALSE(s.trace.gzip);
    CHECK(s.trace.max_mib == 64);
    CHECK(s.run.timeout_cycles == 10'000'000'000);
    CHECK(s.checks.output == "off");
    CHECK_FALSE(s.checks.max_cycles.has_value());
}

TEST_CASE("scenario: each device comes with its sizes and its memory") {
    const std::map<std::string, std::string> memories{{"xc7z020", "ddr3_1050_x16"},
                                                      {"ultra96", "lpddr4_x32"},
                                                      {"zcu102", "ddr4_2133_x64"},
                                                      {"tiny", "ideal"}};
    REQUIRE(pe::preset_names().size() >= memories.size());
    for (const auto& [device, memory] : memories) {
        const Scenario s = read("device.preset = '" + device + "'");
        CHECK(s.device.lut_rows == pe::preset(device).lut_rows);
        CHECK(s.device.clock_mhz == pe::preset(device).clock_mhz);
        CHECK(s.dram.preset == memory);
        CHECK(read("dram.preset = 'lpddr4_x32'\ndevice.preset = '" + device + "'").dram.preset ==
              "lpddr4_x32");
    }
}

TEST_CASE("scenario: a number is accepted up to its limits and refused one beyond") {
    int limits = 0;
    for (const Key& key : keys()) {
        const std::string type = type_name(key);
        if (type != "integer" && type != "number") continue;
        if (!key.choices.empty()) continue;
        INFO(key.name);
        // Arrays of every size do not go together, but only a range names a single key.
        const auto text = [&](double value) {
            return type == "integer"
                       ? fmt::format("{} = {}\n", key.name, static_cast<int64_t>(value))
                       : fmt::format("{} = {:f}\n", key.name, value);
        };
        const double step = type == "integer" ? 1 : 0.001;
        CHECK(refusal(text(key.low)) == "accepted");
        CHECK(refusal(text(key.low - step)).find(key.name + " = ") != std::string::npos);
        if (key.high < 2e9) {
            CHECK(refusal(text(key.high)) == "accepted");
            CHECK(refusal(text(key.high + step)).find("; it must be " + allowed_values(key)) !=
                  std::string::npos);
        }
        ++limits;
    }
    CHECK(limits >= 20);
}

TEST_CASE("scenario: the limits of a device are those of the accelerator itself") {
    for (const Key& key : keys()) {
        if (key.name.rfind("device.", 0) != 0 || type_name(key) != "integer" ||
            !key.choices.empty())
            continue;
        INFO(key.name);
        for (const int beyond : {-1, 1}) {
            Scenario s;
            unsigned& value = *std::get<unsigned*>(key.setting(s));
            value = static_cast<unsigned>(beyond < 0 ? key.low : key.high);
            CHECK_NOTHROW(s.device.check());
            value = static_cast<unsigned>(static_cast<int>(value) + beyond);
            CHECK_THROWS_WITH(s.device.check(),
                              Catch::StartsWith(key.name + " = ") && Catch::Contains(key.unit));
        }
    }
}

TEST_CASE(
    "scenario: ${MSD_DATA} is expanded, other relative paths start at the scenario's folder") {
    setenv("MSD_DATA", "/d", 1);
    CHECK(read("network.file = '${MSD_DATA}/x.onnx'").network.file == "/d/x.onnx");
    CHECK(read("network.input = 'cifar10:${MSD_DATA}/t.bin'").network.input == "cifar10:/d/t.bin");
    CHECK(read("network.input = 'idx:i,${MSD_DATA}/l'").network.input == "idx:scenarios/i,/d/l");
    CHECK(read("network.file = '/abs/x.onnx'").network.file == "/abs/x.onnx");
    CHECK(read("network.file = '../x.onnx'").network.file == "x.onnx");
    CHECK(read("", {"network.file=sub/x.onnx"}).network.file == "sub/x.onnx");
    CHECK(read("", {"network.file=${MSD_DATA}/x.csv"}).network.file == "/d/x.csv");
    CHECK(refusal("network.file = '${HOME}/x'") ==
          "scenarios/a.toml:1:16: network.file: '${HOME}/x' holds a variable; only ${MSD_DATA} is "
          "expanded");
    setenv("MSD_DATA", "${MSD_DATA}", 1);  // expanded once, not for ever
    CHECK(read("network.file = '${MSD_DATA}/x.onnx'").network.file ==
          "scenarios/${MSD_DATA}/x.onnx");
    unsetenv("MSD_DATA");
    CHECK(data_directory().find("shared/data") != std::string::npos);
}

TEST_CASE("scenario: describe tells type, unit, limits and default of every key") {
    const std::string all = describe();
    for (const Key& key : keys()) {
        INFO(key.name);
        const std::string one = describe(key.name);
        CHECK(one.find(type_name(key)) != std::string::npos);
        CHECK(one.find(key.unit) != std::string::npos);
        CHECK(one.find("default: ") != std::string::npos);
        CHECK(key.description.size() > 8);
        CHECK(key.description.back() == '.');
        CHECK(all.find(one) != std::string::npos);
    }
    CHECK(describe("device.lut_rows") ==
          "device.lut_rows\n    integer, 1 to 255 rows; default: the preset's\n"
          "    LUT array: output channels at once.\n");
    CHECK(describe("check").find("check.min_top1") != std::string::npos);
    CHECK(describe("check").find("run.timeout") == std::string::npos);
    CHECK_THROWS_WITH(describe("pe.modle"), "unknown key 'pe.modle'; did you mean 'pe.model'?");
}
