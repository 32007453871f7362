// The Verilated processing elements (lut_pe.sv, dsp_pe.sv), one cycle at a time.
#pragma once

#include <cstdint>
#include <memory>

namespace msd::rtl {

class LutPeRtl {
public:
    struct Outputs {
        uint32_t sum;  // of this cycle's inputs
        int8_t act;    // registered: of the inputs one cycle ago
        uint8_t digit;
        bool valid, clear;
    };

    explicit LutPeRtl(int fault = 0);
    ~LutPeRtl();
    // One cycle with these inputs.
    Outputs step(int8_t act, uint8_t digit, bool valid, bool clear);

private:
    struct Model;
    std::unique_ptr<Model> model_;
};

class DspPeRtl {
public:
    struct Outputs {
        uint64_t sum;    // 48 bits, of this cycle's inputs
        uint16_t wraps;  // of the clear one cycle ago
        uint32_t act;    // registered, 17 bits
        int8_t weight;
        bool clear;
    };

    explicit DspPeRtl(int fault = 0);
    ~DspPeRtl();
    // act: 17 bits, see dsp_pe.sv.
    Outputs step(uint32_t act, int8_t weight, bool clear);

private:
    struct Model;
    std::unique_ptr<Model> model_;
};

}  // namespace msd::rtl
