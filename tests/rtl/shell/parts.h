// The descriptor check in RTL, alone.
#pragma once

#include <cstdint>
#include <memory>

#include "firmware/program.h"
#include "ip/msd_pe/core/config.h"

namespace msd::test {

class DescriptorCheckRtl {
public:
    // large: 80x80 and 48x48; else 6x5 and 3x4. fault: of rtl/faults.svh.
    explicit DescriptorCheckRtl(bool large, int fault = 0);
    ~DescriptorCheckRtl();
    DescriptorCheckRtl(const DescriptorCheckRtl&) = delete;
    DescriptorCheckRtl& operator=(const DescriptorCheckRtl&) = delete;

    struct Result {
        uint32_t error;   // value of register ERROR
        unsigned cycles;  // from the last word of the descriptor
        uint32_t lut_row_words, dsp_row_words, pool_base, result_words;
    };
    Result check(const pe::AcceleratorConfig& limits, const msd_tile& tile);

private:
    struct Model;
    template <class Top>
    struct ModelOf;
    std::unique_ptr<Model> model_;
};

}  // namespace msd::test
