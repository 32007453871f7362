// Which LUT and DSP arrays fit a device: the published sizer, and one from measured costs.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace msd::array_size {

struct SizeError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// What a device has. A BRAM is one of 36 Kbit.
struct Resources {
    int64_t luts = 0, ffs = 0, dsps = 0, brams = 0;

    void check() const;  // throws SizeError: each must be 1..100,000,000
};

// The boards of the published work (AMD DS190, DS891), by preset: "xc7z020", "ultra96" (xczu3eg),
// "zcu102" (xczu9eg). Throws SizeError listing the names.
Resources device_resources(const std::string& device);

struct Array {
    int lut_rows = 0, lut_cols = 0, dsp_rows = 0, dsp_cols = 0;
};

// The generator shipped with the published scheduler; square arrays, buffers not looked at:
//   DSP side = floor(sqrt(0.9 DSPs))
//   LUT side = floor(sqrt(0.7 (LUTs - 9 DSP elements - 10000) / LUTs an element)), or the same of
//   flip-flops if that is less.
// An element takes 17 LUTs and 23 flip-flops on 7-series, 20 and 21 on UltraScale+. Throws
// SizeError if nothing is left for the LUT array.
Array published_size(const Resources& device, bool ultrascale);

// What synthesis says one element costs, and all that does not grow with the arrays.
struct Costs {
    // rtl/README.md (Yosys, 7-series): an element of a 48-row column with its share of tree and
    // foot; a DSP element's counter (17 LUTs) and twice the share of the tree (10 each), a LUT
    // element's FFs
    double lut_pe_luts = 43.2, lut_pe_ffs = 57.6;
    double dsp_pe_luts = 37, dsp_pe_ffs = 57.6;
    double fixed_luts = 10000, fixed_ffs = 10000;  // the published allowance, until measured
    std::string source = "built in, rtl/README.md";
};

// Reads rows `lut_pe`, `dsp_pe` and, if there, `fixed` of the first table in a Markdown or CSV file
// with columns module, LUT and FF (in any order and case, others ignored). Throws SizeError
// "file:line: …" or "file: lacks …".
Costs read_costs(const std::string& path);

// Depths of the buffers. 512 words of 16 bytes take two BRAMs.
struct Buffers {
    int act_words = 1024, lut_weight_words = 2048, dsp_weight_words = 2048, acc_entries = 512,
        out_words = 4096;  // per half, as AcceleratorConfig has them
};
int64_t buffer_brams(const Array& array, const Buffers& buffers);

struct Fit {
    Array array;
    Buffers buffers;  // halved until they fit, at most down to a quarter of what was asked for
    int64_t luts = 0, ffs = 0, dsps = 0, brams = 0;  // that it takes
    double macs = 0;                                 // a cycle at `effective_bits`
};

// What an accelerator takes.
struct Used {
    double luts = 0, ffs = 0, dsps = 0, brams = 0;
};
using AreaFunction = std::function<Used(const Array&, const Buffers&)>;

// Linear in the elements; block RAM of the buffers.
AreaFunction area_by(const Costs& costs);

// The arrays with the most MACs a cycle that take no more than `fill` of the LUTs and flip-flops,
// 0.9 of the DSPs and 0.95 of the BRAMs. LUT array square; DSP array square or one column more
// than rows. Throws SizeError if not even 1x1 fits.
Fit measured_size(const Resources& device, const AreaFunction& area, const Buffers& wanted,
                  int effective_bits = 2, double fill = 0.7);
inline Fit measured_size(const Resources& device, const Costs& costs, const Buffers& wanted,
                         int effective_bits = 2, double fill = 0.7) {
    return measured_size(device, area_by(costs), wanted, effective_bits, fill);
}

}  // namespace msd::array_size
