// A program as text: one line a tile.
#include <fmt/format.h>

#include "scheduler/program.h"

namespace msd::scheduler {
namespace {

std::string flags_of(const msd_tile& t) {
    static constexpr struct {
        uint16_t bit;
        const char* name;
    } kNames[] = {
        {MSD_TILE_LOAD_ACT, "load_act"},
        {MSD_TILE_LOAD_WGT, "load_wgt"},
        {MSD_TILE_LOAD_RES, "load_res"},
        {MSD_TILE_RELEASE_ACT, "release_act"},
        {MSD_TILE_RELEASE_WGT, "release_wgt"},
        {MSD_TILE_FIRST_C, "first_c"},
        {MSD_TILE_LAST_C, "last_c"},
        {MSD_TILE_DEPTHWISE, "depthwise"},
        {MSD_TILE_RESIDUAL, "residual"},
        {MSD_TILE_POOL_MAX, "pool_max"},
        {MSD_TILE_POOL_AVG, "pool_avg"},
        {MSD_TILE_POOL_ONLY, "pool_only"},
        {MSD_TILE_IRQ, "irq"},
        {MSD_TILE_LOAD_OUT, "load_out"},
        {MSD_TILE_KEEP, "keep"},
    };
    std::string text;
    for (const auto& [bit, name] : kNames)
        if (t.flags & bit) text += (text.empty() ? "" : "|") + std::string(name);
    return text;
}

// planes x rows x row_bytes at address, with the strides that matter.
std::string text_of(const msd_block& b) {
    std::string text = fmt::format("{:#x}:{}", b.address, b.row_bytes);
    if (b.rows > 1) text += fmt::format(" x{}+{}", b.rows, b.row_stride);
    if (b.planes > 1) text += fmt::format(" x{}+{}", b.planes, b.plane_stride);
    return text;
}

std::string text_of(const TensorPlace& p) {
    return fmt::format("{}x{}x{} at {:#x}, scale {}, zero point {}", p.shape.c, p.shape.h,
                       p.shape.w, p.address, p.quant.scale, p.quant.zero_point);
}

std::string text_of(uint32_t index, const msd_tile& t) {
    std::string line = fmt::format("  tile {} {} wait {}", index, flags_of(t), t.wait_store);
    if (!(t.flags & MSD_TILE_POOL_ONLY)) {
        line += fmt::format(
            " out {}x{} k {}+{} passes {}+{} in {}x{} blocks {} last {} eb {} kernel {}x{} stride "
            "{}x{} pad {},{}",
            t.th, t.tw, t.k_lut, t.k_dsp, t.p_lut, t.p_dsp, t.in_rows, t.in_cols, t.c_blocks,
            t.c_last, t.effective_bits, t.kernel_h, t.kernel_w, t.stride_y, t.stride_x, t.pad_y,
            t.pad_x);
        if (t.flags & MSD_TILE_LOAD_ACT) line += " act " + text_of(t.act);
        if (t.flags & MSD_TILE_LOAD_WGT)
            line += fmt::format(" wgt {:#x}:{}+{} words", t.wgt_address, t.lut_words, t.dsp_words);
    } else {
        line += fmt::format(" in {}x{} k {}", t.th, t.tw, t.k_lut + t.k_dsp);
    }
    if (t.flags & MSD_TILE_LOAD_RES) line += " res " + text_of(t.res);
    if (t.flags & (MSD_TILE_POOL_MAX | MSD_TILE_POOL_AVG))
        line += fmt::format(" pool {}x{} stride {}x{} pad {},{} to {}x{}", t.pool_h, t.pool_w,
                            t.pool_stride_y, t.pool_stride_x, t.pool_pad_y, t.pool_pad_x, t.pool_oh,
                            t.pool_ow);
    if (t.flags & (MSD_TILE_LAST_C | MSD_TILE_POOL_ONLY)) {
        line += fmt::format(" zero {},{},{} clamp {}..{}", t.zero_conv, t.zero_res, t.zero_out,
                            t.clamp_lo, t.clamp_hi);
        line += " store " + text_of(t.out);
    }
    return line + "\n";
}

}  // namespace

std::string to_text(const Program& program) {
    if (program.image.size() < sizeof(msd_program)) return "empty program\n";
    const msd_program& h = program.header();
    std::string text = fmt::format(
        "program of {} for {} (LUT {}x{}, DSP {}x{}, {}-byte beats), {} predicted cycles\n"
        "image {} bytes, crc32 {:#010x}, memory {} bytes from {:#x}\ninput {}\noutput {}\n{} "
        "layers, {} tiles\n",
        program.network, program.device, h.lut_rows, h.lut_cols, h.dsp_rows, h.dsp_cols,
        h.beat_bytes, program.predicted_cycles, h.image_bytes, h.crc32, h.memory_bytes,
        MSD_PROGRAM_BASE, text_of(program.input), text_of(program.output), h.layer_count,
        h.tile_count);
    const auto tiles = program.tiles();
    for (const ProgramLayer& layer : program.layers) {
        text += fmt::format(
            "layer {} ({}) tiles {}..{} effective bits {}, {} bound, {} predicted cycles, output "
            "{}\n",
            layer.name, layer.kind, layer.first_tile, layer.first_tile + layer.tile_count,
            layer.effective_bits, layer.bound, layer.predicted_cycles, text_of(layer.output));
        for (uint32_t i = layer.first_tile;
             i < layer.first_tile + layer.tile_count && i < tiles.size(); ++i)
            text += text_of(i, tiles[i]);
    }
    return text;
}

}  // namespace msd::scheduler
