// Every scenario key: its place in Scenario, unit, allowed values and meaning.
#include "platform/scenario/keys.h"

#include <fmt/format.h>

#include <algorithm>

namespace msd::platform {
namespace {

constexpr double kMaxInt = 2147483647.0;
constexpr double kMaxCycles = 9e18;  // a TOML integer

std::vector<Key> make_keys() {
    using Text = Key::Text;
    std::vector<Key> table;
    const auto add = [&table](Key key) { table.push_back(std::move(key)); };

#define MSD_SETTING(member) [](Scenario& s) -> Setting { return &s.member; }
    add({"title", MSD_SETTING(title), "What the scenario shows, in a few words."});
    add({"seed", MSD_SETTING(seed),
         "Everything drawn (weights of a CSV network, random images) follows from it.", "", 0,
         kMaxCycles});

    add({"accelerator",
         MSD_SETTING(accelerator),
         "msd: this platform's; fccm23: the published one replaying a published schedule, timing "
         "only (docs/fccm23.md).",
         "",
         0,
         0,
         {"msd", "fccm23"}});

    add({"network.file",
         MSD_SETTING(network.file),
         "The network: .onnx (QDQ int8 or float), .csv (layer shapes; weights are drawn), or "
         "zoo:NAME "
         "(resnet18, resnet50, vgg16, mobilenetv2, vitbase; weights are drawn).",
         "",
         0,
         0,
         {},
         "none; needed by a run",
         Text::kPath});
    add({"network.input",
         MSD_SETTING(network.input),
         "Where images come from: cifar10:FILE, folder:DIR, idx:IMAGES,LABELS, npy:FILE, random or "
         "shapes.",
         "",
         0,
         0,
         {},
         "",
         Text::kImages});
    add({"network.images",
         MSD_SETTING(network.images),
         "How many images are run.",
         "images",
         1,
         kMaxInt,
         {},
         "all (random, shapes: 1)"});
    add({"network.first", MSD_SETTING(network.first), "Number of the first image, counted from 0.",
         "", 0, kMaxInt});

    add({"device.preset", MSD_SETTING(device_preset),
         "Sizes of arrays, buffers and bus, and the clock.", "", 0, 0, pe::preset_names()});
    const std::string preset = "the preset's";
    const auto device = [&](const char* name, Setting (*setting)(Scenario&), double low,
                            double high, const char* unit, const char* description) {
        add({name, setting, description, unit, low, high, {}, preset});
    };
    device("device.clock_mhz", MSD_SETTING(device.clock_mhz), 1, 2000, "MHz",
           "Clock of accelerator and CPU.");
    device("device.lut_rows", MSD_SETTING(device.lut_rows), 1, 255, "rows",
           "LUT array: output channels at once.");
    device("device.lut_cols", MSD_SETTING(device.lut_cols), 1, 160, "columns",
           "LUT array: output pixels at once.");
    device("device.dsp_rows", MSD_SETTING(device.dsp_rows), 1, 255, "rows",
           "DSP array: output channels at once.");
    device("device.dsp_cols", MSD_SETTING(device.dsp_cols), 1, 64, "columns",
           "DSP array: pairs of output pixels at once.");
    add({"device.axi_bits",
         MSD_SETTING(device.beat_bytes),
         "Width of each data port.",
         "bits",
         64,
         128,
         {"64", "128"},
         preset,
         Text::kPlain,
         8});
    device("device.act_words", MSD_SETTING(device.act_words), 16, 65535, "words",
           "Activation buffer, per half and group of 16 columns; a word is 16 bytes.");
    device("device.lut_weight_words", MSD_SETTING(device.lut_weight_words), 16, 65535, "words",
           "Weight buffer of the LUT array, per half and bank of 32 rows.");
    device("device.dsp_weight_words", MSD_SETTING(device.dsp_weight_words), 16, 65535, "words",
           "Weight buffer of the DSP array, per half and bank of 16 rows.");
    device("device.acc_entries", MSD_SETTING(device.acc_entries), 16, 65535, "entries",
           "Accumulator bank, per half and column: pixel passes x channels of a tile.");
    device("device.out_words", MSD_SETTING(device.out_words), 16, 65535, "words",
           "Output buffer, per half.");
    device("device.tile_channels", MSD_SETTING(device.tile_channels), 16, 4096, "channels",
           "Parameter entries: output channels of a tile.");
    device("device.outstanding", MSD_SETTING(device.outstanding), 1, 64, "bursts",
           "Bursts in flight per DMA master.");

    add({"quant.effective_bits", MSD_SETTING(quant.effective_bits),
         "Signed digits (EB) of a weight on the LUT array.", "digits", 1, 3});
    add({"quant.calibration_images", MSD_SETTING(quant.calibration_images),
         "Of network.input, the first so many calibrate a float network.", "images", 1, kMaxInt});
    add({"quant.ranges",
         MSD_SETTING(quant.ranges),
         "How a float network's activations get their ranges.",
         "",
         0,
         0,
         {"minmax", "percentile", "mse"}});
    add({"quant.percentile", MSD_SETTING(quant.percentile),
         "Of quant.ranges = percentile: so much of a tensor's values lies inside.", "%", 50.01,
         100});
    add({"quant.weight_scales",
         MSD_SETTING(quant.weight_scales),
         "How weight scales are searched; published: MSD's 55 candidates.",
         "",
         0,
         0,
         {"best", "published"}});
    add({"quant.bias_correction", MSD_SETTING(quant.bias_correction),
         "Undo the mean error of every channel over the calibration images."});
    add({"quant.equalise", MSD_SETTING(quant.equalise),
         "Equalise a float network's channels across layers first."});
    add({"quant.order_channels", MSD_SETTING(quant.order_channels),
         "Order channels so that those that lose most by their digits run on the DSP array."});

    add({"schedule.file",
         MSD_SETTING(schedule.file),
         "A schedule.csv made before: how often layers are cut, their order and split.",
         "",
         0,
         0,
         {},
         "none; made for the run",
         Text::kPath});
    add({"schedule.objective",
         MSD_SETTING(schedule.objective),
         "What the scheduler minimises.",
         "",
         0,
         0,
         {"latency", "dram_bytes", "energy"}});
    add({"schedule.lut_share",
         MSD_SETTING(schedule.lut_share),
         "Fraction of each layer's output channels on the LUT array; 0: all int8 on the DSP array.",
         "",
         0,
         1,
         {},
         "the scheduler's choice"});
    add({"schedule.hand_over", MSD_SETTING(schedule.hand_over),
         "Feature maps that the output buffer still holds go to the next layer without DRAM."});

    add({"fccm23.array",
         MSD_SETTING(fccm23.array),
         "Array that the published host reckons with: host, its own figures (ultra96: 100 and 48); "
         "rtl, as many elements as the published RTL has (48 and 16; xc7z020: 14 x 15, not 15 x "
         "15).",
         "",
         0,
         0,
         {"host", "rtl"}});
    const auto fccm23 = [&](const char* name, Setting (*setting)(Scenario&), double low,
                            double high, const char* unit, const char* description) {
        add({name, setting, description, unit, low, high, {}, "the board's, docs/fccm23.md"});
    };
    fccm23("fccm23.read_latency_cycles", MSD_SETTING(fccm23.read_latency_cycles), 0, 10000,
           "cycles", "Between a published mover and the memory, read, on top of the DRAM's own.");
    fccm23("fccm23.write_latency_cycles", MSD_SETTING(fccm23.write_latency_cycles), 0, 10000,
           "cycles", "The same of a write.");
    fccm23("fccm23.status_latency_cycles", MSD_SETTING(fccm23.status_latency_cycles), 0, 10000,
           "cycles", "From a write's last response to its status at the controller.");
    fccm23("fccm23.outstanding", MSD_SETTING(fccm23.outstanding), 1, 256, "bursts",
           "Bursts of 16 beats in flight per published mover.");

    add({"pe.model",
         MSD_SETTING(pe.model),
         "Level of the accelerator's model; both: side by side, stopping at a difference.",
         "",
         0,
         0,
         {"tlm", "rtl", "both"}});
    add({"dram.preset",
         MSD_SETTING(dram.preset),
         "The memory.",
         "",
         0,
         0,
         {"ddr3_1050_x16", "lpddr4_x32", "ddr4_2133_x64", "ideal"},
         "the device's: ddr3_1050_x16 for xc7z020, lpddr4_x32 for ultra96, ddr4_2133_x64 for "
         "zcu102, ideal for tiny"});

    add({"trace.vcd", MSD_SETTING(trace.vcd), "Write wave.vcd."});
    add({"trace.fst", MSD_SETTING(trace.fst), "Write wave.fst."});
    add({"trace.perfetto", MSD_SETTING(trace.perfetto), "Write trace.json, which Perfetto opens."});
    add({"trace.from_cycle", MSD_SETTING(trace.from_cycle), "First cycle that traces show.",
         "cycles", 0, kMaxCycles});
    add({"trace.to_cycle",
         MSD_SETTING(trace.to_cycle),
         "Cycle at which traces end.",
         "cycles",
         1,
         kMaxCycles,
         {},
         "the end"});
    add({"trace.signals",
         MSD_SETTING(trace.signals),
         "Signals and units that traces show: paths (soc.accelerator.exec.state), their beginnings "
         "or "
         "last names (exec), with * and ? (docs/tracing.md).",
         "",
         0,
         0,
         {},
         "all"});
    add({"trace.layers",
         MSD_SETTING(trace.layers),
         "Layers whose tiles trace.json shows, by name, with * and ?.",
         "",
         0,
         0,
         {},
         "all"});
    add({"trace.gzip", MSD_SETTING(trace.gzip),
         "Write trace.json.gz, which Perfetto opens too, instead of trace.json."});
    add({"trace.max_mib", MSD_SETTING(trace.max_mib),
         "Size of trace.json at most: of a longer run every 2nd, 4th, … tile is shown.", "MiB", 1,
         4096});

    add({"run.timeout_cycles", MSD_SETTING(run.timeout_cycles),
         "The run fails (exit status 3) after so many cycles.", "cycles", 1, kMaxCycles});

    add({"check.output",
         MSD_SETTING(checks.output),
         "reference: every layer's tensor must equal the integer reference, all bytes.",
         "",
         0,
         0,
         {"off", "reference"}});
    add({"check.max_cycles",
         MSD_SETTING(checks.max_cycles),
         "The run may take so many cycles.",
         "cycles",
         1,
         kMaxCycles,
         {},
         "no limit"});
    add({"check.min_top1",
         MSD_SETTING(checks.min_top1),
         "Fraction of the images that must be classified right.",
         "",
         0,
         1,
         {},
         "no limit"});

    add({"debug.gdb",
         MSD_SETTING(debug.gdb),
         "Wait for GDB at this port of this machine before the first instruction (0: any free "
         "port).",
         "",
         0,
         65535,
         {},
         "no debugger"});
    add({"debug.registers", MSD_SETTING(debug.registers),
         "Write registers.log: the CPU's accesses to registers, with the names of their fields."});
    add({"debug.stop_cycle",
         MSD_SETTING(debug.stop_cycle),
         "Stop when this cycle is over.",
         "cycles",
         1,
         kMaxCycles,
         {},
         "the end"});
    add({"debug.stop_layer",
         MSD_SETTING(debug.stop_layer),
         "Stop when this layer's tensor is complete in memory.",
         "",
         0,
         0,
         {},
         "the end"});
    add({"debug.stop_image", MSD_SETTING(debug.stop_image),
         "Number of the image, counted from 0 over those that are run, that debug.stop_layer is "
         "of.",
         "", 0, kMaxInt});
    add({"debug.stop_interrupt",
         MSD_SETTING(debug.stop_interrupt),
         "Stop when the interrupt line has risen so many times.",
         "",
         1,
         kMaxCycles,
         {},
         "the end"});
    add({"debug.checkpoint", MSD_SETTING(debug.checkpoint),
         "Write checkpoint.msdc where the run stops: at the first cycle from there in which the "
         "CPU "
         "sleeps."});
    add({"debug.restart",
         MSD_SETTING(debug.restart),
         "A checkpoint.msdc to go on from, of a run of this scenario.",
         "",
         0,
         0,
         {},
         "none; from power-up",
         Text::kPath});

    add({"train.method",
         MSD_SETTING(train.method),
         "rsd: LUT channels on the RSD grid, the others int8; int8: all channels; lsq+: 8 bits, "
         "learned "
         "ranges; low_bit: Gaussian steps of few bits.",
         "",
         0,
         0,
         {"rsd", "int8", "lsq+", "low_bit"}});
    add({"train.test",
         MSD_SETTING(train.test),
         "Images that the network is tested on before and after, as network.input.",
         "",
         0,
         0,
         {},
         "none",
         Text::kImages});
    add({"train.test_images", MSD_SETTING(train.test_images), "How many of them; -1: all.",
         "images", -1, kMaxInt});
    add({"train.test_first", MSD_SETTING(train.test_first), "The first of them.", "", 0, kMaxInt});
    add({"train.start",
         MSD_SETTING(train.start),
         "The network as msd quantize made it: its ranges, scales and digits are where training "
         "starts, instead of those of [quant] and the schedule.",
         "",
         0,
         0,
         {},
         "none; it is calibrated",
         Text::kPath});
    add({"train.calibration_images", MSD_SETTING(train.calibration_images),
         "Of network.input, the first so many give the activations' ranges.", "images", 1,
         kMaxInt});
    add({"train.epochs", MSD_SETTING(train.epochs), "Passes over the training images.", "", 0,
         100000});
    add({"train.batch", MSD_SETTING(train.batch), "Images of a step.", "images", 1, 65536});
    add({"train.rate", MSD_SETTING(train.rate),
         "Rate of the first step; falls along half a cosine.", "", 0, 10});
    add({"train.momentum", MSD_SETTING(train.momentum), "Of stochastic gradient descent.", "", 0,
         0.9999});
    add({"train.weight_decay", MSD_SETTING(train.weight_decay), "Of stochastic gradient descent.",
         "", 0, 1});
    add({"train.distil", MSD_SETTING(train.distil),
         "Weight of the float network's answers in the loss; the labels have the rest.", "", 0, 1});
    add({"train.temperature", MSD_SETTING(train.temperature), "That both answers are softened by.",
         "", 0.01, 1000});
    add({"train.augment", MSD_SETTING(train.augment), "Mirror and shift the training images."});
    add({"train.learn_scales", MSD_SETTING(train.learn_scales),
         "rsd and int8: learn the weights' scales too."});
    add({"train.weight_bits", MSD_SETTING(train.weight_bits), "Of low_bit.", "bits", 1, 8});
    add({"train.activation_bits", MSD_SETTING(train.activation_bits), "Of low_bit.", "bits", 1, 8});
#undef MSD_SETTING
    return table;
}

std::string_view section_of(std::string_view name) {
    const size_t dot = name.find('.');
    return dot == std::string_view::npos ? std::string_view{} : name.substr(0, dot);
}

}  // namespace

size_t edit_distance(std::string_view a, std::string_view b) {
    if (a.size() > 200) a = a.substr(0, 200);
    std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
    for (size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
    for (size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
    for (size_t i = 1; i <= a.size(); ++i)
        for (size_t j = 1; j <= b.size(); ++j) {
            d[i][j] = std::min(
                {d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
        }
    const bool beginning = !a.empty() && b.substr(0, a.size()) == a;  // a tail left out is one slip
    return beginning ? std::min<size_t>(d[a.size()][b.size()], 2) : d[a.size()][b.size()];
}

const std::vector<Key>& keys() {
    static const std::vector<Key> table = make_keys();
    return table;
}

std::string type_name(const Key& key) {
    Scenario scenario;
    struct Name {
        const char* operator()(bool*) const { return "bool"; }
        const char* operator()(int*) const { return "integer"; }
        const char* operator()(unsigned*) const { return "integer"; }
        const char* operator()(uint64_t*) const { return "integer"; }
        const char* operator()(std::optional<uint64_t>*) const { return "integer"; }
        const char* operator()(double*) const { return "number"; }
        const char* operator()(std::optional<double>*) const { return "number"; }
        const char* operator()(std::string*) const { return "string"; }
        const char* operator()(std::vector<std::string>*) const { return "list of strings"; }
    };
    return std::visit(Name{}, key.setting(scenario));
}

std::string allowed_values(const Key& key) {
    const std::string unit = key.unit.empty() ? "" : " " + key.unit;
    if (!key.choices.empty()) return fmt::format("one of {}{}", fmt::join(key.choices, ", "), unit);
    if (key.low == key.high) return "";
    if (key.high >= kMaxInt) return fmt::format("at least {}{}", key.low, unit);
    return fmt::format("{} to {}{}", key.low, key.high, unit);
}

const Key* find_key(std::string_view name) {
    for (const Key& key : keys())
        if (key.name == name) return &key;
    return nullptr;
}

bool is_section(std::string_view name) {
    return !name.empty() && std::any_of(keys().begin(), keys().end(), [&](const Key& key) {
        return section_of(key.name) == name;
    });
}

std::string nearest_key(std::string_view name) {
    std::string_view best;
    size_t best_distance = SIZE_MAX;
    const auto consider = [&](std::string_view candidate, size_t distance) {
        if (distance >= best_distance) return;
        best = candidate;
        best_distance = distance;
    };
    for (const Key& key : keys()) {
        const std::string_view section = section_of(key.name);
        if (name.find('.') == std::string_view::npos) {  // a section, or a key without its section
            if (!section.empty()) consider(section, edit_distance(name, section));
            consider(key.name, edit_distance(name, std::string_view(key.name).substr(
                                                       section.empty() ? 0 : section.size() + 1)));
        } else {
            consider(key.name, edit_distance(name, key.name));
        }
    }
    return std::string(best);
}

}  // namespace msd::platform
