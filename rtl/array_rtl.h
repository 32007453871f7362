// The Verilated arrays (lut_array.sv, dsp_array.sv) of one small size, one cycle at a time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

namespace msd::rtl {

class LutArrayRtl {
public:
    static constexpr unsigned kRows = 6, kCols = 5, kLevels = 2;

    // What the edges see in one cycle. At most one row clears.
    struct Inputs {
        std::array<int8_t, kCols> act{};
        std::array<uint8_t, kRows> digit{};
        std::array<bool, kRows> valid{}, clear{};
    };
    struct Outputs {  // before the edge that ends the cycle
        std::array<bool, kCols> valid{};
        std::array<uint32_t, kCols> sum{};
    };

    explicit LutArrayRtl(int fault = 0);
    ~LutArrayRtl();
    Outputs step(const Inputs& in);

private:
    struct Model;
    std::unique_ptr<Model> model_;
};

class DspArrayRtl {
public:
    static constexpr unsigned kRows = 5, kCols = 3, kLevels = 2;

    struct Inputs {
        std::array<int8_t, kCols> low{}, high{};
        std::array<int8_t, kRows> weight{};
        std::array<bool, kRows> clear{};
    };
    struct Outputs {
        std::array<bool, kCols> valid{};
        std::array<uint32_t, kCols> low{}, high{};
    };

    explicit DspArrayRtl(int fault = 0);
    ~DspArrayRtl();
    Outputs step(const Inputs& in);

private:
    struct Model;
    std::unique_ptr<Model> model_;
};

}  // namespace msd::rtl
