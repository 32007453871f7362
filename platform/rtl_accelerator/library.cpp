// Looking for RTL models in the build and in the cache, and building what is not there.
#include "platform/rtl_accelerator/library.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <thread>
#include <vector>

namespace msd::platform {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

// FNV-1a, 64 bits.
uint64_t hash(uint64_t seed, const std::string& text) {
    for (const char c : text) seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    return seed;
}

const char* const kVerilator = "verilator";
constexpr std::size_t kProgressColumns = 100;

// Output of a command, its standard error included; the status is 127 if there is no such program.
std::string output_of(const std::string& command, int& status,
                      const std::function<void(const std::string&)>& line_done = {}) {
    std::string all, line;
    FILE* pipe = popen((command + " 2>&1 < /dev/null").c_str(), "r");
    if (!pipe) throw std::runtime_error("cannot run " + command);
    for (int c; (c = std::fgetc(pipe)) != EOF;) {
        all += static_cast<char>(c);
        if (c != '\n') {
            line += static_cast<char>(c);
            continue;
        }
        if (line_done) line_done(line);
        line.clear();
    }
    const int result = pclose(pipe);
    status = WIFEXITED(result) ? WEXITSTATUS(result) : 1;
    return all;
}

std::string quoted(const fs::path& path) {
    std::string text = "'";
    for (const char c : path.string()) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text + "'";
}

fs::path model_folder() {
    return fs::path(MSD_SOURCE_DIR) / "platform/rtl_accelerator/model";
}

// Everything that the library is made of.
uint64_t content_hash() {
    std::vector<fs::path> files;
    const fs::path root = MSD_SOURCE_DIR;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(root / "rtl", error)) {
        const std::string extension = entry.path().extension();
        if (extension == ".sv" || extension == ".svh") files.push_back(entry.path());
    }
    for (const auto& entry : fs::directory_iterator(root / "ip/accelerator", error))
        if (entry.path().extension() == ".sv") files.push_back(entry.path());
    for (const char* name :
         {"model.cpp", "RtlModel.cmake", "CMakeLists.txt", "pack_toggles.py", "../pins.h"})
        files.push_back(model_folder() / name);
    std::sort(files.begin(), files.end());
    uint64_t h = 0xcbf29ce484222325u;
    for (const fs::path& file : files) h = hash(hash(h, file.filename()), read(file));
    return h;
}

fs::path cache_folder() {
    if (const char* given = std::getenv("MSD_RTL_CACHE")) return given;
    if (const char* xdg = std::getenv("XDG_CACHE_HOME")) return fs::path(xdg) / "msd/rtl";
    if (const char* home = std::getenv("HOME")) return fs::path(home) / ".cache/msd/rtl";
    throw std::runtime_error("there is no folder to keep RTL models in; set MSD_RTL_CACHE");
}

const MsdRtlApi& load(const fs::path& file) {
    void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle) throw std::runtime_error(fmt::format("{}: {}", file.string(), dlerror()));
    const auto entry = reinterpret_cast<MsdRtlEntry>(dlsym(handle, MSD_RTL_ENTRY));
    if (!entry) throw std::runtime_error(fmt::format("{}: holds no RTL model", file.string()));
    const MsdRtlApi& api = *entry();
    if (api.parameters->abi != MSD_RTL_ABI)
        throw std::runtime_error(
            fmt::format("{}: is of another version of this program; remove it", file.string()));
    return api;
}

fs::path build(const std::string& parameters,
               const std::function<void(const std::string&)>& progress) {
    const fs::path cache = cache_folder();
    const uint64_t key = hash(content_hash(), parameters);
    const fs::path file = cache / fmt::format("{:016x}.so", key);
    if (fs::exists(file)) return file;
    int status = 0;
    output_of(fmt::format("command -v {}", kVerilator), status);
    if (status != 0)
        throw std::runtime_error(
            "the RTL of this size has to be built first, and that needs Verilator 5, which is not "
            "installed; apt-get install verilator, or use pe.model = \"tlm\"");
    if (!fs::exists(model_folder() / "CMakeLists.txt"))
        throw std::runtime_error(
            fmt::format("{}: the RTL's sources are not here; use a checkout of "
                        "the repository",
                        model_folder().string()));
    std::error_code error;
    const fs::path folder = cache / fmt::format("{:016x}.{}", key, getpid());
    fs::create_directories(folder, error);
    if (error)
        throw std::runtime_error(fmt::format("{}: cannot be created: {}; set MSD_RTL_CACHE",
                                             folder.string(), error.message()));
    std::string list = parameters;
    std::replace(list.begin(), list.end(), ' ', ';');
    const unsigned jobs = std::max(1u, std::thread::hardware_concurrency());
    const std::string log_name = (cache / "build.log").string();
    std::string log;
    const auto run = [&](const std::string& command) {
        log += "$ " + command + "\n" + output_of(command, status, [&](const std::string& line) {
                   // Ninja's steps; the one of Verilator names every file it writes.
                   if (progress && !line.empty() && line[0] == '[')
                       progress(line.substr(0, kProgressColumns));
               });
        if (status == 0) return;
        std::ofstream(log_name) << log;
        fs::remove_all(folder, error);
        throw std::runtime_error(fmt::format(
            "the RTL ({}) could not be built; what the tools said is in {}", parameters, log_name));
    };
    if (progress) progress(fmt::format("building the RTL, once: {}", parameters));
    run(fmt::format("cmake -G Ninja -S {} -B {} '-DMSD_RTL_ARGUMENTS={}'", quoted(model_folder()),
                    quoted(folder), list));
    run(fmt::format("ninja -C {} -j{}", quoted(folder), jobs));
    fs::rename(folder / "msd_rtl.so", file);
    fs::remove_all(folder, error);
    return file;
}

}  // namespace

pe::AcceleratorConfig built_in_rtl() {
    pe::AcceleratorConfig config = pe::preset("tiny");
    config.name = "built-in";
    config.act_words = config.lut_weight_words = config.dsp_weight_words = config.out_words =
        config.acc_entries = config.tile_channels = 256;
    return config;
}

std::string rtl_parameters(const pe::AcceleratorConfig& c, const RtlOptions& options) {
    std::string text = fmt::format(
        "LutRows={} LutCols={} DspRows={} DspCols={} BeatBytes={} ActWords={} LutWeightWords={} "
        "DspWeightWords={} AccEntries={} OutWords={} TileChannels={} Outstanding={}",
        c.lut_rows, c.lut_cols, c.dsp_rows, c.dsp_cols, c.beat_bytes, c.act_words,
        c.lut_weight_words, c.dsp_weight_words, c.acc_entries, c.out_words, c.tile_channels,
        c.outstanding);
    if (options.faults) text += " FAULTS=1";
    if (options.trace != "none") text += " TRACE=" + options.trace;
    if (options.coverage) text += " COVERAGE=1";
    return text;
}

bool can_run(const MsdRtlParameters& built, const pe::AcceleratorConfig& c,
             const RtlOptions& options) {
    const uint32_t trace = options.trace == "vcd" ? 1 : options.trace == "fst" ? 2 : 0;
    return built.lut_rows == c.lut_rows && built.lut_cols == c.lut_cols &&
           built.dsp_rows == c.dsp_rows && built.dsp_cols == c.dsp_cols &&
           built.beat_bytes == c.beat_bytes && built.act_words >= c.act_words &&
           built.lut_weight_words >= c.lut_weight_words &&
           built.dsp_weight_words >= c.dsp_weight_words && built.acc_entries >= c.acc_entries &&
           built.out_words >= c.out_words && built.tile_channels >= c.tile_channels &&
           built.outstanding >= c.outstanding && (built.faults || !options.faults) &&
           built.trace == trace && (built.coverage != 0) == options.coverage;
}

const MsdRtlApi& rtl_library(const pe::AcceleratorConfig& config, const RtlOptions& options,
                             const std::function<void(const std::string&)>& progress) {
    static std::vector<const MsdRtlApi*> loaded;
    static bool looked = false;
    if (!looked) {
        looked = true;
        std::error_code error;
        std::vector<fs::path> files;
        for (const auto& entry : fs::directory_iterator(MSD_RTL_LIBRARIES, error))
            if (entry.path().extension() == ".so") files.push_back(entry.path());
        std::sort(files.begin(), files.end());
        for (const fs::path& file : files) loaded.push_back(&load(file));
    }
    for (const MsdRtlApi* api : loaded)
        if (can_run(*api->parameters, config, options)) return *api;
    loaded.push_back(&load(build(rtl_parameters(config, options), progress)));
    return *loaded.back();
}

}  // namespace msd::platform
