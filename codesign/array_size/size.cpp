// The two sizers; see size.h.
#include "codesign/array_size/size.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace msd::array_size {
namespace {

constexpr double kPublishedLutFill = 0.7, kDspFill = 0.9, kBramFill = 0.95;
constexpr int64_t kPublishedFixed = 10000, kPublishedPerDsp = 9;
constexpr int kMostRows = 255, kMostLutCols = 160, kMostDspCols = 64;  // AcceleratorConfig::check
constexpr int kGroupColumns = 16, kLutRowsPerBank = 32, kDspRowsPerBank = 16;
constexpr int64_t kOtherBrams = 6;  // parameters, FIFOs, descriptors

int64_t ceil_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

int side(double elements) {
    int root = static_cast<int>(std::sqrt(std::max(0.0, elements)));
    while (double(root + 1) * (root + 1) <= elements) ++root;
    while (root > 0 && double(root) * root > elements) --root;
    return root;
}

// Both halves of a memory of 16-byte words.
int64_t word_brams(int64_t words_per_half) {
    return 2 * ceil_div(2 * words_per_half, 512);
}

}  // namespace

void Resources::check() const {
    const struct {
        const char* name;
        int64_t value;
    } all[] = {{"LUTs", luts}, {"flip-flops", ffs}, {"DSPs", dsps}, {"BRAMs", brams}};
    for (const auto& resource : all)
        if (resource.value < 1 || resource.value > 100'000'000)
            throw SizeError(fmt::format("a device with {} {}; it must have 1..100000000",
                                        resource.value, resource.name));
}

Resources device_resources(const std::string& device) {
    if (device == "xc7z020") return {53200, 106400, 220, 140};
    if (device == "ultra96") return {70560, 141120, 360, 216};
    if (device == "zcu102") return {274080, 548160, 2520, 912};
    throw SizeError(fmt::format(
        "no device is called '{}'; there are xc7z020, ultra96 and zcu102, or give its resources",
        device.substr(0, 60)));
}

Array published_size(const Resources& device, bool ultrascale) {
    device.check();
    const int64_t pe_luts = ultrascale ? 20 : 17, pe_ffs = ultrascale ? 21 : 23;
    Array a;
    a.dsp_rows = a.dsp_cols = side(kDspFill * static_cast<double>(device.dsps));
    const int64_t taken = kPublishedPerDsp * a.dsp_rows * a.dsp_cols + kPublishedFixed;
    const auto elements = [&](int64_t all, int64_t each) {
        return kPublishedLutFill * static_cast<double>(all - taken) / static_cast<double>(each);
    };
    a.lut_rows = a.lut_cols =
        side(std::min(elements(device.luts, pe_luts), elements(device.ffs, pe_ffs)));
    if (a.lut_rows < 1)
        throw SizeError(fmt::format(
            "{} LUTs and {} flip-flops leave nothing for a LUT array: {} are set aside for the "
            "rest and 9 for each of {} DSP elements",
            device.luts, device.ffs, kPublishedFixed, a.dsp_rows * a.dsp_cols));
    return a;
}

int64_t buffer_brams(const Array& a, const Buffers& b) {
    const int64_t groups =
        ceil_div(a.lut_cols, kGroupColumns) + 2 * ceil_div(a.dsp_cols, kGroupColumns);
    const int64_t lut_banks = ceil_div(a.lut_rows, kLutRowsPerBank),
                  dsp_banks = ceil_div(a.dsp_rows, kDspRowsPerBank);
    // 32-bit sums: 512 entries, both halves, are one BRAM.
    const int64_t accumulators =
        (a.lut_cols + 2 * a.dsp_cols) * ceil_div(2 * int64_t{b.acc_entries} * 32, 18 * 1024);
    return groups * word_brams(b.act_words) + lut_banks * word_brams(b.lut_weight_words) +
           dsp_banks * word_brams(b.dsp_weight_words) + ceil_div(accumulators, 2) +
           word_brams(b.out_words) + kOtherBrams;
}

AreaFunction area_by(const Costs& costs) {
    return [costs](const Array& a, const Buffers& b) {
        const double lut = double(a.lut_rows) * a.lut_cols, dsp = double(a.dsp_rows) * a.dsp_cols;
        return Used{costs.fixed_luts + lut * costs.lut_pe_luts + dsp * costs.dsp_pe_luts,
                    costs.fixed_ffs + lut * costs.lut_pe_ffs + dsp * costs.dsp_pe_ffs, dsp,
                    static_cast<double>(buffer_brams(a, b))};
    };
}

Fit measured_size(const Resources& device, const AreaFunction& area, const Buffers& wanted,
                  int effective_bits, double fill) {
    device.check();
    if (effective_bits < 1 || effective_bits > 3)
        throw SizeError(fmt::format("{} effective bits; there are 1, 2 and 3", effective_bits));
    if (!(fill > 0 && fill <= 1))
        throw SizeError(fmt::format("a fill of {}; it must be above 0 and at most 1", fill));
    const double luts = fill * static_cast<double>(device.luts),
                 ffs = fill * static_cast<double>(device.ffs),
                 dsps = kDspFill * static_cast<double>(device.dsps),
                 brams = kBramFill * static_cast<double>(device.brams);
    Fit best;
    for (int rows = 1; rows <= kMostRows; ++rows) {
        for (int extra = 0; extra <= 1; ++extra) {
            const int cols = rows + extra;
            const double elements = double(rows) * cols;
            if (cols > kMostDspCols || elements > dsps) continue;
            for (int s = kMostLutCols; s >= 1; --s) {
                const Array a{s, s, rows, cols};
                const double macs = double(s) * s / effective_bits + 2 * elements;
                if (macs <= best.macs) break;
                Buffers b = wanted;
                Used used = area(a, b);
                if (used.luts > luts || used.ffs > ffs || used.dsps > dsps) continue;
                for (int halvings = 0; used.brams > brams && halvings < 2; ++halvings) {
                    for (int* words : {&b.act_words, &b.lut_weight_words, &b.dsp_weight_words,
                                       &b.acc_entries, &b.out_words})
                        *words = std::max(16, *words / 2);
                    used = area(a, b);
                }
                if (used.brams > brams) continue;
                best = {a,
                        b,
                        std::llround(used.luts),
                        std::llround(used.ffs),
                        std::llround(used.dsps),
                        static_cast<int64_t>(std::ceil(used.brams)),
                        macs};
                break;
            }
        }
    }
    if (best.macs == 0)
        throw SizeError(fmt::format(
            "no array fits {} LUTs, {} flip-flops, {} DSPs and {} BRAMs at {:.0f} % fill",
            device.luts, device.ffs, device.dsps, device.brams, 100 * fill));
    return best;
}

}  // namespace msd::array_size
