// The hardware descriptions of the published scheduler: the three shipped ones and a reader for
// more.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace msd::fccm23 {

struct InputError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Entries of the three buffers of one array row or column, both ping-pong halves together.
struct BufferDepths {
    int64_t activations = 0, weights = 0, outputs = 0;
};

// "bs" (bit serial) is the LUT core, "bp" (bit parallel) the DSP core.
struct HardwareDescription {
    std::string name;
    int bandwidth_bytes = 0;  // a cycle, each of the three data ports
    int64_t frequency_hz = 0;
    int lut_rows = 0, lut_cols = 0, dsp_rows = 0, dsp_cols = 0;
    int lut_act_bram18 = 0, lut_wgt_bram18 = 0, lut_out_bram18 = 0;
    int dsp_act_bram18 = 0, dsp_wgt_bram18 = 0, dsp_out_bram18 = 0;

    BufferDepths lut_depths() const;  // 8, 4, 8 bit wide
    BufferDepths dsp_depths() const;  // 16, 8, 16 bit wide
    void check() const;               // throws InputError
};

const std::vector<std::string>& published_devices();  // "xc7z020", "ultra96", "zcu102"

// As shipped with the published scheduler; there zcu102's LUT array has 100 x 100 elements, its
// RTL's 80 x 80. Throws InputError for another name.
HardwareDescription published_hardware(const std::string& device);

// An .ini file with the published sections [system] and [array]. Throws InputError "file:line: …".
HardwareDescription read_hardware(const std::string& path);

}  // namespace msd::fccm23
