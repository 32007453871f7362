// Loads the Verilated models of the tests.
#include "tests/rtl/shell/models.h"

#include <dlfcn.h>

#include <stdexcept>

namespace msd::test {

const MsdRtlApi& load_rtl(const std::string& file) {
    void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) throw std::runtime_error(dlerror());
    return *reinterpret_cast<MsdRtlEntry>(dlsym(library, MSD_RTL_ENTRY))();
}

pe::AcceleratorConfig device_of(const MsdRtlApi& rtl) {
    const MsdRtlParameters& p = *rtl.parameters;
    pe::AcceleratorConfig c;
    c.name = "rtl";
    c.lut_rows = p.lut_rows;
    c.lut_cols = p.lut_cols;
    c.dsp_rows = p.dsp_rows;
    c.dsp_cols = p.dsp_cols;
    c.beat_bytes = p.beat_bytes;
    c.act_words = p.act_words;
    c.lut_weight_words = p.lut_weight_words;
    c.dsp_weight_words = p.dsp_weight_words;
    c.acc_entries = p.acc_entries;
    c.out_words = p.out_words;
    c.tile_channels = p.tile_channels;
    c.outstanding = p.outstanding;
    return c;
}

}  // namespace msd::test
