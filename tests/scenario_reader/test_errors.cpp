// What the reader says of a wrong scenario, and that it says so of any bytes at all.
#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "platform/scenario/keys.h"
#include "tests/scenario_reader/reader.h"
#include "tests/support.h"

using namespace msd;
using namespace msd::platform;
using test::check_refusal;
using test::read;
using test::refusal;

TEST_CASE("scenario: an unknown key is named with its place and the nearest key") {
    CHECK(refusal("\n\n[pe]\nmodle = 'tlm'\n") ==
          "scenarios/a.toml:4:1: unknown key 'pe.modle'; did you mean 'pe.model'?");
    CHECK(refusal("[device]\nlut_row = 3\n") ==
          "scenarios/a.toml:2:1: unknown key 'device.lut_row'; did you mean 'device.lut_rows'?");
    CHECK(refusal("[netwrk]\nfile = 'x'\n") ==
          "scenarios/a.toml:1:2: unknown key 'netwrk'; did you mean 'network'?");
    CHECK(refusal("lut_rows = 3\n") ==
          "scenarios/a.toml:1:1: unknown key 'lut_rows'; did you mean 'device.lut_rows'?");
    CHECK(refusal("titel = 'x'\n") ==
          "scenarios/a.toml:1:1: unknown key 'titel'; did you mean 'title'?");
    CHECK(refusal("[device.lut]\nrows = 3\n") ==
          "scenarios/a.toml:1:9: unknown key 'device.lut'; did you mean 'device.lut_rows'?");
    CHECK(refusal("", {"run.timeout=3"}) ==
          "--set run.timeout: unknown key 'run.timeout'; did you mean 'run.timeout_cycles'?");
}

TEST_CASE("scenario: one wrong letter in any key leads back to it") {
    for (const Key& key : keys()) {
        INFO(key.name);
        const size_t at = key.name.size() - 1;
        const std::string typos[] = {key.name.substr(0, at), key.name + "x",
                                     key.name.substr(0, at) + "#",
                                     key.name.substr(0, at - 1) + key.name[at] + key.name[at - 1]};
        for (const std::string& typo : typos)
            if (!find_key(typo)) CHECK(nearest_key(typo) == key.name);
    }
}

TEST_CASE("scenario: a wrong type is refused with the place of the value") {
    CHECK(refusal("seed = 'x'") ==
          "scenarios/a.toml:1:8: seed is a string; it must be an integer, at least 0");
    CHECK(
        refusal("[device]\nlut_rows = 4.0") ==
        "scenarios/a.toml:2:12: device.lut_rows is a number; it must be an integer, 1 to 255 rows");
    CHECK(refusal("[trace]\nvcd = 1") ==
          "scenarios/a.toml:2:7: trace.vcd is an integer; it must be a bool");
    CHECK(refusal("title = 3") == "scenarios/a.toml:1:9: title is an integer; it must be a string");
    CHECK(refusal("title = 1979-05-27") ==
          "scenarios/a.toml:1:9: title is a date or time; it must be a string");
    CHECK(refusal("[trace]\nsignals = 'exec'") ==
          "scenarios/a.toml:2:11: trace.signals is a string; it must be a list of strings");
    CHECK(refusal("[trace]\nsignals = [1]") ==
          "scenarios/a.toml:2:11: trace.signals is a list of other things than strings; it must be "
          "a list of strings");
    CHECK(refusal("[check.min_top1]\na = 1") ==
          "scenarios/a.toml:1:1: check.min_top1 is a table; it must be a number, 0 to 1");
    CHECK(refusal("device = 'ultra96'") ==
          "scenarios/a.toml:1:1: 'device' must be a table; write [device] and its keys below");
    CHECK(refusal("[[device]]\nlut_rows = 1") ==
          "scenarios/a.toml:1:3: 'device' must be a table; write [device] and its keys below");
}

TEST_CASE("scenario: an absurd value is refused with what is allowed") {
    CHECK(refusal("[device]\nlut_rows = 0") ==
          "scenarios/a.toml:2:12: device.lut_rows = 0; it must be 1 to 255 rows");
    CHECK(refusal("device.clock_mhz = 0") ==
          "scenarios/a.toml:1:20: device.clock_mhz = 0; it must be 1 to 2000 MHz");
    CHECK(refusal("device.clock_mhz = nan") ==
          "scenarios/a.toml:1:20: device.clock_mhz = nan; it must be 1 to 2000 MHz");
    CHECK(refusal("device.axi_bits = 96") ==
          "scenarios/a.toml:1:19: device.axi_bits = 96; it must be one of 64, 128 bits");
    CHECK(refusal("device.preset = 'ultra69'") ==
          "scenarios/a.toml:1:17: device.preset = \"ultra69\"; it must be one of xc7z020, ultra96, "
          "zcu102, tiny, xc7z020_fit, ultra96_fit, zcu102_fit");
    CHECK(refusal("device.lut_cols = 160\ndevice.dsp_cols = 64").find("activation groups") !=
          std::string::npos);
    CHECK(refusal("quant.effective_bits = 4") ==
          "scenarios/a.toml:1:24: quant.effective_bits = 4; it must be 1 to 3 digits");
    CHECK(refusal("network.images = 0") ==
          "scenarios/a.toml:1:18: network.images = 0; it must be at least 1 images");
    CHECK(refusal("seed = -1") == "scenarios/a.toml:1:8: seed = -1; it must be at least 0");
    CHECK(refusal("network.input = 'jpeg:a'") ==
          "scenarios/a.toml:1:17: network.input: \"jpeg:a\" is no source of images; it must be "
          "cifar10:FILE, folder:DIR, "
          "idx:IMAGES,LABELS, npy:FILE, random or shapes");
    for (const char* input :
         {"cifar10", "cifar10:", "idx:a", "idx:a,", "idx:,b", "npy:", "random:", ""})
        CHECK(refusal(std::string("network.input = '") + input + "'") != "accepted");
    CHECK(refusal("network.file = ''") ==
          "scenarios/a.toml:1:16: network.file is empty; it must name a file");
    CHECK(refusal("trace.from_cycle = 5\ntrace.to_cycle = 5") ==
          "scenarios/a.toml:2:18: trace.to_cycle = 5 must be after trace.from_cycle = 5");
    CHECK(refusal("schedule.file = 'x'\nschedule.lut_share = 0.5") ==
          "scenarios/a.toml:2:22: schedule.lut_share has no meaning beside schedule.file, which is "
          "a finished schedule");
}

TEST_CASE("scenario: broken TOML is refused with its place") {
    CHECK(refusal("seed = \n").rfind("scenarios/a.toml:1:", 0) == 0);
    CHECK(refusal("a = 1\na = 2\n").rfind("scenarios/a.toml:2:", 0) == 0);
    CHECK(refusal("seed = 99999999999999999999").rfind("scenarios/a.toml:1:", 0) == 0);
    CHECK(refusal(std::string("seed = 1\n\xff\xfe")) ==
          "scenarios/a.toml:1:9: Encountered invalid utf-8 sequence");
    CHECK(refusal("seed = " + std::string(5000, '[')) != "accepted");
    CHECK(refusal("\"a\\u0001b\" = 1") ==
          "scenarios/a.toml:1:1: unknown key 'a\\x01b'; did you mean 'debug.gdb'?");
}

TEST_CASE("scenario: --set wins over the file, and the last --set over all") {
    const std::string text = "seed = 1\n[device]\npreset = 'zcu102'\nlut_rows = 5\n";
    CHECK(read(text).seed == 1);
    CHECK(read(text, {"seed=2"}).seed == 2);
    CHECK(read(text, {"seed=2", "seed=3"}).seed == 3);
    // A preset given later does not take back what the file overrides.
    CHECK(read(text, {"device.preset=tiny"}).device.lut_rows == 5);
    CHECK(read(text, {"device.preset=tiny"}).device.lut_cols == 8);
    CHECK(read(text, {"device.preset=tiny"}).dram.preset == "ideal");
    // A wrong value of the file does no harm if it is overridden.
    CHECK(read("seed = 'x'", {"seed=4"}).seed == 4);
}

TEST_CASE("scenario: --set takes TOML, else a string, and an integer for a number") {
    CHECK(read("", {"device.clock_mhz=100"}).device.clock_mhz == 100.0);
    CHECK(read("", {"device.clock_mhz=99.5"}).device.clock_mhz == 99.5);
    CHECK(read("", {"schedule.lut_share = 1"}).schedule.lut_share == 1.0);
    CHECK(read("", {"pe.model=rtl"}).pe.model == "rtl");
    CHECK(read("", {"pe.model=\"rtl\""}).pe.model == "rtl");
    CHECK(read("", {"trace.vcd=true"}).trace.vcd);
    CHECK(read("", {"trace.signals=['a','b']"}).trace.signals.size() == 2);
    CHECK(read("", {"title=a = b"}).title == "a = b");
    CHECK(read("", {"title=2026"}).title == "2026");
    CHECK(read("", {"title="}).title.empty());
    CHECK(read("", {"title=1\nseed = 9"}).seed == 1);
    CHECK(read("", {"seed=0x10"}).seed == 16);
    CHECK(refusal("", {"seed=abc"}) ==
          "--set seed: seed is a string; it must be an integer, at least 0");
    CHECK(refusal("", {"seed=1.5"}) ==
          "--set seed: seed is a number; it must be an integer, at least 0");
    CHECK(refusal("", {"device.lut_rows=0"}) ==
          "--set device.lut_rows: device.lut_rows = 0; it must be 1 to 255 rows");
    CHECK(refusal("", {"seed"}) == "--set seed: a setting is written key=value");
    CHECK(refusal("", {"=1"}) == "--set =1: a setting is written key=value");
    CHECK(refusal("", {"device=ultra96"}) ==
          "--set device: 'device' is a section; set one of its keys, as in device.key=value");
}

TEST_CASE("scenario: a file that is missing or a folder is refused by name") {
    CHECK_THROWS_WITH(read_scenario("nowhere/a.toml"), "nowhere/a.toml: no such scenario file");
    CHECK_THROWS_WITH(read_scenario(MSD_SOURCE_DIR),
                      std::string(MSD_SOURCE_DIR) + ": is a folder; name a scenario file (.toml)");
}

TEST_CASE("scenario: check refuses what is not there") {
    const std::string here =
        std::string("network.file = '") + MSD_SOURCE_DIR + "/CMakeLists.txt'\n";
    CHECK(check_refusal(read(here)) == "accepted");
    CHECK(check_refusal(read("")) ==
          "scenarios/a.toml: network.file is missing; it names the network, .onnx or .csv");
    CHECK(check_refusal(read("network.file = 'no.onnx'"))
              .rfind("scenarios/a.toml:1:16: network.file: there is no file scenarios/no.onnx; "
                     "${MSD_DATA} is ",
                     0) == 0);
    CHECK(check_refusal(read(here + "network.input = 'cifar10:/no/t.bin'"))
              .rfind("scenarios/a.toml:2:17: network.input: there is no file /no/t.bin", 0) == 0);
    CHECK(check_refusal(read(here + "network.input = 'idx:" MSD_SOURCE_DIR "/LICENSE,/no/l'"))
              .rfind("scenarios/a.toml:2:17: network.input: there is no file /no/l", 0) == 0);
    CHECK(check_refusal(read(here + "schedule.file = 'x.csv'"))
              .rfind("scenarios/a.toml:2:17: schedule.file: there is no file scenarios/x.csv", 0) ==
          0);
}

TEST_CASE("scenario: the built-in scenario and those of the repository are read") {
    const Scenario quickstart = quickstart_scenario();
    CHECK(quickstart.name == "quickstart");
    CHECK(std::filesystem::equivalent(std::filesystem::path(quickstart.network.file).parent_path(),
                                      std::filesystem::path(MSD_SOURCE_DIR) / "scenarios"));
    CHECK(quickstart_scenario({"network.images=2"}).network.images == 2);
    int files = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(MSD_SOURCE_DIR) / "scenarios")) {
        if (entry.path().extension() != ".toml") continue;
        INFO(entry.path());
        const Scenario s = read_scenario(entry.path().string());
        CHECK(s.name == entry.path().stem().string());
        CHECK_FALSE(s.title.empty());
        if (test::have_data("README.md") && s.name != "quickstart")
            CHECK(check_refusal(s) == "accepted");
        ++files;
    }
    CHECK(files >= 6);
}

TEST_CASE("scenario: no bytes crash the reader") {
    std::ifstream stream(std::string(MSD_SOURCE_DIR) + "/scenarios/quickstart.toml",
                         std::ios::binary);
    const std::string seed_text{std::istreambuf_iterator<char>(stream), {}};
    REQUIRE(seed_text.size() > 100);
    uint64_t state = 1;
    const auto draw = [&state](uint64_t below) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return state % below;
    };
    const std::string marks = "[]{}=.,'\"\\\n#-+_0e:\xff\xc3\x00";
    int accepted = 0, refused = 0;
    for (int round = 0; round < 4000; ++round) {
        std::string text = round % 4 == 0 ? std::string() : seed_text;
        if (text.empty())
            for (uint64_t n = draw(60); n > 0; --n)
                text += draw(2) ? static_cast<char>(draw(256)) : marks[draw(marks.size())];
        else
            for (uint64_t n = 1 + draw(4); n > 0; --n) {
                const size_t at = draw(text.size());
                if (draw(3) == 0)
                    text.erase(at, 1 + draw(8));
                else if (draw(2))
                    text.insert(at, 1, marks[draw(marks.size())]);
                else
                    text[at] = static_cast<char>(draw(256));
            }
        // Anything but an acceptance or a ScenarioError with a place fails the test.
        const std::string answer = refusal(text, {"title=" + text.substr(0, 20)});
        const bool good = answer == "accepted";
        if (!good && answer.rfind("scenarios/a.toml:", 0) != 0 &&
            answer.rfind("--set title: ", 0) != 0)
            FAIL(answer);
        ++(good ? accepted : refused);
    }
    CHECK(accepted > 50);
    CHECK(refused > 1000);
}
