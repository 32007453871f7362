// What Yosys makes of each module, written by rtl/synth.py. Do not edit.
#pragma once

namespace msd::pe::area_table {

// LUT, FF, DSP blocks, halves of a 36 Kib block RAM.
struct Row {
    double lut, ff, dsp, bram18;
};

namespace xc7 {
constexpr Row lut_pe{248, 362, 0, 0};
constexpr Row dsp_pe{64, 168, 4, 0};
constexpr Row lut_array_4x4{1220, 1109, 0, 0};
constexpr Row lut_array_4x8{2200, 2117, 0, 0};
constexpr Row lut_array_8x4{2248, 2286, 0, 0};
constexpr Row lut_array_8x8{3984, 4306, 0, 0};
constexpr Row dsp_array_4x2{426, 684, 8, 0};
constexpr Row dsp_array_4x4{748, 1400, 16, 0};
constexpr Row dsp_array_8x2{916, 1270, 16, 0};
constexpr Row dsp_array_8x4{1624, 2604, 32, 0};
constexpr Row act_edge_lut{3324, 5417, 14, 30};
constexpr Row act_edge_dsp{6820, 10697, 28, 60};
constexpr Row row_feeder_lut{86, 181, 0, 0};
constexpr Row row_feeder_dsp{94, 182, 0, 0};
constexpr Row weight_bank{14, 23, 0, 30};
constexpr Row acc_bank{67, 96, 0, 2};
constexpr Row drain_line{0, 80, 0, 0};
constexpr Row core_ctrl{432, 157, 0, 0};
constexpr Row exec_ctrl{3, 203, 0, 0};
constexpr Row core_4x4{6918, 8150, 37, 32};
constexpr Row post_unit{17796, 7889, 68, 78};
constexpr Row shell{8384, 7151, 14, 0};
constexpr Row core_top_own{259, 4, 0, 0};
}  // namespace xc7

namespace xcup {
constexpr Row lut_pe{248, 362, 0, 0};
constexpr Row dsp_pe{64, 168, 4, 0};
constexpr Row lut_array_4x4{1220, 1109, 0, 0};
constexpr Row lut_array_4x8{2200, 2117, 0, 0};
constexpr Row lut_array_8x4{2248, 2286, 0, 0};
constexpr Row lut_array_8x8{3984, 4306, 0, 0};
constexpr Row dsp_array_4x2{426, 684, 8, 0};
constexpr Row dsp_array_4x4{748, 1400, 16, 0};
constexpr Row dsp_array_8x2{916, 1270, 16, 0};
constexpr Row dsp_array_8x4{1624, 2604, 32, 0};
constexpr Row act_edge_lut{3332, 5481, 14, 30};
constexpr Row act_edge_dsp{6536, 10825, 28, 60};
constexpr Row row_feeder_lut{97, 181, 0, 0};
constexpr Row row_feeder_dsp{97, 182, 0, 0};
constexpr Row weight_bank{14, 23, 0, 30};
constexpr Row acc_bank{67, 96, 0, 2};
constexpr Row drain_line{0, 80, 0, 0};
constexpr Row core_ctrl{522, 157, 0, 0};
constexpr Row exec_ctrl{3, 203, 0, 0};
constexpr Row core_4x4{6999, 8246, 37, 32};
constexpr Row post_unit{19201, 12029, 68, 78};
constexpr Row shell{8417, 7390, 14, 0};
constexpr Row core_top_own{259, 4, 0, 0};
}  // namespace xcup

}  // namespace msd::pe::area_table
