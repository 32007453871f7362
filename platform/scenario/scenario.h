// A scenario: what one run simulates, with which settings; read from TOML (`msd describe` lists
// every key).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "ip/msd_pe/core/config.h"

namespace msd::platform {

// A scenario that cannot be used; what() is the whole message: "file:line:column: what is wrong;
// what would be right".
struct ScenarioError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Scenario {
    std::string name = "scenario";  // the file's, without .toml; names the output folder
    std::string title;
    uint64_t seed = 1;
    std::string accelerator = "msd";  // or fccm23: the published one, timing only

    struct Network {
        std::string file;  // .onnx or .csv; absolute, or relative to the current directory
        std::string input = "random";  // what network::read_images takes, its paths expanded
        int images = -1;               // -1: all (random: 1)
        int first = 0;
    } network;

    pe::AcceleratorConfig device;  // the preset with its overrides, checked
    std::string device_preset = "ultra96";

    struct Quant {
        int effective_bits = 2;  // given("quant.effective_bits") tells a wish from the default
        // How a float network becomes integers (quant/calibrate.h).
        std::string ranges = "minmax", weight_scales = "best";
        double percentile = 99.99;
        bool bias_correction = false, equalise = false;
        bool order_channels = true;
        int calibration_images = 64;
    } quant;

    struct Schedule {
        std::string file;  // empty: made for this run
        std::string objective = "latency";
        std::optional<double> lut_share;  // none: the scheduler's choice
        bool hand_over = true;
    } schedule;

    struct Pe {
        std::string model = "tlm";  // tlm | rtl | both
    } pe;

    struct Dram {
        std::string preset = "lpddr4_x32";  // default: the device's
    } dram;

    // Of accelerator = "fccm23". A latency that is not given is the board's (docs/fccm23.md).
    struct Fccm23 {
        std::string array = "host";  // host: what the published host programs; rtl: what is there
        std::optional<uint64_t> read_latency_cycles, write_latency_cycles, status_latency_cycles;
        std::optional<uint64_t> outstanding;
    } fccm23;

    struct Trace {
        bool vcd = false, fst = false, perfetto = false;
        uint64_t from_cycle = 0, to_cycle = ~uint64_t{0};
        std::vector<std::string> signals;  // empty: all
        std::vector<std::string> layers;   // of trace.json; empty: all
        bool gzip = false;                 // trace.json.gz instead of trace.json
        uint64_t max_mib = 64;             // of trace.json before gzip
    } trace;

    struct Run {
        uint64_t timeout_cycles = 10'000'000'000;
    } run;

    struct Check {
        std::string output = "off";  // off | reference
        std::optional<uint64_t> max_cycles;
        std::optional<double> min_top1;
    } checks;  // [check]

    struct Debug {
        std::optional<uint64_t> gdb;  // port that a debugger is waited for at; 0: any that is free
        bool registers = false;       // write registers.log
        std::optional<uint64_t> stop_cycle, stop_interrupt;
        std::string stop_layer;  // by name
        int stop_image = 0;      // counted from 0 over those that are run
        bool checkpoint = false;
        std::string restart;  // a checkpoint's file

        bool stops() const { return stop_cycle || stop_interrupt || !stop_layer.empty(); }
    } debug;

    // What `msd train` does (docs/accuracy.md); `msd run` ignores it.
    struct Train {
        std::string method = "rsd";  // rsd | int8 | lsq+ | low_bit
        std::string test;            // images, as network.input; empty: none are tested
        int test_images = -1, test_first = 0;
        std::string start;             // a quantised network's file; empty: it is calibrated
        int calibration_images = 256;  // of network.input, that the ranges come from
        int epochs = 4, batch = 64;
        double rate = 2e-4, momentum = 0.9, weight_decay = 1e-4;
        double distil = 1, temperature = 4;
        bool augment = false, learn_scales = true;
        int weight_bits = 4, activation_bits = 4;
    } train;

    std::string file;  // that the scenario was read from
    std::map<std::string, std::string>
        places;  // of every key given: "file:line:column" or "--set key"

    bool given(const std::string& key) const { return places.count(key) != 0; }

    // Throws ScenarioError if a file it names does not exist or a setting is not available yet.
    void check() const;

private:
    void need_file(const char* key, const std::string& path) const;
    void check_fccm23() const;
    void check_debug() const;
};

// Reads `path`; overrides are "key=value" (the value is TOML if it parses as TOML, else a string)
// and win over the file, later ones over earlier ones. Throws ScenarioError.
Scenario read_scenario(const std::string& path, const std::vector<std::string>& overrides = {});

// The same of a text; `path` stands for its file in messages, and relative paths start at its
// folder.
Scenario parse_scenario(const std::string& text, const std::string& path,
                        const std::vector<std::string>& overrides = {});

// The scenario built into the program: scenarios/quickstart.toml as it was when this was compiled.
Scenario quickstart_scenario(const std::vector<std::string>& overrides = {});

// $MSD_DATA, else ../shared/data seen from the repository this was compiled in; what ${MSD_DATA}
// expands to.
std::string data_directory();

// A key, a section ("device") or, if empty, all keys: type, unit, allowed values, default, meaning.
// Throws ScenarioError naming the nearest key.
std::string describe(const std::string& key = "");

}  // namespace msd::platform
